"""Batches from the command line, against a real gateway with a simulated appliance."""

from pathlib import Path

from ffgateway.cli.sending import SAMPLE
from tests.cli.conftest import Run, answer

CSV = "fax_number,client_reference\n+13125550211,one\n+13125550212,two\n"


def written(folder: Path, text: str = CSV) -> str:
    path = folder / "recipients.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_batch_is_sent_watched_and_listed(run: Run, device: str, tmp_path: Path) -> None:
    options = ("--csv", written(tmp_path), "--reference", "recall", "--device", device, "--json")
    batch = answer(run("batches", "send", str(SAMPLE), *options))
    assert (batch["total"], batch["device_id"]) == (2, device)
    watched = run("batches", "watch", batch["id"], "--within", "60", "--json")
    done = answer(watched)
    assert (done["status"], done["statuses"], done["pages"]) == ("completed", {"delivered": 2}, 6)
    assert "completed: 2 delivered of 2" in watched[2]
    assert answer(run("batches", "show", batch["id"], "--json")) == done
    listed = answer(run("batches", "list", "--reference", "recall", "--json"))
    assert [one["id"] for one in listed] == [batch["id"]]
    faxes = answer(run("faxes", "list", "--batch", batch["id"], "--json"))
    assert {fax["client_reference"] for fax in faxes} == {"one", "two"}
    code, out, _ = run("batches", "list")
    assert (code, batch["id"] in out) == (0, True)


def test_a_batch_is_called_off(run: Run, device: str, tmp_path: Path) -> None:
    later = ("--send-at", "2099-01-01T00:00:00Z", "--device", device, "--json")
    batch = answer(run("batches", "send", str(SAMPLE), "--csv", written(tmp_path), *later))
    assert answer(run("batches", "cancel", batch["id"], "--json"))["cancel_requested_at"]
    code, out, _ = run("batches", "watch", batch["id"], "--within", "60", "--json")
    assert (code, '"status": "cancelled"' in out) == (1, True)


def test_a_bad_row_is_told_and_nothing_is_sent(run: Run, tmp_path: Path) -> None:
    bad = written(tmp_path, "fax_number,name\n5550100,Ada\nnone,Bea\n")
    code, _, err = run("batches", "send", str(SAMPLE), "--csv", bad)
    assert code == 1
    assert "row 3, fax_number" in err
