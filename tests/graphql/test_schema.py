"""What can be asked and done, on a real gateway."""

import asyncio
import base64
from typing import Any

import pytest

from ffgateway.domain.errors import Forbidden
from ffgateway.graphql.context import Context
from ffgateway.graphql.schema import schema, sdl
from tests.graphql.conftest import ADMIN, Client

SEND = """
mutation ($input: SendFaxInput!) { sendFax(input: $input) {
  submissionId
  faxes { id status phase submissionId clientReference recipient { faxNumber name }
          documents { name contentType size } }
  userErrors { code field message cure } } }
"""
LETTER = {
    "name": "letter.txt",
    "contentType": "text/plain",
    "content": base64.b64encode(b"Dear colleague").decode(),
}
TO = [{"faxNumber": "+1 555 0100", "name": "Ann"}]


async def send(client: Client, **more: Any) -> dict[str, Any]:
    given = {"recipients": TO, "documents": [LETTER]} | more
    data = await client.ask(SEND, input=given)
    payload: dict[str, Any] = data["sendFax"]
    return payload


def test_the_schema_is_one_and_can_be_written_down() -> None:
    assert schema() is schema()
    assert "type Subscription {" in sdl()
    assert sdl().endswith("}\n")


async def test_one_fax_is_made_for_each_recipient(client: Client) -> None:
    sent = await send(client, recipients=[*TO, {"faxNumber": "5550101"}], clientReference="PO-1")
    assert sent["userErrors"] == []
    assert [fax["recipient"]["faxNumber"] for fax in sent["faxes"]] == ["+1 555 0100", "5550101"]
    assert {fax["submissionId"] for fax in sent["faxes"]} == {sent["submissionId"]}
    assert sent["faxes"][0]["documents"] == [
        {"name": "letter.txt", "contentType": "text/plain", "size": 14}
    ]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"recipients": [{"faxNumber": "call me"}]}, "invalid-number", "recipients[0].faxNumber"),
        ({"recipients": []}, "invalid-request", "recipients"),
        ({"documents": []}, "invalid-request", "documents"),
        ({"documents": [LETTER | {"content": "%%"}]}, "invalid-request", "documents[0].content"),
        ({"documents": [LETTER | {"content": ""}]}, "empty-document", "documents[0]"),
        ({"documents": [LETTER | {"url": "http://a.test/"}]}, "invalid-request", "documents[0]"),
        ({"documents": [LETTER | {"contentType": "a/b"}]}, "unsupported-document", "documents[0]"),
        (
            {"documents": [{"name": "a", "contentType": "text/plain", "url": "http://a.test/"}]},
            "invalid-request",
            "documents[0].url",
        ),
        ({"priority": 6}, "invalid-request", "priority"),
        ({"maxTries": 0}, "invalid-request", "maxTries"),
        ({"sendAt": "2026-11-23T09:15:00"}, "invalid-request", "sendAt"),
        ({"clientReference": "a\u0000b"}, "invalid-request", "clientReference"),
        ({"sender": {"name": "two\nlines"}}, "invalid-request", "sender.name"),
        ({"deviceId": "dev_none"}, "not-found", "deviceId"),
    ],
)
async def test_what_is_wrong_with_a_fax_is_said_as_data(
    client: Client, change: dict[str, Any], code: str, field: str | None
) -> None:
    sent = await send(client, **change)
    (wrong,) = sent["userErrors"]
    assert (wrong["code"], wrong["field"]) == (code, field)
    assert sent["faxes"] == []
    assert sent["submissionId"] is None


async def test_lists_lead_on_by_cursor_and_back_to_nothing(client: Client) -> None:
    sent = [(await send(client))["faxes"][0]["id"] for _ in range(3)]
    query = """query ($after: String) { faxes(first: 2, after: $after) {
      edges { cursor node { id } } nodes { id }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    first = (await client.ask(query))["faxes"]
    assert [node["id"] for node in first["nodes"]] == sent[:0:-1]
    assert first["pageInfo"]["hasNextPage"]
    assert not first["pageInfo"]["hasPreviousPage"]
    assert first["pageInfo"]["endCursor"] == first["edges"][1]["cursor"]
    second = (await client.ask(query, after=first["pageInfo"]["endCursor"]))["faxes"]
    assert [node["id"] for node in second["nodes"]] == sent[:1]
    assert second["pageInfo"]["hasPreviousPage"]
    assert not second["pageInfo"]["hasNextPage"]
    between = (await client.ask(query, after=first["edges"][0]["cursor"]))["faxes"]
    assert [node["id"] for node in between["nodes"]] == [sent[1], sent[0]]


async def test_a_list_is_narrowed_by_its_arguments(client: Client) -> None:
    await send(client)
    wanted = (await send(client, clientReference="PO-2"))["faxes"][0]["id"]
    query = """query ($ref: String!) { faxes(clientReference: $ref,
      status: [ACCEPTED, QUEUED, HELD, SUBMITTING]) { nodes { id } } }"""
    assert (await client.ask(query, ref="PO-2"))["faxes"]["nodes"] == [{"id": wanted}]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("{ faxes(first: 101) { nodes { id } } }", "first"),
        ("{ faxes(first: 0) { nodes { id } } }", "first"),
        ('{ faxes(after: "%") { nodes { id } } }', "after"),
        ('{ events(after: "x") { nodes { id } } }', "after"),
        ('{ events(types: ["Nonsense!"]) { nodes { id } } }', "types[0]"),
        (r'{ fax(id: "a\u0000") { id } }', "id"),
    ],
)
async def test_a_query_that_makes_no_sense_says_where(
    client: Client, query: str, field: str
) -> None:
    error = await client.fail(query)
    assert error["extensions"]["code"] == "invalid-request"
    assert error["extensions"]["field"] == field


@pytest.mark.parametrize("root", ["fax", "device", "webhook", "deviceStatus"])
async def test_what_does_not_exist_is_null(client: Client, root: str) -> None:
    query = f'{{ {root}(id: "nothing") {{ __typename }} }}'
    assert await client.ask(query) == {root: None}


async def test_a_fax_can_be_scheduled_moved_cancelled_and_sent_again(client: Client) -> None:
    sent = await send(client, sendAt="2090-01-01T00:00:00Z")
    fax = sent["faxes"][0]
    assert fax["status"] == "SCHEDULED"
    moved = await client.ask(
        """mutation ($id: ID!) { rescheduleFax(id: $id, at: "2091-01-01T00:00:00+01:00") {
           fax { status sendAt } userErrors { code } } }""",
        id=fax["id"],
    )
    assert moved["rescheduleFax"] == {
        "fax": {"status": "SCHEDULED", "sendAt": "2090-12-31T23:00:00+00:00"},
        "userErrors": [],
    }
    cancel = """mutation ($id: ID!) { cancelFax(id: $id) {
      fax { status phase cancelledBy events { type } } userErrors { code } } }"""
    cancelled = (await client.ask(cancel, id=fax["id"]))["cancelFax"]["fax"]
    assert (cancelled["phase"], cancelled["cancelledBy"]) == ("CANCELLED", "API")
    assert [event["type"] for event in cancelled["events"]] == [
        "fax.accepted",
        "fax.scheduled",
        "fax.cancelled",
    ]
    again = await client.ask(
        """mutation ($id: ID!) { resendFax(id: $id) { fax { resendOf } userErrors { code } }
           rescheduleFax(id: $id, at: null) { fax { id } userErrors { code } } }""",
        id=fax["id"],
    )
    assert again["resendFax"]["fax"] == {"resendOf": fax["id"]}
    assert again["rescheduleFax"] == {"fax": None, "userErrors": [{"code": "fax-finished"}]}


REGISTER = """mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) {
  device { id name url zone enabled pollIdleSeconds } userErrors { code field } } }"""
BOX: dict[str, Any] = {
    "name": "one", "url": "http://127.0.0.1:1", "username": "a", "password": "secret"
}  # fmt: skip


async def test_an_appliance_is_registered_changed_checked_and_retired(client: Client) -> None:
    made = (await client.ask(REGISTER, input=BOX))["registerDevice"]
    device = made["device"]
    assert (device["url"], device["zone"], device["enabled"]) == (BOX["url"], "UTC", True)
    done = await client.ask(
        """mutation ($id: ID!) {
          updateDevice(id: $id, input: {name: "two"}) { device { name } userErrors { code } }
          checkDevice(id: $id) { device { id } userErrors { code } }
          retireDevice(id: $id) { id userErrors { code } } }""",
        id=device["id"],
    )
    assert done["updateDevice"] == {"device": {"name": "two"}, "userErrors": []}
    assert done["checkDevice"] == {"device": None, "userErrors": [{"code": "device-unreachable"}]}
    assert done["retireDevice"] == {"id": device["id"], "userErrors": []}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "ftp://a"}, "url"),
        ({"zone": "Nowhere"}, "zone"),
        ({"name": " "}, "name"),
        ({"caPem": "none"}, "caPem"),
        ({"pollIdleSeconds": 0}, "pollIdleSeconds"),
    ],
)
async def test_what_no_appliance_could_have_is_said_as_data(
    client: Client, change: dict[str, Any], field: str
) -> None:
    made = (await client.ask(REGISTER, input=BOX | change))["registerDevice"]
    assert made == {"device": None, "userErrors": [{"code": "invalid-request", "field": field}]}


async def test_a_silent_appliance_is_an_error_of_its_own_field(client: Client) -> None:
    await client.ask(REGISTER, input=BOX)
    answer = (await client.post("{ devices { nodes { name status { uptime } } } }")).json()
    assert answer["data"]["devices"]["nodes"] == [{"name": "one", "status": None}]
    assert answer["errors"][0]["extensions"]["code"] == "device-unreachable"


async def test_an_address_that_is_not_public_is_refused(client: Client) -> None:
    refused = await client.ask(
        """mutation { createWebhook(url: "http://127.0.0.1/in", events: ["fax.*"]) {
           secret webhook { id } userErrors { code } } }"""
    )
    assert refused["createWebhook"] == {
        "secret": None,
        "webhook": None,
        "userErrors": [{"code": "address-refused"}],
    }


async def test_a_webhook_is_made_tested_shown_and_removed(client: Client) -> None:
    made = await client.ask(
        """mutation { createWebhook(url: "https://receiver.example/in", events: ["key.*"]) {
           secret webhook { id events etag } userErrors { code field } } }"""
    )
    webhook = made["createWebhook"]["webhook"]
    assert made["createWebhook"]["secret"].startswith("whsec_")
    done = await client.ask(
        "mutation ($id: ID!) { testWebhook(id: $id) { eventId userErrors { code } } }",
        id=webhook["id"],
    )
    assert done["testWebhook"]["eventId"].startswith("evt_")
    shown = await client.ask(
        """query ($id: ID!) { webhook(id: $id) { events attempts { nodes { eventType } } }
           webhooks { nodes { id } } }""",
        id=webhook["id"],
    )
    assert shown["webhook"]["events"] == ["key.*"]
    assert shown["webhooks"]["nodes"] == [{"id": webhook["id"]}]
    changed = await client.ask(
        """mutation ($id: ID!, $seen: String) {
           updateWebhook(id: $id, input: {description: "ours"}, ifMatch: $seen) {
             webhook { description etag } userErrors { code } }
           rotateWebhookSecret(id: $id, version: V1A, overlapSeconds: 0) {
             key { id publicKey } secret userErrors { code } } }""",
        id=webhook["id"],
        seen=webhook["etag"],
    )
    assert changed["updateWebhook"]["webhook"]["description"] == "ours"
    spoken = await client.ask(
        """mutation ($id: ID!, $settings: WebhookSettingsInput!) {
           updateWebhook(id: $id, input: {settings: $settings}) {
             webhook { body include headerNames ratePerSecond auth { kind username } consent { at } }
             userErrors { code field } }
           askWebhookConsent(id: $id) { webhook { id } userErrors { code field } } }""",
        id=webhook["id"],
        settings={
            "body": "CLOUDEVENTS_BINARY",
            "include": ["NUMBERS"],
            "ratePerSecond": 2.5,
            "headers": [{"name": "X-Key", "value": "theirs"}],
            "auth": {"basic": {"username": "ann", "password": "theirs"}},
        },
    )
    assert spoken["updateWebhook"]["webhook"] == {
        "body": "CLOUDEVENTS_BINARY",
        "include": ["NUMBERS"],
        "headerNames": ["x-key"],
        "ratePerSecond": 2.5,
        "auth": {"kind": "basic", "username": "ann"},
        "consent": None,
    }
    for auth in ({}, {"none": False}, {"none": True, "bearer": "theirs"}):
        unclear = await client.ask(
            """mutation ($id: ID!, $auth: WebhookAuthInput!) {
               updateWebhook(id: $id, input: {settings: {auth: $auth}}) {
                 userErrors { code field } } }""",
            id=webhook["id"],
            auth=auth,
        )
        (wrong,) = unclear["updateWebhook"]["userErrors"]
        assert wrong == {"code": "invalid-request", "field": "auth"}
    (no,) = spoken["askWebhookConsent"]["userErrors"]
    assert no == {"code": "consent-refused", "field": "url"}
    key = changed["rotateWebhookSecret"]["key"]
    assert key["publicKey"].startswith("whpk_")
    assert changed["rotateWebhookSecret"]["secret"] is None
    ended = await client.ask(
        """mutation ($id: ID!, $which: ID!) { endWebhookKey(id: $id, keyId: $which) {
           id userErrors { code } } }""",
        id=webhook["id"],
        which=key["id"],
    )
    assert ended["endWebhookKey"] == {"id": key["id"], "userErrors": []}
    kept = await client.ask(
        "query ($id: ID!) { webhook(id: $id) { keys { version } } }", id=webhook["id"]
    )
    assert kept["webhook"]["keys"] == [{"version": "V1"}]
    gone = "mutation ($id: ID!) { removeWebhook(id: $id) { id userErrors { code } } }"
    assert (await client.ask(gone, id=webhook["id"]))["removeWebhook"]["id"] == webhook["id"]
    again = (await client.ask(gone, id=webhook["id"]))["removeWebhook"]
    assert again == {"id": None, "userErrors": [{"code": "not-found"}]}


async def test_a_key_that_is_revoked_is_not_known_any_more(client: Client) -> None:
    key = await client.key("FAXES_READ")
    listed = (await client.ask("{ keys { id prefix scopes revokedAt } }"))["keys"]
    (mine,) = [one for one in listed if key.startswith(one["prefix"])]
    assert (mine["scopes"], mine["revokedAt"]) == (["FAXES_READ"], None)
    await client.ask("mutation ($id: ID!) { revokeKey(id: $id) { id } }", id=mine["id"])
    assert (await client.post("{ __typename }", key=key)).status_code == 401


async def test_the_event_log_is_read_by_position(client: Client) -> None:
    fax = (await send(client))["faxes"][0]["id"]
    query = """query ($after: String, $fax: ID) {
      events(first: 1, after: $after, subject: $fax, types: ["fax.*"]) {
      nodes { position sequence type data } pageInfo { endCursor hasNextPage } } }"""
    first = (await client.ask(query, fax=fax))["events"]
    assert first["nodes"][0]["type"] == "fax.accepted"
    assert first["nodes"][0]["data"]["status"] == "accepted"
    assert first["pageInfo"] == {"endCursor": first["nodes"][0]["position"], "hasNextPage": True}
    second = (await client.ask(query, fax=fax, after=first["pageInfo"]["endCursor"]))["events"]
    assert (second["nodes"][0]["sequence"], second["nodes"][0]["type"]) == (2, "fax.queued")


async def test_a_key_without_the_scope_is_forbidden_and_on_record(client: Client) -> None:
    key = await client.key("DEVICES_READ")
    error = await client.fail("{ faxes { nodes { id } } }", key=key)
    assert error["extensions"]["code"] == "forbidden"
    error = await client.fail('mutation { cancelFax(id: "x") { userErrors { code } } }', key=key)
    assert error["extensions"]["code"] == "forbidden"
    audit = await client.ask('{ audit(action: "fax.list") { nodes { outcome principalName } } }')
    assert audit["audit"]["nodes"] == [{"outcome": "DENIED", "principalName": "k"}]


async def test_the_appliance_of_many_faxes_is_read_once(client: Client) -> None:
    device = (await client.ask(REGISTER, input=BOX))["registerDevice"]["device"]["id"]
    ids = [device, "dev_retired", device]
    known = Context(client.gateway, authorization=f"Bearer {ADMIN}")
    first, gone, again = await asyncio.gather(*map(known.devices.load, ids))
    assert first is not None
    assert first is again
    assert gone is None

    denied = Context(client.gateway, authorization=f"Bearer {await client.key('FAXES_READ')}")
    answers = await asyncio.gather(*map(denied.devices.load, ids), return_exceptions=True)
    assert [type(one) for one in answers] == [Forbidden] * 3
    audit = await client.ask('{ audit(action: "device.get") { nodes { outcome } } }')
    assert audit["audit"]["nodes"] == [{"outcome": "DENIED"}]


async def test_sending_says_whether_it_was_taken_while_the_client_waited(client: Client) -> None:
    query = """mutation ($input: SendFaxInput!) { sendFax(input: $input) {
        taken faxes { status } userErrors { code } } }"""
    fax = {"recipients": [{"faxNumber": "555-0100"}], "coverPage": {"enabled": True}}
    answer = await client.http.post(
        "/graphql",
        json={"query": query, "variables": {"input": fax}},
        headers={"Authorization": f"Bearer {ADMIN}", "Prefer": "wait=50"},
    )
    sent = answer.json()["data"]["sendFax"]
    # there is no appliance, so it is held, and nobody waits for that
    assert sent == {"taken": False, "faxes": [{"status": "HELD"}], "userErrors": []}
