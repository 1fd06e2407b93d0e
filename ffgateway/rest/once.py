"""`Idempotency-Key` over HTTP: every POST honours it, and says what a retry may do.

`REPEATS` decides for each operation what becomes of a retry whose first request died. An operation
that reads its body itself (`form`) calls `once` when it has read it; all others are wrapped by
`routes`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ffgateway.domain import idempotency
from ffgateway.domain.access import Caller
from ffgateway.domain.errors import GatewayError
from ffgateway.domain.idempotency import Answer, Ending, Repeat, ending, fingerprint
from ffgateway.rest.operations import Asked
from ffgateway.rest.problems import handlers
from ffgateway.services import once as service
from ffgateway.services.gateway import Gateway

REPLAYED = "Idempotency-Replayed"

REPEATS: Mapping[str, Repeat] = {
    # what they accept is bound to the key with it
    "sendFax": Repeat.BOUND,
    "resendFax": Repeat.BOUND,
    "sendBatch": Repeat.BOUND,
    # whoever does these twice has what they had after the first time
    "cancelFax": Repeat.AGAIN,
    "cancelBatch": Repeat.AGAIN,
    "rescheduleFax": Repeat.AGAIN,  # the same time once more
    "rescheduleDeviceFaxEntry": Repeat.AGAIN,
    "registerDevice": Repeat.AGAIN,  # its name is taken the second time
    "previewFax": Repeat.AGAIN,
    "checkDevice": Repeat.AGAIN,
    "drainDevice": Repeat.AGAIN,
    "setActingUser": Repeat.AGAIN,
    "resumeDevice": Repeat.AGAIN,
    "probeDevice": Repeat.AGAIN,
    "askWebhookConsent": Repeat.AGAIN,
    "testWebhook": Repeat.AGAIN,  # a ping more
    "pauseWebhook": Repeat.AGAIN,
    "resumeWebhook": Repeat.AGAIN,
    "countReplay": Repeat.AGAIN,
    "cancelReplay": Repeat.AGAIN,
    "discardDeadLetters": Repeat.AGAIN,
    "verifyUser": Repeat.AGAIN,
    "planFleet": Repeat.AGAIN,
    "applyFleet": Repeat.AGAIN,  # these look first, and do what is lacking
    "applyContacts": Repeat.AGAIN,
    "applyGroups": Repeat.AGAIN,
    "applyUsers": Repeat.AGAIN,
    "applyInboundRoutes": Repeat.AGAIN,
    # a second one would be one too many
    "releaseFax": Repeat.AGAIN,  # what was released is held no more the second time
    "holdAudit": Repeat.AGAIN,  # it is held the second time
    "rotateAuditKey": Repeat.NEVER,
    "addSuppression": Repeat.AGAIN,  # it is there the second time
    "decideFax": Repeat.NEVER,  # a fax in doubt is decided once
    "createWebhook": Repeat.NEVER,
    "rotateWebhookSecret": Repeat.NEVER,  # its secret would be one that nobody saw
    "replayWebhook": Repeat.NEVER,  # everything would arrive twice
    "createKey": Repeat.NEVER,
    "rotateKey": Repeat.NEVER,
    "addUser": Repeat.NEVER,
    "addContact": Repeat.NEVER,
    "createGroup": Repeat.NEVER,
    "addInboundRoute": Repeat.NEVER,
    "exchange": Repeat.NEVER,  # nobody knows what is in it
}
"""What a retry may do by itself, operation by operation. One that is not here is never repeated."""

Act = Callable[[Caller], Awaitable[Response]]
Rebuild = Callable[[Gateway, Caller, tuple[str, ...]], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an operation does about keys. `rebuild` answers from the ids of what was accepted."""

    repeat: Repeat
    rebuild: Rebuild | None = None


def rule_of(name: str, rebuilds: Mapping[str, Rebuild]) -> Rule:
    """The rule of an operation by its name."""
    return Rule(repeat=REPEATS.get(name, Repeat.NEVER), rebuild=rebuilds.get(name))


async def once(gateway: Gateway, asked: Asked, rule: Rule, *, body: str, act: Act) -> Response:
    """Act, unless that was done under the request's key; then answer the same. `body` is canonical."""
    if asked.key is None:
        return await act(asked.caller)
    request, made = asked.request, list[Response]()
    query = request.scope["query_string"].decode("latin-1")

    async def acting(caller: Caller) -> tuple[Answer, Ending]:
        response, end = await _settled(request, act, caller)
        made.append(response)
        return _answer(response), end

    async def rebuilding(effects: tuple[str, ...]) -> Answer:
        if rule.rebuild is None:
            raise TypeError("an operation that is bound says how to answer from what it accepted")
        return _answer(await rule.rebuild(gateway, asked.caller, effects))

    answer, again = await gateway.once.run(
        service.Request(
            caller=asked.caller,
            key=asked.key,
            fingerprint=fingerprint(
                method=request.method,
                path=f"{request.url.path}?{query}",
                principal_id=asked.caller.principal.id,
                body=body,
            ),
            name=f"{request.method} {request.url.path}",
            repeat=rule.repeat,
            wait=max(idempotency.PATIENCE, asked.caller.patience or idempotency.PATIENCE),
        ),
        acting,
        rebuilding if rule.rebuild else None,
    )
    return replayed(answer) if again else made[0]


async def _settled(request: Request, act: Act, caller: Caller) -> tuple[Response, Ending]:
    """Act to a response: a refusal is one too, and may be what is answered again."""
    try:
        return await act(caller), Ending.DECIDED
    except GatewayError as no:
        if caller.call is not None:
            caller.call.refuse(no.code)
        if ending(type(no)) is Ending.UNSURE and no.code == GatewayError.code:
            raise  # a fault of ours: the log shall have all of it
        return await handlers()[GatewayError](request, no), ending(type(no))
    except HTTPException as no:  # the request could not be read
        if caller.call is not None:
            caller.call.refuse(f"http-{no.status_code}")
        return await handlers()[HTTPException](request, no), Ending.UNDONE


def _answer(response: Response) -> Answer:
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in response.raw_headers
        if name != b"content-length"
    )
    return Answer(status=response.status_code, headers=headers, body=bytes(response.body))


def replayed(answer: Answer) -> Response:
    """An answer once more, marked as such."""
    response = Response(answer.body, status_code=answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    response.headers[REPLAYED] = "true"
    return response
