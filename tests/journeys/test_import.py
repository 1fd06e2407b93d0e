"""200 contacts and 20 groups brought to five appliances by one command, as often as one likes."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from ffgateway.cli.main import main
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from tests.support.processes import KEY, GatewayProcess

CONTACTS, GROUPS = 200, 20

Run = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
async def boxes() -> AsyncIterator[list[Simulator]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(running(speed=0)) for _ in range(5)]


@pytest.fixture
async def gateway(tmp_path: Path, boxes: list[Simulator]) -> AsyncIterator[GatewayProcess]:
    """A gateway with the five appliances, called box-0 to box-4."""
    process = GatewayProcess(folder=tmp_path)
    await process.start()
    try:
        async with process.client() as client:
            for number, box in enumerate(boxes):
                body = {"name": f"box-{number}", "url": box.url, "model": "FF440"}
                account = {"username": "admin", "password": "admin", "poll_idle_seconds": 60}
                answer = await client.post("/v1/devices", json=body | account)
                assert answer.status_code == 201, answer.text
        yield process
    finally:
        await process.stop()


@pytest.fixture
def run(
    gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command beside the appliances' loop; return its exit code, answer, and what it said."""
    monkeypatch.setenv("FFGATEWAY_URL", gateway.url)
    monkeypatch.setenv("FFGATEWAY_KEY", KEY)

    def command(arguments: tuple[str, ...]) -> int:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        return int(end.value.code or 0)

    async def ran(*arguments: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(command, arguments)
        return (code, *capsys.readouterr())

    return ran


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A file of contacts, and one of groups with ten of them each, some by their number."""
    contacts, groups = tmp_path / "contacts.csv", tmp_path / "groups.csv"
    with contacts.open("w", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["Name", "Fax", "Organization", "Phone"])
        for number in range(CONTACTS):
            rows.writerow([f"Contact {number}", f"+1 312 555 {number:04}", "Ward", ""])
    with groups.open("w", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["Group", "Description", "Members"])
        for number in range(GROUPS):
            members = [f"Contact {number * 10 + n}" for n in range(9)]
            rows.writerow([f"Group {number}", "by import", ";".join(members)])
            rows.writerow([f"Group {number}", "", f"1 (312) 555-{number * 10 + 9:04}"])
    return contacts, groups


def counts(out: str) -> list[tuple[Any, ...]]:
    names = ("device_name", "outcome", "created", "changed", "unchanged", "left")
    return sorted(tuple(one[name] for name in names) for one in json.loads(out))


def held(box: Simulator) -> tuple[int, int]:
    return len(box.appliance.contacts.of("admin")), len(box.appliance.groups.of("admin"))


async def test_an_import_run_twice_makes_no_doubles(
    run: Run, files: tuple[Path, Path], boxes: list[Simulator]
) -> None:
    contacts, groups = map(str, files)
    command = ("contacts", "import", contacts, "--groups", groups, "--all", "--json")
    code, out, err = await run(*command)
    assert code == 0, err
    both = CONTACTS + GROUPS
    assert counts(out) == [(f"box-{n}", "done", both, 0, 0, 0) for n in range(5)]
    assert "importing" in err  # the bar is beside the answer, not in it
    code, out, err = await run(*command)
    assert code == 0, err
    assert counts(out) == [(f"box-{n}", "done", 0, 0, both, 0) for n in range(5)]
    for box in boxes:
        assert held(box) == (CONTACTS, GROUPS)
        for group in box.appliance.groups.of("admin"):
            members = [box.appliance.contacts.one(place).name for place in group.members]
            first = int(group.name.removeprefix("Group ")) * 10
            assert members == [f"Contact {first + n}" for n in range(10)]


async def test_what_changed_in_the_file_is_changed_and_nothing_else(
    run: Run, files: tuple[Path, Path], boxes: list[Simulator]
) -> None:
    contacts, _ = files
    await run("contacts", "import", str(contacts), "--device", "box-2")
    text = contacts.read_text().replace("Contact 7,+1 312 555 0007,Ward", "Contact 7,13125550007,X")
    contacts.write_text(text + "Contact new,555-0000,,\n")
    code, out, _ = await run("contacts", "import", str(contacts), "--device", "box-2", "--json")
    assert (code, counts(out)) == (0, [("box-2", "done", 1, 1, CONTACTS - 1, 0)])
    assert [held(box) for box in boxes] == [(0, 0), (0, 0), (CONTACTS + 1, 0), (0, 0), (0, 0)]


async def test_an_appliance_that_falls_out_is_left_out_and_caught_up_later(
    run: Run, files: tuple[Path, Path], boxes: list[Simulator]
) -> None:
    contacts, groups = map(str, files)
    boxes[3].put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    command = ("contacts", "import", contacts, "--groups", groups, "--all")
    code, out, _ = await run(*command, "--json")
    both = CONTACTS + GROUPS
    assert code == 1
    assert [one for one in counts(out) if one[1] != "done"] == [("box-3", "silent", 0, 0, 0, both)]
    assert held(boxes[3]) == (1, 0)  # it acted, and could not say so
    code, out, _ = await run(*command)
    assert (code, "box-3" in out, "done" in out) == (0, True, True)
    assert [held(box) for box in boxes] == [(CONTACTS, GROUPS)] * 5


async def test_a_flaw_in_a_file_is_told_before_anything_is_sent(
    run: Run, files: tuple[Path, Path], boxes: list[Simulator]
) -> None:
    contacts, groups = files
    groups.write_text(groups.read_text() + "Group 99,,Nobody\n")
    code, out, err = await run(
        "contacts", "import", str(contacts), "--groups", str(groups), "--all"
    )
    assert (code, out) == (1, "")
    assert "groups.csv: line 42, members: 'Nobody' is no contact of the other file" in err
    assert [held(box) for box in boxes] == [(0, 0)] * 5


async def test_which_appliances_are_meant_must_be_said(run: Run, files: tuple[Path, Path]) -> None:
    contacts = str(files[0])
    for options in ((), ("--all", "--device", "box-1")):
        code, _, err = await run("contacts", "import", contacts, *options)
        assert (code, "--device for each of them, or --all" in err) == (1, True)
    code, _, err = await run("contacts", "import", contacts, "--device", "box-9")
    assert (code, "there is no appliance 'box-9'" in err) == (1, True)


async def test_one_contact_one_user_and_one_route_for_the_whole_fleet(
    run: Run, boxes: list[Simulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = ("fleet", "add-contact", "Ada", "555-0101", "--owner", "global")
    code, out, _ = await run(*contact, "--all", "--json")
    assert (code, counts(out)) == (0, [(f"box-{n}", "done", 1, 0, 0, 0) for n in range(5)])
    monkeypatch.setenv("FFGATEWAY_USER_PASSWORD", "secret-e")
    user = ("fleet", "add-user", "eve", "--name", "Eve", "--device", "box-0", "--device", "box-1")
    assert (await run(*user))[0] == 0
    found = [box.appliance.users.authenticate("eve", "secret-e") is not None for box in boxes]
    assert found == [True, True, False, False, False]
    monkeypatch.delenv("FFGATEWAY_USER_PASSWORD")
    code, out, _ = await run("fleet", "add-user", "bob", "--all")
    assert (code, "without a password" in out) == (1, True)
    route = ("fleet", "add-route", "Ward", "--extension", "204", "--to", "user:admin", "--all")
    for made in (1, 0):
        code, out, _ = await run(*route, "--json")
        assert counts(out) == [(f"box-{n}", "done", made, 0, 1 - made, 0) for n in range(5)]
