"""A page of a list, and the cursor that leads to the next one."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ffgateway.domain.errors import InvalidRequest

T = TypeVar("T")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Items in order; `next` is the cursor of the following page, None on the last one."""

    items: tuple[T, ...]
    next: str | None = None


def offset_of(cursor: str | None) -> int:
    """How many items to skip, from a cursor of `page_from`. Raises `InvalidRequest`."""
    if cursor is None:
        return 0
    key = read_cursor(cursor)
    kind, _, number = key.partition(":")
    if kind != "offset" or not number.isdecimal() or len(number) > 9:
        raise InvalidRequest(
            "That is not a cursor of this list.",
            field="cursor",
            cure="Leave it out for the first page, then pass on the one the page gave.",
        )
    return int(number)


def offset_cursor(offset: int) -> str:
    """The cursor of what comes after so many items, for `offset_of`."""
    return write_cursor(f"offset:{offset}")


def page_from(items: Sequence[T], *, offset: int, limit: int) -> Page[T]:
    """A page of a list that counts by offset; `items` begin at it and may be more than fit.

    Ask for one more than the page has: that one says whether there is a next page.
    """
    more = offset_cursor(offset + limit) if len(items) > limit else None
    return Page(items=tuple(items[:limit]), next=more)


def write_cursor(key: str) -> str:
    """Make the sort key of the last item opaque, so that nobody builds one by hand."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def read_cursor(cursor: str, *, field: str = "cursor") -> str:
    """Return the sort key in a cursor of ours. Raises `InvalidRequest` for anything else."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = raw.decode("ascii")
    except (binascii.Error, ValueError):
        key = ""
    if not key.isprintable() or not key:
        raise InvalidRequest(
            "That is not a cursor of ours.",
            field=field,
            cure="Leave it out for the first page, then pass on the one the page gave.",
        )
    return key
