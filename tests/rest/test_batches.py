"""Batches over HTTP: by JSON or with a CSV file, looked at, listed, called off."""

from typing import Any

import httpx
import pytest

from tests.rest.test_faxes import PDF, TEXT

PEOPLE = [
    {"fax_number": "+1 555 0100", "name": "Ada", "client_reference": "PO-1"},
    {"fax_number": "555-0101"},
]
BATCH = {"recipients": PEOPLE, "documents": [TEXT], "client_reference": "recall"}
CSV = b"\xef\xbb\xbffax_number;name;client_reference\r\n+1 555 0100;Ada;PO-1\r\n555-0101;;\r\n"


def form(csv: bytes = CSV, **more: Any) -> dict[str, Any]:
    files = [
        ("recipients", ("recipients.csv", csv, "text/csv")),
        ("documents", ("recall.pdf", PDF, "application/pdf")),
    ]
    return {"files": files, "data": more}


async def test_a_batch_in_json_is_promised_and_can_be_looked_up(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/batches", json=BATCH)
    assert answer.status_code == 202
    batch = answer.json()
    assert answer.headers["location"] == f"/v1/batches/{batch['id']}"
    assert (batch["status"], batch["total"], batch["priority"]) == ("in_progress", 2, 4)
    assert batch["phases"] == {
        "waiting": 2,
        "active": 0,
        "delivered": 0,
        "failed": 0,
        "cancelled": 0,
    }
    assert batch["statuses"] == {"accepted": 2}
    assert batch["documents"][0]["name"] == "letter.txt"
    assert (await client.get(answer.headers["location"])).json() == batch


async def test_a_batch_in_a_form_brings_its_recipients_as_csv(client: httpx.AsyncClient) -> None:
    sent = form(client_reference="recall", priority="5", cover_page='{"enabled": true}')
    answer = await client.post("/v1/batches", **sent)
    assert answer.status_code == 202, answer.text
    batch = answer.json()
    assert (batch["total"], batch["priority"], batch["client_reference"]) == (2, 5, "recall")
    assert batch["documents"][0]["name"] == "recall.pdf"


async def test_every_bad_row_of_a_file_is_told_and_nothing_is_accepted(
    client: httpx.AsyncClient,
) -> None:
    bad = b"fax_number,name\n555-0100,Ada\nnone,Bea\n555-0102\n"
    answer = await client.post("/v1/batches", **form(bad))
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "invalid-recipients"
    assert [one["field"] for one in problem["errors"]] == [
        "recipients row 3, fax_number",
        "recipients row 4",
    ]
    assert problem["detail"].endswith("3125550100, and 1 more.")
    assert (await client.get("/v1/batches")).json()["items"] == []


async def test_every_bad_recipient_in_json_is_told(client: httpx.AsyncClient) -> None:
    people = [*PEOPLE, {"fax_number": "none"}, {"fax_number": "555-0103", "fax": "x"}]
    answer = await client.post("/v1/batches", json=BATCH | {"recipients": people})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [
        "recipients[2].fax_number",
        "recipients[3].fax",
    ]


async def test_more_than_a_batch_may_have_is_refused_and_not_cut(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/batches", json=BATCH | {"recipients": PEOPLE * 10_001})
    assert (answer.status_code, answer.json()["code"]) == (422, "too-many-recipients")
    csv = b"fax_number\n" + b"5550100\n" * 20_001
    answer = await client.post("/v1/batches", **form(csv))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-recipients")
    assert "20001" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"files": [("documents", ("a.pdf", PDF, "application/pdf"))]}, "recipients"),
        ({"files": [("recipients", ("a.csv", CSV, "text/csv"))]}, "documents"),
        (form(priority="9"), "priority"),
        (form(sender="{"), "sender"),
        (form(recipient="x"), "recipient"),
    ],
)
async def test_a_form_that_lacks_something_says_what(
    client: httpx.AsyncClient, request_: dict[str, Any], field: str
) -> None:
    answer = await client.post("/v1/batches", **request_)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_half_a_form_is_no_batch(client: httpx.AsyncClient) -> None:
    whole = client.build_request("POST", "/v1/batches", **form())
    body = b"".join([part async for part in whole.stream])  # type: ignore[union-attr]
    answer = await client.post(
        "/v1/batches", content=body[:-20], headers={"Content-Type": whole.headers["content-type"]}
    )
    assert answer.status_code == 400


async def test_batches_are_listed_page_by_page(client: httpx.AsyncClient) -> None:
    made = [
        (await client.post("/v1/batches", json=BATCH | {"client_reference": str(number)})).json()
        for number in range(2)
    ]
    ids = sorted((one["id"] for one in made), reverse=True)
    first = (await client.get("/v1/batches", params={"limit": 1})).json()
    rest = (await client.get("/v1/batches", params={"cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids
    found = await client.get("/v1/batches", params={"client_reference": "1"})
    assert [one["id"] for one in found.json()["items"]] == [made[1]["id"]]
    assert (await client.get("/v1/batches", params={"status": "failed"})).json()["items"] == []


async def test_a_batch_is_called_off(client: httpx.AsyncClient) -> None:
    batch = (await client.post("/v1/batches", json=BATCH)).json()
    answer = await client.post(f"/v1/batches/{batch['id']}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "in_progress")
    assert answer.json()["cancel_requested_at"]
    lines = (await client.get("/v1/audit", params={"resource": batch["id"]})).json()["items"]
    assert [line["action"] for line in lines] == ["batch.cancel", "batch.send"]


async def test_the_faxes_of_a_batch_are_asked_for_by_its_id(client: httpx.AsyncClient) -> None:
    nobody = {"batch_id": "bat_01KARTX5RB4PSM9QE3V7Z0H2CD"}
    single = (await client.post("/v1/faxes", json=BATCH | {"recipients": PEOPLE[1:]})).json()
    assert single["faxes"][0]["batch_id"] is None
    assert (await client.get("/v1/faxes", params=nobody)).json()["items"] == []


@pytest.mark.parametrize("batch_id", ["bat_01KARTX5RB4PSM9QE3V7Z0H2CD", "none", "%C2%84"])
async def test_a_batch_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, batch_id: str
) -> None:
    for answer in (
        await client.get(f"/v1/batches/{batch_id}"),
        await client.post(f"/v1/batches/{batch_id}/cancel"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_in_a_form_the_recipients_may_come_after_the_document(
    client: httpx.AsyncClient,
) -> None:
    turned = form()
    turned["files"].reverse()
    first, again = [
        await client.post("/v1/batches", **one, headers={"Idempotency-Key": "one"})
        for one in (form(), turned)
    ]
    assert (first.status_code, again.content) == (202, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await client.post("/v1/batches", json=BATCH, headers={"Idempotency-Key": "one"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
