"""The logs of an appliance, in our nouns. Every function here is a stand-in on the wire."""

import re
from typing import Final

from ffgateway.devices import translate
from ffgateway.devices.client import Appliance
from ffgateway.domain.evidence import Known
from ffgateway.domain.logs import CallEntry, InboundEntry, OutboundEntry, Span
from ffgateway.ffws import inbound_log, logs

_ENTRY: Final = re.compile(r".*/([0-9A-F]{8})/([0-9A-F]{4})/?", re.DOTALL)


async def inbound(
    box: Appliance, span: Span, *, offset: int, limit: int
) -> Known[tuple[InboundEntry, ...]]:
    """Faxes that came in, in the appliance's order: `limit` of them at most."""
    known = await box.ask(
        "inbound_log.list", inbound_log.read_inbound_log, query=_query(span, offset, limit)
    )
    zone = box.device.zone
    return known.map(lambda found: tuple(_inbound(each, zone) for each in found[:limit]))


async def outbound(
    box: Appliance, span: Span, *, offset: int, limit: int
) -> Known[tuple[OutboundEntry, ...]]:
    """Tries at sending, in the appliance's order: `limit` of them at most."""
    known = await box.ask(
        "outbound_log.list", logs.read_outbound_log, query=_query(span, offset, limit)
    )
    zone = box.device.zone
    return known.map(lambda found: tuple(_outbound(each, zone) for each in found[:limit]))


async def calls(
    box: Appliance, span: Span, *, offset: int, limit: int
) -> Known[tuple[CallEntry, ...]]:
    """Calls in both directions, in the appliance's order: `limit` of them at most."""
    known = await box.ask("call_log.list", logs.read_call_log, query=_query(span, offset, limit))
    zone = box.device.zone
    return known.map(lambda found: tuple(_call(each, zone) for each in found[:limit]))


async def inbound_count(box: Appliance) -> Known[int]:
    """How many faxes that came in the log has."""
    return await box.ask("inbound_log.count", logs.read_count)


async def outbound_count(box: Appliance) -> Known[int]:
    """How many tries at sending the log has."""
    return await box.ask("outbound_log.count", logs.read_count)


def _query(span: Span, offset: int, limit: int) -> dict[str, str]:
    query = {"limit": str(limit), "offset": str(offset)}
    for name, moment in (("start", span.start), ("end", span.end)):
        if moment is not None:
            query[name] = translate.naive_utc(moment).isoformat()
    return query


def _inbound(entry: inbound_log.InboundLogEntry, zone: str) -> InboundEntry:
    return InboundEntry(
        id=entry.id,
        started_at=translate.aware(entry.start_time, zone),
        ended_at=translate.aware(entry.end_time, zone),
        state=entry.state,
        line=translate.count(entry.line),
        extension=entry.extension,
        recipient=entry.recipient,
        remote_id=entry.remote_id,
        pages=translate.count(entry.pages),
        duration_seconds=translate.count(entry.duration),
        baud_rate=entry.baud_rate,
        message=entry.message,
    )


def _outbound(entry: logs.OutboundLogEntry, zone: str) -> OutboundEntry:
    keys = _ENTRY.fullmatch(entry.fax_entry_url)
    return OutboundEntry(
        id=entry.id,
        fax_key=keys[1] if keys else "",
        entry_key=keys[2] if keys else "",
        started_at=translate.aware(entry.start_time, zone),
        ended_at=translate.aware(entry.end_time, zone),
        state=entry.state,
        line=translate.count(entry.line),
        fax_number=entry.fax_number,
        remote_id=entry.remote_id,
        username=entry.username,
        pages=translate.count(entry.pages),
        duration_seconds=translate.count(entry.duration),
        baud_rate=entry.baud_rate,
        message=entry.message,
    )


def _call(entry: logs.CallLogEntry, zone: str) -> CallEntry:
    return CallEntry(
        id=entry.id,
        direction=entry.direction,
        started_at=translate.aware(entry.start_time, zone),
        duration_seconds=translate.count(entry.duration),
        line=translate.count(entry.line),
        number=entry.number,
        remote_id=entry.remote_id,
        result=entry.result,
    )
