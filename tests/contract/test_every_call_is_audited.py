"""Each operation of REST and each root field of GraphQL, allowed and denied, leaves one row each.

The operations come from the table that is routed, the fields from the schema that is served.
"""

import base64
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)
from pydantic import SecretStr
from starlette.types import ASGIApp

from ffgateway.app import parts, surface
from ffgateway.domain.access import GATEWAY, Scope
from ffgateway.domain.audit import AuditEntry, AuditFilter, Kind, Outcome
from ffgateway.graphql.schema import schema
from ffgateway.rest.operations import Operation
from ffgateway.rest.table import OPERATIONS
from ffgateway.rest.wording import ID
from ffgateway.services import wrong_keys
from ffgateway.services.gateway import Gateway
from ffgateway.services.recording import WINDOW
from ffgateway.services.wrong_keys import OF_ADDRESS
from ffgateway.settings import Settings
from ffgateway.store.transaction import Store
from tests.conftest import SERVICE_KEY
from tests.support.clock import OwnClock
from tests.support.sockets import opened

ADMIN = "ffgw_an-administrator-of-the-walk"
_TEXT = {"name": "a.txt", "content_type": "text/plain", "content": "SGVsbG8K"}
_FAX = {"recipients": [{"fax_number": "612-555-0100"}], "documents": [_TEXT]}
_CONTACT = {"name": "Mercy General", "fax_number": "612-555-0101"}
_ROUTE = {"name": "desk", "scope": "global", "destinations": [{"type": "user", "value": "pat"}]}
_GROUP = {"name": "hospitals", "members": ["global~1"]}
_ALL = "all"
BODIES: dict[str, dict[str, Any]] = {
    "sendFax": _FAX,
    "previewFax": _FAX,
    "sendBatch": _FAX,
    "rescheduleFax": {"at": None},
    "rescheduleDeviceFaxEntry": {"at": None},
    "registerDevice": {"name": "one", "url": "http://192.0.2.1", "username": "a", "password": "b"},
    "updateDevice": {"name": "two"},
    "createWebhook": {"url": "https://receiver.example/", "events": ["*"]},
    "updateWebhook": {"description": "one"},
    "pauseWebhook": {"reason": "works"},
    "rotateWebhookSecret": {},
    "replayWebhook": {"which": "failed"},
    "countReplay": {"which": "failed"},
    "discardDeadLetters": {"all": True},
    "createKey": {"name": "n", "scopes": ["faxes:read"]},
    "rotateKey": {"overlap_seconds": 3600},
    "updateKey": {"name": "k"},
    "setActingUser": {"name": "billing", "username": "bob", "password": "Secret-1"},
    "holdAudit": {"subject": "fax_x", "reason": "a court asks"},
    "addUser": {"username": "pat", "password": "Secret-1"},
    "editUser": {"name": "Pat"},
    "verifyUser": {"password": "Secret-1"},
    "addContact": _CONTACT,
    "editContact": {"name": "Mercy"},
    "createGroup": _GROUP,
    "editGroup": {"name": "clinics"},
    "addInboundRoute": _ROUTE,
    "editInboundRoute": {"name": "front"},
    "editT37Settings": {"enabled": False},
    "editModemSettings": {"enabled": True},
    "applyContacts": {"devices": _ALL, "contacts": [_CONTACT]},
    "applyGroups": {"devices": _ALL, "groups": [{"name": "hospitals", "members": [_CONTACT]}]},
    "applyUsers": {"devices": _ALL, "users": [{"username": "pat"}]},
    "applyInboundRoutes": {"devices": _ALL, "routes": [_ROUTE]},
    "planFleet": {"devices": [{"device": "one"}]},
    "applyFleet": {"devices": [{"device": "one"}]},
    "exchange": {"method": "GET", "path": "ofax"},
    "decideFax": {"outcome": "not_sent", "reason": "I looked"},
    "addSuppression": {"fax_number": "612-555-0102", "reason": "voice"},
}
"""A body for each operation that reads one. What is in it does not matter here, only that it is read."""


OPEN = {"listEventTypes", "getEventSample", "eventTypes", "eventSample"}
"""What is published: any key is let in."""


@dataclass(kw_only=True)
class Walk:
    """A gateway without an appliance, its clients, and the rows of its calls one after the other."""

    app: ASGIApp
    http: httpx.AsyncClient
    store: Store
    gateway: Gateway
    keys: dict[Scope, str] = field(default_factory=dict)
    seen: int = 0

    def stranger_to(self, scope: str) -> str:
        """A key without a scope."""
        has = Scope.WEBHOOKS_ADMIN if scope != Scope.WEBHOOKS_ADMIN else Scope.AUDIT_READ
        return self.keys[has]

    async def rows(self) -> list[AuditEntry]:
        """The rows of calls that came since the last look, the oldest first."""
        async with self.store.reading() as tx:
            page = await tx.audit.page(AuditFilter(kind=Kind.CALL), cursor=None, limit=20)
        fresh = [row for row in reversed(page.items) if row.number > self.seen]
        self.seen = max((row.number for row in page.items), default=self.seen)
        return fresh

    async def post(self, query: str, key: str, **headers: str) -> httpx.Response:
        """Post an operation of GraphQL."""
        given = {"Authorization": f"Bearer {key}", **headers}
        return await self.http.post("/graphql", json={"query": query}, headers=given)


@asynccontextmanager
async def walking(database: str, folder: Path, clock: OwnClock) -> AsyncIterator[Walk]:
    settings = Settings(
        _env_file=None,
        database_url=database,
        spool_dir=folder / "spool",
        secret_key=SecretStr(base64.b64encode(SERVICE_KEY).decode()),
        bootstrap_key=SecretStr(ADMIN),
    )
    async with parts(settings, clock=clock) as wired:
        wired.tail.close()  # so that what is followed ends where the log does
        app = surface(wired.gateway, settings)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
            walk = Walk(app=app, http=http, store=wired.store, gateway=wired.gateway)
            for scope in (Scope.WEBHOOKS_ADMIN, Scope.AUDIT_READ):
                _, walk.keys[scope] = await wired.keys.create(GATEWAY, "k", frozenset({scope}))
            yield walk


@pytest.fixture
async def walk(sqlite_database: str, tmp_path: Path, clock: OwnClock) -> AsyncIterator[Walk]:
    async with walking(sqlite_database, tmp_path, clock) as ready:
        yield ready


# REST ---------------------------------------------------------------------------------------------


def path_of(operation: Operation) -> str:
    path = operation.path.replace("{id}", f"{operation.id_of}_{ID}")
    for name, place in operation.places.items():
        path = path.replace(f"{{{name}}}", place.example)
    needed = [name for name, one in operation.query.model_fields.items() if one.is_required()]
    return f"{path}?{'&'.join(f'{name}=1' for name in needed)}" if needed else path


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "denied"])
async def test_every_operation_of_rest_leaves_one_row(walk: Walk, allowed: bool) -> None:
    wrong = []
    for operation in OPERATIONS:
        key = ADMIN if allowed else walk.stranger_to(operation.scope)
        await walk.rows()
        answer = await walk.http.request(
            operation.method,
            path_of(operation),
            json=BODIES[operation.name] if operation.body else None,
            headers={"Authorization": f"Bearer {key}"},
        )
        rows = await walk.rows()
        outcome = Outcome.DONE if answer.is_success else Outcome.FAILED
        if not allowed and operation.name not in OPEN:
            assert answer.status_code == 403, (operation.name, answer.text)
            outcome = Outcome.DENIED
        found = [(row.operation, row.outcome, row.request_id) for row in rows]
        if found != [(f"rest:{operation.name}", outcome, answer.headers["X-Request-Id"])]:
            wrong.append((operation.name, answer.status_code, found))
    assert wrong == []


async def test_what_cannot_be_read_leaves_one_row_too(walk: Walk) -> None:
    head = {"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"}
    await walk.rows()
    for method, path, body, status in [
        ("GET", "/v1/faxes?limit=0", "", 422),
        ("GET", "/v1/faxes/nonsense", "", 404),
        ("POST", "/v1/keys", "{", 400),
        ("POST", "/v1/keys", "[]", 422),
        ("POST", "/v1/faxes", "{", 400),
    ]:
        answer = await walk.http.request(method, path, content=body, headers=head)
        (row,) = await walk.rows()
        assert (answer.status_code, row.outcome) == (status, Outcome.FAILED), (path, row)
        assert row.detail["code"]


async def test_a_request_that_is_answered_again_leaves_a_row_of_its_own(walk: Walk) -> None:
    head = {"Authorization": f"Bearer {ADMIN}", "Idempotency-Key": "k"}
    await walk.rows()
    for action in ("suppression.add", "request.replay"):
        await walk.http.post("/v1/suppressions", json=BODIES["addSuppression"], headers=head)
        (row,) = await walk.rows()
        assert (row.action, row.operation) == (action, "rest:addSuppression")


async def test_several_faxes_of_one_call_are_one_call(walk: Walk) -> None:
    await walk.rows()
    several = [{"fax_number": f"612-555-010{number}"} for number in range(4)]
    await walk.http.post(
        "/v1/faxes",
        json=_FAX | {"recipients": several},
        headers={"Authorization": f"Bearer {ADMIN}"},
    )
    (row,) = await walk.rows()
    async with walk.store.reading() as tx:
        page = await tx.audit.page(AuditFilter(request_id=row.request_id), cursor=None, limit=9)
    assert [one.action for one in page.items] == ["fax.send"] * 4
    assert len({one.resource for one in page.items}) == 4


# GraphQL ------------------------------------------------------------------------------------------

ROOTS = ("Query", "Mutation", "Subscription")

Ask = Callable[[str, str], Awaitable[str]]
"""Ask for a document with a key; return all that was said to it."""


def fields_of(root: str) -> dict[str, GraphQLField]:
    kind = schema()._schema.get_type(root)
    assert isinstance(kind, GraphQLObjectType)
    fields: dict[str, GraphQLField] = kind.fields
    return fields


def value_of(kind: Any, name: str) -> str:
    """A value of a type, written as GraphQL is; it need not mean anything."""
    if isinstance(kind, GraphQLNonNull):
        return value_of(kind.of_type, name)
    if isinstance(kind, GraphQLList):
        return f"[{value_of(kind.of_type, name)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        given = kind.fields.items()
        needed = {one: of.type for one, of in given if is_required_input_field(of)}
        if not needed and kind.is_one_of:
            first, of = next(iter(given))
            needed = {first: of.type}
        inside = ", ".join(f"{one}: {value_of(of, one)}" for one, of in needed.items())
        return f"{{{inside}}}"
    texts = {"Int": "1", "Float": "1.5", "Boolean": "true", "DateTime": '"2026-03-02T12:00:00Z"'}
    return texts.get(str(kind), '"1"')


def document_of(root: str, name: str, of: GraphQLField) -> str:
    needed = {one: arg for one, arg in of.args.items() if is_required_argument(arg)}
    inside = ", ".join(f"{one}: {value_of(arg.type, one)}" for one, arg in needed.items())
    arguments = f"({inside})" if needed else ""
    shown = get_named_type(of.type)
    parts = "userErrors { code }" if "userErrors" in getattr(shown, "fields", ()) else "__typename"
    selected = "" if is_leaf_type(shown) else f" {{ {parts} }}"
    return f"{root.lower()} {{ {name}{arguments}{selected} }}"


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "denied"])
async def test_every_root_field_of_graphql_leaves_one_row(walk: Walk, allowed: bool) -> None:
    for root in ROOTS:
        stream = {"Accept": "text/event-stream"} if root == "Subscription" else {}

        async def ask(asked: str, key: str, head: dict[str, str] = stream) -> str:
            return (await walk.post(asked, key, **head)).text

        assert await flaws(walk, root, allowed, ask) == []


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "denied"])
async def test_every_root_field_leaves_one_row_over_a_websocket(walk: Walk, allowed: bool) -> None:
    async with AsyncExitStack() as stack:
        keys = (ADMIN, *walk.keys.values())  # each has a socket, for all that is asked with it
        sockets = {key: await stack.enter_async_context(opened(walk.app, key)) for key in keys}

        async def ask(asked: str, key: str) -> str:
            return json.dumps(await sockets[key].run(asked))

        for root in ROOTS:
            assert await flaws(walk, root, allowed, ask) == []


def failed(told: str) -> bool:
    """Whether an answer says that there was nothing to show, or nothing done."""
    ends = r'"errors": ?\[|"userErrors": ?\[\{|"data": ?\{"\w+": ?null\}|"faxContenders": ?\[\]'
    return bool(re.search(ends, told))


async def flaws(walk: Walk, root: str, allowed: bool, ask: Ask) -> list[tuple[object, ...]]:
    """The fields whose call left no row, or several, or one that says another end than the answer."""
    wrong: list[tuple[object, ...]] = []
    strangers = list(walk.keys.values())
    for name, of in fields_of(root).items():
        asked = document_of(root, name, of)
        for key in [ADMIN] if allowed else strangers:  # one of them has not the scope
            await walk.rows()
            told = await ask(asked, key)
            rows = await walk.rows()
            if '"forbidden"' in told:
                break
        if [row.operation for row in rows] != [f"graphql:{name}"]:
            wrong.append((name, rows, told))
        elif (rows[0].outcome is Outcome.DENIED) is not ('"forbidden"' in told) or (
            rows[0].outcome is Outcome.DONE
        ) is failed(told):
            wrong.append((name, rows[0].outcome, told))
        elif not allowed and name not in OPEN and rows[0].outcome is Outcome.DONE:
            wrong.append((name, "let in", told))
    return wrong


async def test_each_of_several_fields_has_a_row(walk: Walk) -> None:
    await walk.rows()
    await walk.post(
        "{ one: faxes { nodes { id } } two: faxes { nodes { id } } keys { id } }", ADMIN
    )
    rows = await walk.rows()
    assert [row.operation for row in rows] == ["graphql:faxes"] * 2 + ["graphql:keys"]
    assert [row.action for row in rows] == ["fax.list"] * 2 + ["key.list"]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"query": "{ __typename }"}, Outcome.DONE),
        ({"query": "{ nothing }"}, Outcome.FAILED),
        ({"query": "{"}, Outcome.FAILED),
        ({}, Outcome.FAILED),
        ([], Outcome.FAILED),
    ],
)
async def test_an_operation_that_comes_to_no_field_is_one_call(
    walk: Walk, body: Any, outcome: Outcome
) -> None:
    await walk.rows()
    head = {"Authorization": f"Bearer {ADMIN}"}
    await walk.http.post("/graphql", json=body, headers=head)
    assert [(one.operation, one.outcome) for one in await walk.rows()] == [
        ("graphql:request", outcome)
    ]


# Who is not let in --------------------------------------------------------------------------------


async def test_wrong_keys_are_counted_so_that_they_cannot_fill_the_disk(
    walk: Walk, clock: OwnClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrong_keys, "PAUSED", 0)  # nobody moves the clock on for who would wait
    for number in range(30):
        status = 401 if number < OF_ADDRESS.at_once / 2 else 429  # then they are not looked at
        head = {"Authorization": "Bearer ffgw_wrong"}
        assert (await walk.http.get("/v1/faxes", headers=head)).status_code == status
        assert (await walk.post("{ keys { id } }", "ffgw_wrong")).status_code == status
    clock.advance(WINDOW + timedelta(seconds=1))
    await walk.gateway.recording.count()
    async with walk.store.reading() as tx:
        page = await tx.audit.page(AuditFilter(action="key.refused"), cursor=None, limit=9)
    counted, first = page.items
    assert (first.outcome, first.operation, first.address) == (
        Outcome.DENIED,
        "rest:listFaxes",
        "127.0.0.1",
    )
    assert counted.detail["further"] == 59
    assert "ffgw_wrong" not in str(page)


async def test_metrics_with_a_key_is_a_call(walk: Walk) -> None:
    for key, outcome in ((ADMIN, Outcome.DONE), (walk.keys[Scope.AUDIT_READ], Outcome.DENIED)):
        await walk.rows()
        await walk.http.get("/metrics", headers={"Authorization": f"Bearer {key}"})
        assert [(one.operation, one.outcome) for one in await walk.rows()] == [
            ("rest:metrics", outcome)
        ]
