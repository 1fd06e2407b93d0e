"""Over HTTP: looking ahead, the story of a fax, an operator's decision, suppressed numbers."""

from typing import Any
from unittest.mock import ANY

import httpx
import pytest

from tests.support.documents import pdf

FAX: dict[str, Any] = {
    "recipients": [{"fax_number": "555-0100"}],
    "documents": [{"name": "a.txt", "content_type": "text/plain", "content": "SGVsbG8="}],
}


async def registered(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    device = {
        "name": "one",
        "url": "http://127.0.0.1:9",
        "username": "admin",
        "password": "admin",
        "model": "FF440",
        **more,
    }
    answer = await client.post("/v1/devices", json=device)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_preview_tells_what_would_happen_and_sends_nothing(
    client: httpx.AsyncClient,
) -> None:
    plan = {"outside": "9,", "international": "011", "national": "1"}
    device = await registered(client, region="US", dial_plan=plan)
    answer = await client.post(
        "/v1/faxes:preview",
        data={"to": ["312-555-0123", "+44 20 7946 0958"]},
        files={"documents": ("a.pdf", pdf(3), "application/pdf")},
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["device"]["id"] == device["id"]
    assert [one["dialled"]["text"] for one in told["recipients"]] == [
        "9,13125550123",
        "9,011442079460958",
    ]
    assert told["documents"][0]["pages"] == 3
    assert told["queue_position"] == 1
    assert told["estimated_start"]
    assert told["reasons"][0].startswith("chosen one")
    assert (await client.get("/v1/faxes")).json()["items"] == []


@pytest.mark.parametrize(("number", "status"), [("(312) 555-0100", 200), ("((312) 555-0100", 422)])
async def test_the_same_numbers_are_taken_whichever_way_they_come(
    client: httpx.AsyncClient, number: str, status: int
) -> None:
    await registered(client, region="US")
    path, letter = "/v1/faxes:preview", {"documents": ("a.pdf", pdf(1), "application/pdf")}
    people = {"recipients": [{"fax_number": number}]}
    answers = [
        await client.post(path, json=FAX | people),
        await client.post(path, data={"to": number}, files=letter),
        await client.post(
            path, params={"to": number}, content=pdf(1), headers={"content-type": "application/pdf"}
        ),
        await client.post("/v1/suppressions", json={"fax_number": number, "reason": "voice"}),
        await client.post("/v1/batches", json=FAX | people),
        await client.post(
            "/v1/batches",
            files=letter | {"recipients": ("a.csv", f"fax_number\n{number}\n", "text/csv")},
        ),
    ]
    assert [answer.is_success for answer in answers] == [status == 200] * len(answers)


async def test_a_preview_refuses_what_sending_would_refuse(client: httpx.AsyncClient) -> None:
    await registered(client, region="US")
    body = {**FAX, "recipients": [{"fax_number": "12345"}]}
    for path in ("/v1/faxes:preview", "/v1/faxes"):
        answer = await client.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-number")
        assert answer.json()["field"] == "recipients[0].fax_number"


async def test_a_preview_without_an_appliance_says_that_it_would_be_held(
    client: httpx.AsyncClient,
) -> None:
    told = (await client.post("/v1/faxes:preview", json=FAX)).json()
    assert told["device"] is None
    assert told["warnings"] == ["No appliance can take it now: it would be held."]


async def test_a_preview_says_that_a_suppressed_number_would_be_held(
    client: httpx.AsyncClient,
) -> None:
    await registered(client)
    against = {"fax_number": "555-0100", "reason": "a person answers there"}
    assert (await client.post("/v1/suppressions", json=against)).status_code == 201
    (warning,) = (await client.post("/v1/faxes:preview", json=FAX)).json()["warnings"]
    assert warning.startswith("recipients[0].fax_number: The number is suppressed")
    assert "a person answers there" in warning
    despite = FAX | {"despite_suppression": True}
    assert (await client.post("/v1/faxes:preview", json=despite)).json()["warnings"] == []


async def test_the_story_of_a_fax_is_told(client: httpx.AsyncClient) -> None:
    fax = (await client.post("/v1/faxes", json=FAX)).json()["faxes"][0]
    told = (await client.get(f"/v1/faxes/{fax['id']}/explain")).json()
    assert told["steps"][0]["text"] == "It was promised and is kept."
    assert (await client.get(f"/v1/faxes/{fax['id']}/contenders")).json() == {"items": []}
    decision = {"outcome": "delivered", "reason": "asked"}
    answer = await client.post(f"/v1/faxes/{fax['id']}/decide", json=decision)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"until": "2020-01-01T00:00:00Z"}, "invalid-request"),
        ({"fax_number": "12"}, "invalid-number"),
    ],
)
async def test_a_suppression_that_could_hold_nothing_is_refused(
    client: httpx.AsyncClient, wrong: dict[str, str], code: str
) -> None:
    body = {"fax_number": "555 0100", "reason": "wrong number"} | wrong
    answer = await client.post("/v1/suppressions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["field"] in wrong


async def test_a_number_is_suppressed_and_lifted(client: httpx.AsyncClient) -> None:
    body = {"fax_number": "555 0100", "reason": "wrong number"}
    made = await client.post("/v1/suppressions", json=body)
    assert made.status_code == 201
    again = await client.post("/v1/suppressions", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "already-exists")
    fax = (await client.post("/v1/faxes", json=FAX)).json()["faxes"][0]
    assert (fax["status"], fax["hold"]["reason"]) == ("held", "suppressed_number")
    let_go = await client.post(f"/v1/faxes/{fax['id']}/release")
    assert let_go.json()["status"] == "queued"
    assert let_go.json()["submission_id"] == fax["submission_id"]  # what it came with
    sent = await client.get("/v1/faxes", params={"submission_id": fax["submission_id"]})
    assert [one["id"] for one in sent.json()["items"]] == [fax["id"]]
    story = (await client.get(f"/v1/faxes/{fax['id']}/explain")).json()["steps"]
    assert {"at": ANY, "text": "It was let go.", "detail": "It was released by hand."} in story
    path = f"/v1/suppressions/{made.json()['id']}"
    assert (await client.delete(path)).status_code == 204
    assert (await client.delete(path)).status_code == 404
    assert (await client.get("/v1/suppressions")).json()["items"] == []
