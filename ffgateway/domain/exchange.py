"""A raw exchange with an appliance: any request below its web service, and what it answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ffgateway.domain.errors import InvalidRequest

METHODS: Final = ("GET", "POST", "PUT", "DELETE")
LONGEST_PATH: Final = 500
MOST_PAIRS: Final = 50
LARGEST_REPLY: Final = 4 * 2**20
"""Bytes of an answer that are passed on."""

_FORBIDDEN: Final = frozenset("%?#\\;:\x7f")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """What to send. `path` is below `/ffws/v1/`, unescaped: `users/admin`.

    The body is XML as text, or a document as lossless JSON, or neither.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    xml: str | None = None
    json: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it came; `limited` when it went on beyond `body`."""

    status: int
    content_type: str
    body: bytes = field(repr=False)  # the appliance may say anything
    limited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAnswer:
    """An answer in every form that it has; each of the three is None where it has not that form.

    `xml` is the document as text, `json` the same losslessly; what is no XML, or is cut off, is
    `content` alone.
    """

    status: int  # the appliance's own
    content_type: str
    size: int  # bytes, of what is passed on
    limited: bool
    xml: str | None = None
    json: Mapping[str, Any] | None = None
    content: bytes | None = None


def check_raw(request: RawRequest) -> None:
    """Raise `InvalidRequest` for what could reach anything but a function of the web service."""
    if request.method not in METHODS:
        raise InvalidRequest(
            f"{request.method!r} is not a method.",
            field="method",
            cure=f"Use {', '.join(METHODS)}.",
        )
    segments = request.path.split("/")
    if (
        len(request.path) > LONGEST_PATH
        or {"", ".", ".."} & {segment.strip() for segment in segments}
        or any(letter in _FORBIDDEN or not letter.isprintable() for letter in request.path)
    ):
        raise InvalidRequest(
            "That is not a path below /ffws/v1/.",
            field="path",
            cure="Use one such as users/admin: nothing escaped, no query, no slash at the ends.",
        )
    if len(request.query) > MOST_PAIRS:
        raise InvalidRequest(f"More than {MOST_PAIRS} pairs.", field="query", cure="Use fewer.")
    if request.xml is not None and request.json is not None:
        raise InvalidRequest("There are two bodies.", field="xml", cure="Give xml or json.")
    if request.method in {"GET", "DELETE"} and (request.xml or request.json is not None):
        raise InvalidRequest(
            f"A {request.method} has no body.", field="xml", cure="Leave xml and json out."
        )
