"""What the audit log proves, asked over HTTP and GraphQL, and verified as somebody far away would."""

from pathlib import Path

import httpx
import pytest

from ffgateway import audit_verify
from ffgateway.app import parts
from ffgateway.settings import Settings
from tests.rest.conftest import client_of, surface


async def test_a_log_and_a_proof_are_fetched_and_verified_elsewhere(
    open_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with parts(open_settings) as wired, client_of(surface(wired.gateway)) as client:
        await wired.sealing.begin()
        made = (await client.post("/v1/keys", json={"name": "n", "scopes": ["audit:read"]})).json()
        await client.get("/v1/keys")
        await wired.sealing.seal()
        (row,) = (await client.get("/v1/audit", params={"resource": made["id"]})).json()["items"]
        assert (await client.get(f"/v1/audit/{row['number']}")).json() == row
        proof = await client.get(f"/v1/audit/{row['number']}/proof")
        heads = (await client.get("/v1/audit/checkpoints")).json()["items"]
        (key,) = (await client.get("/v1/audit/keys")).json()["items"]
        log = await client.get("/v1/audit/log")
        rest = await client.get("/v1/audit/log", params={"after": 1, "until": heads[0]["size"]})
        missing = [
            await client.get(path)
            for path in ("/v1/audit/999", "/v1/audit/999/proof", "/v1/audit/log?until=999")
        ]
    assert log.headers["content-type"].startswith("application/x-ndjson")
    assert log.content.split(b"\n", 1)[1] == rest.content
    assert made["key"] not in log.text
    assert proof.json()["row"]["operation"] == "rest:createKey"
    assert [one.status_code for one in missing] == [404, 404, 404]
    (tmp_path / "head").write_text(heads[0]["checkpoint"])
    (tmp_path / "log").write_bytes(log.content)
    (tmp_path / "proof").write_bytes(proof.content)
    words = ["--key", key["verifier"], "--checkpoint", str(tmp_path / "head")]
    assert audit_verify.main([str(tmp_path / "log"), *words]) == 0
    assert audit_verify.main([str(tmp_path / "proof"), *words]) == 0
    assert (
        capsys.readouterr().out
        == f"{heads[0]['size']} rows: as it was signed\nthe row: as it was signed\n"
    )


async def test_holds_are_placed_listed_and_released(client: httpx.AsyncClient) -> None:
    body = {"subject": "fax_x", "reason": "a court asks"}
    placed = await client.post("/v1/audit-holds", json=body)
    assert (placed.status_code, placed.json()["subject"]) == (201, "fax_x")
    assert (await client.get("/v1/audit-holds")).json()["items"] == [placed.json()]
    assert (await client.delete("/v1/audit-holds/fax_x")).status_code == 204
    assert (await client.delete("/v1/audit-holds/fax_x")).status_code == 404


async def test_rows_are_found_by_outcome_kind_request_and_time(client: httpx.AsyncClient) -> None:
    await client.get("/v1/keys", headers={"X-Request-Id": "mine"})
    await client.get("/v1/keys/nonsense")
    await client.get("/v1/faxes/nonsense")
    (row,) = (await client.get("/v1/audit?request_id=mine")).json()["items"]
    assert (row["action"], row["kind"], row["outcome"]) == ("key.list", "call", "done")
    failed = (await client.get("/v1/audit?outcome=failed&kind=call")).json()["items"]
    assert [one["operation"] for one in failed] == ["rest:getFax"]
    for window, count in (("since", 1), ("until", 0)):
        asked = {"request_id": "mine", window: row["at"]}
        found = (await client.get("/v1/audit", params=asked)).json()["items"]
        assert len(found) == count
    assert (await client.get("/v1/audit?outcome=odd")).status_code == 422


async def test_an_export_says_how_far_it_goes_and_is_one_row(open_settings: Settings) -> None:
    async with parts(open_settings) as wired, client_of(surface(wired.gateway)) as client:
        await wired.sealing.begin()
        await client.get("/v1/keys")
        await wired.sealing.seal()
        asked = {"format": "csv", "action": "key.list"}
        answer = await client.get("/v1/audit/export", params=asked)
        fhir = await client.get("/v1/audit/export?format=fhir&after=1")
        (_, row) = (await client.get("/v1/audit?action=audit.export")).json()["items"]
        assert (await client.get("/v1/audit/export?format=xml")).status_code == 422
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["x-audit-until"] == str(row["detail"]["until"])
    assert [line.split(",")[9] for line in answer.text.splitlines()] == ["action", "key.list"]
    assert fhir.headers["content-type"].startswith("application/fhir+ndjson")
    assert row["operation"] == "rest:exportAudit"
    assert row["detail"] == {"form": "csv", "after": 0, "until": 1, "action": "key.list"} | {
        "until": row["detail"]["until"]
    }
