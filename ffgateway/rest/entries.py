"""Fax entries as appliances have them now, over HTTP."""

from starlette.responses import Response

from ffgateway.rest.answers import Items
from ffgateway.rest.entries_shapes import (
    AskedOut,
    EntriesOut,
    EntriesQuery,
    EntryOut,
    EntryQuery,
    entries_out,
    entry_out,
)
from ffgateway.rest.fax_bodies import Reschedule
from ffgateway.rest.operations import ENTRY_KEY, FAX_KEY, Asked, below_device, told, told_page
from ffgateway.services.gateway import Gateway


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of an appliance's list."""
    query = asked.query_as(EntriesQuery)
    known = await gateway.entries.list(
        asked.caller, asked.id, query.listing(), cursor=query.cursor, limit=query.limit
    )
    return told_page(asked, known, entry_out)


async def show_fax(gateway: Gateway, asked: Asked) -> Response:
    """Every entry of a FAXKEY."""
    modem_info = asked.query_as(EntryQuery).modem_info
    known = await gateway.entries.of_fax(
        asked.caller, asked.id, asked.place("fax_key"), modem_info=modem_info
    )
    return told(asked, known, entries_out)


async def show_entry(gateway: Gateway, asked: Asked) -> Response:
    """One entry."""
    known = await gateway.entries.of_fax(
        asked.caller,
        asked.id,
        asked.place("fax_key"),
        asked.place("entry_key"),
        modem_info=asked.query_as(EntryQuery).modem_info,
    )
    return told(asked, known, lambda found: entry_out(found[0]))


async def abort_fax(gateway: Gateway, asked: Asked) -> Response:
    """Have every entry of a FAXKEY aborted."""
    key = asked.place("fax_key")
    known = await gateway.entries.abort(asked.caller, asked.id, key)
    return told(asked, known, lambda _: AskedOut(device_id=asked.id, fax_key=key, entry_key=None))


async def abort_entry(gateway: Gateway, asked: Asked) -> Response:
    """Have one entry aborted."""
    key, entry_key = asked.place("fax_key"), asked.place("entry_key")
    known = await gateway.entries.abort(asked.caller, asked.id, key, entry_key)
    return told(
        asked, known, lambda _: AskedOut(device_id=asked.id, fax_key=key, entry_key=entry_key)
    )


async def reschedule(gateway: Gateway, asked: Asked) -> Response:
    """Give an entry another time."""
    key, entry_key = asked.place("fax_key"), asked.place("entry_key")
    known = await gateway.entries.reschedule(
        asked.caller, asked.id, key, entry_key, asked.body_as(Reschedule).at
    )
    return told(
        asked, known, lambda _: AskedOut(device_id=asked.id, fax_key=key, entry_key=entry_key)
    )


_FAX = "/faxes/{fax_key}"
_ENTRY = "/faxes/{fax_key}/{entry_key}"
_KEY, _KEYS = {"fax_key": FAX_KEY}, {"fax_key": FAX_KEY, "entry_key": ENTRY_KEY}
_READ, _SEND = {"scope": "faxes:read"}, {"scope": "faxes:send"}

OPERATIONS = (
    below_device("GET", "/faxes", "listDeviceFaxes", "What an appliance lists, now",
        act=browse, **_READ, query=EntriesQuery, answer=Items[EntryOut], headers=("Link",),
        functions=("fax.list",)),
    below_device("GET", _FAX, "getDeviceFax", "Every entry of a fax, now", act=show_fax, **_READ,
        places=_KEY, query=EntryQuery, answer=EntriesOut, functions=("fax.get",)),
    below_device("GET", _ENTRY, "getDeviceFaxEntry", "One recipient's entry, now",
        act=show_entry, **_READ, places=_KEYS, query=EntryQuery, answer=EntryOut,
        functions=("fax.entry",)),
    below_device("DELETE", _FAX, "abortDeviceFax", "Have every entry of a fax aborted",
        act=abort_fax, **_SEND, places=_KEY, answer=AskedOut, functions=("fax.abort",)),
    below_device("DELETE", _ENTRY, "abortDeviceFaxEntry", "Have one entry aborted",
        act=abort_entry, **_SEND, places=_KEYS, answer=AskedOut,
        functions=("fax.abort_entry",)),
    below_device("POST", f"{_ENTRY}/reschedule", "rescheduleDeviceFaxEntry",
        "Give an entry another time", act=reschedule, **_SEND, places=_KEYS, body=Reschedule,
        answer=AskedOut, functions=("fax.reschedule",)),
)  # fmt: skip
"""Entries on appliances; faxes of the gateway's own records are under /v1/faxes."""
