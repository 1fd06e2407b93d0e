"""What is learnt of a change while an appliance is asked for it: the record before, and after."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar

from ffgateway.domain.differing import Differences, changed
from ffgateway.domain.errors import DeviceNotThere, DeviceOperationUnsupported, DeviceRefused
from ffgateway.domain.evidence import Known

T = TypeVar("T")


class Learnt:
    """Told at the end of a change, however that ends: `wanted` until it is done, `changed` then."""

    def __init__(self, wanted: Differences | None = None) -> None:
        self._told: dict[str, object] = {} if wanted is None else {"wanted": wanted}

    def __call__(self) -> Mapping[str, object]:
        """What the row of the audit log gets."""
        return self._told

    async def made(
        self,
        before: object,
        wanted: object,
        call: Awaitable[Known[T]],
        *,
        secrets: Sequence[str] = (),
    ) -> Known[T]:
        """Await the change of a record (None: of none) to what is wanted; what it answers is there then."""
        self._told = {"wanted": changed(before, wanted, secrets=secrets)}
        known = await call
        self.did(changed(before, known.value, secrets=secrets))
        return known

    def did(self, differences: Differences) -> None:
        """It is done, and this is what differs."""
        self._told = {"changed": differences}


async def there(call: Awaitable[Known[T]], *, must: bool) -> T | None:
    """A record as it is before it is removed; None where an appliance does not show what it can remove.

    Raises `DeviceNotThere`; with `must` any error of the call.
    """
    try:
        return (await call).value
    except DeviceNotThere:
        raise
    except (DeviceRefused, DeviceOperationUnsupported):
        if must:
            raise
        return None
