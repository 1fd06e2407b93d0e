"""An operation becomes the parts of a request; the parts of an answer become bytes or an error.

The one place where a status code is read. What a code means is a table, because it depends on
the operation: 404 is an empty list to one, an unknown key to another and, to a form of our own
making, a sign that the appliance does not know it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final
from urllib.parse import quote

from ffgateway.ffws.dialects import Dialect
from ffgateway.ffws.elements import read_message, respelt, write_message
from ffgateway.ffws.errors import (
    ApplianceRefusal,
    ApplianceTrouble,
    BadCredentials,
    MalformedDocument,
    NotAllowed,
    NotThere,
    Unsupported,
)
from ffgateway.ffws.paths import ROOT, Evidence, Operation

CONTENT_TYPE: Final = "application/xml"
"""Of requests and answers, in every example of the guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """What to send, but for the body and who is asking.

    `path` and `target` are percent-encoded; `query` is not. `headers` has no credentials, no
    `Host` and no `Content-Length`.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    operation: Operation

    @property
    def target(self) -> str:
        """Path and query as they stand in a request line; the guide wants `:` as `%3A`."""
        if not self.query:
            return self.path
        pairs = (f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query)
        return f"{self.path}?{'&'.join(pairs)}"


def request_for(
    dialect: Dialect, name: str, /, *, query: Mapping[str, str] | None = None, **places: str | int
) -> WireRequest:
    """Lay out a request, e.g. `request_for(FAXFINDER_3, "fax.get", fax_key="0000001B")`.

    Raises `Unsupported` when the dialect lacks the operation, and `ValueError` when the caller
    left a place of the path empty: an abort of one entry must not become one of the whole fax.
    """
    operation = dialect.operations.get(name)
    if operation is None:
        raise Unsupported(0, f"{dialect.name} has no {name}")
    written = {place: quote(str(value), safe="") for place, value in places.items()}
    wanted = {place for _, place, _, _ in Formatter().parse(operation.path) if place}
    if wanted != set(written) or any(text in {"", ".", ".."} for text in written.values()):
        raise ValueError(f"{name} takes {sorted(wanted)}, none of them empty")
    return WireRequest(
        method=operation.method,
        path=ROOT + operation.path.format_map(written),
        query=tuple((query or {}).items()),
        headers=(("Accept", _accepted(operation)), ("Content-Type", CONTENT_TYPE)),
        operation=operation,
    )


def _accepted(operation: Operation) -> str:
    return "application/pdf" if operation.path.endswith(".pdf") else CONTENT_TYPE


_NOTHING: Final = write_message("Success")

_REFUSALS: Final[Mapping[int, type[ApplianceRefusal]]] = {
    400: ApplianceRefusal,  # the guide's one code for "not valid", "not yours" and "not possible"
    401: BadCredentials,
    403: NotAllowed,
    404: NotThere,
    405: Unsupported,
    413: ApplianceRefusal,  # too large: what the appliance says is not public (inferred)
}
"""What a code means, unless the operation says otherwise. Any other is trouble."""

_UNKNOWN_FORM: Final = frozenset({404, 405, 501})
"""How an appliance answers to a path or method that it does not have (inferred)."""


def check(operation: Operation, status: int, body: bytes) -> bytes:
    """Return the body of a success; raise what kind of no it was.

    The body of a success is returned as it came, unread. A 404 that means "nothing to list" gives
    an empty answer. Raises one of the `ApplianceRefusal` family, with the appliance's own message
    if the body had one: error bodies may be anything.
    """
    if status in operation.success:
        return body
    if status == 404 and operation.missing_is_empty:
        return _NOTHING
    if status in _UNKNOWN_FORM and _names_no_thing(operation, status, body):
        raise Unsupported(status, message_in(body))
    raise _REFUSALS.get(status, ApplianceTrouble)(status, message_in(body))


def _names_no_thing(operation: Operation, status: int, body: bytes) -> bool:
    """Whether "not found" is said of the operation, not of a key in its path.

    A stand-in that names a thing may be unknown itself. An appliance that answers in its own form,
    with a message, has looked for the thing (inferred: unknown paths are not answered in XML).
    """
    if "{" not in operation.path:
        return True
    if operation.evidence is not Evidence.STAND_IN:
        return False
    return status != 404 or not message_in(body)


def message_in(body: bytes) -> str:
    """The `<message>` of a body, or `""` for a body that is no `<response>`."""
    try:
        return read_message(body)
    except MalformedDocument:
        return ""


def renamed(dialect: Dialect, name: str, document: bytes) -> bytes:
    """Spell the elements of an answer our way, if the dialect has them otherwise.

    Without renames the document is returned as it came.
    """
    theirs = {theirs: ours for ours, theirs in dialect.renames.get(name, {}).items()}
    if not theirs:
        return document
    return respelt(document, theirs)


def spelt_for(dialect: Dialect, name: str, document: bytes) -> bytes:
    """Spell the elements of a request the appliance's way, if the dialect has them otherwise.

    The other way round of `renamed`; without renames the document is returned as it came.
    """
    theirs = dialect.renames.get(name, {})
    if not theirs or not document:
        return document
    return respelt(document, theirs)
