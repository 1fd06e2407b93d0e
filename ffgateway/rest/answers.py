"""What goes out: the domain's nouns as JSON.

Words that may grow in number (statuses, codes, states) are published as strings; only the five
phases are frozen. Every field is always there; what is not known is null.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

T = TypeVar("T")
Noun = TypeVar("Noun")


class Json(JSONResponse):
    """JSON by orjson, which writes dates and enumerations by itself."""

    def render(self, content: Any) -> bytes:
        """Write models as their fields."""
        return orjson.dumps(content, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump()
    raise TypeError(f"{type(value).__name__} is not JSON")


class Out(BaseModel):
    """An answer, read straight from a noun's attributes where the names agree."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    def __repr_args__(self) -> tuple[()]:
        """Its name alone is shown, in logs and tracebacks: it may have a secret in it."""
        return ()


class Items(Out, Generic[T]):
    """A page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="Leads to the next page; null on the last one.")


class HealthOut(Out):
    """Well, or not."""

    status: str


def all_of(write: Callable[[Noun], T], nouns: tuple[Noun, ...]) -> list[T]:
    """Each of them as JSON."""
    return [write(one) for one in nouns]
