"""Fax entries, asked of the appliance itself: list, look up, abort, give another time."""

from collections.abc import Callable
from datetime import datetime

from ffgateway.devices import translate
from ffgateway.devices.client import Appliance
from ffgateway.domain.entries import Entry, Listing, ModemFact
from ffgateway.domain.evidence import Known
from ffgateway.domain.faxes import CoverPage, Recipient, Sender
from ffgateway.ffws import faxes as wire


async def listed(box: Appliance, what: Listing) -> Known[tuple[Entry, ...]]:
    """The entries that an appliance lists."""
    query = _modem(what.modem_info)
    if what.all_users:
        query["all_users"] = "true"
    if what.of_class is not None:
        query["class"] = what.of_class.value
    if what.complete_limit is not None:
        query["complete_limit"] = str(what.complete_limit)
    return await box.ask("fax.list", _reading(box), query=query)


async def of_fax(box: Appliance, fax_key: str, *, modem_info: bool) -> Known[tuple[Entry, ...]]:
    """Every entry of a fax. Raises `DeviceNotThere`; that an unknown key is a 404 is inferred."""
    query = _modem(modem_info)
    return await box.ask("fax.get", _reading(box), query=query, fax_key=fax_key)


async def entry(
    box: Appliance, fax_key: str, entry_key: str, *, modem_info: bool
) -> Known[tuple[Entry, ...]]:
    """One entry, or none. Raises `DeviceNotThere`."""
    query = _modem(modem_info)
    return await box.ask(
        "fax.entry", _reading(box), query=query, fax_key=fax_key, entry_key=entry_key
    )


async def abort(box: Appliance, fax_key: str, entry_key: str | None) -> Known[None]:
    """Ask for a whole fax, or one entry, to be aborted; 202 promises no more than a try."""
    if entry_key is None:
        return await box.tell("fax.abort", _nothing, fax_key=fax_key)
    return await box.tell("fax.abort_entry", _nothing, fax_key=fax_key, entry_key=entry_key)


async def reschedule(
    box: Appliance, fax_key: str, entry_key: str, at: datetime | None
) -> Known[None]:
    """Ask for another time, or (None) for now."""
    when = "now" if at is None else translate.naive_utc(at).isoformat()
    return await box.tell(
        "fax.reschedule", _nothing, query={"at": when}, fax_key=fax_key, entry_key=entry_key
    )


def _nothing(_: bytes) -> None:
    """The answers to these have no body that anybody knows of."""


def _modem(asked: bool) -> dict[str, str]:
    return {"include_modem_info": "true"} if asked else {}


def _reading(box: Appliance) -> Callable[[bytes], tuple[Entry, ...]]:
    def read(body: bytes) -> tuple[Entry, ...]:
        return tuple(_entry(one, box.device.zone) for one in wire.read_fax_entries(body))

    return read


def _entry(one: wire.FaxEntry, zone: str) -> Entry:
    sender, cover = one.sender, one.cover_page
    return Entry(
        fax_key=one.fax_key,
        entry_key=one.entry_key,
        state=one.raw_state,
        status=translate.STATUSES[one.state] if one.state is not None else None,
        recipient=Recipient(
            fax_number=one.recipient.fax_number,
            name=one.recipient.name,
            organization=one.recipient.organization,
            phone_number=one.recipient.phone_number,
        ),
        message=one.schedule_message,
        username=sender.username,
        agent=one.agent,
        sender=Sender(
            name=sender.name,
            organization=sender.organization,
            phone_number=sender.phone_number,
            fax_number=sender.fax_number,
            email_address=sender.email_address,
        ),
        cover_page=CoverPage(
            enabled=cover.enabled,
            name=cover.url.rsplit("/", 1)[-1],
            subject=cover.subject,
            comments=cover.comments,
        ),
        created_at=translate.aware(one.created, zone),
        due_at=translate.aware(one.stime, zone),
        try_number=one.try_number,
        max_tries=one.max_tries,
        priority=one.priority,
        try_interval=one.try_interval,
        receipt=one.receipt,
        receipt_attachment=one.receipt_attachment,
        pages=one.pages,
        approver=one.approver,
        approved_at=translate.aware(one.approval_time, zone),
        modem=tuple(ModemFact(name=name, value=value) for name, value in one.modem_info),
    )
