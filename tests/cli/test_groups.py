"""Groups of contacts from the command line."""

from tests.cli.conftest import Run, answer


def test_groups_of_an_appliance_are_made_listed_changed_and_removed(run: Run, device: str) -> None:
    ada = answer(run("contacts", "add", device, "Ada", "312-555-0100", "--json"))["id"]
    options = ("--description", "All", "--member", ada, "--json")
    made = answer(run("groups", "create", device, "Nurses", *options))
    assert (made["owner"], made["description"], made["members"]) == ("admin", "All", [ada])
    assert answer(run("groups", "list", device, "--name", "Nurs", "--json")) == [made]
    assert answer(run("groups", "ids", device, "--json")) == [made["id"]]
    assert answer(run("groups", "show", device, made["id"], "--json")) == made
    changed = answer(run("groups", "edit", device, made["id"], "--empty", "--json"))
    assert changed == made | {"members": []}
    code, out, _ = run("groups", "list", device)
    assert (code, "Nurses" in out) == (0, True)
    assert run("groups", "edit", device, made["id"])[0] == 1  # nothing to change was given
    assert run("groups", "edit", device, made["id"], "--empty", "--member", ada)[0] == 1
    assert run("groups", "remove", device, made["id"])[0] == 0
    code, out, _ = run("groups", "list", device)
    assert (code, "ffgateway groups create" in out) == (0, True)
    assert run("contacts", "remove", device, ada)[0] == 0
