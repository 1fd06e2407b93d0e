"""Exports of the sealed log: whole, resumable, and what others take for valid."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from py_ocsf_models import OCSF_VERSION

from ffgateway.audit_verify import opened, verify
from ffgateway.cli.exports import _place_in, place_behind
from ffgateway.delivery import audit_csv, fhir_audit, ocsf
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.audit import AuditFilter, Call, Outcome
from ffgateway.domain.errors import Forbidden, NotFound, Unauthenticated
from ffgateway.domain.faxes import Recipient
from ffgateway.services import exporting
from ffgateway.services.exporting import AT_ONCE, ExportForm
from ffgateway.simulator.running import Simulator
from ffgateway.store.audit import ALL
from tests.support.audit_forms import agents_of, follows_basic_pattern, is_ocsf
from tests.support.gateway import ANN, House
from tests.support.sealing import READER, write

FORMULA = '=HYPERLINK("http://evil.example")\n'


async def exported(house: House, form: ExportForm, wanted: AuditFilter = ALL, **more: Any) -> str:
    found = await house.exporting.export(READER, wanted, form, **more)
    return "".join([piece async for piece in found.pieces])


async def filled(house: House, box: Simulator) -> None:
    """A log with calls that were allowed, denied and refused, acts, and a fax that was sent."""
    await house.sealing.begin()
    device = await house.register(box)
    to = Recipient(fax_number="555-0100", name="Dr. Żółć", organization="Mercy")
    await house.send(recipients=(to,))
    await house.submit()
    for _ in range(3):
        box.advance(4)
        await house.look(device)
    for operation, action in (("rest:getFax", "fax.get"), ("rest:createKey", "key.create")):
        call = Call(operation)
        caller = Caller(principal=ANN.principal, request_id="r1", address="192.0.2.7", call=call)
        call.enter(action, "fax_x")
        await house.recording.end(caller)
    await house.recording.refused("rest:listFaxes", request_id="r2", address="192.0.2.9")
    with pytest.raises(Forbidden):
        await house.retaining.hold(READER, "fax_x", reason="r")
    await write(house.store, 1, text=FORMULA)
    await house.sealing.seal()


async def test_each_form_has_each_row_and_is_valid(house: House, box: Simulator) -> None:
    await filled(house, box)
    rows = await house.audit()
    assert rows[-1].detail["text"] == FORMULA
    told = await exported(house, ExportForm.NDJSON)
    head = (await house.proving.checkpoints(READER, cursor=None, limit=1)).items[0]
    (key,) = await house.proving.keys(READER)
    signed = opened(head.note, [key.verifier])
    assert signed is not None
    assert verify([line.encode() for line in told.splitlines(True)], [signed]) == (len(rows), [])

    text = await exported(house, ExportForm.CSV)
    assert text.count("\r\n") == text.count("\n") == len(rows) + 1
    table = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert [int(one["number"]) for one in table] == [row.number for row in rows]
    assert json.loads(table[-1]["detail"]) == {"text": FORMULA}

    events = [json.loads(one) for one in (await exported(house, ExportForm.OCSF)).splitlines()]
    assert [one["metadata"]["sequence"] for one in events] == list(range(len(rows)))
    assert {one["metadata"]["version"] for one in events} == {OCSF_VERSION} == {ocsf.VERSION}
    for one in events:
        is_ocsf(one)
    kinds = {(one["class_uid"], one["activity_id"], one["status"]) for one in events}
    assert {(6003, 2, "Success"), (6003, 1, "Success"), (3002, 1, "Failure")} <= kinds
    await fhir_is_valid(house, len(rows))


async def fhir_is_valid(house: House, rows: int) -> None:
    """R4B (4.3.0) left AuditEvent as it was in R4 (4.0.1): no element of it differs."""
    lines = (await exported(house, ExportForm.FHIR)).splitlines()
    found = [AuditEvent.model_validate_json(one) for one in lines]
    assert [one.id for one in found] == [f"leaf-{index}" for index in range(rows)]
    profiles = set()
    disclosures = []
    for told in map(json.loads, lines):
        profiles |= set(told.get("meta", {}).get("profile", []))
        if told["type"]["code"] == "110106":
            disclosures.append(told)
        elif "meta" in told:
            follows_basic_pattern(told)
    assert profiles == {fhir_audit.BALP + "Read", fhir_audit.BALP + "Create"}
    (one,) = disclosures
    follows_disclosure(one)
    agents = agents_of(one)
    assert agents["110152"]["network"] == {"address": "555-0100", "type": "3"}
    assert agents["110152"]["who"]["display"] == "Dr. Żółć, Mercy"
    assert agents["159541003"]["who"]["identifier"]["value"] == ANN.principal.id


def follows_disclosure(told: dict[str, Any]) -> None:
    """What IHE.BasicAudit.PrivacyDisclosure.Source (BALP 1.1) asks for, but for the patient."""
    assert told["action"] == "R"
    assert [one["code"] for one in told["subtype"]] == ["disclose"]
    assert told["outcome"] == "0"
    assert "meta" not in told, "without a patient the profile is not claimed"
    agents = agents_of(told)
    for part in ("110153", "110152"):
        assert agents[part]["who"], part
        assert agents[part]["network"], part
    assert agents["110153"]["who"] == told["source"]["observer"], "val-audit-source"
    assert agents["159541003"]["who"]
    kinds = [(one["type"]["code"], one["role"]["code"]) for one in told["entity"]]
    assert kinds == [("2", "3"), ("2", "20")], "a document, a job; a patient only if known"
    assert len(told["entity"][0]["what"]["identifier"]["value"]) == 64


@pytest.mark.parametrize("form", ExportForm)
async def test_an_export_goes_on_behind_any_of_its_lines(home: House, form: ExportForm) -> None:
    await home.sealing.begin()
    await write(home.store, 7)
    await home.sealing.seal()
    await write(home.store, 1)  # not sealed: not told
    whole = await exported(home, form)
    lines = whole.encode().splitlines(True)
    for index, line in enumerate(lines):
        place = place_behind(line, form)
        rest = await exported(home, form, after=place or 0)
        if place is not None:
            assert b"".join(lines[: index + 1]).decode() + rest == whole
    assert await exported(home, form, after=99) == ""


async def test_what_a_filter_leaves_out_is_there_as_its_leaf_and_the_whole_verifies(
    house: House,
) -> None:
    await house.sealing.begin()
    await write(house.store, AT_ONCE + 2)
    with pytest.raises(Forbidden):
        await house.retaining.hold(READER, "fax_x", reason="r")
    await house.sealing.seal()
    wanted = AuditFilter(outcome=Outcome.DENIED)
    lines = (await exported(house, ExportForm.NDJSON, wanted)).splitlines(True)
    rows = [json.loads(line) for line in lines]
    assert len(rows) == AT_ONCE + 3
    assert [one["row"]["action"] for one in rows if "row" in one] == ["audit.hold"]
    assert sum("salt" in one for one in rows) == 1, "a salt would let others guess its row"
    head = (await house.proving.checkpoints(READER, cursor=None, limit=1)).items[0]
    (key,) = await house.proving.keys(READER)
    signed = opened(head.note, [key.verifier])
    assert signed is not None
    assert verify([line.encode() for line in lines], [signed]) == (len(rows), [])
    table = (await exported(house, ExportForm.CSV, wanted)).splitlines()
    assert len(table) == 2


async def test_an_export_is_read_as_it_is_taken(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await home.sealing.begin()
    await write(home.store, 3)
    await home.sealing.seal()
    monkeypatch.setattr("ffgateway.services.exporting.AT_ONCE", 1)
    found = await home.exporting.export(READER, AuditFilter(), ExportForm.NDJSON)
    assert found.until == 3
    first = await anext(found.pieces)
    await write(home.store, 5)
    await home.sealing.seal()
    rest = [piece async for piece in found.pieces]
    assert [json.loads(one)["index"] for one in (first, *rest)] == [0, 1, 2]
    with pytest.raises(NotFound):
        await home.exporting.export(READER, AuditFilter(), ExportForm.CSV, until=2)


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"),
     ("\r\n=1", "'\\r\\n=1"), ("a\nb", "a\\nb"), ("plain", "plain")],
)  # fmt: skip
def test_no_spreadsheet_works_a_cell_out(text: str, cell: str) -> None:
    assert audit_csv.safe(text) == cell


def test_a_file_that_broke_is_cut_to_its_last_whole_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    assert _place_in(file, ExportForm.NDJSON) == 0
    file.write_bytes(b'{"index":0,"leaf":"00"}\n{"index":1,"leaf":"00"}\n{"index":2,"le')
    assert _place_in(file, ExportForm.NDJSON) == 2
    assert file.read_bytes().endswith(b'{"index":1,"leaf":"00"}\n')


async def test_an_export_breaks_off_when_its_key_ends(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    await home.sealing.begin()
    key, token = await home.keys.create(ANN, "Auditor", frozenset({Scope.AUDIT_READ}))
    await write(home.store, 2)
    await home.sealing.seal()
    caller = Caller(principal=await home.keys.authenticate(token))
    found = await home.exporting.export(caller, ALL, ExportForm.NDJSON)
    lines = aiter(found.pieces)
    assert await anext(lines)
    home.clock.advance(60)  # its reader takes its time
    assert await anext(lines)
    await home.keys.revoke(ANN, key.id)
    with pytest.raises(Unauthenticated):
        await anext(lines)
