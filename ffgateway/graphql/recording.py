"""Each root field of an operation is a call with a row of its own in the audit log.

What a root field asks for, and all that is asked for below it, belongs to its call. The row is there
before the answer leaves; of a subscription, before its first event. An operation that comes to no
root field (it cannot be read, or asks for the schema) is one call.
"""

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextvars import ContextVar
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import GraphQLObjectType
from strawberry.extensions import SchemaExtension

from ffgateway.domain.audit import Call
from ffgateway.domain.errors import GatewayError, NotFound
from ffgateway.graphql.context import Context, current_call

_calls: ContextVar[list[Call]] = ContextVar("calls_of_operation")

Resolve = Callable[..., Any]


class Recording(SchemaExtension):
    """Puts the calls of an operation on record at its end."""

    async def on_operation(self) -> AsyncIterator[None]:
        """Collect the calls of the root fields, then write the rows that are not there yet."""
        calls: list[Call] = []
        token = _calls.set(calls)
        try:
            yield
        finally:
            _calls.reset(token)
            context = self.execution_context.context
            if isinstance(context, Context):
                await self._end(context, calls)

    async def _end(self, context: Context, calls: list[Call]) -> None:
        if not calls:
            whole, asked = context.whole, self.execution_context
            wrong = asked.pre_execution_errors
            if wrong or asked.graphql_document is None or sys.exception() is not None:
                cause = wrong[0].original_error if wrong else None
                whole.refuse(cause.code if isinstance(cause, GatewayError) else "invalid-request")
            calls = [whole]
        for call in calls:
            await context.end(call)


def recorded(built: strawberry.Schema) -> strawberry.Schema:
    """The schema, its root fields put on record."""
    for field in (*_fields(built, "Query"), *_fields(built, "Mutation")):
        field.resolve = _resolving(field.resolve)
    for field in _fields(built, "Subscription"):
        field.subscribe = _following(field.subscribe)
    return built


def _fields(built: strawberry.Schema, name: str) -> list[Any]:
    root = built._schema.get_type(name)
    return list(root.fields.values()) if isinstance(root, GraphQLObjectType) else []


def _begun(info: Any) -> Call:
    call = Call(f"graphql:{info.field_name}")
    _calls.get().append(call)
    return call


def _told(call: Call) -> None:
    """Say in a call how it ends: with the exception that is under way, if there is one."""
    failure = sys.exception()
    if isinstance(failure, GatewayError):
        call.refuse(failure.code)
    elif failure is not None:
        call.refuse(GatewayError.code)


def _resolving(resolve: Resolve) -> Resolve:
    def root(source: Any, info: Any, **given: Any) -> Any:
        return _resolved(_begun(info), resolve, source, info, given)

    return root


async def _resolved(
    call: Call, resolve: Resolve, source: Any, info: Any, given: dict[str, Any]
) -> Any:
    # not reset: what is resolved below this field, in this very context, belongs to it
    current_call.set(call)
    try:
        found = resolve(source, info, **given)
        found = await found if isawaitable(found) else found
        if found is None:  # how a root field says what REST says with 404
            call.refuse(NotFound.code)
        return found
    finally:
        _told(call)


def _following(subscribe: Resolve) -> Resolve:
    def root(source: Any, info: Any, **given: Any) -> Any:
        return _followed(_begun(info), info.context, subscribe(source, info, **given))

    return root


async def _followed(call: Call, context: Context, source: Any) -> AsyncGenerator[Any, None]:
    current_call.set(call)
    stream = await source if isawaitable(source) else source
    try:
        async for event in stream:
            yield event
    finally:
        if not isinstance(sys.exception(), GeneratorExit):
            _told(call)
        await stream.aclose()
        await context.end(call)
