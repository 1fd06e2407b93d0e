"""Each operation that changes something says in the audit log what: each field, before and after.

Every operation of the table that is no GET is done here, with success, on a gateway with an
appliance that lives; its rows say what it changed, or it is in `NOTHING` with the reason.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update

from ffgateway.app import parts, surface
from ffgateway.domain.audit import AuditEntry, AuditFilter, Outcome
from ffgateway.domain.faxes import (
    CoverPage,
    FaxDraft,
    FaxStatus,
    Recipient,
)
from ffgateway.domain.submissions import Stage
from ffgateway.domain.subscriptions import DeliveryState
from ffgateway.rest.operations import Operation
from ffgateway.rest.table import OPERATIONS
from ffgateway.rest.wording import ID
from ffgateway.settings import Settings
from ffgateway.simulator.running import running
from ffgateway.store.event_tables import DeliveryRow
from ffgateway.wiring.parts import Parts
from tests.conftest import SERVICE_KEY
from tests.support.clock import OwnClock
from tests.support.nouns import a_fax, a_submission
from tests.support.receiver import Answer, receiving

ADMIN = "ffgw_an-administrator-of-changes"
SECRET = "Canary-of-changes"
"""Each password, token and header in what is asked here."""

NOTHING = {
    "previewFax": "looks ahead: nothing is sent",
    "checkDevice": "looks: what it finds out has rows of its own",
    "testWebhook": "sends a ping: nothing that is kept is another",
    "verifyUser": "asks whether a password is right",
    "planFleet": "compares",
    "countReplay": "counts",
    "probeDevice": "reads",
    "exchange": "passes a body on as it is, unread: method, path, status and sizes are on record",
}
"""What changes nothing, though it is no GET; or whose change the gateway does not know."""


@dataclass
class World:
    """The gateway, and what was made there: `made["createKey"]` is the last answer."""

    wired: Parts
    http: httpx.AsyncClient
    box: str
    receiver: str
    made: dict[str, Any] = field(default_factory=dict)

    def id(self, name: str) -> str:
        return str(self.made[name]["id"])

    async def ask(self, operation: Operation, body: object, **places: str) -> httpx.Response:
        path = operation.path
        for name, value in places.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, path
        head = {"Authorization": f"Bearer {ADMIN}"}
        answer = await self.http.request(operation.method, path, json=body, headers=head)
        if answer.is_success and answer.content:
            self.made[operation.name] = answer.json()
        return answer

    async def rows(self, request_id: str) -> list[AuditEntry]:
        async with self.wired.store.reading() as tx:
            wanted = AuditFilter(request_id=request_id)
            return list((await tx.audit.page(wanted, cursor=None, limit=100)).items)

    async def hand_over(self) -> str:
        """Hand everything that waits to the appliance; return the fax's key there."""
        while claimed := await self.wired.claiming.claim():
            for handover in claimed:
                await self.wired.submitting.hand_over(handover)
        fax = self.made["sendFax"]["faxes"][0]["id"]
        async with self.wired.store.reading() as tx:
            f = await tx.faxes.get(fax)
            assert f.fax_key, f
            return f.fax_key

    async def doubt(self) -> None:
        """A fax whose hand-over is in doubt."""
        draft = FaxDraft(recipients=(Recipient(fax_number="555-0101"),), documents=())
        draft = replace(draft, cover_page=CoverPage(enabled=True))
        submission = a_submission(draft=draft, id=f"sub_{ID}", stage=Stage.UNCERTAIN)
        device = self.id("registerDevice")
        fax = a_fax(id=f"fax_{ID}", submission_id=submission.id, status=FaxStatus.UNCERTAIN)
        async with self.wired.store.transaction() as tx:
            await tx.submissions.add(replace(submission, device_id=device))
            await tx.faxes.add(replace(fax, device_id=device))

    async def give_up(self) -> None:
        """Have a dead letter."""
        async with self.wired.store.transaction() as tx:
            await tx.session.exec(update(DeliveryRow).values(state=DeliveryState.DEAD.value))

    async def hold(self) -> None:
        """A fax that is held for its number."""
        send = next(one for one in OPERATIONS if one.name == "sendFax")
        assert (await self.ask(send, _fax("555-0111"))).status_code == 202

    async def ended(self) -> None:
        """The webhook's key, by its id."""
        hook = self.id("createWebhook")
        async with self.wired.store.reading() as tx:
            keys = await tx.receivers.keys(hook, at=self.wired.clock.now())
        self.made["key"] = {"id": keys[0].id}


def _fax(number: str = "555-0100") -> dict[str, Any]:
    content = base64.b64encode(SECRET.encode()).decode()
    document = {"name": "a.txt", "content_type": "text/plain", "content": content}
    return {"recipients": [{"fax_number": number}], "documents": [document]}


LATER = "2030-01-01T00:00:00Z"
ALL = {"devices": "all"}
CONTACT = {"name": "Mercy General", "fax_number": "612-555-0101"}
ROUTE = {"name": "desk", "scope": "global", "destinations": [{"type": "user", "value": "pat"}]}
OTHER_ROUTE = {**ROUTE, "scope": "extension", "extension": "12"}
USER = {"username": "pat", "password": SECRET, "name": "Pat"}


def _on(world: World, **more: str) -> dict[str, str]:
    return {"id": world.id("registerDevice"), **more}


def _hook(world: World, **more: str) -> dict[str, str]:
    return {"id": world.id("createWebhook"), **more}


def _sent(world: World) -> dict[str, str]:
    return {"id": world.made["sendFax"]["faxes"][0]["id"]}


async def _later(world: World) -> None:
    """So that it consents at another moment."""
    assert isinstance(world.wired.clock, OwnClock)
    world.wired.clock.advance(1)


async def _placed(world: World) -> None:
    send = next(one for one in OPERATIONS if one.name == "sendFax")
    assert (await world.ask(send, _fax())).status_code == 202
    world.made["entry"] = {"fax_key": await world.hand_over(), "entry_key": "0000"}


async def _empty(world: World) -> None:
    """End whatever is on the appliance."""
    async with world.wired.store.transaction() as tx:
        for fax in await tx.faxes.open_on(world.id("registerDevice"), lock=True):
            await tx.faxes.save(replace(fax, status=FaxStatus.CANCELLED))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation: what it is about, what is sent, and what has to be done before."""

    name: str
    places: Callable[[World], Mapping[str, str]] = lambda _: {}
    body: Callable[[World], object] = lambda _: None
    before: Callable[[World], Any] | None = None


def _step(name: str, places: Any = None, body: Any = None, before: Any = None) -> Step:
    return Step(
        name=name,
        places=places or (lambda _: {}),
        body=body if callable(body) else lambda _: body,
        before=before,
    )


STEPS = (
    _step("registerDevice", body=lambda world: {"name": "one", "url": world.box, "username": "admin",
        "password": "admin", "model": "FF440"}),
    _step("updateDevice", _on, {"zone": "America/Chicago", "password": "admin",
        "dial_plan": {"outside": "9"}}),
    _step("drainDevice", _on),
    _step("resumeDevice", _on),
    _step("createWebhook", body=lambda world: {"url": f"{world.receiver}/{SECRET}", "events": ["*"],
        "headers": {"X-A": SECRET}, "auth": {"kind": "bearer", "token": SECRET}, "handshake": True}),
    _step("updateWebhook", _hook, {"description": "two", "headers": {"X-A": SECRET * 2}}),
    _step("askWebhookConsent", _hook, before=_later),
    _step("pauseWebhook", _hook, {"reason": "works"}),
    _step("resumeWebhook", _hook),
    _step("rotateWebhookSecret", _hook, {}),
    _step("endWebhookKey", lambda world: _hook(world, key_id=world.id("key")), before=World.ended),
    _step("replayWebhook", _hook, {"which": "never_attempted"}),
    _step("cancelReplay", lambda world: _hook(world, replay_id=world.id("replayWebhook"))),
    _step("rotateAuditKey", before=lambda world: world.wired.sealing.begin()),
    _step("holdAudit", body={"subject": "fax_x", "reason": "a court asks"}),
    _step("releaseAuditHold", lambda _: {"subject": "fax_x"}),
    _step("createKey", body={"name": "n", "scopes": ["faxes:read"]}),
    _step("updateKey", lambda world: {"id": world.id("createKey")}, {"limits": {"acts_as": "x"}}),
    _step("rotateKey", lambda world: {"id": world.id("createKey")}, {"overlap_seconds": 60}),
    _step("revokeKey", lambda world: {"id": world.id("createKey")}),
    _step("setActingUser", _on, {"name": "x", "username": "pat", "password": SECRET}),
    _step("removeActingUser", lambda world: _on(world, name="x")),
    _step("addUser", _on, USER),
    _step("editUser", lambda world: _on(world, username="pat"), {"name": "P", "password": SECRET}),
    _step("addContact", _on, CONTACT),
    _step("editContact", lambda world: _on(world, contact_id=world.id("addContact")),
        {"phone_number": "1"}),
    _step("createGroup", _on,
        lambda world: {"name": "hospitals", "members": [world.id("addContact")]}),
    _step("editGroup", lambda world: _on(world, group_id=world.id("createGroup")),
        {"description": "d"}),
    _step("removeGroup", lambda world: _on(world, group_id=world.id("createGroup"))),
    _step("removeContact", lambda world: _on(world, contact_id=world.id("addContact"))),
    _step("addInboundRoute", _on, OTHER_ROUTE),
    _step("editInboundRoute", lambda world: _on(world, route_id=world.id("addInboundRoute")),
        {"name": "front"}),
    _step("removeInboundRoute", lambda world: _on(world, route_id=world.id("addInboundRoute"))),
    _step("editT37Settings", _on, {"enabled": True, "domain": "fax.example"}),
    _step("editModemSettings", lambda world: _on(world, number="1"), {"answer_on": 7}),
    _step("applyContacts", body={**ALL, "contacts": [CONTACT]}),
    _step("applyGroups", body={**ALL, "groups": [{"name": "all", "members": [CONTACT]}]}),
    _step("applyUsers", body={**ALL, "users": [{**USER, "username": "kim"}]}),
    _step("applyInboundRoutes", body={**ALL, "routes": [{**ROUTE, "scope": "line", "line": 2}]}),
    _step("applyFleet", body={"devices": [{"device": "one",
        "users": [{"username": "lou", "name": "Lou"}], "passwords": [{"username": "lou", "password": SECRET}]}]}),
    _step("sendFax", body=_fax()),
    _step("rescheduleFax", _sent, {"at": LATER}),
    _step("cancelFax", _sent),
    _step("resendFax", _sent),
    _step("sendBatch", body=_fax("555-0102")),
    _step("cancelBatch", lambda world: {"id": world.id("sendBatch")}),
    _step("rescheduleDeviceFaxEntry", lambda world: _on(world, **world.made["entry"]),
        {"at": LATER}, before=_placed),
    _step("abortDeviceFaxEntry", lambda world: _on(world, **world.made["entry"])),
    _step("abortDeviceFax", lambda world: _on(world, fax_key=world.made["entry"]["fax_key"])),
    _step("addSuppression", body={"fax_number": "555-0111", "reason": "voice"}),
    _step("releaseFax", _sent, before=World.hold),
    _step("liftSuppression", lambda world: {"id": world.id("addSuppression")}),
    _step("decideFax", lambda _: {"id": f"fax_{ID}"}, {"outcome": "not_sent", "reason": "looked"},
        before=World.doubt),
    _step("discardDeadLetters", _hook, {"all": True}, before=World.give_up),
    _step("removeWebhook", _hook),
    _step("retireDevice", _on, before=_empty),
)  # fmt: skip
"""Each once, one after the other."""


@pytest.fixture
async def world(sqlite_database: str, tmp_path: Path, clock: OwnClock) -> AsyncIterator[World]:
    settings = Settings(
        _env_file=None,
        database_url=sqlite_database,
        spool_dir=tmp_path / "spool",
        secret_key=SecretStr(base64.b64encode(SERVICE_KEY).decode()),
        bootstrap_key=SecretStr(ADMIN),
        webhook_allow="127.0.0.0/8",
    )
    async with AsyncExitStack() as stack:
        wired = await stack.enter_async_context(parts(settings, clock=clock))
        box = await stack.enter_async_context(running(speed=0, seed=1))
        receiver = await stack.enter_async_context(receiving())
        receiver.answer(Answer(headers={"WebHook-Allowed-Origin": "*"}))
        transport = httpx.ASGITransport(app=surface(wired.gateway, settings))
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://gateway")
        )
        yield World(wired, http, box.url, receiver.url)


def says_what(row: AuditEntry) -> bool:
    """Whether a row has fields that differ, in the form that all have."""
    changed = row.detail.get("changed")
    if not isinstance(changed, dict) or not changed or row.outcome is not Outcome.DONE:
        return False
    for name, one in changed.items():
        secret = one == {"secret": True}
        assert secret or ("after" in one and one.get("before") != one["after"]), (name, one)
    return True


def test_each_operation_is_a_step_or_changes_nothing() -> None:
    changing = {one.name for one in OPERATIONS if one.method != "GET"}
    steps = [one.name for one in STEPS]
    assert len(steps) == len(set(steps))
    assert set(steps) | set(NOTHING) == changing
    assert not set(steps) & set(NOTHING)


async def test_each_change_is_recorded_field_by_field_and_no_secret_is(world: World) -> None:
    table = {one.name: one for one in OPERATIONS}
    silent = []
    for step in STEPS:
        if step.before is not None:
            await asyncio.ensure_future(step.before(world))
        answer = await world.ask(table[step.name], step.body(world), **step.places(world))
        assert answer.is_success, (step.name, answer.text)
        rows = await world.rows(answer.headers["X-Request-Id"])
        if not [row for row in rows if says_what(row)]:  # each is held to the form
            silent.append((step.name, [row.detail for row in rows]))
    assert silent == []
    async with world.wired.store.reading() as tx:
        page = await tx.audit.page(cursor=None, limit=1000)
    told = json.dumps([dict(row.detail) for row in page.items])
    assert len(page.items) > len(STEPS)
    for secret in (SECRET, base64.b64encode(SECRET.encode()).decode()[:-2], "whsec_", ADMIN):
        assert secret not in told
