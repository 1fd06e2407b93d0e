"""The rehearsal's own endpoints."""

from datetime import datetime, timedelta

import httpx
import pytest

from ffgateway.ffws.status import read_combined_status
from tests.simulator.conftest import Unit, unit_of
from tests.simulator.making import body_of, fax

CONTROL = "http://unit/_control"


async def test_the_proof_that_nothing_was_dialled_twice(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-1234", "555-0186")))
    await unit.ann.post("/ofax", content=body_of(fax("555-1234")))
    unit.clock.seconds = 1000
    state = (await unit.nobody.get(f"{CONTROL}/state")).json()
    assert state["numbers"] == {
        "555-1234": {"accepted": 2, "dialled": 2, "received": 2},
        "555-0186": {"accepted": 1, "dialled": 3, "received": 1},
    }
    told = state["faxes"][0]
    assert (told["fax_key"], told["owner"], told["state"]) == ("00000001", "ann", "sent")
    assert [move["state"] for move in told["history"]] == [
        "preprocessing",
        "pending",
        "sending",
        "sent",
    ]
    assert told["history"][-1]["at"] == "2026-03-02T12:00:16+00:00"


async def test_faxes_that_lists_no_longer_show_are_still_in_the_proof(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-0171")))
    unit.clock.seconds = 1000
    (told,) = (await unit.nobody.get(f"{CONTROL}/state")).json()["faxes"]
    assert (told["scenario"], told["received"]) == ("forgotten", 1)


async def test_faults_are_put_listed_and_taken_away(unit: Unit) -> None:
    put = await unit.nobody.post(
        f"{CONTROL}/faults",
        json=[{"kind": "error", "operation": "list"}, {"kind": "empty", "times": 2}],
    )
    assert put.status_code == 200
    assert [fault["kind"] for fault in put.json()] == ["error", "empty"]
    assert (await unit.ann.get("/ofax")).status_code == 500
    left = (await unit.nobody.get(f"{CONTROL}/faults")).json()
    assert [(fault["kind"], fault["times"]) for fault in left] == [("empty", 2)]
    assert (await unit.nobody.delete(f"{CONTROL}/faults")).json() == []
    assert (await unit.ann.get("/ofax")).content


async def test_of_a_list_with_a_bad_fault_none_is_put(unit: Unit) -> None:
    answer = await unit.nobody.post(f"{CONTROL}/faults", json=[{"kind": "error"}, {"kind": "fire"}])
    assert answer.status_code == 400
    assert "fire" in answer.json()["error"]
    assert (await unit.nobody.get(f"{CONTROL}/faults")).json() == []


@pytest.mark.parametrize("body", [b"{", b"3", b'"error"', b"[[]]", b"null"])
async def test_what_describes_no_fault_is_refused(unit: Unit, body: bytes) -> None:
    assert (await unit.nobody.post(f"{CONTROL}/faults", content=body)).status_code == 400


async def test_time_is_jumped_over(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-1234")))
    answer = await unit.nobody.post(f"{CONTROL}/advance", json={"seconds": 16})
    assert answer.json() == {"now": "2026-03-02T12:00:16+00:00"}
    (told,) = (await unit.nobody.get(f"{CONTROL}/state")).json()["faxes"]
    assert told["state"] == "sent"


@pytest.mark.parametrize("seconds", [-1, 1e12, "NaN", "x", None])
async def test_time_is_not_jumped_over_backwards_or_beyond_a_year(
    unit: Unit, seconds: object
) -> None:
    answer = await unit.nobody.post(f"{CONTROL}/advance", json={"seconds": seconds})
    assert answer.status_code == 400


async def test_a_reset_forgets_faxes_and_faults(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-1234")))
    await unit.nobody.post(f"{CONTROL}/faults", json={"kind": "error"})
    assert (await unit.nobody.post(f"{CONTROL}/reset")).status_code == 200
    assert (await unit.nobody.get(f"{CONTROL}/state")).json()["faxes"] == []
    assert (await unit.ann.get("/ofax")).status_code == 200


async def test_a_fax_is_approved(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-0180")))
    unit.clock.seconds = 10
    answer = await unit.nobody.post(f"{CONTROL}/approve", json={"fax_key": "00000001"})
    assert answer.status_code == 200
    assert (
        await unit.nobody.post(f"{CONTROL}/approve", json={"fax_key": "00000002"})
    ).status_code == 404  # fmt: skip
    unit.clock.seconds = 30
    (told,) = (await unit.nobody.get(f"{CONTROL}/state")).json()["faxes"]
    assert told["state"] == "sent"


async def test_somebody_calls(unit: Unit) -> None:
    call = {"pages": 2, "remote_id": "555-7777"}
    for line in range(1, 5):
        answer = await unit.nobody.post(f"{CONTROL}/inbound", json=call)
        assert answer.json() == {"line": line}
    assert (await unit.nobody.post(f"{CONTROL}/inbound", json=call)).status_code == 409
    assert b"<remote_id>555-7777</remote_id>" in (await unit.ann.get("/inbound_status")).content


async def test_a_box_built_without_control_has_none() -> None:
    unit = unit_of(control=False)
    for path in ("state", "faults"):
        answer: httpx.Response = await unit.admin.get(f"{CONTROL}/{path}")
        assert answer.status_code == 404


async def test_what_a_person_puts_in_by_the_web_page_is_theirs(unit: Unit) -> None:
    body = {"username": "zoe", "numbers": ["555-0160", "555-0161"]}
    put = await unit.nobody.post(f"{CONTROL}/faxes", json=body)
    assert put.json() == {"entries": ["00000001/0000", "00000001/0001"]}
    told = (await unit.nobody.get(f"{CONTROL}/state")).json()["faxes"]
    assert {(one["owner"], one["agent"]) for one in told} == {("zoe", "WebClient")}


async def test_the_web_service_and_other_ways_in_have_names_of_their_own(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-0160")))
    body = {"username": "zoe", "numbers": ["555-0160"], "agent": "SMTP"}
    await unit.nobody.post(f"{CONTROL}/faxes", json=body)
    told = (await unit.nobody.get(f"{CONTROL}/state")).json()["faxes"]
    assert [one["agent"] for one in told] == ["FFWS", "SMTP"]


@pytest.mark.parametrize("body", [{}, {"username": "zoe"}, {"username": "zoe", "numbers": []}])
async def test_a_fax_to_nobody_is_not_put_in(unit: Unit, body: dict[str, object]) -> None:
    answer = await unit.nobody.post(f"{CONTROL}/faxes", json=body)
    assert answer.status_code == 400
    assert (await unit.nobody.get(f"{CONTROL}/state")).json()["faxes"] == []


async def test_what_goes_out_over_a_spoilt_line_fails_until_it_is_mended(unit: Unit) -> None:
    spoilt = await unit.nobody.post(f"{CONTROL}/lines", json={"spoilt": [1]})
    assert spoilt.json() == {"spoilt": [1]}
    await unit.ann.post("/ofax", content=body_of(fax("555-1234")))
    unit.clock.seconds = 20
    (told,) = (await unit.nobody.get(f"{CONTROL}/state")).json()["faxes"]
    assert (told["state"], told["message"], told["dialled"]) == ("pending", "No dial tone", 1)
    await unit.nobody.post(f"{CONTROL}/lines", json={"spoilt": []})
    unit.clock.seconds = 2000
    (told,) = (await unit.nobody.get(f"{CONTROL}/state")).json()["faxes"]
    assert (told["state"], told["received"]) == ("sent", 1)


async def test_a_clock_that_is_off_shows_in_what_the_unit_says(unit: Unit) -> None:
    before = read_combined_status((await unit.ann.get("/status")).content).system
    assert (await unit.nobody.post(f"{CONTROL}/clock", json={"seconds": -90})).status_code == 200
    after = read_combined_status((await unit.ann.get("/status")).content).system
    assert before is not None
    assert after is not None
    apart = datetime.fromisoformat(after.current_time) - datetime.fromisoformat(before.current_time)
    assert apart == timedelta(seconds=-90)


@pytest.mark.parametrize(
    ("path", "body"),
    [("lines", {"spoilt": [99]}), ("lines", {}), ("clock", {"seconds": 1e9}), ("clock", {})],
)
async def test_a_line_or_a_clock_that_cannot_be_is_refused(
    unit: Unit, path: str, body: dict[str, object]
) -> None:
    assert (await unit.nobody.post(f"{CONTROL}/{path}", json=body)).status_code == 400
