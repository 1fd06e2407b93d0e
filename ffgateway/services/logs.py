"""The logs of one appliance, asked for and never kept: they are the appliance's own memory."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ffgateway.devices import logs as device
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.evidence import Known
from ffgateway.domain.logs import CallEntry, InboundEntry, OutboundEntry, Span
from ffgateway.domain.pages import Page, offset_of, page_from
from ffgateway.services.asking import Asking

T = TypeVar("T")


class DeviceLogs:
    """The logs, for whoever may read faxes. A page begins where the cursor says.

    A log that grows between two pages shifts: an entry may then be on both.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def inbound(
        self, caller: Caller, device_id: str, span: Span, *, cursor: str | None, limit: int
    ) -> Known[Page[InboundEntry]]:
        """A page of the faxes that came in."""
        offset = _checked(span, cursor)

        async def read(box: Appliance) -> Known[tuple[InboundEntry, ...]]:
            return await device.inbound(box, span, offset=offset, limit=limit + 1)

        return await self._page(caller, device_id, "inbound_log.list", read, offset, limit)

    async def outbound(
        self, caller: Caller, device_id: str, span: Span, *, cursor: str | None, limit: int
    ) -> Known[Page[OutboundEntry]]:
        """A page of the tries at sending."""
        offset = _checked(span, cursor)

        async def read(box: Appliance) -> Known[tuple[OutboundEntry, ...]]:
            return await device.outbound(box, span, offset=offset, limit=limit + 1)

        return await self._page(caller, device_id, "outbound_log.list", read, offset, limit)

    async def calls(
        self, caller: Caller, device_id: str, span: Span, *, cursor: str | None, limit: int
    ) -> Known[Page[CallEntry]]:
        """A page of the calls in both directions."""
        offset = _checked(span, cursor)

        async def read(box: Appliance) -> Known[tuple[CallEntry, ...]]:
            return await device.calls(box, span, offset=offset, limit=limit + 1)

        return await self._page(caller, device_id, "call_log.list", read, offset, limit)

    async def inbound_count(self, caller: Caller, device_id: str) -> Known[int]:
        """How many faxes that came in the log has."""
        return await self._asking.read(
            caller, Scope.FAXES_READ, "inbound_log.count", device_id, device.inbound_count
        )

    async def outbound_count(self, caller: Caller, device_id: str) -> Known[int]:
        """How many tries at sending the log has."""
        return await self._asking.read(
            caller, Scope.FAXES_READ, "outbound_log.count", device_id, device.outbound_count
        )

    async def _page(  # noqa: PLR0917 - one place for three lists
        self,
        caller: Caller,
        device_id: str,
        action: str,
        read: Callable[[Appliance], Awaitable[Known[tuple[T, ...]]]],
        offset: int,
        limit: int,
    ) -> Known[Page[T]]:
        known = await self._asking.read(caller, Scope.FAXES_READ, action, device_id, read)
        return known.map(lambda found: page_from(found, offset=offset, limit=limit))


def _checked(span: Span, cursor: str | None) -> int:
    """The offset of a page. Raises `InvalidRequest` for a span that ends before it starts."""
    if span.start is not None and span.end is not None and span.end < span.start:
        raise InvalidRequest(
            "The end is before the start.", field="end", cure="Give a later end, or none."
        )
    return offset_of(cursor)
