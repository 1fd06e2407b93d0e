"""Which line each try goes over, how many pages got through, and lines that fail more than their siblings.

No entry of a fax says which line it went over. The modem or channel status does, while it lasts: the
number that a line has dialled is the number of the entry that is being sent (both documented; that a
real appliance fills in the number is unproven). A try that ended before anybody looked counts for
no line. The page that a line transfers (documented) is only begun once the far machine has confirmed
the one before (T.30), so a look at page 3 proves that two got through; there may have been more.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ffgateway.clock import Clock
from ffgateway.devices import lines
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.changes import Observation
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import DeviceError
from ffgateway.domain.events import EventDraft, EventType, device_event
from ffgateway.domain.faxes import Fax, FaxStatus, dialled
from ffgateway.domain.line_health import LineRecord, LineTry, Verdict, judge, tells_of_line
from ffgateway.domain.lines import Channel, Modem
from ffgateway.services.audited import line
from ffgateway.services.call_log import briefly
from ffgateway.store.transaction import Store, Transaction

SOON: Final = timedelta(seconds=2)
"""How often an appliance is asked while it sends something over a line that is not known."""

LATER: Final = timedelta(minutes=5)
"""How often one that has never said what its lines dial, or cannot."""

PAGES_SEEN: Final = timedelta(seconds=10)
"""How often it is asked while it sends something of several pages over lines that are known."""

PATIENCE: Final = 5
"""Answers without a single number before an appliance counts as such a one."""

TRYING: Final = (FaxStatus.SENDING, FaxStatus.CANCELLING)
"""In which a fax may be on a line."""

Try = tuple[str, int]
"""A fax and the number of a try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """What was seen of a try: its line, who answered, and how many pages at least got through."""

    number: int
    remote_id: str = ""
    confirmed: int = 0


class LineWatching:
    """What is known of the lines, for whoever looks at appliances."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._over: defaultdict[str, dict[Try, Over]] = defaultdict(dict)  # by device
        self._due: dict[str, datetime] = {}
        self._silent: Counter[str] = Counter()

    async def look(self, appliance: Appliance) -> None:
        """Find out over which lines an appliance is sending, when that is not known of all, and what."""
        device_id, now = appliance.device.id, self._clock.now()
        if now < self._due.get(device_id, now):
            return
        async with self._store.reading() as tx:
            trying = await tx.faxes.open_on(device_id, *TRYING)
            watched = await tx.faxes.several([fax_id for fax_id, _ in self._over[device_id]])
        known, sending = self._over[device_id], _sending(trying)
        still = {(fax.id, fax.attempt) for fax in watched.values() if not fax.finished}
        for gone in known.keys() - still:
            del known[gone]
        long = {(fax.id, fax.attempt) for fax in trying if fax.pages > 1}
        if all(one in known and one not in long for one in sending.values()):
            return
        unknown = any(one not in known for one in sending.values())
        self._due[device_id] = now + (SOON if unknown else PAGES_SEEN)
        try:
            calling = (await briefly(appliance, lines.dialling(appliance))).value
        except DeviceError:
            self._due[device_id] = now + LATER
            return
        self._silent[device_id] = 0 if calling else self._silent[device_id] + 1
        if self._silent[device_id] >= PATIENCE:
            self._due[device_id] = now + LATER
        for number, one in sending.items():
            if number in calling:
                known[one] = _over(known.get(one), calling[number])

    def confirmed(self, fax: Fax) -> int:
        """How many pages of its present try are known to have got through."""
        over = self._over[str(fax.device_id)].get((fax.id, fax.attempt))
        return over.confirmed if over is not None else 0

    def seen(self, fax: Fax) -> dict[str, Any]:
        """What is known of the line that a fax's last try went over: its number, and who answered."""
        over = self._over[str(fax.device_id)].get((fax.id, fax.attempt))
        if over is None:
            return {}
        return {"line": over.number} | ({"remote_id": over.remote_id} if over.remote_id else {})

    async def ended(self, tx: Transaction, device: Device, seen: Observation) -> None:
        """Count the tries that a look showed to be over for their lines; tell what that changes."""
        for news in seen.news:
            one, code = _try_of(seen.fax, news)
            over = self._over[device.id].pop(one, None) if one else None
            failed = tells_of_line(code)
            if over is not None and failed is not None:
                await _count(tx, device, over.number, LineTry(at=news.at, failed=failed))


def _over(before: Over | None, seen: Modem | Channel) -> Over:
    page = seen.page if isinstance(seen, Modem) else seen.pages
    known = before or Over(number=seen.number)
    return Over(
        number=seen.number,
        remote_id=seen.remote_id or known.remote_id,
        confirmed=max(known.confirmed, page - 1),
    )


def _sending(faxes: tuple[Fax, ...]) -> Mapping[str, Try]:
    """These tries by the digits that are dialled; of two to one number neither is told apart."""
    trying = [
        (dialled(fax.dialled or fax.recipient.fax_number), (fax.id, fax.attempt)) for fax in faxes
    ]
    often = Counter(digits for digits, _ in trying)
    return {digits: one for digits, one in trying if digits and often[digits] == 1}


def _try_of(fax: Fax, news: EventDraft) -> tuple[Try | None, str | None]:
    """The try that an event tells the end of, and why it failed (None: it did not)."""
    if news.type is EventType.FAX_ATTEMPT_FAILED:
        return (fax.id, int(news.data["attempt"])), str(news.data["code"])
    if news.type is EventType.FAX_FAILED and fax.failure is not None:
        return (fax.id, fax.attempt), fax.failure.code
    if news.type is EventType.FAX_DELIVERED:
        return (fax.id, fax.attempt), None
    return None, None


async def _count(tx: Transaction, device: Device, number: int, one: LineTry) -> None:
    records = {each.number: each for each in await tx.lines.of_device(device.id)}
    before = records.pop(number, LineRecord(device_id=device.id, number=number))
    after = before.with_try(one)
    verdict, found = judge(after, records.values())
    if verdict is not Verdict.NOTHING:
        degraded = verdict is Verdict.DEGRADED
        kind = EventType.LINE_DEGRADED if degraded else EventType.LINE_RECOVERED
        facts: dict[str, Any] = {
            "line": number,
            "failed": found.failed,
            "tried": found.tried,
            "others_failed": found.others_failed,
            "others_tried": found.others_tried,
            "probability": found.probability,
        }
        tx.tell(device_event(kind, device, at=one.at, **facts))
        tx.note(line(GATEWAY, kind.value, device.id, at=one.at, **facts))
    await tx.lines.save(after.judged(verdict, at=one.at))
