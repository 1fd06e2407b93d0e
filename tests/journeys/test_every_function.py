"""The README's table of every function, walked: REST, GraphQL and the commands, on each model.

A gateway of its own beside each simulated appliance. What the appliance has is done; what it has
not is refused as such on every surface. Nothing of the table is left out, and nothing else is in it.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from graphql import GraphQLObjectType

from ffgateway.cli.main import main
from ffgateway.cli.sending import SAMPLE
from ffgateway.domain.evidence import Evidence
from ffgateway.ffws.groups import ContactGroup
from ffgateway.graphql.schema import schema
from ffgateway.rest.openapi import document
from ffgateway.rest.table import OPERATIONS
from ffgateway.services.functions import FUNCTIONS
from ffgateway.simulator.running import running
from tests.support.processes import KEY, GatewayProcess, gateway_process

MODELS: Final = ("FF130", "FF230", "FF240", "FF440", "FF840", "FF240-IP")
README: Final = Path(__file__).parents[2] / "README.md"
HELD: Final = "312-555-0160"  # stays pending for ever
UNSUPPORTED: Final = "device-operation-unsupported"
SURFACES: Final = ("rest", "graphql", "command")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    number: int
    rest: tuple[str, ...]
    graphql: tuple[str, ...]
    command: tuple[str, ...]
    known: frozenset[str]


def _rows() -> list[Row]:
    found = []
    for text in README.read_text().splitlines():
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        if len(cells) == 6 and cells[0].isdecimal():
            rest, graphql, command = (tuple(re.findall("`([^`]*)`", cell)) for cell in cells[2:5])
            known = frozenset(cells[5].split("; "))
            found.append(Row(int(cells[0]), rest, graphql, command, known))
    return found


ROWS: Final = _rows()


def _operation(token: str) -> Any:
    method, _, path = token.partition(" ")
    path = path.replace("…", "/v1/devices/{id}")
    return next(one for one in OPERATIONS if (one.method, one.path) == (method, path))


# What the table says


def test_the_table_has_the_24_functions_of_the_guide() -> None:
    assert [row.number for row in ROWS] == list(range(1, 25))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_the_grades_of_a_row_are_those_of_its_functions(row: Row) -> None:
    functions = {name for token in row.rest for name in _operation(token).functions}
    grades = {FUNCTIONS[name].evidence.value for name in functions}
    assert row.known == (
        grades or {"documented"}
    )  # scheduling is the gateway's own, then handed on


def test_whatever_asks_an_appliance_for_a_function_is_in_the_table() -> None:
    told = {_operation(token).name for row in ROWS for token in row.rest}
    fleet = {one.name for one in OPERATIONS if one.path.startswith("/v1/fleet/")}
    raw = {"exchangeFfws", "probeDevice"}
    asking = {one.name for one in OPERATIONS if one.functions}
    assert asking - fleet - raw <= told


def test_a_stand_in_says_so_in_the_schema_and_in_the_document() -> None:
    described = {**schema_fields("Device"), **schema_fields("Mutation")}
    for token, (_, functions) in {**DEVICE, **MUTATIONS}.items():
        if any(FUNCTIONS[name].evidence is Evidence.STAND_IN for name in functions[:1]):
            assert "stand-in" in described[token.removeprefix("device.")].lower(), token
    paths = document()["paths"]
    for one in OPERATIONS:
        if any(FUNCTIONS[name].evidence is Evidence.STAND_IN for name in one.functions):
            assert "stand-in" in paths[one.path][one.method.lower()]["description"], one.name


def schema_fields(name: str) -> dict[str, str]:
    """The fields of a type of the published schema, with their descriptions."""
    kind = schema()._schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    return {field: found.description or "" for field, found in kind.fields.items()}


# The walk


@dataclass
class Walk:
    """One gateway with one appliance, and what each surface has there to work on."""

    gateway: GatewayProcess
    client: httpx.AsyncClient
    device: str
    model: str
    things: dict[str, dict[str, str]]

    @property
    def old(self) -> bool:
        """Whether its firmware is before 3.0.4, as that of every FFx30 seen in public."""
        return self.model.endswith("30")

    def has(self, *functions: str) -> bool:
        """Whether the simulated appliance has all these functions."""
        return all(self._has(name) for name in functions)

    def _has(self, name: str) -> bool:
        function = FUNCTIONS[name]
        if function.models and self.model not in function.models:
            return False
        return not (self.old and (function.since or "_log" in name))


@pytest.fixture
async def walk(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Walk]:
    model: str = request.param
    async with (
        running(model=model, seed=1, speed=20) as box,
        gateway_process(tmp_path) as gateway,
        gateway.client() as client,
    ):
        body = {
            "name": "walked",
            "url": box.url,
            "username": "admin",
            "password": "admin",
            "model": model,
            "dialect": "faxfinder-2" if model.endswith("30") else "faxfinder-3",
            "poll_busy_seconds": 0.1,
        }
        answer = await client.post("/v1/devices", json=body)
        assert answer.status_code == 201, answer.text
        found = Walk(gateway, client, answer.json()["id"], model, {})
        for surface in SURFACES:
            # an FFx30 makes no groups over FFWS: they are made on its own page
            group = box.appliance.groups.add("admin", ContactGroup(name=surface)).place
            assert group is not None
            found.things[surface] = await _things(found, surface, f"admin~{group.id}")
        yield found


async def _things(walk: Walk, surface: str, group: str) -> dict[str, str]:
    """A contact, a group, a route and faxes that one surface may change and remove."""
    base = f"/v1/devices/{walk.device}"
    contact = {"name": "Ada", "fax_number": "312-555-0100"}
    made = await walk.client.post(f"{base}/contacts", json=contact)
    route = {"name": surface, "scope": "global", "destinations": [{"type": "trash"}]}
    routed = await walk.client.post(f"{base}/inbound-routes", json=route)
    things = {
        "contact_id": made.json()["id"],
        "route_id": routed.json()["id"],
        "group_id": group,
        "username": f"{surface}user",
    }
    for name in ("moved", "cancelled", "entry", "whole"):
        things[name] = await _placed(walk, things, name)
    return things


async def _placed(walk: Walk, things: dict[str, str], name: str) -> str:
    """A fax that stays pending on the appliance."""
    form = {"to": HELD, "device_id": walk.device}
    files = {"documents": ("a.txt", b"Hello\n", "text/plain")}
    sent = await walk.client.post("/v1/faxes", data=form, files=files)
    fax: str = sent.json()["faxes"][0]["id"]
    async with asyncio.timeout(30):
        while not (found := (await walk.client.get(f"/v1/faxes/{fax}")).json())["device"]:
            pass
    things[f"{name}_key"] = found["device"]["fax_key"]
    return fax


BODIES: Final[dict[str, dict[str, Any]]] = {
    "verifyUser": {"password": "admin"},
    "addUser": {"password": "pw"},
    "editUser": {"organization": "Ward"},
    "addContact": {"name": "Bea", "fax_number": "312-555-0101"},
    "editContact": {"organization": "Clinic"},
    "createGroup": {"name": "Nurses"},
    "editGroup": {"description": "All"},
    "addInboundRoute": {
        "name": "Ward",
        "scope": "extension",
        "extension": "204",
        "destinations": [{"type": "trash"}],
    },
    "editInboundRoute": {"name": "Front"},
    "editT37Settings": {"enabled": True, "domain": "fax.example.com"},
    "editModemSettings": {"routing": "pbx"},
    "rescheduleFax": {"at": None},
    "rescheduleDeviceFaxEntry": {"at": None},
}

FAXES: Final = {
    "cancelFax": "cancelled",
    "rescheduleFax": "moved",
    "getFaxPreview": "moved",
    "abortDeviceFax": "whole",
    "abortDeviceFaxEntry": "entry",
}
"""Which fax an operation is tried on; every other one on the one that is not cancelled."""


async def _over_rest(walk: Walk, token: str) -> None:
    operation, things = _operation(token), walk.things["rest"]
    fax = FAXES.get(operation.name, "moved")
    places = {
        **things,
        "id": things[fax] if operation.id_of == "fax" else walk.device,
        "username": "admin" if operation.name in {"getUser", "verifyUser"} else things["username"],
        "fax_key": things[f"{fax}_key"],
        "entry_key": "0000",
        "number": "1",
        "section": "system",
        "name": "default",
    }
    path = operation.path.format_map(places)
    body = BODIES.get(operation.name)
    if operation.name == "addUser" and body is not None:
        body = {**body, "username": things["username"]}
    if operation.name == "sendFax":
        files = {"documents": ("a.txt", b"Hello\n", "text/plain")}
        answer = await walk.client.post(path, data={"to": HELD}, files=files)
    else:
        answer = await walk.client.request(operation.method, path, json=body)
    if walk.has(*operation.functions):
        assert answer.status_code == operation.status, f"{token}: {answer.text}"
        if operation.functions:
            grades = {FUNCTIONS[name].evidence.value for name in operation.functions}
            assert answer.headers["x-ffws-evidence"] in grades
    else:
        assert (answer.status_code, answer.json()["code"]) == (501, UNSUPPORTED), token


DEVICE: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "device.faxes": ("faxes { nodes { faxKey } }", ("fax.list",)),
    "device.faxEntries": ('faxEntries(faxKey: "%(moved_key)s") { faxKey }', ("fax.get",)),
    "device.user": ('user(username: "admin") { name }', ("user.get",)),
    "device.contacts": ("contacts { nodes { id } }", ("contact.list",)),
    "device.contact": ('contact(id: "%(contact_id)s") { name }', ("contact.get",)),
    "device.groups": ("groups { nodes { id } }", ("group.list",)),
    "device.group": ('group(id: "%(group_id)s") { name }', ("group.get",)),
    "device.groupIds": ("groupIds", ("group.ids",)),
    "device.status": ("status { uptime }", ("status.combined",)),
    "device.statusSection": (
        "statusSection(section: SYSTEM) { section }",
        ("status.section",),
    ),
    "device.modems": ("modems { nodes { number } }", ("modem_status.list",)),
    "device.modem": ("modem(number: 1) { number }", ("modem_status.get",)),
    "device.channels": ("channels { nodes { number } }", ("channel_status.list",)),
    "device.channel": ("channel(number: 1) { number }", ("channel_status.get",)),
    "device.inboundStatus": ("inboundStatus { nodes { state } }", ("inbound_status.list",)),
    "device.outboundStatus": ("outboundStatus { nodes { state } }", ("outbound_status.list",)),
    "device.inboundLog": ("inboundLog { nodes { id } }", ("inbound_log.list",)),
    "device.inboundLogCount": ("inboundLogCount", ("inbound_log.count",)),
    "device.outboundLog": ("outboundLog { nodes { id } }", ("outbound_log.list",)),
    "device.outboundLogCount": ("outboundLogCount", ("outbound_log.count",)),
    "device.callLog": ("callLog { nodes { id } }", ("call_log.list",)),
    "device.inboundRoutes": ("inboundRoutes { nodes { id } }", ("inbound_route.list",)),
    "device.inboundRoute": ('inboundRoute(id: "%(route_id)s") { name }', ("inbound_route.get",)),
    "device.t37Settings": ("t37Settings { domain }", ("t37_settings.get",)),
    "device.modemSettings": ("modemSettings { nodes { number } }", ("modem_settings.list",)),
    "device.modemSetting": ("modemSetting(number: 1) { number }", ("modem_settings.get",)),
    "device.globalContactsStatus": ("globalContactsStatus", ("global_contacts.get",)),
    "device.about": ("about { model }", ("about.get",)),
    "device.coverPageUrl": ('coverPageUrl(name: "default")', ()),
}
"""Fields of a device, and what they ask it for."""

MUTATIONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "sendFax": (
        '(input: {recipients: [{faxNumber: "312-555-0160"}],'
        ' documents: [{name: "a.txt", contentType: "text/plain", content: "SGkK"}]})',
        (),
    ),
    "cancelFax": ('(id: "%(cancelled)s")', ()),
    "abortFaxEntry": (
        '(deviceId: "%(device)s", faxKey: "%(entry_key)s", entryKey: "0000")',
        ("fax.abort_entry",),
    ),
    "rescheduleFax": ('(id: "%(moved)s", at: null)', ()),
    "rescheduleFaxEntry": (
        '(deviceId: "%(device)s", faxKey: "%(moved_key)s", entryKey: "0000", at: null)',
        ("fax.reschedule",),
    ),
    "verifyUser": (
        '(deviceId: "%(device)s", username: "admin", password: "admin")',
        ("user.verify",),
    ),
    "addUser": (
        '(deviceId: "%(device)s", input: {username: "%(username)s", password: "pw"})',
        ("user.add",),
    ),
    "editUser": (
        '(deviceId: "%(device)s", username: "%(username)s", input: {name: "Eve"})',
        ("user.get", "user.edit"),
    ),
    "addContact": (
        '(deviceId: "%(device)s", input: {name: "Bea", faxNumber: "312-555-0101"})',
        ("contact.add",),
    ),
    "editContact": (
        '(deviceId: "%(device)s", id: "%(contact_id)s", input: {name: "Ada B."})',
        ("contact.edit",),
    ),
    "removeContact": ('(deviceId: "%(device)s", id: "%(contact_id)s")', ("contact.delete",)),
    "createGroup": ('(deviceId: "%(device)s", input: {name: "Nurses"})', ("group.create",)),
    "editGroup": (
        '(deviceId: "%(device)s", id: "%(group_id)s", input: {description: "All"})',
        ("group.edit",),
    ),
    "removeGroup": ('(deviceId: "%(device)s", id: "%(group_id)s")', ("group.delete",)),
    "addInboundRoute": (
        '(deviceId: "%(device)s", input: {name: "Ward", scope: GLOBAL,'
        " destinations: [{type: TRASH}]})",
        ("inbound_route.add",),
    ),
    "editInboundRoute": (
        '(deviceId: "%(device)s", id: "%(route_id)s", input: {name: "Front"})',
        ("inbound_route.edit",),
    ),
    "removeInboundRoute": (
        '(deviceId: "%(device)s", id: "%(route_id)s")',
        ("inbound_route.delete",),
    ),
    "editT37Settings": (
        '(deviceId: "%(device)s", input: {enabled: true, domain: "fax.example.com"})',
        ("t37_settings.edit",),
    ),
    "editModemSettings": (
        '(deviceId: "%(device)s", number: 1, input: {routing: "pbx"})',
        ("modem_settings.edit",),
    ),
}
"""Mutations, and what they ask an appliance for."""


async def _over_graphql(walk: Walk, token: str) -> None:
    things = {**walk.things["graphql"], "device": walk.device}
    functions: tuple[str, ...] = ()
    if token == "fax.previewUrl":
        query = '{ fax(id: "%(moved)s") { previewUrl } }'
    elif token in DEVICE:
        field, functions = DEVICE[token]
        query = '{ device(id: "%(device)s") { ' + field + " } }"
    else:
        arguments, functions = MUTATIONS[token]
        query = f"mutation {{ {token}{arguments} {{ userErrors {{ code message }} }} }}"
    answer = (await walk.client.post("/graphql", json={"query": query % things})).json()
    codes = [one["extensions"]["code"] for one in answer.get("errors", ())]
    codes += re.findall('"code": "([^"]*)"', json.dumps(answer["data"]))
    assert codes == ([] if walk.has(*functions) else [UNSUPPORTED]), f"{token}: {answer}"


COMMANDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "faxes send": (f"{SAMPLE} --to {HELD}", ()),
    "devices faxes": ("%(device)s", ("fax.list",)),
    "devices fax": ("%(device)s %(moved_key)s", ("fax.get",)),
    "faxes cancel": ("%(cancelled)s", ()),
    "devices abort-fax": ("%(device)s %(entry_key)s/0000", ("fax.abort_entry",)),
    "faxes reschedule": ("%(moved)s", ()),
    "devices reschedule-fax": ("%(device)s %(moved_key)s/0000", ("fax.reschedule",)),
    "users show": ("%(device)s admin", ("user.get",)),
    "users verify": ("%(device)s admin --password admin", ("user.verify",)),
    "users add": ("%(device)s %(username)s --password pw", ("user.add",)),
    "users edit": ("%(device)s %(username)s --name Eve", ("user.edit",)),
    "contacts list": ("%(device)s", ("contact.list",)),
    "contacts show": ("%(device)s %(contact_id)s", ("contact.get",)),
    "contacts add": ("%(device)s Bea 312-555-0101", ("contact.add",)),
    "contacts edit": ("%(device)s %(contact_id)s --organization Ward", ("contact.edit",)),
    "contacts remove": ("%(device)s %(contact_id)s", ("contact.delete",)),
    "groups list": ("%(device)s", ("group.list",)),
    "groups create": ("%(device)s Nurses", ("group.create",)),
    "groups edit": ("%(device)s %(group_id)s --description All", ("group.edit",)),
    "groups remove": ("%(device)s %(group_id)s", ("group.delete",)),
    "groups show": ("%(device)s %(group_id)s", ("group.get",)),
    "groups ids": ("%(device)s", ("group.ids",)),
    "devices status": ("%(device)s", ("status.combined",)),
    "lines section": ("%(device)s system", ("status.section",)),
    "lines modems": ("%(device)s", ("modem_status.list",)),
    "lines modem": ("%(device)s 1", ("modem_status.get",)),
    "lines channels": ("%(device)s", ("channel_status.list",)),
    "lines channel": ("%(device)s 1", ("channel_status.get",)),
    "lines inbound": ("%(device)s", ("inbound_status.list",)),
    "lines outbound": ("%(device)s", ("outbound_status.list",)),
    "logs inbound": ("%(device)s", ("inbound_log.list",)),
    "logs outbound": ("%(device)s --count", ("outbound_log.count",)),
    "logs calls": ("%(device)s", ("call_log.list",)),
    "routes list": ("%(device)s", ("inbound_route.list",)),
    "routes show": ("%(device)s %(route_id)s", ("inbound_route.get",)),
    "routes add": ("%(device)s Ward --to trash", ("inbound_route.add",)),
    "routes edit": ("%(device)s %(route_id)s --name Front", ("inbound_route.edit",)),
    "routes remove": ("%(device)s %(route_id)s", ("inbound_route.delete",)),
    "settings t37": ("%(device)s --no-cover-page", ("t37_settings.edit",)),
    "settings modems": ("%(device)s", ("modem_settings.list",)),
    "settings modem": ("%(device)s 1 --routing pbx", ("modem_settings.edit",)),
    "settings global-contacts": ("%(device)s", ("global_contacts.get",)),
    "devices about": ("%(device)s", ("about.get",)),
    "devices cover-page": ("%(device)s default --to %(folder)s/a.pdf", ("data.cover_page",)),
    "devices preview": (
        "%(device)s %(moved_key)s 0000 --to %(folder)s/b.pdf",
        ("data.preview",),
    ),
    "faxes preview": ("%(moved)s --to %(folder)s/c.pdf", ("data.preview",)),
}
"""Commands with their arguments, and what they ask an appliance for."""


async def _by_command(walk: Walk, token: str) -> None:
    arguments, functions = COMMANDS[token]
    folder = str(walk.gateway.folder)
    things = {**walk.things["command"], "device": walk.device, "folder": folder}
    words = [*token.split(), *(arguments % things).split()]

    def run() -> int:
        with pytest.raises(SystemExit) as end:
            main(words)
        return int(end.value.code or 0)

    assert await asyncio.to_thread(run) == (0 if walk.has(*functions) else 1), words


@pytest.mark.timeout(180)
@pytest.mark.parametrize("walk", MODELS, indirect=True)
async def test_every_function_is_on_every_surface_of_every_model(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FFGATEWAY_URL", walk.gateway.url)
    monkeypatch.setenv("FFGATEWAY_KEY", KEY)
    for row in ROWS:
        for token in row.rest:
            await _over_rest(walk, token)
        for token in row.graphql:
            await _over_graphql(walk, token)
        for token in row.command:
            await _by_command(walk, token)


def test_every_word_of_the_table_is_walked() -> None:
    fields = {token for row in ROWS for token in row.graphql} - {"fax.previewUrl"}
    assert fields == {*DEVICE, *MUTATIONS}
    assert {token for row in ROWS for token in row.command} == {*COMMANDS}
