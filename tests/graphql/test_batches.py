"""Batches in GraphQL, the loops at work."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.graphql.conftest import Client

SEND = """mutation ($input: SendBatchInput!) { sendBatch(input: $input) {
  batch { id status total priority phases { phase count } documents { name } }
  userErrors { code field message } } }"""
LOOK = """query ($id: ID!) { batch(id: $id) { status statuses { status count } }
  faxes(batchId: $id) { nodes { batchId clientReference recipient { faxNumber } } }
  batches(clientReference: "recall") { nodes { id } } }"""
CANCEL = """mutation ($id: ID!) { cancelBatch(id: $id) {
  batch { status cancelRequestedAt } userErrors { code } } }"""
NOTE = [{"name": "note.txt", "contentType": "text/plain", "content": "SGVsbG8gd29ybGQK"}]
LATER = "2099-01-01T00:00:00Z"


async def sent(client: Client, **given: Any) -> dict[str, Any]:
    common = {"documents": NOTE, "clientReference": "recall", "sendAt": LATER}
    found: dict[str, Any] = (await client.ask(SEND, input=common | given))["sendBatch"]
    return found


async def once(
    client: Client, batch: str, seen: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Ask until the loops have come so far."""
    async with asyncio.timeout(20):
        while True:
            found = await client.ask(LOOK, id=batch)
            if seen(found):
                return found
            await asyncio.sleep(0.05)


async def test_a_batch_is_sent_becomes_faxes_and_is_called_off(client: Client) -> None:
    people = [{"faxNumber": "5550100", "clientReference": "one"}, {"faxNumber": "5550101"}]
    answer = await sent(client, recipients=people)
    assert answer["userErrors"] == []
    batch = answer["batch"]
    assert (batch["status"], batch["total"], batch["priority"]) == ("IN_PROGRESS", 2, 4)
    assert {"phase": "WAITING", "count": 2} in batch["phases"]
    found = await once(client, batch["id"], lambda found: bool(found["faxes"]["nodes"]))
    assert {
        (one["recipient"]["faxNumber"], one["clientReference"], one["batchId"])
        for one in found["faxes"]["nodes"]
    } == {("5550100", "one", batch["id"]), ("5550101", "recall", batch["id"])}
    assert found["batch"]["statuses"] == [{"status": "SCHEDULED", "count": 2}]
    assert found["batches"]["nodes"] == [{"id": batch["id"]}]
    off = (await client.ask(CANCEL, id=batch["id"]))["cancelBatch"]
    assert off["userErrors"] == []
    await once(client, batch["id"], lambda found: found["batch"]["status"] == "CANCELLED")
    again = (await client.ask(CANCEL, id=batch["id"]))["cancelBatch"]
    assert again["userErrors"] == []


@pytest.mark.parametrize(
    ("number", "taken"), [("(312) 555-0100", True), ("((312) 555-0100", False)]
)
async def test_the_same_numbers_are_taken_as_over_rest(
    client: Client, number: str, taken: bool
) -> None:
    one = {"recipients": [{"faxNumber": number}], "documents": NOTE}
    asked = """mutation ($fax: SendFaxInput!, $batch: SendBatchInput!, $csv: SendBatchInput!, $number: String!) {
      previewFax(input: $fax) { userErrors { code } } sendBatch(input: $batch) { userErrors { code } }
      csv: sendBatch(input: $csv) { userErrors { code } }
      addSuppression(faxNumber: $number, reason: "voice") { userErrors { code } } }"""
    csv = {"recipientsCsv": f"fax_number\n{number}\n", "documents": NOTE, "sendAt": LATER}
    answer = await client.ask(asked, fax=one, batch=one | {"sendAt": LATER}, csv=csv, number=number)
    assert [told["userErrors"] == [] for told in answer.values()] == [taken] * 4


async def test_recipients_may_come_as_csv(client: Client) -> None:
    answer = await sent(client, recipientsCsv="fax_number,name\n5550100,Ada\n5550101,Bea\n")
    assert answer["batch"]["total"] == 2


async def test_what_is_wrong_with_recipients_is_told_one_by_one(client: Client) -> None:
    people = [{"faxNumber": "none"}, {"faxNumber": "5550101", "name": "a\nb"}]
    wrong = (await sent(client, recipients=people))["userErrors"]
    assert [(one["code"], one["field"]) for one in wrong] == [
        ("invalid-recipients", "recipients[0].faxNumber"),
        ("invalid-recipients", "recipients[1].name"),
    ]
    (wrong,) = (await sent(client, recipientsCsv="fax_number\nnone\n"))["userErrors"]
    assert "row 2" in wrong["field"]
    (wrong,) = (await sent(client))["userErrors"]
    assert wrong["field"] == "recipients"


async def test_a_batch_that_is_not_there_is_null(client: Client) -> None:
    query = '{ batch(id: "bat_none") { id } }'
    assert await client.ask(query) == {"batch": None}
