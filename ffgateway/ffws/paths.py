"""Every operation as data: method, path, firmware, models, and how we know it.

An operation whose wire form is not public is a stand-in of this project's own making; its
`evidence` says so and travels outward with every answer. Nothing here is code to call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


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
    `{section}`, `{name}`. `since` is a firmware, `(3, 0, 4)`; `models` empty means all.
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

_STATUS_SINCE: Final = (3, 0, 4)  # printed on every status page
_ACCEPTED: Final = frozenset({202})

_FAXES: Final = (
    Operation(
        name="fax.schedule",
        method="POST",
        path="/ofax",
        evidence=Evidence.DOCUMENTED,
        source="guide, Scheduling a Fax; 200 in place of 201 is accepted as well",
        element="schedule_fax",
        success=frozenset({201, 200}),
        writes=True,
    ),
    Operation(
        name="fax.list",
        method="GET",
        path="/ofax",
        evidence=Evidence.DOCUMENTED,
        source="guide, Viewing Fax Entries",
        element="fax_entry",
    ),
    Operation(
        name="fax.get",
        method="GET",
        path="/ofax/{fax_key}",
        evidence=Evidence.DOCUMENTED,
        source="guide, Viewing Fax Entries",
        element="fax_entry",
    ),
    Operation(
        name="fax.entry",
        method="GET",
        path="/ofax/{fax_key}/{entry_key}",
        evidence=Evidence.DOCUMENTED,
        source="guide, Viewing Fax Entries",
        element="fax_entry",
    ),
    Operation(
        name="fax.abort",
        method="DELETE",
        path="/ofax/{fax_key}",
        evidence=Evidence.DOCUMENTED,
        source="guide, Aborting a Fax; the oldest guide has the entry form only",
        success=_ACCEPTED,
        writes=True,
    ),
    Operation(
        name="fax.abort_entry",
        method="DELETE",
        path="/ofax/{fax_key}/{entry_key}",
        evidence=Evidence.DOCUMENTED,
        source="guide, Aborting a Fax",
        success=_ACCEPTED,
        writes=True,
    ),
    Operation(
        name="fax.reschedule",
        method="PUT",
        path="/ofax/{fax_key}/{entry_key}",
        evidence=Evidence.DOCUMENTED,
        source="guide, Rescheduling a Fax Entry; at=now since firmware 2.1",
        success=_ACCEPTED,
        writes=True,
    ),
)

_STATUS: Final = (
    Operation(
        name="status.combined",
        method="GET",
        path="/status",
        evidence=Evidence.DOCUMENTED,
        source="guide, Viewing Modem, Channel, System, Printer and Share Status",
        element="status",
        since=_STATUS_SINCE,
    ),
    Operation(
        name="status.section",  # MODEM, CHANNEL, SYSTEM, PRINTER, SHARE, in capitals as printed
        method="GET",
        path="/status/{section}",
        evidence=Evidence.DOCUMENTED,
        source="guide, Viewing Modem, Channel, System, Printer and Share Status",
        element="status",
        since=_STATUS_SINCE,
    ),
    Operation(
        name="modem_status.list",
        method="GET",
        path="/modem_status",
        evidence=Evidence.DOCUMENTED,
        source="S000578 p. 25, Viewing Modem Status",
        element="modem_status",
        since=_STATUS_SINCE,
        models=MODEMS,
    ),
    Operation(
        name="modem_status.get",
        method="GET",
        path="/modem_status/{number}",
        evidence=Evidence.DOCUMENTED,
        source="S000578 p. 25, Viewing Modem Status",
        element="modem_status",
        since=_STATUS_SINCE,
        models=MODEMS,
    ),
    Operation(
        name="channel_status.list",
        method="GET",
        path="/channel_status",
        evidence=Evidence.DOCUMENTED,
        source="S000578 p. 25, Viewing Channel Status",
        element="channel_status",
        since=_STATUS_SINCE,
        models=CHANNELS,
    ),
    Operation(
        name="channel_status.get",
        method="GET",
        path="/channel_status/{number}",
        evidence=Evidence.DOCUMENTED,
        source="S000578 p. 25, Viewing Channel Status",
        element="channel_status",
        since=_STATUS_SINCE,
        models=CHANNELS,
    ),
    Operation(
        name="inbound_status.list",
        method="GET",
        path="/inbound_status",
        evidence=Evidence.DOCUMENTED,
        source="guide, Viewing Inbound Fax Status; 404 for none is inferred from outbound status",
        element="inbound_entry",
        since=_STATUS_SINCE,
        missing_is_empty=True,
    ),
    Operation(
        name="outbound_status.list",
        method="GET",
        path="/outbound_status",
        evidence=Evidence.DOCUMENTED,
        source="guide, Viewing Outbound Fax Status, where 404 means that no fax is under way",
        element="fax_entry",
        since=_STATUS_SINCE,
        missing_is_empty=True,
    ),
)

_OTHERS: Final = (
    Operation(
        name="user.get",
        method="GET",
        path="/users/{username}",
        evidence=Evidence.DOCUMENTED,
        source="guide, Viewing User Information",
        element="user",
    ),
    Operation(
        name="user.verify",  # the documented read, with the user's own credentials: 200 or 401
        method="GET",
        path="/users/{username}",
        evidence=Evidence.STAND_IN,
        source="",
        element="user",
    ),
    Operation(
        name="about.get",
        method="GET",
        path="/about",
        evidence=Evidence.STAND_IN,
        source="",
        element="about",
    ),
    Operation(
        name="data.preview",
        method="GET",
        path="/data/preview/{fax_key}-{entry_key}.pdf",
        evidence=Evidence.DOCUMENTED,
        source="guide, Fax Entry Element (the URL; that GET answers it with a PDF is inferred)",
    ),
    Operation(
        name="data.cover_page",
        method="GET",
        path="/data/cover_pages/{name}.pdf",
        evidence=Evidence.DOCUMENTED,
        source="guide, Schedule Fax Element (the URL; that GET answers it with a PDF is inferred)",
    ),
)

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {operation.name: operation for operation in (*_FAXES, *_STATUS, *_OTHERS)}
)
"""Every operation, by name, as the guide for firmware 3 has it."""
