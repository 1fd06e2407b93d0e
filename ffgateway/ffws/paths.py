"""Every operation as data: method, path, firmware, models, and how we know it.

An operation whose wire form is not public is a stand-in of this project's own making; its
`evidence` says so and travels outward with every answer. Nothing here is code to call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final


class Evidence(StrEnum):
    """How a fact about the appliance is known."""

    DOCUMENTED = "documented"  # by the vendor
    OBSERVED = "observed"  # in a working client or a captured answer
    INFERRED = "inferred"  # by analogy, with a reason
    STAND_IN = "stand-in"  # not public at all: this project's own form until someone observes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One function of the appliance, as data.

    `path` is a template below `ROOT` with `{fax_key}`, `{entry_key}`, `{number}`, `{username}`,
    `{section}`, `{name}`, `{id}`. `since` is a firmware, `(3, 0, 4)`; `models` empty means all.
    """

    name: str
    method: str
    path: str
    evidence: Evidence
    source: str  # guide page or client where it was seen; "" for a stand-in
    element: str = ""  # the payload element
    since: tuple[int, ...] = ()
    models: frozenset[str] = frozenset()
    success: frozenset[int] = frozenset({200})
    writes: bool = False
    missing_is_empty: bool = False  # 404 says that there is nothing to list


ROOT: Final = "/ffws/v1"
"""What every path is below."""

MODEMS: Final = frozenset({"FF240", "FF440", "FF840"})
"""The models that count modems (guide, Viewing Modem Status)."""

CHANNELS: Final = frozenset({"FF240-IP"})
"""The model that counts channels (guide, Viewing Channel Status)."""

_SINCE_3_0_4: Final = (3, 0, 4)  # printed on every status page, and with users and groups
_ACCEPTED: Final = frozenset({202})

_D, _I, _S = Evidence.DOCUMENTED, Evidence.INFERRED, Evidence.STAND_IN


def _operation(request: str, name: str, source: str, evidence: Evidence, **more: Any) -> Operation:
    """Lay an operation out from its request line, `GET /users/{username}`."""
    method, _, path = request.partition(" ")
    return Operation(
        name=name,
        method=method,
        path=path,
        evidence=evidence,
        source=source,
        writes=method != "GET",
        **more,
    )


_FAXES: Final = (
    _operation(
        "POST /ofax",
        "fax.schedule",
        "guide, Scheduling a Fax; 200 in place of 201 is accepted as well",
        _D,
        element="schedule_fax",
        success=frozenset({201, 200}),
    ),
    _operation("GET /ofax", "fax.list", "guide, Viewing Fax Entries", _D, element="fax_entry"),
    _operation(
        "GET /ofax/{fax_key}", "fax.get", "guide, Viewing Fax Entries", _D, element="fax_entry"
    ),
    _operation(
        "GET /ofax/{fax_key}/{entry_key}",
        "fax.entry",
        "guide, Viewing Fax Entries",
        _D,
        element="fax_entry",
    ),
    _operation(
        "DELETE /ofax/{fax_key}",
        "fax.abort",
        "guide, Aborting a Fax; the oldest guide has the entry form only",
        _D,
        success=_ACCEPTED,
    ),
    _operation(
        "DELETE /ofax/{fax_key}/{entry_key}",
        "fax.abort_entry",
        "guide, Aborting a Fax",
        _D,
        success=_ACCEPTED,
    ),
    _operation(
        "PUT /ofax/{fax_key}/{entry_key}",
        "fax.reschedule",
        "guide, Rescheduling a Fax Entry; at=now since firmware 2.1",
        _D,
        success=_ACCEPTED,
    ),
)

_STATUS_PAGE: Final = "guide, Viewing Modem, Channel, System, Printer and Share Status"

_STATUS: Final = (
    _operation(
        "GET /status", "status.combined", _STATUS_PAGE, _D, element="status", since=_SINCE_3_0_4
    ),
    _operation(  # MODEM, CHANNEL, SYSTEM, PRINTER, SHARE, in capitals as printed
        "GET /status/{section}",
        "status.section",
        _STATUS_PAGE,
        _D,
        element="status",
        since=_SINCE_3_0_4,
    ),
    _operation(
        "GET /modem_status",
        "modem_status.list",
        "S000578 p. 25, Viewing Modem Status",
        _D,
        element="modem_status",
        since=_SINCE_3_0_4,
        models=MODEMS,
    ),
    _operation(
        "GET /modem_status/{number}",
        "modem_status.get",
        "S000578 p. 25, Viewing Modem Status",
        _D,
        element="modem_status",
        since=_SINCE_3_0_4,
        models=MODEMS,
    ),
    _operation(
        "GET /channel_status",
        "channel_status.list",
        "S000578 p. 25, Viewing Channel Status",
        _D,
        element="channel_status",
        since=_SINCE_3_0_4,
        models=CHANNELS,
    ),
    _operation(
        "GET /channel_status/{number}",
        "channel_status.get",
        "S000578 p. 25, Viewing Channel Status",
        _D,
        element="channel_status",
        since=_SINCE_3_0_4,
        models=CHANNELS,
    ),
    _operation(
        "GET /inbound_status",
        "inbound_status.list",
        "guide, Viewing Inbound Fax Status; 404 for none is inferred from outbound status",
        _D,
        element="inbound_entry",
        since=_SINCE_3_0_4,
        missing_is_empty=True,
    ),
    _operation(
        "GET /outbound_status",
        "outbound_status.list",
        "guide, Viewing Outbound Fax Status, where 404 means that no fax is under way",
        _D,
        element="fax_entry",
        since=_SINCE_3_0_4,
        missing_is_empty=True,
    ),
)

GLOBAL_LIST: Final = "global_contact_list"
"""What stands in place of a user's name for the lists that everybody shares (guide, Viewing Contacts)."""

_PEOPLE: Final = (
    _operation(
        "GET /users/{username}",
        "user.get",
        "guide, Viewing User Information",
        _D,
        element="user",
    ),
    _operation(  # the documented read, with the user's own credentials: 200 or 401
        "GET /users/{username}", "user.verify", "", _S, element="user"
    ),
    _operation(
        "POST /users",
        "user.add",
        "guide, Adding a User: codes; the body is put together from samples",
        _D,
        element="user",
        since=_SINCE_3_0_4,
    ),
    _operation(
        "PUT /users/{username}",
        "user.edit",
        "guide, Editing a User",
        _D,
        element="user",
        since=_SINCE_3_0_4,
    ),
    _operation(
        "GET /contacts/{username}",
        "contact.list",
        "guide, Viewing Contacts",
        _D,
        element="contact",
    ),
    _operation(
        "GET /contacts/{username}/{id}",
        "contact.get",
        "guide, Viewing Contacts",
        _D,
        element="contact",
    ),
    _operation(
        "POST /contacts/{username}",
        "contact.add",
        "guide, Adding a Contact; for the global list by analogy",
        _D,
        element="contact",
    ),
    _operation(
        "PUT /contacts/{username}/{id}",
        "contact.edit",
        "guide, Editing a Contact; the oldest prints POST in the sample",
        _D,
        element="contact",
    ),
    _operation(
        "DELETE /contacts/{username}/{id}", "contact.delete", "guide, Deleting a Contact", _D
    ),
    _operation(
        "GET /contact_groups/{username}",
        "group.list",
        "guide, Viewing Groups, where 404 means that no groups were found for the user",
        _D,
        element="contact_group",
        missing_is_empty=True,
    ),
    _operation("GET /contact_groups/{username}/{id}", "group.get", "", _S, element="contact_group"),
    _operation(  # the documented list, of which only the URLs are read
        "GET /contact_groups/{username}",
        "group.ids",
        "",
        _S,
        element="contact_group",
        missing_is_empty=True,
    ),
    _operation(
        "POST /contact_groups/{username}",
        "group.create",
        "guide, Creating a Group",
        _D,
        element="contact_group",
        since=_SINCE_3_0_4,
    ),
    _operation(
        "PUT /contact_groups/{username}/{id}",
        "group.edit",
        "guide, Editing a Group",
        _D,
        element="contact_group",
    ),
    _operation(
        "DELETE /contact_groups/{username}/{id}",
        "group.delete",
        "guide, Deleting Groups, is known by title; the path by analogy with contacts",
        _I,
    ),
)


def _stand_in(request: str, name: str, **more: Any) -> Operation:
    return _operation(request, name, "", _S, **more)


_LOGS: Final = (
    _stand_in("GET /inbound_log", "inbound_log.list", element="inbound_log_entry"),
    _stand_in("GET /outbound_log", "outbound_log.list", element="outbound_log_entry"),
    _stand_in("GET /call_log", "call_log.list", element="call_log_entry"),
    _stand_in("GET /inbound_log/count", "inbound_log.count", element="count"),
    _stand_in("GET /outbound_log/count", "outbound_log.count", element="count"),
)

_CONFIGURATION: Final = (
    _stand_in("GET /inbound_routes", "inbound_route.list", element="inbound_route"),
    _stand_in("GET /inbound_routes/{id}", "inbound_route.get", element="inbound_route"),
    _stand_in("POST /inbound_routes", "inbound_route.add", element="inbound_route"),
    _stand_in("PUT /inbound_routes/{id}", "inbound_route.edit", element="inbound_route"),
    _stand_in("DELETE /inbound_routes/{id}", "inbound_route.delete"),
    _stand_in("GET /t37_settings", "t37_settings.get", element="t37_settings"),
    _stand_in("PUT /t37_settings", "t37_settings.edit", element="t37_settings"),
    _stand_in(
        "GET /modem_settings", "modem_settings.list", element="modem_settings", models=MODEMS
    ),
    _stand_in(
        "GET /modem_settings/{number}",
        "modem_settings.get",
        element="modem_settings",
        models=MODEMS,
    ),
    _stand_in(
        "PUT /modem_settings/{number}",
        "modem_settings.edit",
        element="modem_settings",
        models=MODEMS,
    ),
    _stand_in("GET /add_global_contacts", "global_contacts.get", element="add_global_contacts"),
    _stand_in("GET /about", "about.get", element="about"),
)

_DATA: Final = (
    _operation(
        "GET /data/preview/{fax_key}-{entry_key}.pdf",
        "data.preview",
        "guide, Fax Entry Element (the URL; that GET answers it with a PDF is inferred)",
        _D,
    ),
    _operation(
        "GET /data/cover_pages/{name}.pdf",
        "data.cover_page",
        "guide, Schedule Fax Element (the URL; that GET answers it with a PDF is inferred)",
        _D,
    ),
)

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        operation.name: operation
        for operation in (*_FAXES, *_STATUS, *_PEOPLE, *_LOGS, *_CONFIGURATION, *_DATA)
    }
)
"""Every operation, by name, as the guide for firmware 3 has it."""
