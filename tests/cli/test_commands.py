"""The commands against a real gateway with a simulated appliance, each a process of its own."""

import base64
import gc
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from ffgateway.cli.sending import SAMPLE
from tests.cli.conftest import Run, World, answer

ARRIVES, BUSY, HELD = "+13125550110", "+13125550187", "+13125550160"


def test_an_appliance_is_shown_asked_and_changed(run: Run, device: str) -> None:
    assert answer(run("devices", "show", device, "--json"))["health"] == "online"
    assert len(answer(run("devices", "status", device, "--json"))["lines"]) == 4
    changed = answer(run("devices", "update", device, "--name", "ward-3", "--json"))
    assert (changed["name"], changed["model"]) == ("ward-3", "FF440")
    assert run("devices", "drain", device)[0] == 0
    code, out, _ = run("devices", "list")
    assert (code, "ward-3" in out, "no: drained" in out) == (0, True, True)
    assert run("devices", "resume", device)[0] == 0


def test_an_appliance_can_be_taken_out(run: Run, world: World, device: str) -> None:
    options = ("--password", "admin", "--json")
    spare = answer(run("devices", "add", "spare", world.appliance, *options))["id"]
    assert run("devices", "remove", spare)[0] == 0
    assert [one["id"] for one in answer(run("devices", "list", "--json"))] == [device]


def test_a_fax_is_sent_and_waited_for(run: Run, device: str) -> None:
    sent = run("faxes", "send", str(SAMPLE), "--to", ARRIVES, "--wait", "--within", "60", "--json")
    (fax,) = answer(sent)["faxes"]
    assert (fax["status"], fax["pages"], fax["device_id"]) == ("delivered", 3, device)
    assert f"{fax['id']} delivered" in sent[2]  # the way there, beside the answer
    story = answer(run("faxes", "show", fax["id"], "--json"))["events"]
    assert [story[0]["type"], story[-1]["type"]] == ["fax.accepted", "fax.delivered"]
    code, out, _ = run("faxes", "show", fax["id"])
    assert (code, "fax.delivered" in out) == (0, True)


@pytest.mark.usefixtures("device")
def test_a_fax_that_fails_is_exit_code_1_with_its_reason(run: Run) -> None:
    options = ("--max-tries", "1", "--wait", "--within", "60", "--json")
    code, out, err = run("faxes", "send", str(SAMPLE), "--to", BUSY, *options)
    assert code == 1
    assert json.loads(out)["faxes"][0]["failure"]["code"] == "busy"
    assert "failed: " in err


@pytest.mark.usefixtures("device")
def test_a_fax_is_called_off_and_found_by_its_reference(run: Run) -> None:
    options = ("--to", HELD, "--reference", "called-off", "--json")
    (fax,) = answer(run("faxes", "send", str(SAMPLE), *options))["faxes"]
    accepted = answer(run("faxes", "show", fax["id"], "--json"))["events"][0]
    after = ("--after", str(accepted["position"]))
    queued = ("watch", *after, "--types", "fax.device_queued", "--count", "1", "--json")
    assert answer(run(*queued))["subject"] == fax["id"]  # now the appliance has it
    cancelled = answer(run("faxes", "cancel", fax["id"], "--wait", "--within", "60", "--json"))
    assert cancelled["status"] == "cancelled"
    found = answer(run("faxes", "list", "--reference", "called-off", "--json"))
    assert [one["id"] for one in found] == [fax["id"]]
    code, out, _ = run("faxes", "list", "--status", "cancelled")
    assert (code, fax["id"] in out) == (0, True)


def test_what_others_put_on_an_appliance_is_listed_shown_and_called_off(
    run: Run, world: World, device: str
) -> None:
    body = {"username": "zoe", "numbers": [HELD, HELD]}
    (first, second) = httpx.post(f"{world.appliance}/_control/faxes", json=body).json()["entries"]
    listed = answer(run("devices", "faxes", device, "--all-users", "--class", "pending", "--json"))
    theirs = {f"{one['fax_key']}/{one['entry_key']}": one for one in listed}
    assert {theirs[key]["username"] for key in (first, second)} == {"zoe"}
    code, out, _ = run("devices", "faxes", device, "--all-users", "--complete-limit", "100")
    assert (code, "WebClient" in out) == (0, True)
    fax_key = first.partition("/")[0]
    whole = answer(run("devices", "fax", device, fax_key, "--modem-info", "--json"))
    assert [one["entry_key"] for one in whole] == ["0000", "0001"]
    code, out, _ = run("devices", "fax", device, second)
    assert (code, "zoe" in out) == (0, True)
    assert run("devices", "reschedule-fax", device, first, "--at", "2099-01-01T00:00:00Z")[0] == 0
    assert run("devices", "reschedule-fax", device, fax_key)[0] == 1
    assert run("devices", "abort-fax", device, second)[0] == 0
    assert run("devices", "abort-fax", device, fax_key)[0] == 0
    options = ("--origin", "appliance", "--username", "zoe", "--json")
    run("devices", "check", device)
    faxes = answer(run("faxes", "list", *options))
    assert {fax["origin"] for fax in faxes} == {"appliance"}
    code, out, _ = run("faxes", "list", "--origin", "appliance")
    assert (code, "zoe (WebClient)" in out) == (0, True)


@pytest.mark.usefixtures("device")
def test_events_are_watched_from_a_position_on(run: Run) -> None:
    code, out, _ = run("watch", "--after", "0", "--count", "2", "--json")
    assert code == 0
    assert [json.loads(line)["position"] for line in out.splitlines()] == [1, 2]
    code, out, _ = run("watch", "--after", "0", "--count", "1", "--types", "device.*")
    assert (code, "device.online" in out) == (0, True)


def test_what_the_gateway_refuses_is_one_line(run: Run) -> None:
    code, out, err = run("faxes", "show", "fax_00000000000000000000000000")
    assert (code, out) == (1, "")
    assert err.startswith("ffgateway: ")
    assert len(err.splitlines()) == 1


def test_a_number_that_nobody_can_dial_is_named(run: Run) -> None:
    code, _, err = run("faxes", "send", str(SAMPLE), "--to", "no number")
    assert code == 1
    assert "fax_number" in err


def test_a_wrong_key_is_told_what_would_help(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FFGATEWAY_KEY", "ffgw_unknown")
    code, _, err = run("devices", "list")
    assert (code, "FFGATEWAY_KEY" in err) == (1, True)


def test_a_key_is_made_on_the_database_works_and_is_revoked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = answer(run("keys", "create", "billing", "--scope", "faxes:read", "--json"))
    monkeypatch.setenv("FFGATEWAY_KEY", made["key"])
    assert run("faxes", "list")[0] == 0
    assert run("devices", "list")[0] == 1  # not in its scopes
    assert made["key"] not in run("keys", "list")[1]
    more = ("--scope", "devices:read", "--faxes-per-day", "3", "--acts-as", "billing")
    changed = answer(run("keys", "update", made["id"], *more, "--json"))
    assert (changed["limits"]["faxes_per_day"], changed["limits"]["acts_as"]) == (3, "billing")
    assert (run("faxes", "list")[0], run("devices", "list")[0]) == (1, 0)
    changed = answer(
        run("keys", "update", made["id"], "--unlimited", "--scope", "faxes:read", "--json")
    )
    assert (changed["limits"]["faxes_per_day"], run("faxes", "list")[0]) == (None, 0)
    assert run("keys", "revoke", made["id"])[0] == 0
    assert run("faxes", "list")[0] == 1
    listed = {one["id"]: one for one in answer(run("keys", "list", "--json"))}
    assert listed[made["id"]]["revoked_at"] is not None


def test_a_key_that_does_not_exist_cannot_be_revoked(run: Run) -> None:
    code, _, err = run("keys", "revoke", "key_00000000000000000000000000")
    assert (code, len(err.splitlines())) == (1, 1)


def test_a_database_is_brought_up_to_date(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FFGATEWAY_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    assert [run("migrate")[0], run("migrate")[0]] == [0, 0]
    assert (tmp_path / "new.db").stat().st_size > 0


def test_settings_that_cannot_be_read_are_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FFGATEWAY_PORT", "tcp://10.0.0.1:8080")
    code, _, err = run("migrate")
    assert (code, "FFGATEWAY_PORT" in err) == (1, True)


def test_the_service_key_is_changed_and_what_needs_the_old_one_is_counted(
    run: Run, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(run("webhooks", "add", "https://hooks.example/a", "--json"))
    served = world.settings["FFGATEWAY_DATABASE_URL"].partition("///")[2]
    source, copy = sqlite3.connect(served), sqlite3.connect(tmp_path / "copy.db")
    with closing(source), closing(copy):
        source.backup(copy)  # the gateway that serves knows the old key alone
    monkeypatch.setenv("FFGATEWAY_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'copy.db'}")
    monkeypatch.setenv("FFGATEWAY_SPOOL_DIR", str(tmp_path / "spool"))
    old = Path(world.settings["FFGATEWAY_KEY_FILE"]).read_text().strip()
    new = run("secrets", "new-key")[1].strip()
    monkeypatch.setenv("FFGATEWAY_SECRET_KEY", f"{new},{old}")
    assert run("secrets", "status", "--exit-code")[0] == 2
    done = {one["kind"]: one["done"] for one in answer(run("secrets", "rotate", "--json"))}
    assert done["webhook secrets"] >= 1
    assert answer(run("secrets", "status", "--exit-code", "--json"))["needed"] == {}
    monkeypatch.setenv("FFGATEWAY_SECRET_KEY", base64.b64encode(bytes(32)).decode())
    code, out, err = run("secrets", "rotate")
    assert (code, "webhook secrets" in out, "not among ours" in err) == (1, True, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("FFGATEWAY_DATABASE_URL", "sqlite+aiosqlite:////nowhere/at/all.db"),
        ("FFGATEWAY_DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:9/none"),
        ("FFGATEWAY_SECRET_KEY", "not base64"),
    ],
)
def test_a_database_that_cannot_be_had_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    gc.collect()  # what loops of earlier tests left behind speaks up now, and not in between
    code, out, err = run("keys", "list")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith(f"ffgateway: {name}")
    assert "Traceback" not in err.partition("ffgateway: ")[2]


def test_an_endpoint_is_registered_pinged_shown_and_removed(run: Run, tmp_path: Path) -> None:
    url = "https://receiver.example/faxes"
    added = answer(run("webhooks", "add", url, "--event", "fax.*", "--json"))
    assert added["secret"].startswith("whsec_")
    shown = answer(run("webhooks", "show", added["id"], "--json"))
    assert (shown["url"], shown["events"], "secret" in shown) == (url, ["fax.*"], False)
    ping = answer(run("webhooks", "test", added["id"], "--json"))
    assert ping["event_id"].startswith("evt_")
    assert isinstance(answer(run("webhooks", "attempts", added["id"], "--json")), list)
    paused = answer(run("webhooks", "pause", added["id"], "--reason", "a while", "--json"))
    assert (paused["state"], paused["pause_reason"]) == ("paused", "a while")
    assert answer(run("webhooks", "resume", added["id"], "--json"))["state"] == "active"
    types = answer(run("webhooks", "event-types", "--json"))
    assert "fax.delivered" in [one["type"] for one in types]
    assert answer(run("webhooks", "sample", "fax.delivered"))["type"] == "fax.delivered"
    edited = answer(run("webhooks", "edit", added["id"], "--description", "ours", "--json"))
    assert edited["description"] == "ours"
    settings = tmp_path / "settings.json"
    settings.write_text('{"auth": {"kind": "bearer", "token": "theirs"}}')
    options = ("--settings", str(settings), "--body", "cloudevents", "--rate", "5", "--unordered")
    edited = answer(run("webhooks", "edit", added["id"], *options, "--include", "names", "--json"))
    assert (edited["auth"]["kind"], edited["body"], edited["ordered"]) == (
        "bearer", "cloudevents", False)  # fmt: skip
    code, _, err = run("webhooks", "handshake", added["id"])
    assert (code, "does not allow" in err or "could not be asked" in err) == (1, True)
    rotated = answer(run("webhooks", "rotate-secret", added["id"], "--version", "v1a", "--json"))
    keys = answer(run("webhooks", "keys", added["id"], "--json"))
    assert [key["public_key"] for key in keys] == [None, rotated["public_key"]]
    assert run("webhooks", "end-key", added["id"], rotated["id"])[0] == 0
    counted = answer(run("webhooks", "replay", added["id"], "--after", "0", "--dry-run", "--json"))
    begun = answer(run("webhooks", "replay", added["id"], "--after", "0", "--json"))
    assert (begun["which"], begun["total"]) == ("range", counted["total"])
    shown = answer(run("webhooks", "show-replay", added["id"], begun["id"], "--json"))
    assert shown["id"] == begun["id"]
    listed = answer(run("webhooks", "replays", added["id"], "--json"))
    assert [one["id"] for one in listed] == [begun["id"]]
    assert run("webhooks", "replay", added["id"], "--failed", "--never-attempted")[0] == 1
    assert answer(run("webhooks", "dead-letters", added["id"], "--json")) == []
    assert answer(run("webhooks", "discard", added["id"], "--all", "--json")) == {"discarded": 0}
    (way,) = answer(run("webhooks", "deliveries", ping["event_id"], "--json"))
    assert (way["webhook_id"], way["trigger"]) == (added["id"], "test")
    code, out, _ = run("webhooks", "list")
    assert (code, url in out) == (0, True)
    assert run("webhooks", "remove", added["id"])[0] == 0
    left = answer(run("webhooks", "list", "--json"))
    assert added["id"] not in {one["id"] for one in left}


def test_what_happened_and_who_did_it_can_be_listed(run: Run, device: str) -> None:
    told = answer(run("events", "--type", "device.*", "--json"))
    assert told[0]["type"] == "device.online"
    assert [one["position"] for one in told] == sorted(one["position"] for one in told)
    beyond = answer(run("events", "--after", str(told[-1]["position"]), "--limit", "1", "--json"))
    assert all(one["position"] > told[-1]["position"] for one in beyond)
    done = answer(run("audit", "list", "--resource", device, "--json"))
    assert "device.register" in {one["action"] for one in done}
    code, out, _ = run("audit", "list", "--limit", "3")
    assert (code, "outcome" in out) == (0, True)


def test_a_fax_is_put_off_brought_forward_and_sent_once_more(run: Run, device: str) -> None:
    options = ("--to", ARRIVES, "--send-at", "2030-01-01T09:00:00Z", "--json")
    (fax,) = answer(run("faxes", "send", str(SAMPLE), *options))["faxes"]
    later = answer(run("faxes", "reschedule", fax["id"], "--at", "2031-01-01T09:00:00Z", "--json"))
    assert (later["status"], later["send_at"][:4]) == ("scheduled", "2031")
    assert answer(run("faxes", "reschedule", fax["id"], "--json"))["send_at"] is None
    assert answer(run("faxes", "cancel", fax["id"], "--wait", "--json"))["phase"] != "active"
    again = answer(run("faxes", "resend", fax["id"], "--json"))
    assert again["resend_of"] == fax["id"]


def test_people_of_an_appliance_are_made_listed_changed_and_removed(run: Run, device: str) -> None:
    made = answer(run("contacts", "add", device, "Ada", "312-555-0100", "--json"))
    options = ("--organization", "Clinic", "--json")
    assert answer(run("contacts", "edit", device, made["id"], *options))["organization"] == "Clinic"
    found = answer(run("contacts", "list", device, "--name", "Ad", "--json"))
    assert [one["id"] for one in found] == [made["id"]]
    assert answer(run("contacts", "show", device, made["id"], "--json")) == found[0]
    code, out, _ = run("contacts", "list", device)
    assert (code, "312-555-0100" in out) == (0, True)
    assert run("contacts", "remove", device, made["id"])[0] == 0
    assert run("contacts", "edit", device, made["id"])[0] == 1  # nothing to change was given


def test_a_user_of_an_appliance_is_made_changed_and_verified(
    run: Run, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = answer(run("users", "add", device, "eve", "--password", "pw1", "--json"))
    assert made["username"] == "eve"
    changed = answer(run("users", "edit", device, "eve", "--name", "Eve", "--json"))
    assert answer(run("users", "show", device, "eve", "--json")) == changed
    monkeypatch.setenv("FFGATEWAY_USER_PASSWORD", "pw1")
    assert run("users", "verify", device, "eve")[0] == 0
    monkeypatch.setenv("FFGATEWAY_USER_PASSWORD", "guess")
    assert run("users", "verify", device, "eve")[0] == 1
    acting = ("acting", "set", device, "billing", "eve", "--password", "Secret-2", "--json")
    assert answer(run(*acting))["username"] == "eve"
    assert [one["name"] for one in answer(run("acting", "list", device, "--json"))] == ["billing"]
    assert run("acting", "remove", device, "billing")[0] == 0


def test_routes_and_settings_of_an_appliance_are_shown_and_changed(run: Run, device: str) -> None:
    to = ("--to", "user:admin", "--to", "trash", "--json")
    made = answer(run("routes", "add", device, "Ward", "--extension", "204", *to))
    assert [one["type"] for one in made["destinations"]] == ["user", "trash"]
    moved = answer(run("routes", "edit", device, made["id"], "--line", "1", "--json"))
    assert (moved["scope"], moved["line"]) == ("line", 1)
    assert answer(run("routes", "show", device, made["id"], "--json")) == moved
    code, out, _ = run("routes", "list", device)
    assert (code, "user:admin, trash" in out) == (0, True)
    assert run("routes", "remove", device, made["id"])[0] == 0
    mail = answer(run("settings", "t37", device, "--enable", "--domain", "fax.example", "--json"))
    assert (mail["enabled"], mail["domain"]) == (True, "fax.example")
    modem = answer(run("settings", "modem", device, "2", "--routing", "pbx", "--json"))
    assert answer(run("settings", "modems", device, "--json"))[1] == modem
    assert answer(run("settings", "global-contacts", device, "--json")) == {"enabled": False}
    assert answer(run("devices", "about", device, "--json"))["model"] == "FF440"


def test_logs_of_an_appliance_are_listed_and_counted(run: Run, device: str) -> None:
    sent = run("faxes", "send", str(SAMPLE), "--to", ARRIVES, "--wait", "--within", "60", "--json")
    assert answer(sent)["faxes"][0]["status"] == "delivered"
    newest = answer(run("logs", "outbound", device, "--limit", "1", "--json"))
    assert [(one["state"], one["fax_number"]) for one in newest] == [("sent", ARRIVES)]
    code, out, _ = run("logs", "outbound", device, "--count")
    assert (code, int(out) >= 1) == (0, True)
    assert isinstance(answer(run("logs", "inbound", device, "--json")), list)
    code, out, _ = run("logs", "calls", device)
    assert (code, "outbound" in out) == (0, True)


def test_what_a_fax_looks_like_is_written_to_a_file(run: Run, device: str, tmp_path: Path) -> None:
    sent = run("faxes", "send", str(SAMPLE), "--to", HELD, "--json")
    fax = answer(sent)["faxes"][0]["id"]
    found: dict[str, Any] = {}
    while not found:  # until the appliance has it
        found = answer(run("faxes", "show", fax, "--json")).get("device") or {}
    for arguments in (
        ("faxes", "preview", fax),
        ("devices", "preview", device, found["fax_key"], found["entry_key"]),
        ("devices", "cover-page", device, "default"),
    ):
        to = tmp_path / f"{arguments[1]}.pdf"
        assert run(*arguments, "--to", str(to))[0] == 0
        assert to.read_bytes().startswith(b"%PDF")
    assert run("faxes", "cancel", fax, "--wait")[0] == 0


def test_a_command_run_again_with_its_key_sends_no_second_fax(run: Run) -> None:
    options = ("--to", ARRIVES, "--idempotency-key", 'a "key" of mine', "--json")
    first, again = (answer(run("faxes", "send", str(SAMPLE), *options)) for _ in range(2))
    assert again == first
    code, _, err = run("faxes", "send", str(SAMPLE), "--to", BUSY, *options[2:])
    assert code == 1
    assert "Idempotency-Key" in err
    code, _, err = run("faxes", "resend", first["faxes"][0]["id"], "--idempotency-key", "ä")
    assert (code, "printable ASCII" in err) == (1, True)
