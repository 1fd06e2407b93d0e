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


async def test_events_are_replayed_and_looked_after(client: Client) -> None:
    hook = await created(client)
    await client.ask(
        """mutation { createKey(name: "one", scopes: [FAXES_READ]) { userErrors { code } } }"""
    )
    told = await client.ask('{ events(types: ["key.*"]) { nodes { id } } }')
    event = told["events"]["nodes"][0]["id"]
    wish = {"which": "EVENTS", "events": [event]}
    begun = await client.ask(
        """mutation ($id: ID!, $wish: ReplayInput!) { replayWebhook(webhookId: $id, input: $wish)
             { replay { id which state total } userErrors { field } } }""",
        id=hook,
        wish=wish,
    )
    replay = begun["replayWebhook"]["replay"]
    assert (replay["which"], replay["state"], replay["total"]) == ("EVENTS", "RUNNING", 1)
    shown = await client.ask(
        """query ($id: ID!, $one: ID!, $event: ID!) {
             webhook(id: $id) {
               replay(id: $one) { id total } nothing: replay(id: "rpl_1") { id }
               replays { nodes { id } } deadLetters { nodes { eventId } } }
             eventDeliveries(eventId: $event) { webhookId state trigger lastAttempt { result } }
             none: eventDeliveries(eventId: "evt_1") { state } }""",
        id=hook,
        one=replay["id"],
        event=event,
    )
    of = shown["webhook"]
    assert of["replay"] == {"id": replay["id"], "total": 1}
    assert (of["replays"]["nodes"], of["deadLetters"]["nodes"]) == ([{"id": replay["id"]}], [])
    assert (shown["none"], of["nothing"]) == (None, None)
    done = await client.ask(
        """mutation ($id: ID!, $one: ID!) {
             cancelReplay(webhookId: $id, id: $one) { replay { state } userErrors { code } }
             discardDeadLetters(webhookId: $id, all: true) { discarded userErrors { code } }
             countReplay(webhookId: $id, input: {which: RANGE, types: ["batch.*"]}) { total }
             wrong: replayWebhook(webhookId: $id, input: {which: EVENTS})
               { replay { id } userErrors { field } } }""",
        id=hook,
        one=replay["id"],
    )
    assert done["cancelReplay"]["replay"] == {"state": "CANCELLED"}
    assert done["discardDeadLetters"] == {"discarded": 0, "userErrors": []}
    assert done["wrong"] == {"replay": None, "userErrors": [{"field": "events"}]}
    assert done["countReplay"] == {"total": 0}
