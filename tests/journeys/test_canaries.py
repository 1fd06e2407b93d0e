"""No secret is told. Unmistakable ones are planted everywhere and looked for everywhere.

Where one has to be is said in `STATED`; anything else is a leak. Both forms of log lines are read,
at the level that tells most.
"""

import asyncio
import base64
import contextlib
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ffgateway.cli.main import main
from ffgateway.clock import Clock
from ffgateway.simulator.people import Role, User
from ffgateway.simulator.running import Simulator, running
from tests.support.issuer import AUDIENCE, Issuer, issuing
from tests.support.processes import KEY, GatewayProcess, gateway_process
from tests.support.receiver import Answer, Receiver, receiving

SERVICE_KEY = base64.b64encode(b"canary-of-the-service-key-000000").decode()
SIGNING = base64.b64encode(b"canary-of-the-signing-secret").decode()
WRONG = "ffgw_canaryOfAWrongKey0123456789abcdefgh"

SECRETS = {
    "service key": SERVICE_KEY,
    "administrator's key": KEY,
    "wrong key": WRONG,
    "password of an appliance": "canary-of-the-door",
    "password that an appliance refused": "canary-of-the-wrong-door",
    "password of a user": "canary-of-a-user",
    "password of who acts": "canary-of-who-acts",
    "webhook secret": SIGNING,
    "extra header": "canary-of-a-header",
    "bearer token": "canary-of-a-bearer",
    "basic password": "canary-of-basic",
    "oauth2 secret": "canary-of-a-client",
    "oauth2 token": "canary-of-a-token",
    "document": "canary of a letter to a patient",
    "password in a wrong body": "canary-of-a-wrong-body",
}
NUMBER = "+13125550117"
DIGITS = "3125550117"

STATED = {
    ("receivers", "extra header"): "sent to whom it is for",
    ("receivers", "bearer token"): "likewise",
    ("receivers", "basic password"): "likewise",
    ("receivers", "oauth2 secret"): "likewise",
    ("receivers", "oauth2 token"): "likewise",
}
"""Where a secret may be: (place, secret)."""


def spellings(secret: str) -> Iterator[bytes]:
    """A secret as it stands, and in the forms in which it may hide."""
    yield secret.encode()
    yield base64.b64encode(secret.encode()).rstrip(b"=")[:-1]
    yield secret.encode("utf-16-le")
    yield secret.encode().hex().encode()


@dataclass
class Search:
    """What was seen, by the place it was seen in."""

    seen: dict[str, list[bytes]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))

    def note(self, place: str, content: bytes | str) -> None:
        found = content.encode() if isinstance(content, str) else content
        self.seen.setdefault(place, []).append(found)

    def leaks(self) -> list[tuple[str, str]]:
        return [
            (place, name)
            for place, texts in self.seen.items()
            for name, secret in self.secrets.items()
            if (place, name) not in STATED
            and any(form in text for form in spellings(secret) for text in texts)
        ]


@dataclass
class World:
    """A gateway with an appliance and a receiver, and whatever they said."""

    gateway: GatewayProcess
    box: Simulator
    receiver: Receiver
    client: httpx.AsyncClient
    issuer: Issuer
    search: Search

    async def ask(self, method: str, path: str, *, key: str = "", **more: Any) -> Any:
        """Ask over REST; the answer is searched, but for a secret that it is to show once."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= more.pop("headers", {})
        answer = await self.client.request(method, path, headers=headers, **more)
        self.search.note("REST", answer.content + repr(answer.headers).encode())
        return answer

    async def graphql(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        answer = await self.client.post("/graphql", json=body)
        self.search.note("GraphQL", answer.content)
        return answer.json()

    async def command(self, *arguments: str) -> None:
        """Run a command in this process, beside the loop."""
        out, err = io.StringIO(), io.StringIO()

        def run() -> None:
            with contextlib.suppress(SystemExit):
                main(arguments)

        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            await asyncio.to_thread(run)
        assert out.getvalue() or err.getvalue(), arguments
        self.search.note("command line", out.getvalue() + err.getvalue())


async def _appliances(world: World) -> str:
    """Register one, be refused with another, have one's users changed; return the first's id."""
    device = {"url": world.box.url, "username": "admin", "model": "FF440", "poll_busy_seconds": 0.2}
    taken = {"name": "front", "password": SECRETS["password of an appliance"]}
    made = await world.ask("POST", "/v1/devices", json=device | taken)
    assert made.status_code == 201, made.text
    front: str = made.json()["id"]
    wrong = {"name": "back", "password": SECRETS["password that an appliance refused"]}
    await world.ask("POST", "/v1/devices", json=device | wrong)
    hidden = SECRETS["password in a wrong body"]
    host = world.box.url.removeprefix("http://")
    for body in (
        {**device, "name": "x", "password": [hidden]},
        {**device, "name": "x", "passwort": hidden},
        {**device, "name": 1, "password": hidden},
        {**device, "name": "x", "password": "x", "url": f"http://admin:{hidden}@{host}"},
    ):
        await world.ask("POST", "/v1/devices", json=body)
    await world.ask("POST", "/v1/devices", content=f'{{"password": "{hidden}", '.encode())
    await world.ask("GET", f"/v1/faxes?access_token={hidden}&limit=none")
    await world.graphql(
        "mutation($p: String!) { registerDevice(input: {password: $p, nme: $p}) { device { id } } }",
        p=hidden,
    )
    await world.graphql(f'mutation {{ addUser(input: {{password: "{hidden}"}}) {{ user {{ }} }}')
    user = {"username": "pat", "name": "Pat", "password": SECRETS["password of a user"]}
    await world.ask("POST", f"/v1/devices/{front}/users", json=user)
    await world.ask("PATCH", f"/v1/devices/{front}/users/pat", json={"password": user["password"]})
    await world.ask("POST", f"/v1/devices/{front}/users/pat/verify", json=user)
    acts = {"username": "pat", "password": SECRETS["password of who acts"]}  # refused there
    await world.ask("POST", f"/v1/devices/{front}/acting-users", json={"name": "billing", **acts})
    await world.graphql(
        'mutation($d: ID!, $p: String!) { setActingUser(deviceId: $d, input: {name: "sales",'
        ' username: "pat", password: $p}) { actingUser { name } userErrors { message } } }',
        d=front,
        p=acts["password"],
    )
    await world.ask("GET", f"/v1/devices/{front}/acting-users")
    await world.ask("POST", f"/v1/devices/{front}/check")
    return front


async def _endpoints(world: World) -> None:
    """One for each way to be let in, and one whose receiver repeats what it was sent."""
    url = world.receiver.url
    world.receiver.answer(Answer(body=json.dumps(_TOKEN).encode()), path="/token")
    known = ("extra header", "bearer token", "webhook secret")
    echo = Answer(status=500, body=" ".join(SECRETS[name] for name in known).encode())
    world.receiver.answer(echo, path="/bearer")
    headers = {"X-Tenant": SECRETS["extra header"]}
    oauth2 = {"kind": "oauth2", "token_url": f"{url}/token", "client_id": "us"}
    for path, auth in {
        "bearer": {"kind": "bearer", "token": SECRETS["bearer token"]},
        "basic": {"kind": "basic", "username": "u", "password": SECRETS["basic password"]},
        "oauth2": {**oauth2, "client_secret": SECRETS["oauth2 secret"]},
    }.items():
        body = {"url": f"{url}/{path}", "events": ["*"], "headers": headers, "auth": auth}
        body["secret"] = f"whsec_{SIGNING}"
        key = {"Idempotency-Key": f"key-{path}"}
        made = await world.client.post("/v1/webhooks", json=body, headers=key)  # shown this once
        assert made.status_code == 201, made.text
        hook = made.json()["id"]
        await world.ask("POST", f"/v1/webhooks/{hook}/test")
        await world.ask("GET", f"/v1/webhooks/{hook}/keys")
        await world.ask("PATCH", f"/v1/webhooks/{hook}", json={"secret": f"whsec_{SIGNING}"})
    await world.ask("POST", "/v1/webhooks", json={"url": f"{url}/x", "secret": SIGNING})


_TOKEN = {"access_token": SECRETS["oauth2 token"], "token_type": "Bearer", "expires_in": 3600}


async def _faxes(world: World, front: str) -> None:
    """One that arrives, one that is wrong, and a fall of the database with one on its way in."""
    content = SECRETS["document"].encode()
    files = {"documents": ("letter.txt", content, "text/plain")}
    sent = await world.ask("POST", "/v1/faxes", data={"to": NUMBER}, files=files)
    assert sent.status_code == 202, sent.text
    fax = sent.json()["faxes"][0]["id"]
    document = base64.b64encode(content).decode()
    await world.graphql(
        "mutation($n: String!, $d: String!) { sendFax(input: {recipients: [{faxNumber: $n}],"
        ' documents: [{name: "n", contentType: "application/pdf", content: $d}]})'
        " { faxes { id } userErrors { code message } } }",
        n=NUMBER,
        d=document,
    )
    body = {"recipients": [{"fax_number": f"{NUMBER}x!"}], "documents": [{"content": document}]}
    await world.ask("POST", "/v1/faxes", json=body)
    for _ in range(100):
        shown = await world.ask("GET", f"/v1/faxes/{fax}")
        if shown.json()["status"] in {"delivered", "failed"}:
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail(f"the fax is not sent: {shown.text}")
    await world.ask("GET", f"/v1/faxes/{fax}/explain")
    await world.ask("GET", f"/v1/faxes?to={NUMBER}")
    await world.ask("GET", f"/v1/suppressions/{NUMBER}")
    await world.ask("POST", f"/v1/devices/{front}/inbound-routes/{NUMBER}")


async def _looks(world: World) -> None:
    """Everything that lists something, on every surface."""
    for path in ("devices", "webhooks", "keys", "events", "audit", "faxes", "fleet/export"):
        answer = await world.ask("GET", f"/v1/{path}")
        assert answer.status_code == 200, answer.text
        if path in {"events", "audit"}:
            world.search.note(path, answer.content)
    world.search.note("metrics", (await world.ask("GET", "/metrics")).content)
    await world.ask("GET", "/v1/devices", key=WRONG)
    await _tokens(world)
    query = "{ devices { nodes { id name } } webhooks { nodes { id url } } keys { id name } }"
    await world.graphql(query)
    for words in ("devices list", "webhooks list", "audit list", "events", "fleet export"):
        await world.command(*words.split())
    for words in ("secrets status", "secrets rotate", "keys list", "devices show dev_none"):
        await world.command(*words.split())


async def _tokens(world: World) -> None:
    """Tokens of the issuer: a right one, one for somebody else, one that was changed."""
    right, other = world.issuer.token(scope="reader"), world.issuer.token(scope="reader", aud="x")
    world.search.secrets |= {"token of the issuer": right, "token for another": other}
    world.search.secrets["signature of a token"] = right.rpartition(".")[2]
    for key, status in ((right, 200), (other, 401), (f"{right}x", 401)):
        answer = await world.ask("GET", "/v1/devices", key=key)
        assert answer.status_code == status, answer.text
        await world.ask("POST", "/graphql", key=key, json={"query": "{ keys { id } }"})


async def _listens(world: World) -> None:
    """Over a WebSocket, where a key is in the first frame: the right one, and a wrong one."""
    url = f"{world.gateway.url.replace('http', 'ws', 1)}/graphql"
    for key in (KEY, WRONG):
        begin = {"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}
        query = {"query": "subscription { faxStatusChanged(after: 0) { position } }"}
        ask = {"id": "1", "type": "subscribe", "payload": query}
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            with contextlib.suppress(ConnectionClosed):
                await socket.send(json.dumps(begin))
                world.search.note("WebSocket", await socket.recv())
                await socket.send(json.dumps(ask))
                world.search.note("WebSocket", await socket.recv())


async def _fall(world: World) -> None:
    """Faults that nobody foresaw: the tables are gone when something is to be written."""
    # renamed and not dropped: what is in the pages stays to be searched
    path = world.gateway.folder / "gateway.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA legacy_alter_table=ON")
        for table in ("submission", "device", "subscription"):
            other.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
        other.commit()
    body = {"recipients": [{"fax_number": NUMBER}], "documents": [_text()]}
    assert (await world.ask("POST", "/v1/faxes", json=body)).status_code == 500
    device = {"name": "z", "url": world.box.url, "username": "admin", "model": "FF440"}
    device["password"] = SECRETS["password of an appliance"]
    assert (await world.ask("POST", "/v1/devices", json=device)).status_code == 500
    hook = {"url": f"{world.receiver.url}/y", "secret": f"whsec_{SIGNING}"}
    await world.ask("POST", "/v1/webhooks", json=hook | {"events": ["*"]})
    await world.graphql(
        "mutation($n: String!) { sendFax(input: {recipients: [{faxNumber: $n}], documents:"
        ' [{name: "n", contentType: "text/plain", content: "aGVsbG8="}]}) { faxes { id } } }',
        n=NUMBER,
    )


def _text() -> dict[str, str]:
    content = base64.b64encode(SECRETS["document"].encode()).decode()
    return {"name": "n.txt", "content_type": "text/plain", "content": content}


async def _journey(world: World) -> None:
    front = await _appliances(world)
    await _endpoints(world)
    await _faxes(world, front)
    await world.receiver.received.until(lambda calls: bool(calls.to("/oauth2")))
    await _looks(world)
    await _listens(world)
    await _fall(world)


def _collect(world: World, folder: Path) -> str:
    """Note what lies on the disk and what went to the receivers; return the log."""
    for path in folder.rglob("*"):
        if path.is_file():
            world.search.note("log" if path.name == "gateway.log" else path.name, path.read_bytes())
    for call in world.receiver.received:
        world.search.note("receivers", repr(call.headers))
        world.search.note("bodies of webhooks", call.body)
    return (folder / "gateway.log").read_text()


def _trusted(issuer: Issuer) -> dict[str, str]:
    return {
        "FFGATEWAY_OIDC_ISSUER": issuer.url,
        "FFGATEWAY_OIDC_AUDIENCE": AUDIENCE,
        "FFGATEWAY_OIDC_GRANTS": json.dumps({"reader": {"scopes": ["devices:read"]}}),
    }


@pytest.mark.parametrize("form", ["json", "text"])
async def test_no_secret_is_told_anywhere(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "gateway"
    folder.mkdir()
    door = SECRETS["password of an appliance"]
    users = (User(username="admin", password=door, role=Role.ADMIN),)
    settings: dict[str, Any] = {
        "FFGATEWAY_LOG_FORMAT": form,
        "FFGATEWAY_LOG_LEVEL": "debug",
        "FFGATEWAY_SECRET_KEY": SERVICE_KEY,
        "FFGATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'gateway.db'}",
        "FFGATEWAY_SPOOL_DIR": str(folder / "spool"),
    }
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    async with (
        running(users=users, speed=60) as box,
        receiving() as receiver,
        issuing(Clock()) as issuer,
        gateway_process(folder, **(settings | _trusted(issuer))) as gateway,
        gateway.client() as client,
    ):
        monkeypatch.setenv("FFGATEWAY_URL", gateway.url)
        monkeypatch.setenv("FFGATEWAY_KEY", KEY)
        world = World(gateway, box, receiver, client, issuer, Search())
        await _journey(world)
        await gateway.stop()
        log = _collect(world, folder)
    assert world.search.leaks() == []
    assert {"http.fault", "graphql.fault"} <= set(re.findall(r"\b(?:http|graphql)\.\w+", log))
    assert DIGITS not in log
    assert "…17" in log
    assert {
        "REST",
        "GraphQL",
        "command line",
        "WebSocket",
        "events",
        "audit",
        "metrics",
    } <= world.search.seen.keys()
    assert any(
        DIGITS.encode() in one for one in world.search.seen["gateway.db"]
    )  # stated: fax rows
    assert not any(DIGITS.encode() in one for one in world.search.seen["bodies of webhooks"])
