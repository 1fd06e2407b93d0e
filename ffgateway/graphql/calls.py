"""Calls to appliances within one GraphQL operation: each made once, and each with its grade.

However a query is written, with aliases, fragments or the same field in two places, an appliance
is asked once for the same thing. How each answer is known goes out in `extensions.ffws`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from strawberry.extensions import SchemaExtension

from ffgateway.domain.evidence import Known

T = TypeVar("T")


class Calls:
    """The calls of one operation."""

    def __init__(self) -> None:
        self._made: dict[Hashable, asyncio.Future[Any]] = {}
        self._known: dict[tuple[str, str], str] = {}

    async def once(self, key: Hashable, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call, or wait for the one that was made for this key."""
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = asyncio.ensure_future(call())
        return cast("T", await asyncio.shield(made))

    def note(self, device_id: str, known: Known[Any]) -> None:
        """Remember how an answer is known."""
        self._known[device_id, known.function] = known.evidence.value

    def told(self) -> dict[str, Any]:
        """What `extensions` says of the calls; nothing when there were none."""
        if not self._known:
            return {}
        evidence = [
            {"deviceId": device_id, "function": function, "evidence": grade}
            for (device_id, function), grade in sorted(self._known.items())
        ]
        return {"ffws": {"evidence": evidence}}

    async def end(self) -> None:
        """Let go of calls that nobody waits for any more."""
        left = [call for call in self._made.values() if not call.done()]
        for call in left:
            call.cancel()
        await asyncio.gather(*left, return_exceptions=True)


_current: ContextVar[Calls] = ContextVar("calls")


class Accounting(SchemaExtension):
    """Opens the account of an operation's calls, and writes it into the answer."""

    def __init__(self) -> None:
        self._calls = Calls()

    async def on_operation(self) -> AsyncIterator[None]:
        """Keep an account for as long as the operation lasts."""
        before = _current.set(self._calls)
        try:
            yield
        finally:
            await self._calls.end()
            _current.reset(before)

    def get_results(self) -> dict[str, Any]:
        """What goes into `extensions`."""
        return self._calls.told()


async def once(
    device_id: str,
    function: str,
    args: tuple[Hashable, ...],
    call: Callable[[], Awaitable[Known[T]]],
) -> T:
    """Ask an appliance, once in this operation for the same function and arguments.

    `call` is a read of a service. Raises its errors, in each place that waits for it.
    """
    calls = _current.get(None) or Calls()
    known = await calls.once((device_id, function, args), call)
    calls.note(device_id, known)
    return known.value


async def changed(device_id: str, call: Awaitable[Known[T]]) -> T:
    """Wait for a change on an appliance and note how it is known. Nothing is shared."""
    known = await call
    calls = _current.get(None)
    if calls is not None:
        calls.note(device_id, known)
    return known.value
