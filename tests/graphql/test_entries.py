"""The queue of an appliance and the faxes of others, in GraphQL."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ffgateway.simulator.running import Simulator, running
from tests.graphql.conftest import Client
from tests.support.strangers import put_in

REGISTER = """mutation ($url: String!) { registerDevice(input: {
  name: "one", url: $url, username: "admin", password: "admin", model: "FF440" })
  { device { id } userErrors { message } } }"""

QUEUE = """query ($id: ID!, $after: String) { device(id: $id) {
  faxes(allUsers: true, first: 1, after: $after) {
    nodes { faxKey entryKey username agent state status recipient { faxNumber name } }
    pageInfo { hasNextPage endCursor } } } }"""


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(speed=0) as simulator:
        yield simulator


async def registered(client: Client, box: Simulator) -> str:
    made = await client.ask(REGISTER, url=box.url)
    return str(made["registerDevice"]["device"]["id"])


async def test_the_queue_is_a_connection(client: Client, box: Simulator) -> None:
    put_in(box, "555-0160", "555-0161", username="carol")
    device = await registered(client, box)
    first = (await client.ask(QUEUE, id=device, after=None))["device"]["faxes"]
    assert first["nodes"] == [
        {
            "faxKey": "00000001",
            "entryKey": "0001",
            "username": "carol",
            "agent": "WebClient",
            "state": "preprocessing",
            "status": "PREPARING",
            "recipient": {"faxNumber": "555-0161", "name": "Zoe"},
        }
    ]
    assert first["pageInfo"]["hasNextPage"]
    after = first["pageInfo"]["endCursor"]
    second = (await client.ask(QUEUE, id=device, after=after))["device"]["faxes"]
    assert [one["entryKey"] for one in second["nodes"]] == ["0000"]
    assert not second["pageInfo"]["hasNextPage"]


async def test_one_call_serves_however_often_a_fax_is_asked_for(
    client: Client, box: Simulator
) -> None:
    put_in(box, "555-0160")
    device = await registered(client, box)
    query = """query ($id: ID!) { device(id: $id) {
      a: faxEntries(faxKey: "00000001") { state }
      b: faxEntries(faxKey: "00000001") { message } } }"""
    answer = (await client.post(query, id=device)).json()
    assert list(box.requests).count(("GET", "/ffws/v1/ofax/00000001")) == 1
    evidence = answer["extensions"]["ffws"]["evidence"]
    assert evidence == [{"deviceId": device, "function": "fax.get", "evidence": "documented"}]


async def test_entries_are_looked_up_by_their_keys(client: Client, box: Simulator) -> None:
    put_in(box, "555-0110", "555-0110")
    box.advance(60)
    device = await registered(client, box)
    query = """query ($id: ID!, $fax: String!, $entry: String) { device(id: $id) {
      faxEntries(faxKey: $fax, entryKey: $entry, modemInfo: true) {
        entryKey modem { name evidence } } } }"""
    found = (await client.ask(query, id=device, fax="00000001", entry="0001"))["device"]
    assert found["faxEntries"] == [
        {
            "entryKey": "0001",
            "modem": [
                {"name": "init_time", "evidence": "DOCUMENTED"},
                {"name": "connect_time", "evidence": "DOCUMENTED"},
            ],
        }
    ]
    whole = (await client.ask(query, id=device, fax="00000001", entry=None))["device"]
    assert len(whole["faxEntries"]) == 2
    error = await client.fail(query, id=device, fax="1b", entry=None)
    assert (error["extensions"]["code"], error["extensions"]["field"]) == (
        "invalid-request",
        "faxKey",
    )
    error = await client.fail(query, id=device, fax="000000FF", entry=None)
    assert error["extensions"]["code"] == "device-not-there"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ('abortFaxEntry(deviceId: $id, faxKey: "00000001")', None),
        ('abortFaxEntry(deviceId: $id, faxKey: "00000001", entryKey: "0000")', None),
        ('abortFaxEntry(deviceId: $id, faxKey: "000000FF")', "device-refused"),
        ('abortFaxEntry(deviceId: $id, faxKey: "x")', "invalid-request"),
        (
            'rescheduleFaxEntry(deviceId: $id, faxKey: "00000001", entryKey: "0000",'
            ' at: "2027-01-01T00:00:00Z")',
            None,
        ),
        (
            'rescheduleFaxEntry(deviceId: $id, faxKey: "00000001", entryKey: "0000", at: null)',
            None,
        ),
    ],
)
async def test_entries_are_asked_for_an_end_or_another_time(
    client: Client, box: Simulator, call: str, code: str | None
) -> None:
    put_in(box, "555-0160")
    device = await registered(client, box)
    query = f"mutation ($id: ID!) {{ done: {call} {{ faxKey userErrors {{ code }} }} }}"
    done = (await client.ask(query, id=device))["done"]
    assert [one["code"] for one in done["userErrors"]] == ([code] if code else [])
    assert done["faxKey"] == (None if code else "00000001")


async def test_faxes_of_others_say_whose_they_are(client: Client, box: Simulator) -> None:
    put_in(box, "555-0160", username="carol")
    device = await registered(client, box)
    check = "mutation ($id: ID!) { checkDevice(id: $id) { device { showsAll } } }"
    assert (await client.ask(check, id=device))["checkDevice"]["device"] == {"showsAll": True}
    query = """query ($origin: FaxOrigin, $username: String) {
      faxes(origin: $origin, username: $username) {
        nodes { origin username agent device { id } events { type } } } }"""
    (fax,) = (await client.ask(query, origin="APPLIANCE"))["faxes"]["nodes"]
    assert fax == {
        "origin": "APPLIANCE",
        "username": "carol",
        "agent": "WebClient",
        "device": {"id": device},
        "events": [],
    }
    none: tuple[dict[str, Any], ...] = ({"origin": "GATEWAY"}, {"username": "bob"})
    for filters in none:
        assert (await client.ask(query, **filters))["faxes"]["nodes"] == []
