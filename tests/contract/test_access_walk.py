"""Everybody at every door: each operation of REST and each field of GraphQL that is looked up.

What the answer must be is read from where the code says it: the table of operations, the table of
fields, and the rule of limits. Nothing here lists operations.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from ffgateway.domain.access import GATEWAY, UNLIMITED, Limits, Needs, Principal, Scope
from ffgateway.domain.batches import Asker, Batch, Chunk
from ffgateway.domain.events import status_event
from ffgateway.domain.faxes import FaxDraft, Recipient
from ffgateway.domain.inbound import InboundFax, InboundStatus
from ffgateway.graphql.schema import schema
from ffgateway.graphql.scopes import NEEDS
from ffgateway.rest.operations import Operation
from ffgateway.rest.table import OPERATIONS
from ffgateway.rest.wording import ID
from ffgateway.services.bounds import BEHIND, NOT_THEIRS, OF_NOTHING
from tests.contract.test_every_call_is_audited import (
    BODIES,
    Walk,
    document_of,
    fields_of,
    path_of,
    walking,
)
from tests.support.clock import NOON, OwnClock
from tests.support.nouns import a_device, a_fax, a_submission, a_subscription

_CONTACT = '{name: "Mercy", faxNumber: "612-555-0101"}'
_ROUTE = '{name: "desk", scope: GLOBAL, destinations: [{type: USER, value: "pat"}]}'
FORMS = {
    "sendBatch": 'input: {recipients: [{faxNumber: "612-555-0100"}], coverPage: {enabled: true}}',
    "editContact": 'deviceId: "1", id: "global~1", input: {name: "Mercy"}',
    "removeContact": 'deviceId: "1", id: "global~1"',
    "editGroup": 'deviceId: "1", id: "global~1", input: {name: "clinics"}',
    "removeGroup": 'deviceId: "1", id: "global~1"',
    "addInboundRoute": f'deviceId: "1", input: {_ROUTE}',
    "applyContacts": f"all: true, contacts: [{_CONTACT}]",
    "applyGroups": f'all: true, groups: [{{name: "clinics", members: [{_CONTACT}]}}]',
    "applyUsers": 'all: true, users: [{username: "pat"}]',
    "applyInboundRoutes": f"all: true, routes: [{_ROUTE}]",
    "abortFaxEntry": 'deviceId: "1", faxKey: "00000001"',
    "rescheduleFaxEntry": 'deviceId: "1", faxKey: "00000001", entryKey: "0000"',
    "ffwsExchange": 'deviceId: "1", input: {method: "GET", path: "ofax"}',
    "createWebhook": 'url: "https://receiver.example/", events: ["*"]',
    "faxEntries": 'faxKey: "00000001"',
    "contact": 'id: "global~1"',
    "group": 'id: "global~1"',
}
"""Arguments of a form that is read, where any text would not be. What they ask for is not there."""

HERE = ID[:-3] + "WWW"
"""No sample of the documentation is of this id."""

THINGS = {kind: f"{kind}_{HERE}" for kind in ("dev", "fax", "inb", "bat", "whk")}
NOWHERE = "http://127.0.0.1:9"


@dataclass(kw_only=True)
class Doors:
    """A gateway with one of each thing, and a key for each scope."""

    walk: Walk
    clock: OwnClock
    keys: dict[Scope, str] = field(default_factory=dict)

    async def make(self, *scopes: Scope, limits: Limits = UNLIMITED) -> str:
        """A key with these scopes."""
        _, token = await self.walk.gateway.keys.create(
            GATEWAY, "k", frozenset(scopes), limits=limits
        )
        return token

    async def rest(self, operation: Operation, key: str | None) -> httpx.Response:
        """Ask for an operation, of the things that are there."""
        return await self.walk.http.request(
            operation.method,
            path_of(operation).replace(ID, HERE),
            json=BODIES[operation.name] if operation.body else None,
            headers={} if key is None else {"Authorization": f"Bearer {key}"},
        )


@pytest.fixture
async def doors(sqlite_database: str, tmp_path: Path, clock: OwnClock) -> AsyncIterator[Doors]:
    async with walking(sqlite_database, tmp_path, clock) as walk:
        ready = Doors(walk=walk, clock=clock)
        for scope in Scope:
            ready.keys[scope] = await ready.make(scope)
        await _furnish(walk)
        yield ready


async def _furnish(walk: Walk) -> None:
    submission = a_submission(id=f"sub_{HERE}")
    call = InboundFax(
        id=THINGS["inb"],
        device_id=THINGS["dev"],
        status=InboundStatus.RECEIVED,
        created_at=NOON,
        updated_at=NOON,
    )
    people = (Recipient(fax_number="612-555-0100"),)
    batch = Batch(
        id=THINGS["bat"],
        created_at=NOON,
        template=FaxDraft(recipients=(), documents=()),
        total=1,
        asked_by=Asker(principal_id="key_ada"),
    )
    async with walk.store.transaction() as tx:
        device = a_device(id=THINGS["dev"], url=NOWHERE, pools=("theirs",))
        await tx.devices.add(device, password="x")
        await tx.submissions.add(submission)
        fax = a_fax(id=THINGS["fax"], submission_id=submission.id, device_id=device.id)
        await tx.faxes.add(fax)
        tx.tell(status_event(fax, previous=None, at=NOON))
        chunk = Chunk(number=0, rows=(0,), recipients=people, references=("",))
        await tx.batches.add(batch, [chunk])
        await tx.inbound.add(call)
        await tx.subscriptions.add(a_subscription(id=THINGS["whk"]))


def wrong_key(number: int) -> str:
    return f"ffgw_wrong-{number}"


# REST ---------------------------------------------------------------------------------------------


async def nobodys(doors: Doors) -> tuple[str, str]:
    """A key that has ended, and one that was revoked."""
    ends = doors.clock.now() + timedelta(hours=1)
    keys = doors.walk.gateway.keys
    _, ended = await keys.create(GATEWAY, "k", frozenset({Scope.ADMIN}), expires_at=ends)
    key, revoked = await keys.create(GATEWAY, "k", frozenset({Scope.ADMIN}))
    await keys.revoke(GATEWAY, key.id)
    doors.clock.advance(timedelta(hours=1))
    return ended, revoked


async def test_rest_lets_nobody_in_without_a_key_that_holds(doors: Doors) -> None:
    of_nobody = await nobodys(doors)
    let_in = []
    for number, operation in enumerate(OPERATIONS):
        for token in (None, wrong_key(number), *of_nobody):
            answer = await doors.rest(operation, token)
            if (answer.status_code, answer.json()["code"]) != (401, "unauthenticated"):
                let_in.append((operation.name, token, answer.text))
            doors.clock.advance(3)  # or wrong keys are not looked at any more
    assert let_in == []


def _may(scope: Scope, needs: Needs, *more: Scope) -> bool:
    return needs.met(Principal(id="key_x", name="x", scopes=frozenset({scope, *more})))


async def test_rest_lets_each_scope_in_where_it_says_and_nowhere_else(doors: Doors) -> None:
    wrong = []
    for operation in OPERATIONS:
        for scope in (one for one in Scope if one is not Scope.ADMIN):
            answer = await doors.rest(operation, doors.keys[scope])
            allowed = _may(scope, operation.needs)
            said = (answer.status_code, answer.json()["code"]) if answer.is_error else (0, "")
            if (said == (403, "forbidden")) is allowed or said[0] in {401, 429, 500}:
                wrong.append((operation.name, scope, answer.status_code, answer.text[:200]))
    assert wrong == [], "\n".join(map(str, wrong))


async def _with_a_pool(doors: Doors) -> str:
    """A key for everything of a pool, which has an appliance; what is furnished is of another one."""
    async with doors.walk.store.transaction() as tx:
        mine = a_device("mine", id=f"dev_{ID}", url=NOWHERE, pools=("mine",))
        await tx.devices.add(mine, password="x")
    return await doors.make(Scope.ADMIN, limits=Limits(pools=frozenset({"mine"})))


async def test_rest_shows_a_key_with_pools_nothing_of_others(doors: Doors) -> None:
    wrong, walk, own = [], doors.walk, await _with_a_pool(doors)
    for operation in OPERATIONS:
        await walk.rows()
        answer = await doors.rest(operation, own)
        (row,) = await walk.rows()  # what the operation is called where it is decided
        there = operation.id_of in {"dev", "fax", "inb", "bat"}
        if row.action in NOT_THEIRS | BEHIND or not (there or row.action in OF_NOTHING):
            expected = answer.status_code == 403
        elif there:
            expected = answer.status_code == 404
        else:
            expected = answer.status_code not in {401, 403, 404, 500}
            expected &= not any(one in answer.text for one in THINGS.values())
        if not expected:
            wrong.append((operation.name, row.action, answer.status_code, answer.text[:200]))
    assert wrong == [], "\n".join(map(str, wrong))


# GraphQL ------------------------------------------------------------------------------------------


def _looked_up() -> set[str]:
    """Every field of the schema that is more than a part of what it belongs to."""
    found = set()
    for kind in schema()._schema.type_map.values():
        definition = kind.extensions.get("strawberry-definition")
        if not isinstance(kind, GraphQLObjectType) or definition is None:
            continue
        names = {one.python_name: name for name, one in _named(kind).items()}
        found |= {
            f"{kind.name}.{names[one.python_name]}"
            for one in definition.fields
            if one.base_resolver is not None
        }
    return found


def _named(kind: GraphQLObjectType) -> dict[str, Any]:
    return {
        name: one.extensions["strawberry-definition"]
        for name, one in kind.fields.items()
        if "strawberry-definition" in one.extensions
    }


def test_every_field_that_is_looked_up_says_what_it_needs() -> None:
    assert set(NEEDS) == _looked_up()


def _document(owner: str, of: str) -> str:
    field_ = fields_of(owner)[of]
    if of not in FORMS:
        return document_of(owner, of, field_)
    selected = "" if is_leaf_type(get_named_type(field_.type)) else " { __typename }"
    return f"{owner.lower()} {{ {of}({FORMS[of]}){selected} }}"


def _asks() -> list[tuple[str, str, tuple[Needs, ...]]]:
    """A document for each field, with all that it needs: of a thing, by way of a root with an id."""
    asked: list[tuple[str, str, tuple[Needs, ...]]] = []
    for name, needs in NEEDS.items():
        owner, _, of = name.partition(".")
        if owner in {"Query", "Mutation", "Subscription"}:
            asked.append((name, _document(owner, of), (needs,)))
            continue
        root = next(
            (one for one, it in fields_of("Query").items()
             if get_named_type(it.type).name == owner
             and [arg for arg, kind in it.args.items() if is_required_argument(kind)] == ["id"]),
            None,
        )  # fmt: skip
        inner = _document(owner, of).partition("{")[2].rpartition("}")[0]
        if root is None:  # of what is told as it happens
            root = next(
                one for one, it in fields_of("Subscription").items()
                if get_named_type(it.type).name == owner
            )  # fmt: skip
            text = f'subscription {{ {root}(after: "0") {{ {inner} }} }}'
            asked.append((name, text, (NEEDS[f"Subscription.{root}"], needs)))
            continue
        thing = next(one for key, one in THINGS.items() if owner == _OWNERS[key])
        text = f'{{ {root}(id: "{thing}") {{ {inner} }} }}'
        asked.append((name, text, (NEEDS[f"Query.{root}"], needs)))
    return asked


_OWNERS = {"dev": "Device", "fax": "Fax", "inb": "InboundFax", "bat": "Batch", "whk": "Webhook"}


async def _post(doors: Doors, document: str, key: str | None) -> httpx.Response:
    head = {} if key is None else {"Authorization": f"Bearer {key}"}
    if document.startswith("subscription"):
        head["Accept"] = "text/event-stream"
    return await doors.walk.http.post("/graphql", json={"query": document}, headers=head)


async def test_graphql_lets_nobody_in_without_a_key_that_holds(doors: Doors) -> None:
    of_nobody = await nobodys(doors)
    let_in = []
    for number, (name, document, _) in enumerate(_asks()):
        for key in (None, wrong_key(number), *of_nobody):
            answer = await _post(doors, document, key)
            doors.clock.advance(3)
            if answer.status_code != 401 or '"unauthenticated"' not in answer.text:
                let_in.append((name, key, answer.text))
    assert let_in == []


async def test_graphql_lets_each_scope_in_where_it_says_and_nowhere_else(doors: Doors) -> None:
    wrong = []
    pairs: dict[tuple[Scope, ...], str] = {}
    for name, document, needs in _asks():
        for scope in (one for one in Scope if one is not Scope.ADMIN):
            held = (scope, *(needs[0].scopes if len(needs) > 1 else ()))  # to come that far
            if held not in pairs:
                pairs[held] = await doors.make(*held)
            key = pairs[held]
            answer = await _post(doors, document, key)
            allowed = all(_may(scope, one, *held) for one in needs)
            refused = '"forbidden"' in answer.text
            if refused is allowed or '"internal"' in answer.text:
                wrong.append((name, scope, document, answer.text[:300]))
    assert wrong == [], "\n".join(map(str, wrong))


_NAMED = (("inboundfax", "inb"), ("fax", "fax"), ("device", "dev"), ("batch", "bat"))
"""What the `id` of a root field is of, by a word in its name; of anything else it is of no pool."""


def _foreign(name: str, document: str) -> str:
    """The same document about what is there and belongs to others, showing whatever has an id."""
    owner, _, of = name.partition(".")
    text = document.replace('deviceId: "1"', f'deviceId: "{THINGS["dev"]}"')
    kind = next((kind for word, kind in _NAMED if word in of.lower()), None)
    if owner in {"Query", "Mutation"} and kind:
        text = re.sub(r'\bid: "1"', f'id: "{THINGS[kind]}"', text)
    if owner == "Subscription":
        text = text.replace(f"{{ {of}", f'{{ {of}(after: "0")')
    shown = _shown(fields_of(owner)[of].type)
    return text if shown is None else text.replace("{ __typename }", f"{{ {shown} }}")


def _shown(kind: Any) -> str | None:
    """What is selected of a type so that an id in it is seen."""
    named = get_named_type(kind)
    if not isinstance(named, GraphQLObjectType):
        return None
    if "nodes" in named.fields:
        return f"nodes {{ {_shown(named.fields['nodes'].type)} }}"
    if "userErrors" in named.fields:
        return "userErrors { code }"
    return " ".join(one for one in ("id", "subject") if one in named.fields) or "__typename"


async def test_graphql_shows_a_key_with_pools_nothing_of_others(doors: Doors) -> None:
    wrong, walk, own = [], doors.walk, await _with_a_pool(doors)
    for name, ask, _ in _asks():
        document = _foreign(name, ask)
        await walk.rows()
        answer = await _post(doors, document, own)
        rows = await walk.rows()
        action = rows[0].action
        there = any(THINGS[kind] in document for kind in ("dev", "fax", "inb", "bat"))
        refused = '"forbidden"' in answer.text
        if action in NOT_THEIRS | BEHIND or not (there or action in OF_NOTHING):
            expected = refused
        elif there and name.startswith("Mutation."):
            expected = '"not-found"' in answer.text
        elif there:
            expected = not any((answer.json()["data"] or {}).values())
        else:
            expected = not refused and '"internal"' not in answer.text
            expected &= not any(one in answer.text for one in THINGS.values())
            expected &= "event: next" not in answer.text  # of what was told, all was of others
        if not expected or len(rows) != 1:
            wrong.append((name, action, document, answer.text[:300]))
    assert wrong == [], "\n".join(map(str, wrong))
