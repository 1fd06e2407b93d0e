"""From the table of operations to routes. Each path is one `Route`, so that 405 names all its methods."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ffgateway.domain.access import Caller
from ffgateway.domain.errors import NotFound
from ffgateway.domain.idempotency import canonical_json, key_of
from ffgateway.rest import health, pages, problems
from ffgateway.rest.answers import Json
from ffgateway.rest.bodies import Paged
from ffgateway.rest.conditions import answered, demanded
from ffgateway.rest.faxes import REBUILDS
from ffgateway.rest.once import once, rule_of
from ffgateway.rest.openapi import document
from ffgateway.rest.operations import LIGHT, Asked, Operation, caller_of, charge, patient, tell
from ffgateway.rest.reading import checked, query_of, small_body
from ffgateway.rest.table import OPERATIONS
from ffgateway.rest.wording import Schema
from ffgateway.services.gateway import Gateway

log = logging.getLogger(__name__)

SOON = {"Retry-After": "5"}

_NOUNS = {
    "fax": "fax",
    "dev": "device",
    "whk": "webhook",
    "key": "key",
    "inb": "inbound fax",
    "bat": "batch",
    "sup": "suppression",
    "evt": "event",
}


def routes(
    gateway: Gateway,
    *,
    metrics_open: bool,
    webhooks: Mapping[str, Schema] | None = None,
    demanding: bool = False,
    operations: Sequence[Operation] = OPERATIONS,
) -> list[BaseRoute]:
    """Everything that the REST surface answers to.

    `metrics_open` lets `/metrics` go without a key; `webhooks` completes the OpenAPI document;
    `demanding` refuses changes that do not say which version was seen.
    """
    ordered = sorted(operations, key=lambda one: one.path)
    grouped = [
        _route(gateway, path, {one.method: one for one in several}, demanding=demanding)
        for path, several in groupby(ordered, key=lambda one: one.path)
    ]
    return [
        *grouped,
        *_open(
            gateway,
            metrics_open=metrics_open,
            described=cache(lambda: orjson.dumps(document(webhooks, operations))),
        ),
    ]


def _route(
    gateway: Gateway, path: str, by_method: dict[str, Operation], *, demanding: bool
) -> Route:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await _answer(gateway, by_method[method], request, demanding=demanding)

    return Route(path, endpoint, methods=list(by_method), name=path)


async def _answer(
    gateway: Gateway, operation: Operation, request: Request, *, demanding: bool
) -> Response:
    caller = await caller_of(gateway, request, operation.name)
    if operation.ending is not None:
        tell(request, operation.ending.headers())
    async with gateway.recording.call(caller):
        charge(gateway, request, caller, operation.cost)
        if demanding:
            demanded(operation, request)
        return await _done(gateway, operation, request, patient(caller, request, operation))


async def _done(
    gateway: Gateway, operation: Operation, request: Request, caller: Caller
) -> Response:
    identity = request.path_params.get("id", "")
    pattern = rf"{operation.id_of}_[0-9A-HJKMNP-TV-Z]{{26}}"
    if operation.id_of and not re.fullmatch(pattern, identity, re.ASCII):
        raise NotFound(f"There is no {_NOUNS[operation.id_of]} of that id.")
    for name, place in operation.places.items():
        if not re.fullmatch(place.pattern, request.path_params[name], re.ASCII):
            raise NotFound(f"{name} is not of the form that one has here.", field=name)
    query = query_of(request, operation.query)
    if isinstance(query, Paged):
        charge(gateway, request, caller, query.limit)
    key = key_of(request.headers.getlist("idempotency-key")) if request.method == "POST" else None
    read = operation.body if operation.body is not None and not operation.form else None
    raw = b"" if read is None else await small_body(request)
    body = None if read is None else checked(read, raw)
    asked = Asked(caller=caller, request=request, id=identity, query=query, body=body, key=key)
    if key is None or operation.form:  # who reads a form hears the key when it has read it
        return await answered(gateway, operation, asked)

    async def act(caller: Caller) -> Response:
        return await answered(gateway, operation, replace(asked, caller=caller))

    rule = rule_of(operation.name, REBUILDS)
    return await once(gateway, asked, rule, body=canonical_json(raw), act=act)


def _open(
    gateway: Gateway, *, metrics_open: bool, described: Callable[[], bytes]
) -> list[BaseRoute]:
    """What answers without a key; `/metrics` when it may. `described` writes what is asked for rarely."""

    async def live(_request: Request) -> Response:
        return Json({"status": "alive"})

    async def ready(_request: Request) -> Response:
        try:
            await gateway.ready()
        except Exception as fault:
            log.warning("http.not_ready", exc_info=fault)
            raise HTTPException(503, "The database does not answer.", SOON) from fault
        return Json({"status": "ready"})

    async def metrics(request: Request) -> Response:
        if not metrics_open:
            caller = await caller_of(gateway, request, "metrics")
            async with gateway.recording.call(caller):
                charge(gateway, request, caller, LIGHT)
                await gateway.history.let_count(caller)
        return await health.metrics(gateway)

    async def openapi(_request: Request) -> Response:
        return Response(described(), media_type="application/json")

    async def docs(_request: Request) -> Response:
        return pages.page(pages.DOCS)

    async def asset(request: Request) -> Response:
        return pages.asset(request.path_params["name"])

    receivers = pages.receivers()

    async def webhooks(_request: Request) -> Response:
        return pages.page(receivers)

    async def landing(_request: Request) -> Response:
        return pages.page(pages.LANDING)

    async def problem(request: Request) -> Response:
        return problems.page(request.path_params["code"])

    return [
        Route("/", landing),
        Route("/livez", live),
        Route("/readyz", ready),
        Route("/metrics", metrics),
        Route("/openapi.json", openapi),
        Route("/docs", docs),
        Route("/docs/webhooks", webhooks),
        Route("/docs/assets/{name}", asset),
        Route("/problems/{code}", problem),
    ]
