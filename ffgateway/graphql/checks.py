"""Form of what comes in, where GraphQL's own types do not check it. Each raises `InvalidRequest`.

Texts end up in the appliances' XML and in PostgreSQL, so what neither can hold is refused here.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from ffgateway.domain.errors import InvalidRequest
from ffgateway.services.subscriptions import EVENT_GLOB

_CONTROL = re.compile("[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""What XML 1.0 (section 2.2) cannot hold."""


def line(value: str | None, field: str, *, required: bool = False, longest: int = 200) -> str:
    """One line of text; null is an empty one."""
    text = value or ""
    if required and not text.strip():
        raise InvalidRequest("It is empty.", field=field, cure="Give it a text.")
    if len(text) > longest or _CONTROL.search(text):
        raise InvalidRequest(
            "The text is too long or not one line.",
            field=field,
            cure=f"Use at most {longest} characters without line ends or control characters.",
        )
    return text


def optional(value: str | None, field: str) -> str | None:
    """One line of text, or null."""
    return None if value is None else line(value, field)


def prose(value: str | None, field: str, *, longest: int = 4000) -> str:
    """Text that may have line ends; null is an empty one."""
    text = value or ""
    if len(text) > longest or _UNSPEAKABLE.search(text):
        raise InvalidRequest(
            "The text is too long or has control characters.",
            field=field,
            cure=f"Use at most {longest} characters.",
        )
    return text


def within(value: float | None, field: str, *, least: float, most: float) -> None:
    """A number between two others, or null."""
    if value is not None and not least <= value <= most:
        raise InvalidRequest(
            f"{value} is out of range.", field=field, cure=f"Use {least} to {most}."
        )


def moment(value: datetime | None, field: str) -> datetime | None:
    """A moment in UTC; one without an offset could be any of twenty-four."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise InvalidRequest(
            "The time has no offset.", field=field, cure="Use one such as 2026-11-23T09:15:00Z."
        )
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InvalidRequest("There is no such time.", field=field, cure="Use RFC 3339.") from None


def position(value: str | None, *, field: str = "after") -> int | None:
    """A position in the event log, in digits."""
    if value is None:
        return None
    if not re.fullmatch("[0-9]{1,18}", value, re.ASCII):
        raise InvalidRequest(
            "That is not a position.", field=field, cure="Pass the `position` of the last event."
        )
    return int(value)


def globs(values: Sequence[str] | None, *, field: str = "types") -> tuple[str, ...]:
    """Event types or globs of them; null is none."""
    for index, glob in enumerate(values or ()):
        if len(glob) > 100 or not re.fullmatch(EVENT_GLOB[1:-1], glob, re.ASCII):
            raise InvalidRequest(
                f"{glob[:100]!r} is not an event type.",
                field=f"{field}[{index}]",
                cure="Use `*`, a group such as `fax.*`, or a type such as `fax.delivered`.",
            )
    return tuple(values or ())
