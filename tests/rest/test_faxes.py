import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from ffgateway.rest.bodies import LARGEST_FAX
from tests.support.documents import pdf

PDF = pdf(1)
TEXT = {
    "name": "letter.txt",
    "content_type": "text/plain",
    "content": base64.b64encode(b"Hello").decode(),
}
FAX = {"recipients": [{"fax_number": "+1 555 0100", "name": "Ada"}], "documents": [TEXT]}


async def sent(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/faxes", json=FAX | more)
    assert answer.status_code == 202, answer.text
    fax: dict[str, Any] = answer.json()["faxes"][0]
    return fax


async def test_a_fax_in_json_is_promised_and_can_be_looked_up(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/faxes", json=FAX | {"client_reference": "PO-1", "priority": 2})
    assert answer.status_code == 202
    (fax,) = answer.json()["faxes"]
    assert fax["submission_id"] == answer.json()["submission_id"]
    assert (fax["status"], fax["phase"], fax["client_reference"]) == ("queued", "waiting", "PO-1")
    assert fax["documents"][0]["size"] == 5
    assert answer.headers["location"] == f"/v1/faxes/{fax['id']}"
    assert (await client.get(answer.headers["location"])).json() == fax


async def test_a_fax_in_a_form_is_promised_for_each_number(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/faxes",
        data={
            "to": ["555-0101", "555-0102"],
            "cover_page": '{"enabled": true, "subject": "Hello"}',
            "max_tries": "3",
        },
        files=[
            ("documents", ("one.pdf", PDF, "application/pdf")),
            ("documents", ("two.txt", b"Two", "text/plain; charset=utf-8")),
        ],
    )
    assert answer.status_code == 202, answer.text
    faxes = answer.json()["faxes"]
    assert [fax["recipient"]["fax_number"] for fax in faxes] == ["555-0101", "555-0102"]
    assert [one["name"] for one in faxes[0]["documents"]] == ["one.pdf", "two.txt"]
    listed = (await client.get(answer.headers["location"])).json()["items"]
    assert listed == sorted(faxes, key=lambda fax: str(fax["id"]), reverse=True)


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"recipients": [{"fax_number": "12"}]}, 422, "invalid-number", "recipients[0].fax_number"),
        ({"recipients": []}, 422, "invalid-request", "recipients"),
        ({"recipients": [{"fax_number": "5550100"}] * 401}, 422, "too-many-recipients", "recipients"),
        ({"documents": [TEXT | {"content": "?"}]}, 422, "invalid-request", "documents[0].content"),
        ({"documents": [TEXT | {"content": "JVBERi0=", "content_type": "image/png"}]}, 422,
         "invalid-request", "documents[0].content_type"),
        ({"documents": [TEXT | {"content_type": "application/pdf"}]}, 422, "unsupported-document",
         "documents[0]"),
        ({"documents": [TEXT, {"name": "a", "content_type": "text/plain", "url": "https://a.example/"}]},
         422, "invalid-request", "documents[1].url"),
        ({"documents": []}, 422, "invalid-request", "documents"),
        ({"priority": 6}, 422, "invalid-request", "priority"),
        ({"priority": "2"}, 422, "invalid-request", "priority"),
        ({"send_at": "2026-11-23T09:15:00"}, 422, "invalid-request", "send_at"),
        ({"send_at": 1764000000}, 422, "invalid-request", "send_at"),
        ({"client_reference": "a\0b"}, 422, "invalid-request", "client_reference"),
        ({"colour": "red"}, 422, "invalid-request", "colour"),
        ({"device_id": "dev_01KARTX5RB4PSM9QE3V7Z0H2CD"}, 404, "not-found", "device_id"),
    ],
)  # fmt: skip
async def test_what_cannot_be_sent_is_refused_by_name(
    client: httpx.AsyncClient, change: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    answer = await client.post("/v1/faxes", json=FAX | change)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem.get("field") == field
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.get("/v1/faxes")).json()["items"] == []


async def test_every_flaw_is_named_at_once(client: httpx.AsyncClient) -> None:
    flawed = {"recipients": [{"fax_number": "1"}], "documents": [TEXT], "priority": 9}
    problem = (await client.post("/v1/faxes", json=flawed)).json()
    assert [one["field"] for one in problem["errors"]] == ["recipients[0].fax_number", "priority"]
    assert problem["field"] == "recipients[0].fax_number"


async def test_recipients_in_a_form_are_json(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/faxes",
        data={"recipients": '[{"fax_number": "5550100", "name": "Ada"}]'},
        files={"documents": (None, PDF, "application/pdf")},
    )
    assert answer.status_code == 202, answer.text
    (fax,) = answer.json()["faxes"]
    assert fax["recipient"]["name"] == "Ada"
    assert fax["documents"][0]["name"] == "document"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"to": "12"}, "recipients[0].fax_number"),
        ({"recipients": "["}, "recipients"),
        ({"to": "5550100", "recipients": '[{"fax_number": "5550100"}]'}, "to"),
        ({"to": "5550100", "priority": "high"}, "priority"),
        ({"to": "5550100", "priority": ["1", "2"]}, "priority"),
        ({"to": "5550100", "documents": "of no type"}, "documents[0]"),
        ({"to": "5550100", "colour": "red"}, "colour"),
    ],
)
async def test_a_flawed_form_is_refused_by_field(
    client: httpx.AsyncClient, form: dict[str, Any], field: str
) -> None:
    files = {"documents": ("one.pdf", PDF, "application/pdf")}
    answer = await client.post("/v1/faxes", data=form, files=files)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


@pytest.mark.parametrize("number", ["", "12", "555 CALL", "6125550100 x12", " 49301234567"])
async def test_what_is_no_number_is_refused_with_what_is_one(
    client: httpx.AsyncClient, number: str
) -> None:
    headers = {"Content-Type": "application/pdf"}
    answer = await client.post("/v1/faxes", params={"to": number}, content=PDF, headers=headers)
    told = answer.json()
    assert (answer.status_code, told["code"], told["field"]) == (422, "invalid-number", "to[0]")
    assert told["detail"].startswith("to[0]: Use 3 to 20 digits")
    assert told["detail"].endswith("In a query a plus is %2B.")


async def test_a_document_of_another_type_is_told_which_types_there_are(
    client: httpx.AsyncClient,
) -> None:
    headers = {"Content-Type": "application/zip"}
    answer = await client.post(
        "/v1/faxes", params={"to": "5550100"}, content=b"PK", headers=headers
    )
    assert answer.status_code == 415
    assert "application/pdf or text/plain" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"a": "\xff"}', "application/json", 400),
        (b"to=5550100", "application/x-www-form-urlencoded", 415),
        (b"hello", "text/html", 415),
        (b"--x\r\nno", "multipart/form-data; boundary=x", 400),
        (b"", "multipart/form-data", 400),
    ],
)
async def test_a_body_that_cannot_be_read_says_so(
    client: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    answer = await client.post("/v1/faxes", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text


async def test_a_body_that_is_too_large_is_cut_off_while_it_is_read(
    client: httpx.AsyncClient,
) -> None:
    taken = 0

    async def endless() -> Any:
        nonlocal taken
        while True:
            taken += 1 << 20
            yield b" " * (1 << 20)

    answer = await client.post(
        "/v1/faxes", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "document-too-large")
    assert taken <= LARGEST_FAX + (2 << 20)


async def test_a_time_with_an_offset_is_kept_as_that_moment(client: httpx.AsyncClient) -> None:
    fax = await sent(client, send_at="2099-01-01T10:00:00.5+02:00")
    assert (fax["status"], fax["send_at"]) == ("scheduled", "2099-01-01T08:00:00.500000+00:00")


async def test_a_fax_is_rescheduled_cancelled_and_sent_again(client: httpx.AsyncClient) -> None:
    fax = await sent(client, send_at="2099-01-01T00:00:00Z")
    at = {"at": "2098-01-01T00:00:00Z"}
    later = await client.post(f"/v1/faxes/{fax['id']}/reschedule", json=at)
    assert later.json()["send_at"] == "2098-01-01T00:00:00+00:00"
    now = await client.post(f"/v1/faxes/{fax['id']}/reschedule", json={"at": None})
    assert now.json()["status"] == "queued"
    early = await client.post(f"/v1/faxes/{fax['id']}/resend")
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    cancelled = await client.post(f"/v1/faxes/{fax['id']}/cancel")
    assert (cancelled.json()["status"], cancelled.json()["cancelled_by"]) == ("cancelled", "api")
    late = await client.post(f"/v1/faxes/{fax['id']}/reschedule", json=at)
    assert (late.status_code, late.json()["code"]) == (409, "fax-finished")
    again = await client.post(f"/v1/faxes/{fax['id']}/resend")
    assert again.status_code == 202
    assert again.json()["resend_of"] == fax["id"]
    told = (await client.get(f"/v1/faxes/{fax['id']}/events")).json()["items"]
    assert told[-1]["type"] == "fax.cancelled"
    assert [event["sequence"] for event in told] == list(range(1, len(told) + 1))


async def test_pages_lead_from_one_to_the_next(client: httpx.AsyncClient) -> None:
    ids = [(await sent(client))["id"] for _ in range(5)]
    found, url = [], "/v1/faxes?limit=2&status=queued&status=held"
    for _ in range(3):
        answer = await client.get(url)
        found += [fax["id"] for fax in answer.json()["items"]]
        link = answer.links.get("next")
        assert (link is None) == (answer.json()["next_cursor"] is None)
        url = link["url"] if link else ""
    assert url == ""
    assert found == sorted(ids, reverse=True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=1.0", "limit"),
        ("limit=1&limit=2", "limit"),
        ("color=red", "color"),
        ("status=lost", "status[0]"),
        ("cursor=%20", "cursor"),
        ("cursor=AAAA", "cursor"),
        ("created_after=yesterday", "created_after"),
        ("client_reference=a%00b", "client_reference"),
    ],
)
async def test_a_query_is_read_strictly(client: httpx.AsyncClient, query: str, field: str) -> None:
    answer = await client.get(f"/v1/faxes?{query}")
    assert (answer.status_code, answer.json().get("field")) == (422, field)


async def test_a_spool_that_cannot_take_a_document_is_told_and_the_key_stays_free(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    spool, key = tmp_path / "spool", {"Idempotency-Key": "again"}
    spool.touch()
    refused = await client.post("/v1/faxes", json=FAX, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (503, "storage-unavailable")
    assert refused.headers["retry-after"] == "5"
    spool.unlink()
    again = await client.post("/v1/faxes", json=FAX, headers=key)
    assert (again.status_code, "idempotency-replayed" in again.headers) == (202, False)
