"""A document on its way from an appliance to whoever asked for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A data resource. `pieces` can be read once, while it is open; they break off with an error."""

    content_type: str
    length: int | None  # bytes, if the appliance says
    pieces: AsyncIterator[bytes]
