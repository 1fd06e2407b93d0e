"""The library's decorators, with types: what they decorate keeps its own."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

Resolver = TypeVar("Resolver", bound=Callable[..., Any])
Kind = TypeVar("Kind", bound=type)


def secretive(kind: Kind) -> Kind:
    """For a type with secrets in it: its name is all that a log or a traceback is told of one."""

    def shown(_one: object) -> str:
        return f"{kind.__name__}(…)"

    kind.__repr__ = shown  # type: ignore[assignment]
    return kind


def field(description: str) -> Callable[[Resolver], Resolver]:
    """A field that is resolved by a function."""
    return cast("Callable[[Resolver], Resolver]", strawberry.field(description=description))


def mutation(description: str) -> Callable[[Resolver], Resolver]:
    """A root of mutations."""
    return cast("Callable[[Resolver], Resolver]", strawberry.mutation(description=description))


def subscription(description: str) -> Callable[[Resolver], Resolver]:
    """A root of subscriptions: an async generator."""
    return cast("Callable[[Resolver], Resolver]", strawberry.subscription(description=description))
