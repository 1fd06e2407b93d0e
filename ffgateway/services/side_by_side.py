"""What may be on its way to an appliance beside something else.

Should its answer be lost, a request is known again by its numbers. So two that have one in common
follow each other; so do those of users that somebody acts as, whose faxes others may not be shown.
Nothing goes beside a request in doubt; and of two large ones, as batches are, only one at a time goes,
so that a place is left for what is urgent.

That an appliance never got a request shows only in a list that goes back before it, to a fax of ours
that had ended by then. So each goes alone until there is one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from ffgateway.domain.devices import Device
from ffgateway.domain.faxes import Fax
from ffgateway.domain.matching import tail
from ffgateway.domain.submissions import Stage
from ffgateway.services.handovers import Handover
from ffgateway.services.numbers import dialled_on
from ffgateway.store.submissions import UnderWay
from ffgateway.store.transaction import Transaction

LARGE: Final = 40
"""Recipients of a request above which it is a large one."""


class Places:
    """The places on the way to each appliance, as one transaction finds them; `usable` says how many.

    An appliance that is not usable has none, and none is missed there: others say why.
    """

    def __init__(self, usable: Mapping[str, int], under_way: Iterable[UnderWay]) -> None:
        self._usable = usable
        self._there: defaultdict[str, list[UnderWay]] = defaultdict(list)
        self._numbers: dict[str, set[str]] = {}
        self._proven: dict[str, bool] = {}
        for one in under_way:
            self._there[str(one.device_id)].append(one)
        self.doubtful = {
            device_id
            for device_id, requests in self._there.items()
            if any(one.stage is Stage.UNCERTAIN for one in requests)
        }

    @classmethod
    async def now(cls, tx: Transaction) -> "Places":
        """As they are. A request that becomes uncertain meanwhile is in what was read, in one form or the other."""
        under_way = await tx.submissions.under_way()
        return cls(await tx.devices.usable(), under_way)

    def full(self, device_id: str | None, *, count: int = 1) -> bool:
        """Whether no request to so many recipients may go to an appliance now."""
        there = self._there.get(str(device_id), ())
        if device_id in self.doubtful or len(there) >= self._usable.get(str(device_id), 1):
            return True
        return count > LARGE and any(one.count > LARGE for one in there)

    def all_full(self, *, count: int = 1) -> bool:
        """Whether none may go to any that may take something at all: one of them will ring."""
        able = self._usable.keys() - self.doubtful
        return bool(able) and all(self.full(one, count=count) for one in able)

    async def beside(
        self, tx: Transaction, device: Device, faxes: Iterable[Fax], *, user: str
    ) -> bool:
        """Whether these may go to an appliance, as a user that somebody acts as, beside what is on its way."""
        there = self._there.get(device.id, [])
        if not there:
            return True
        if user or any(one.acted_as for one in there):
            return False
        if device.id not in self._proven:
            self._proven[device.id] = await tx.entries.any_ended(device)
        if not self._proven[device.id]:
            return False
        if device.id not in self._numbers:
            carried = [await tx.faxes.of_submission(one.submission_id) for one in there]
            self._numbers[device.id] = {tail(fax.number) for each in carried for fax in each}
        return self._numbers[device.id].isdisjoint(_tails(device, faxes))

    def take(self, handover: Handover) -> None:
        """Keep a place for a request that is about to leave."""
        begun, device_id = handover.submission, handover.device.id
        there = UnderWay(begun.id, device_id, begun.stage, begun.acted_as, len(handover.faxes))
        self._there[device_id].append(there)
        if device_id in self._numbers:
            self._numbers[device_id].update(tail(fax.number) for fax in handover.faxes)


def _tails(device: Device, faxes: Iterable[Fax]) -> set[str]:
    numbers = [dialled_on(device, fax.recipient.fax_number, field="fax_number") for fax in faxes]
    return {tail(one.text) for one in numbers}
