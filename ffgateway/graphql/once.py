"""`Idempotency-Key` on `POST /graphql`: a mutation is run once for a key; queries do not mind it.

The request is what it asks: query, variables and the operation's name. A mutation that died without
an answer is never repeated, because one may do several things; what it did accept is named.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.requests import Request
from starlette.responses import Response

from ffgateway.domain import idempotency
from ffgateway.domain.access import Caller
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.idempotency import (
    Answer,
    Ending,
    Repeat,
    canonical,
    ending_of_code,
    fingerprint,
    key_of,
)
from ffgateway.graphql.context import Context
from ffgateway.graphql.requests import Asked
from ffgateway.services import once as service
from ffgateway.services.gateway import Gateway

Run = Callable[[], Awaitable[Response]]


async def once(
    gateway: Gateway, request: Request, context: Context, given: Asked, run: Run, *, most: int
) -> Response:
    """Run the operation, unless it is a mutation that was run under its key. `most` is in tokens.

    Raises `InvalidRequest` for what is no key, and as `Once.run` does.
    """
    key = key_of(request.headers.getlist("idempotency-key"))
    if key is None:
        return await run()
    mutation = _mutation(given, most)
    if mutation is None:
        return await run()
    if "text/event-stream" in request.headers.get("accept", ""):
        raise InvalidRequest(
            "A mutation with a key is answered as a whole.",
            field=idempotency.HEADER,
            cure="Accept application/json, and not text/event-stream.",
        )
    asked, fields = mutation
    caller = replace(await context.caller(), call=context.whole)  # of a replay nothing is resolved
    made: list[Response] = []

    async def acting(claiming: Caller) -> tuple[Answer, Ending]:
        context.claim = claiming.claim
        response = await run()
        made.append(response)
        body = bytes(response.body)
        headers = tuple(
            (name, value) for name, value in response.headers.items() if name != "content-length"
        )
        answer = Answer(status=response.status_code, headers=headers, body=body)
        return answer, _ending(answer, fields)

    answer, again = await gateway.once.run(
        service.Request(
            caller=caller,
            key=key,
            fingerprint=fingerprint(
                method="POST", path="/graphql", principal_id=caller.principal.id, body=asked
            ),
            name="POST /graphql",
            repeat=Repeat.NEVER,
            wait=max(idempotency.PATIENCE, caller.patience or idempotency.PATIENCE),
        ),
        acting,
    )
    if not again:
        return made[0]
    headers = dict(answer.headers) | {"Idempotency-Replayed": "true"}
    return Response(answer.body, status_code=answer.status, headers=headers)


def _mutation(given: Asked, most: int) -> tuple[str, int] | None:
    """What is asked, canonical, and how many things; None for all that is no mutation."""
    try:
        document = parse(given.query, max_tokens=most or None)
    except (GraphQLError, RecursionError):
        return None  # not for us to complain of
    name = given.operation_name
    for one in document.definitions:
        if not isinstance(one, OperationDefinitionNode):
            continue
        if name is not None and (one.name is None or one.name.value != name):
            continue
        if one.operation is not OperationType.MUTATION:
            return None
        words = canonical([given.query, given.variables or {}, name])
        selected = one.selection_set.selections
        plain = all(isinstance(field, FieldNode) for field in selected)
        return words, len(selected) if plain else len(selected) + 1  # a fragment may hold several
    return None


def _ending(answer: Answer, fields: int) -> Ending:
    """What an answer means for its key. Of several things done, one may have been, whatever it says."""
    told: Any = orjson.loads(answer.body)
    codes = {one.get("extensions", {}).get("code", "internal") for one in told.get("errors") or ()}
    for result in (told.get("data") or {}).values():
        errors = result.get("userErrors") if isinstance(result, dict) else None
        codes |= {one["code"] for one in errors or () if "code" in one}
    endings = {ending_of_code(str(code)) for code in codes}
    if Ending.UNSURE in endings:
        return Ending.UNSURE
    if endings == {Ending.UNDONE} and fields == 1:
        return Ending.UNDONE
    return Ending.DECIDED
