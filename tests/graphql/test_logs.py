"""Logs of an appliance over GraphQL."""

from datetime import UTC, datetime

from ffgateway.simulator.running import running
from tests.graphql.conftest import ADMIN, Client

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LOGS = """query ($device: ID!, $after: String) { device(id: $device) {
  inboundLog(first: 2) { nodes { startedAt state remoteId } }
  outboundLog(first: 30, after: $after) { nodes { faxNumber } pageInfo { hasNextPage endCursor } }
  callLog(first: 3) { nodes { direction result } }
  inboundLogCount
  outboundLogCount
} }"""


async def test_logs_are_connections_with_their_counts(client: Client) -> None:
    async with running(model="FF440", start=NOON, seed=7, speed=0) as box:
        body = {"name": "one", "url": box.url, "username": "admin", "password": "admin"}
        headers = {"Authorization": f"Bearer {ADMIN}"}
        made = await client.http.post("/v1/devices", json=body, headers=headers)
        device = made.json()["id"]
        first = (await client.ask(LOGS, device=device))["device"]
        page = first["outboundLog"]["pageInfo"]
        second = (await client.ask(LOGS, device=device, after=page["endCursor"]))["device"]
        told = (await client.post(LOGS, device=device)).json()["extensions"]["ffws"]["evidence"]
    assert (first["inboundLogCount"], first["outboundLogCount"]) == (25, 40)
    assert (len(first["inboundLog"]["nodes"]), len(first["callLog"]["nodes"])) == (2, 3)
    assert page["hasNextPage"] is True
    assert len(second["outboundLog"]["nodes"]) == 10
    assert {one["evidence"] for one in told} == {"stand-in"}
