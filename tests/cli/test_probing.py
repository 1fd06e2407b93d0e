"""An appliance beside what is believed of it, on the command line: tables, files, any request."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ffgateway.cli.output import Trouble
from ffgateway.cli.overrides import overrides_in
from ffgateway.cli.probing import override_file, samples
from tests.cli.conftest import Run, World, answer


def finding(operation: str, **more: Any) -> dict[str, Any]:
    plain = {
        "operation": operation,
        "evidence": "stand-in",
        "path": "/ffws/v1/about",
        "verdict": "as-believed",
        "status": 200,
        "milliseconds": 3,
        "unknown": [],
        "missing": [],
        "reason": "",
        "sample": "<response/>",
    }
    return {**plain, **more}


PROBED = {
    "model": "FF240",
    "firmware": "3.5.2",
    "findings": [
        finding("about.get"),
        finding("call_log.list", verdict="lacks", status=404, reason="No\nsuch: {thing} # &"),
        finding("user.get", evidence="documented", verdict="differs", unknown=["user/colour"]),
        finding("contact.list", evidence="documented"),
        finding("inbound_log.list", verdict="empty", sample=None),
    ],
}


def test_an_override_file_confirms_what_was_seen_and_leaves_the_rest_to_people(
    tmp_path: Path,
) -> None:
    text = override_file(PROBED)
    assert yaml.safe_load(text) == {"about.get": {}}
    assert "# call_log.list:" in text
    assert "# new: user/colour" in text
    assert "contact.list" not in text
    assert all(line.startswith("#") or "about.get" in line or not line for line in text.split("\n"))
    (tmp_path / "o.yaml").write_text(text)
    assert overrides_in(tmp_path / "o.yaml") == {"about.get": {}}


def test_samples_lie_and_are_called_as_the_projects_own() -> None:
    assert set(samples(PROBED)) == {
        "ff240-3.5.2/about.get.probed.200.xml",
        "ff240-3.5.2/call_log.list.probed.404.xml",
        "ff240-3.5.2/user.get.probed.200.xml",
        "ff240-3.5.2/contact.list.probed.200.xml",
    }
    hostile = {**PROBED, "model": "../../etc", "firmware": "/x"}
    assert {path.partition("/")[0] for path in samples(hostile)} == {"etc-x"}
    assert {
        path.partition("/")[0] for path in samples({**PROBED, "model": "", "firmware": ""})
    } == {"unknown"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("about.get:\n", {"about.get": {}}),
        ("about.get: {path: /on, elements: {no: yes}}", {
            "about.get": {"path": "/on", "elements": {"no": "yes"}}}),
        ('{"about.get": {"method": "GET"}}', {"about.get": {"method": "GET"}}),
    ],
)  # fmt: skip
def test_an_override_file_is_yaml_or_json_of_texts(
    tmp_path: Path, text: str, found: dict[str, Any]
) -> None:
    (tmp_path / "o.yaml").write_text(text)
    assert overrides_in(tmp_path / "o.yaml") == found


@pytest.mark.parametrize(
    "content", [b"- a", b"a", b"about.get: [x]", b"about.get: GET", b"{", b"\xff\xfe\x00", b"a: *b"]
)
def test_another_file_is_trouble_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "o.yaml").write_bytes(content)
    with pytest.raises(Trouble) as trouble:
        overrides_in(tmp_path / "o.yaml")
    assert "\n" not in str(trouble.value)


def test_an_appliance_is_probed(run: Run, device: str, tmp_path: Path) -> None:
    code, out, _ = run("devices", "probe", device)
    assert (code, "about.get" in out, "stand-in" in out) == (0, True, True)
    overrides, folder = tmp_path / "o.yaml", tmp_path / "samples"
    options = ("--overrides-to", str(overrides), "--samples-to", str(folder))
    code, out, err = run("devices", "probe", device, *options, "--json")
    assert (code, len(json.loads(out)["findings"]) > 20) == (0, True)
    assert str(overrides) in err
    assert "about.get" in overrides_in(overrides)
    assert list(folder.glob("ff440-*/about.get.probed.200.xml"))


def test_overrides_are_given_by_file_and_shown(
    run: Run, world: World, device: str, tmp_path: Path
) -> None:
    file = tmp_path / "o.yaml"
    file.write_text("about.get:\n  path: /about\n")
    changed = answer(run("devices", "update", device, "--dialect-file", str(file), "--json"))
    assert changed["overrides"]["about.get"]["path"] == "/about"
    assert answer(run("devices", "overrides", device, "--json")) == {
        "about.get": {"path": "/about"}
    }
    code, out, _ = run("devices", "overrides", device)
    assert (code, yaml.safe_load(out)) == (0, {"about.get": {"path": "/about"}})
    file.write_text('{"about.get": {"path": "nowhere"}}')
    code, _, err = run("devices", "update", device, "--dialect-file", str(file))
    assert (code, "overrides.about.get" in err) == (1, True)
    options = ("--password", "x", "--firmware", "3.5.2", "--dialect-file", str(file))
    file.write_text("{}")
    added = answer(run("devices", "add", "other", world.appliance, *options, "--json"))
    assert (added["firmware"], added["overrides"]) == ("3.5.2", {})
    run("devices", "remove", added["id"])
    run("devices", "update", device, "--dialect-file", str(file))


def test_any_request_is_sent(run: Run, device: str, tmp_path: Path) -> None:
    code, out, err = run("devices", "raw", device, "GET", "users/admin", "--query", "a=b")
    assert (code, out.startswith("<?xml"), err.startswith("200 ")) == (0, True, True)
    file = tmp_path / "body"
    file.write_text("<contact><name>Ada</name><fax_number>1</fax_number></contact>")
    told = answer(
        run("devices", "raw", device, "post", "contacts/admin", "--body", str(file), "--json")
    )
    assert told["status"] == 200
    file.write_text('{"name": "contact", "children": [{"name": "name", "text": "Eve"}]}')
    told = answer(
        run("devices", "raw", device, "POST", "contacts/admin", "--body", str(file), "--json")
    )
    assert told["json"]["name"] == "response"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("GET", "../x"), "path"),
        (("BREW", "ofax"), "method"),
        (("GET", "ofax", "--query", "a"), "NAME=VALUE"),
    ],
)
def test_what_cannot_be_sent_is_one_line(
    run: Run, device: str, arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = run("devices", "raw", device, *arguments)
    assert (code, said in err, err.count("\n")) == (1, True, 1)
