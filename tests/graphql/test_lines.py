"""Lines and what comes in, over GraphQL: each function asked once, what is down is null."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from tests.graphql.conftest import Client
from tests.support.calling import call
from tests.support.clock import NOON

REGISTER = """mutation ($input: RegisterDeviceInput!) {
  registerDevice(input: $input) { device { id } userErrors { message } } }"""


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(speed=0, start=NOON) as simulator:
        yield simulator


async def registered(client: Client, box: Simulator, model: str = "FF440") -> str:
    given = {"name": box.url, "url": box.url, "username": "admin", "password": "admin"}
    made = await client.ask(REGISTER, input={**given, "model": model})
    return str(made["registerDevice"]["device"]["id"])


def asked(box: Simulator, path: str) -> int:
    return [each for _, each in box.requests].count(f"/ffws/v1/{path}")


PARTS = """query ($id: ID!) { device(id: $id) {
  modems { nodes { number idle state page remoteId } }
  modem(number: 2) { number state }
  lines: statusSection(section: MODEM) { section lines { kind receiving sending idle } }
  statusSection(section: SYSTEM) { system { currentTime timeServer } printers { name } }
  inboundStatus { nodes { state line extension recipient remoteId page start startedAt } }
  outboundStatus { nodes { state status faxNumber } } } }"""


async def test_every_part_is_shown_with_how_it_is_known(client: Client, box: Simulator) -> None:
    device = await registered(client, box)
    call(box, line=2)
    answer = (await client.post(PARTS, id=device)).json()
    found: dict[str, Any] = answer["data"]["device"]
    assert [one["idle"] for one in found["modems"]["nodes"]] == [True, False, True, True]
    assert found["modem"] == {"number": 2, "state": "Receiving Page"}
    assert found["lines"]["lines"] == {"kind": "modem", "receiving": 1, "sending": 0, "idle": 3}
    assert found["statusSection"]["system"]["currentTime"] == "2026-03-02T12:00:00"
    assert found["inboundStatus"]["nodes"] == [
        {
            "state": "Receiving",
            "line": 2,
            "extension": "12",
            "recipient": "Orders",
            "remoteId": "555-7777",
            "page": 1,
            "start": "2026-03-02T12:00:00",
            "startedAt": "2026-03-02T12:00:00+00:00",
        }
    ]
    assert found["outboundStatus"]["nodes"] == []
    functions = {one["function"] for one in answer["extensions"]["ffws"]["evidence"]}
    assert functions >= {"modem_status.list", "modem_status.get", "status.section"}


PAGES = """query ($id: ID!, $after: String) { device(id: $id) {
  a: modems(first: 3, after: $after) { nodes { number } pageInfo { hasNextPage endCursor } }
  b: modems { edges { cursor } }
  ...More } }
fragment More on Device { c: modems(first: 1) { nodes { state } } }"""


async def test_modems_are_asked_for_once_however_many_pages_are_shown(
    client: Client, box: Simulator
) -> None:
    device = await registered(client, box)
    first = (await client.ask(PAGES, id=device))["device"]
    assert asked(box, "modem_status") == 1
    assert [one["number"] for one in first["a"]["nodes"]] == [1, 2, 3]
    assert first["b"]["edges"][2]["cursor"] == first["a"]["pageInfo"]["endCursor"]
    after = first["a"]["pageInfo"]["endCursor"]
    rest = (await client.ask(PAGES, id=device, after=after))["device"]["a"]
    assert ([one["number"] for one in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == (
        [4],
        False,
    )


async def test_what_a_model_cannot_have_is_null_and_an_error_that_names_it(
    client: Client, box: Simulator
) -> None:
    device = await registered(client, box)
    query = "query ($id: ID!) { device(id: $id) { name channels { nodes { number } } } }"
    answer = (await client.post(query, id=device)).json()
    assert answer["data"]["device"]["channels"] is None
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "device-operation-unsupported"
    assert error["extensions"]["deviceId"] == device
    assert asked(box, "channel_status") == 0


async def test_channels_are_shown(client: Client) -> None:
    async with running(model="FF240-IP", speed=0, start=NOON) as box:
        device = await registered(client, box, "FF240-IP")
        call(box)
        query = """query ($id: ID!) { device(id: $id) {
          channels { nodes { number pages ecm modulation } } channel(number: 4) { idle } } }"""
        found = (await client.ask(query, id=device))["device"]
    assert found["channels"]["nodes"][0] == {
        "number": 1,
        "pages": 1,
        "ecm": "on",
        "modulation": "V.34",
    }
    assert found["channel"] == {"idle": True}


async def test_printers_and_shares_are_shown_where_there_are_any(client: Client) -> None:
    async with running(speed=0, start=NOON, seed=7) as box:
        device = await registered(client, box)
        query = """query ($id: ID!) { device(id: $id) {
          status { printers { name status jobs } shares { share status } }
          statusSection(section: PRINTER) { printers { name status jobs } shares { share } } } }"""
        found = (await client.ask(query, id=device))["device"]
    assert len(found["status"]["printers"]) == 2
    assert found["status"]["shares"] == [{"share": "//files.example/faxes", "status": "Connected"}]
    assert found["statusSection"] == {"printers": found["status"]["printers"], "shares": []}


async def test_an_appliance_that_is_down_is_null_and_the_others_answer(
    client: Client, box: Simulator
) -> None:
    async with running(speed=0, start=NOON) as other:
        up, down = await registered(client, box), await registered(client, other)
        other.put(Fault(kind=Kind.ERROR, path="/modem_status", times=10))
        answer = (
            await client.post("{ devices { nodes { id modems { nodes { number } } } } }")
        ).json()
    shown = {one["id"]: one["modems"] for one in answer["data"]["devices"]["nodes"]}
    assert shown[down] is None
    assert len(shown[up]["nodes"]) == 4
    assert [error["extensions"]["deviceId"] for error in answer["errors"]] == [down]


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("modem(number: 0) { state }", "number"),
        ("channel(number: 1000) { state }", "number"),
        ("modems(first: 0) { nodes { state } }", "first"),
        ('modems(after: "x") { nodes { state } }', "after"),
        ('outboundStatus(after: "eA") { nodes { state } }', "after"),
    ],
)
async def test_what_no_line_could_be_is_refused(
    client: Client, box: Simulator, part: str, field: str
) -> None:
    device = await registered(client, box)
    error = await client.fail(f"query ($id: ID!) {{ device(id: $id) {{ {part} }} }}", id=device)
    assert error["extensions"]["field"] == field


CAME_IN = """query ($status: [InboundStatus!], $device: ID) {
  inboundFaxes(status: $status, deviceId: $device) { nodes {
    id status page pages settledBy line remoteId message device { id } } } }"""


async def test_faxes_that_came_in_are_listed_and_shown(client: Client, box: Simulator) -> None:
    device = await registered(client, box)
    call(box, outcome="fail")
    check = "mutation ($id: ID!) { checkDevice(id: $id) { device { id } } }"
    await client.ask(check, id=device)
    (live,) = (await client.ask(CAME_IN, status=["RECEIVING"]))["inboundFaxes"]["nodes"]
    assert (live["page"], live["pages"], live["settledBy"]) == (1, None, None)
    box.advance(60)
    await client.ask(check, id=device)
    (over,) = (await client.ask(CAME_IN, device=device))["inboundFaxes"]["nodes"]
    assert over == {
        "id": live["id"],
        "status": "RECEIVED_PARTIAL",
        "page": 1,
        "pages": 2,
        "settledBy": "INBOUND_LOG",
        "line": 1,
        "remoteId": "555-7777",
        "message": "Page 3 failed",
        "device": {"id": device},
    }
    one = "query ($id: ID!) { inboundFax(id: $id) { status } }"
    assert (await client.ask(one, id=live["id"]))["inboundFax"] == {"status": "RECEIVED_PARTIAL"}
    assert (await client.ask(one, id="inb_none"))["inboundFax"] is None
    assert (await client.ask(CAME_IN, status=["FAILED"]))["inboundFaxes"]["nodes"] == []


async def test_it_takes_the_scopes_of_devices_and_of_faxes(client: Client, box: Simulator) -> None:
    device = await registered(client, box)
    no_devices, no_faxes = await client.key("FAXES_READ"), await client.key("DEVICES_READ")
    query = "query ($id: ID!) { device(id: $id) { modems { nodes { number } } } }"
    assert (await client.fail(query, key=no_devices, id=device))["extensions"][
        "code"
    ] == "forbidden"
    assert (await client.fail(CAME_IN, key=no_faxes))["extensions"]["code"] == "forbidden"
