"""What an appliance is doing, and what came in, on the command line."""

import httpx

from ffgateway.cli.sending import SAMPLE
from tests.cli.conftest import Run, World, answer

HELD = "+13125550160"


def called(world: World, **call: object) -> int:
    """Call the appliance; return the line."""
    told = httpx.post(f"{world.appliance}/_control/inbound", json=call).raise_for_status().json()
    return int(told["line"])


def test_lines_are_listed_and_shown_one_by_one(run: Run, world: World, device: str) -> None:
    line = called(world, pages=100, page_seconds=60, remote_id="555-7777", line=3)
    modems = answer(run("lines", "modems", device, "--json"))
    assert [one["number"] for one in modems] == [1, 2, 3, 4]
    assert [one["idle"] for one in modems] == [True, True, False, True]
    assert answer(run("lines", "modem", device, str(line), "--json"))["remote_id"] == "555-7777"
    code, out, _ = run("lines", "modems", device)
    assert (code, "Receiving Page" in out, "555-7777" in out) == (0, True, True)
    coming = answer(run("lines", "inbound", device, "--json"))
    assert [(one["line"], one["remote_id"]) for one in coming] == [(3, "555-7777")]
    assert "555-7777" in run("lines", "inbound", device)[1]


def test_parts_of_the_status_are_shown(run: Run, device: str) -> None:
    system = answer(run("lines", "section", device, "system", "--json"))
    assert system["system"]["time_server"] == "pool.ntp.org"
    assert "pool.ntp.org" in run("lines", "section", device, "system")[1]


def test_what_an_appliance_cannot_have_is_said_in_one_line(run: Run, device: str) -> None:
    for command in (("channels", device), ("channel", device, "1")):
        code, _, err = run("lines", *command)
        assert (code, "FF440" in err, err.count("\n")) == (1, True, 1)


def test_what_goes_out_is_listed(run: Run, device: str) -> None:
    (fax,) = answer(run("faxes", "send", str(SAMPLE), "--to", HELD, "--json"))["faxes"]
    queued = ("watch", "--after", "0", "--types", "fax.device_queued", "--count", "1", "--json")
    assert answer(run(*queued))["subject"] == fax["id"]
    waiting = answer(run("lines", "outbound", device, "--class", "pending", "--json"))
    assert [one["fax_number"] for one in waiting] == [HELD]
    code, out, _ = run("lines", "outbound", device)
    assert (code, HELD in out) == (0, True)


def test_what_came_in_is_listed_and_shown(run: Run, world: World, device: str) -> None:
    called(world, pages=40, page_seconds=1, remote_id="555-8888", outcome="fail")  # two seconds
    answer(run("devices", "check", device, "--json"))  # looks now
    assert "555-8888" in run("inbound", "list", "--status", "receiving")[1]
    over = ("watch", "--after", "0", "--types", "inbound.failed", "--count", "1", "--json")
    fax = answer(run(*over))["subject"]
    shown = answer(run("inbound", "show", fax, "--json"))
    assert (shown["pages"], shown["remote_id"]) == (39, "555-8888")
    assert [
        one["id"]
        for one in answer(run("inbound", "list", "--status", "received_partial", "--json"))
    ] == [fax]
    code, out, _ = run("inbound", "list", "--device", device)
    assert (code, fax in out) == (0, True)
    assert "Page 40 failed" in run("inbound", "show", fax)[1]
    assert run("inbound", "show", "inb_none")[0] == 1
