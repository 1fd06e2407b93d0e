"""`fleet export`, `plan` and `apply` against a gateway and an appliance at work."""

import json
from pathlib import Path

import pytest

from ffgateway.cli.fleet_document import plan_lines, result_line
from ffgateway.cli.fleet_files import FleetFile
from tests.cli.conftest import Run, answer

FLEET = """
defaults:
  t37_settings: {enabled: true, domain: fax.example.com}
devices:
  box:
    users: [{username: pat, password: {env: PAT_PASSWORD}, name: Pat}]
    contacts:
      - items: [{name: Ada, fax_number: 555-0101}, {name: Bea, fax_number: 555-0102}]
    groups:
      - items: [{name: Ward, members: [{name: Ada, fax_number: 555-0101}]}]
    inbound_routes:
      - {name: Desk, scope: extension, extension: "204",
         destinations: [{type: user, value: pat}]}
    modem_settings: [{number: 1, routing: dtmf_digits}]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAT_PASSWORD", "p4t-s3cret")
    path = tmp_path / "fleet.yaml"
    path.write_text(FLEET)
    return path


def test_a_file_is_planned_applied_exported_and_planned_again(
    run: Run, device: str, file: Path, tmp_path: Path
) -> None:
    code, out, _ = run("fleet", "plan", str(file), "--exit-code")
    assert code == 2
    assert "\x1b" not in out
    assert "  + users pat" in out
    assert "      domain: fax.example.com" in out
    assert "passwords compared only when it is applied: pat" in out
    assert "p4t-s3cret" not in out

    code, out, err = run("fleet", "apply", str(file))
    assert code == 1
    assert "--yes" in err
    code, out, err = run("fleet", "apply", str(file), "--yes")
    assert (code, err) == (0, "")
    assert "box: done, 7 changed" in out
    assert "p4t-s3cret" not in out
    assert run("fleet", "plan", str(file), "--exit-code")[0] == 0

    code, out, err = run("fleet", "export", "--device", "box")
    assert code == 0, err
    assert "p4t-s3cret" not in out
    copy = tmp_path / "copy.yaml"
    copy.write_text(out)
    (plan,) = answer(run("fleet", "plan", str(copy), "--json"))
    assert (plan["steps"], plan["problem"]) == ([], None)
    assert plan["unchanged"] >= 7
    audit = json.dumps(answer(run("audit", "list", "--json")))
    assert "user.add" in audit
    assert "p4t-s3cret" not in audit


def test_a_password_nobody_has_at_hand_stops_before_anything_is_asked(
    run: Run, device: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAT_PASSWORD")
    code, out, err = run("fleet", "apply", str(file), "--yes")
    assert (code, out) == (1, "")
    assert "devices.box.users[0].password: PAT_PASSWORD is not in the environment" in err


def test_a_device_nobody_knows_is_named(run: Run, device: str, file: Path) -> None:
    file.write_text(FLEET.replace("box:", "nobody:"))
    code, _, err = run("fleet", "plan", str(file))
    assert code == 1
    assert "devices[0].device: There is no device nobody." in err
    assert run("fleet", "plan", str(file), "--device", "box")[0] == 1


PLAN = {
    "device": "box",
    "problem": None,
    "unchanged": 3,
    "steps": [
        {"act": "add", "section": "users", "name": "pat", "owner": None, "differences": []},
        {
            "act": "change",
            "section": "contacts",
            "name": "Ada",
            "owner": "global",
            "differences": [{"field": "organization", "before": "A", "after": ""}],
        },
        {
            "act": "remove",
            "section": "groups",
            "name": "Ward",
            "owner": "global",
            "differences": [{"field": "members", "before": "Ada", "after": ""}],
        },
    ],
}


def test_a_plan_is_green_yellow_and_red() -> None:
    assert list(plan_lines(PLAN, FleetFile(devices={"box": {}}))) == [
        ("box", "bold"),
        ("  + users pat", "green"),
        ("      ! no password is referred to, so it cannot be made", "red"),
        ("  ~ contacts global: Ada", "yellow"),
        ('      organization: A -> ""', "yellow"),
        ("  - groups global: Ward", "red"),
        ("  1 to add, 1 to change, 1 to remove, 3 as they should be", ""),
    ]


def test_where_an_appliance_said_no_is_told() -> None:
    problem = {"detail": "Permission denied.", "field": None, "cure": None}
    told = {
        "device_name": "box",
        "outcome": "refused",
        "steps": PLAN["steps"],
        "done": 1,
        "problem": problem,
    }
    assert result_line(told) == (
        "box: refused at contacts Ada, 1 of 3 done: Permission denied.",
        "red",
    )
