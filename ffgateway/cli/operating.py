"""Commands that work on the database itself, beside a running gateway or without one."""

import asyncio
import getpass
import os
from typing import TYPE_CHECKING, TypeVar

from ffgateway.cli.configured import database, settings
from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.audit import Call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ffgateway.services.gateway import Gateway

Result = TypeVar("Result")


def operating(command: str, work: "Callable[[Gateway, Caller], Awaitable[Result]]") -> Result:
    """Do something with the services, on record as the operator's."""
    from ffgateway.app import tools

    given, by = settings(), _operator(command)

    async def done() -> Result:
        async with tools(given) as gateway, gateway.recording.call(by):
            return await work(gateway, by)

    with database():
        return asyncio.run(done())


def _operator(command: str) -> Caller:
    """Whoever may open the database may do anything with it; who that is, the system says."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        name = f"user {os.getuid()}"
    somebody = Principal(id="operator", name=name, scopes=frozenset({Scope.ADMIN}))
    return Caller(principal=somebody, call=Call(f"cli:{command}"))
