"""The audit log's rows. They are added, never changed.

A *call* is what somebody with a key asked for: it leaves one row of the kind `call`, whatever came
of it. An *act* is what the gateway does, by itself or because of a call: a request to an appliance
before it leaves, each further fax of a call, a purge. A row that a call caused has its request id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

MOST_BESIDE = 20
"""How many further acts of one call its row names."""

LARGEST: Final = 2**53 - 1
"""The largest whole number that every reader of JSON reads alike (RFC 8785, RFC 7493)."""


class Outcome(StrEnum):
    """How an act ended."""

    ASKED = "asked"  # of an appliance; the row after it says how that ended
    DONE = "done"
    DENIED = "denied"
    FAILED = "failed"


DENIALS: Final = frozenset({"forbidden", "unauthenticated"})
"""Codes of calls that somebody may not make, or no more since they came in."""


class Kind(StrEnum):
    """Whose doing a row tells of."""

    CALL = "call"
    ACT = "act"


class Call:
    """One authenticated call under way: what its one row will say, and whether that is written.

    The row is written with the change that the call makes, in its transaction; a call that changes
    nothing, or fails before, is put on record at its end by `services.recording`.
    """

    __slots__ = ("_beside", "action", "detail", "operation", "outcome", "recorded", "resource")

    def __init__(self, operation: str, resource: str = "") -> None:
        self.operation = operation  # `rest:getFax`, `graphql:fax`, `cli:keys create`
        self.action = ""
        self.resource = resource
        self.outcome = Outcome.DONE
        self.detail: dict[str, Any] = {}
        self.recorded = False
        self._beside: dict[str, None] = {}

    def enter(self, action: str, resource: str) -> bool:
        """A service is asked for something: the first time it names the call, later it is beside it.

        Say whether it is what the call is about, and its end the end of the call.
        """
        if not self.action:
            self.action = action
            self.resource = resource or self.resource
        elif action != self.action and len(self._beside) < MOST_BESIDE:
            self._beside[action] = None
        return action == self.action and not self.recorded

    def refuse(self, code: str, **detail: object) -> None:
        """The call ended with an error; the first one counts."""
        if self.outcome is Outcome.DONE:
            self.outcome = Outcome.DENIED if code in DENIALS else Outcome.FAILED
            self.detail |= {"code": code, **detail}

    def told(self) -> dict[str, Any]:
        """What the row says beyond who, what and how it ended."""
        return self.detail | ({"beside": list(self._beside)} if self._beside else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to which thing, when, and how it ended.

    `number` rises by one for each row; it is 0 until the row is stored. `detail` holds changed
    fields (`domain.differing`); never a secret, never a byte of a document. `call` is the one that
    it may be the row of.
    """

    at: datetime
    principal_id: str
    principal_name: str
    action: str  # `fax.send`, `device.register`, `webhook.delivered`, …
    resource: str  # the id of the thing, "" when there is none
    outcome: Outcome = Outcome.DONE
    kind: Kind = Kind.ACT
    operation: str = ""  # how a call came in: `rest:sendFax`; of an act, what it belongs to
    request_id: str = ""
    address: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    call: Call | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which rows; None is any. `since` is in, `until` is out."""

    resource: str | None = None
    principal_id: str | None = None
    action: str | None = None
    actions: frozenset[str] | None = None
    outcome: Outcome | None = None
    kind: Kind | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def record(entry: AuditEntry) -> dict[str, Any]:
    """What is sealed of a row, and what an export shows of it: plain JSON."""
    return {
        "number": entry.number,
        "at": moment(entry.at),
        "kind": entry.kind.value,
        "operation": entry.operation,
        "principal_id": entry.principal_id,
        "principal_name": entry.principal_name,
        "action": entry.action,
        "resource": entry.resource,
        "outcome": entry.outcome.value,
        "request_id": entry.request_id,
        "address": entry.address,
        "detail": dict(entry.detail),
    }


def moment(at: datetime) -> str:
    """A time as the log writes it: UTC, always with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: Any) -> Any:
    """A value as both databases and every reader of JSON have it alike.

    A character that is none (a lone surrogate) and U+0000 become U+FFFD, a number too large for
    others becomes text.
    """
    if isinstance(value, str):
        # most texts are plain ones; only a strange one is looked at closely
        if value.isascii() and "\0" not in value:
            return str(value)
        clean = value.encode("utf-8", "replace").decode() if not value.isascii() else value
        return clean.replace("\0", "\ufffd")
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -LARGEST <= value <= LARGEST else str(value)
    if isinstance(value, float):
        return value if abs(value) <= LARGEST else str(value)
    if isinstance(value, Mapping):
        return {plain(str(name)): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return plain(str(value))
