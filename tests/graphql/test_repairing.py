"""Endpoints over GraphQL: paused, resumed, and what was tried there; what they may be told."""

import json

from tests.graphql.conftest import Client


async def created(client: Client) -> str:
    made = await client.ask(
        """mutation { createWebhook(url: "https://receiver.example/", events: ["batch.*"])
             { webhook { id } userErrors { code } } }"""
    )
    return str(made["createWebhook"]["webhook"]["id"])


async def test_an_endpoint_is_paused_with_a_reason_and_resumed(client: Client) -> None:
    hook = await created(client)
    shown = "{ webhook { state pausedBy pauseReason } userErrors { code } }"
    paused = await client.ask(
        f'mutation ($id: ID!) {{ pauseWebhook(id: $id, reason: "maintenance") {shown} }}', id=hook
    )
    assert paused["pauseWebhook"] == {
        "webhook": {"state": "PAUSED", "pausedBy": "OPERATOR", "pauseReason": "maintenance"},
        "userErrors": [],
    }
    resumed = await client.ask(f"mutation ($id: ID!) {{ resumeWebhook(id: $id) {shown} }}", id=hook)
    assert resumed["resumeWebhook"]["webhook"] == {
        "state": "ACTIVE",
        "pausedBy": None,
        "pauseReason": None,
    }
    found = await client.ask(
        """query ($id: ID!) { webhook(id: $id) {
             attempts(result: FAILED, trigger: PROBE, eventId: "evt_1") { nodes { id } } } }""",
        id=hook,
    )
    assert found["webhook"]["attempts"]["nodes"] == []


async def test_every_type_of_event_has_a_meaning_a_schema_and_a_sample(client: Client) -> None:
    shown = await client.ask(
        """{ eventTypes { type meaning schema } eventSample(type: "fax.sending")
             none: eventSample(type: "fax.lost") }"""
    )
    known = {one["type"]: one for one in shown["eventTypes"]}
    assert known["fax.sending"]["schema"]["properties"]["type"] == {"const": "fax.sending"}
    assert json.loads(shown["eventSample"])["type"] == "fax.sending"
    assert shown["none"] is None
