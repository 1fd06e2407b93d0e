"""Fleet files: put together from several, in bounds, and never with a password in them."""

from pathlib import Path
from typing import Any

import pytest

from ffgateway.cli.fleet_document import batches, exported
from ffgateway.cli.fleet_files import read_fleet
from ffgateway.cli.fleet_yaml import dump, load
from ffgateway.cli.output import Trouble


def written(folder: Path, **files: str) -> Path:
    """Files of a folder, and the one that is read first."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "fleet.yaml"


def refusal(path: Path) -> str:
    with pytest.raises(Trouble) as refused:
        read_fleet(path)
    return str(refused.value)


def test_defaults_are_for_every_device_and_give_way_to_it(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        fleet="""
version: 1
defaults:
  t37_settings: {enabled: true, domain: fax.example.com}
  contacts:
    - owner: global
      prune: true
      items:
        - {name: Ada, fax_number: 555-0101, organization: Ward 3}
        - {name: Bea, fax_number: "5550102"}
  modem_settings: [{number: 1, routing: pbx}]
devices:
  one:
    t37_settings: {domain: one.example.com}
    contacts: [{items: [{name: Ada, fax_number: 555-0101, phone_number: 0555}]}]
  two:
    contacts: null
    modem_settings: [{number: 1, answer_on: 2}, {number: 2, enabled: false}]
""",
    )
    one, two = read_fleet(path).devices.values()
    assert one["t37_settings"] == {"enabled": True, "domain": "one.example.com"}
    (book,) = one["contacts"]
    assert (book["prune"], len(book["items"])) == (True, 2)
    assert book["items"][0] == {
        "name": "Ada",
        "fax_number": "555-0101",
        "organization": "Ward 3",
        "phone_number": "0555",
    }
    assert "contacts" not in two
    assert two["modem_settings"] == [
        {"number": 1, "routing": "pbx", "answer_on": 2},
        {"number": 2, "enabled": False},
    ]


def test_an_included_file_gives_way_to_the_one_that_includes_it(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        fleet="include: [parts/people.yaml, parts/routes.yaml]\ndevices: {one: {}, two: {}}",
        parts__people="defaults: {users: [{username: pat, name: Pat}]}\n"
        "devices: {one: {users: [{username: pat, name: Patricia}]}}",
        parts__routes="include: deeper.yaml\ndevices: {two: {inbound_routes: []}}",
        parts__deeper="defaults: {t37_settings: {enabled: false}}",
    )
    devices = read_fleet(path).devices
    assert devices["one"]["users"] == [{"username": "pat", "name": "Patricia"}]
    assert devices["two"]["users"] == [{"username": "pat", "name": "Pat"}]
    assert devices["two"]["inbound_routes"] == {"items": []}
    assert devices["one"]["t37_settings"] == {"enabled": False}


def test_a_password_is_a_reference_that_stays_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(
        tmp_path,
        fleet="include: people/all.yaml\ndevices: {one: {}}",
        people__all="defaults: {users: [{username: pat, password: {env: PAT_PASSWORD}},"
        " {username: kim, password: {file: kim.secret}}]}",
    )
    (tmp_path / "people" / "kim.secret").write_text("k1m\n")
    fleet = read_fleet(path)
    assert fleet.devices["one"]["users"] == [{"username": "pat"}, {"username": "kim"}]
    pat, kim = fleet.passwords["one"]["pat"], fleet.passwords["one"]["kim"]
    monkeypatch.setenv("PAT_PASSWORD", "p4t")
    assert (pat.resolved(), kim.resolved()) == ("p4t", "k1m")
    monkeypatch.delenv("PAT_PASSWORD")
    (tmp_path / "people" / "kim.secret").unlink()
    for one in (pat, kim):
        with pytest.raises(Trouble, match=r"defaults\.users"):
            one.resolved()


SECRET = "hunter2"
WRITTEN_DOWN = {
    "a text": f"{{password: {SECRET}}}",
    "two places": f"{{password: {{env: A, file: {SECRET}}}}}",
    "another kind": f"{{password: {{literal: {SECRET}}}}}",
    "a list": f"{{password: [{SECRET}]}}",
    "null": "{password: null}",
    "another word": f"{{pasword: {SECRET}}}",
}


@pytest.mark.parametrize("user", WRITTEN_DOWN.values(), ids=WRITTEN_DOWN)
def test_a_password_that_is_written_down_is_refused_by_its_place(tmp_path: Path, user: str) -> None:
    path = written(tmp_path, fleet=f"devices: {{one: {{users: [{{username: a}}, {user}]}}}}")
    told = refusal(path)
    assert "devices.one.users[1]" in told
    assert SECRET not in told


OUTSIDE = {
    "up": "../other.yaml",
    "up and back": "parts/../../other.yaml",
    "absolute": "/etc/hostname",
    "through a link": "link.yaml",
    "no text": "{a: b}",
}


@pytest.mark.parametrize("name", OUTSIDE.values(), ids=OUTSIDE)
def test_nothing_outside_of_the_folder_is_included(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "fleet"
    path = written(inside, fleet=f"include: [{name}]\ndevices: {{one: {{}}}}")
    (tmp_path / "other.yaml").write_text("devices: {two: {}}")
    (inside / "link.yaml").symlink_to(tmp_path / "other.yaml")
    assert "include" in refusal(path)


def test_files_that_include_one_another_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, fleet="include: a.yaml", a="include: b.yaml", b="include: a.yaml")
    assert "includes itself" in refusal(path)
    deep = {f"f{n}": f"include: f{n + 1}.yaml" for n in range(20)}
    assert "too many" in refusal(written(tmp_path, fleet="include: f0.yaml", **deep))


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
HOSTILE = {
    "a bomb of aliases": (BOMB, "too much"),
    "one within itself": ("a: &a [*a]", "too deep"),
    "very deep": ("[" * 50 + "]" * 50, "too deep"),
    "deeper than the stack": ("[" * 5000 + "]" * 5000, "fleet.yaml"),
    "a python object": ("!!python/object/apply:os.system [true]", "line 1"),
    "another type": ("!binary aGk=", "line 1"),
    "twice the same name": ("devices: {}\ndevices: {}", "line 2"),
    "two documents": ("a: 1\n---\nb: 2", "line 2"),
    "no YAML": ("{", "line"),
    "no text": ("\x00", "fleet.yaml"),
    "too long": ("# " + "x" * (1 << 20), "bytes"),
}


@pytest.mark.parametrize(("text", "told"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_in_bounds(tmp_path: Path, text: str, told: str) -> None:
    assert told in refusal(written(tmp_path, fleet=text))


ODD = {
    "": "names no devices",
    "devices: {}": "names no devices",
    "[]": "names and what belongs to them",
    "version: 2\ndevices: {one: {}}": "version",
    "device: {one: {}}": "device is not known",
    "devices: {one: {contact: []}}": "contact is not known",
    "devices: {one: {contacts: {items: []}}}": "devices.one.contacts",
    "devices: {one: {contacts: [{records: []}]}}": "contacts[0]: records is not known",
    "devices: {one: {users: [pat]}}": "devices.one.users[0]",
    "devices: {1: {}}": "devices",
}


@pytest.mark.parametrize(("text", "told"), ODD.items())
def test_a_file_of_another_form_is_refused_by_its_place(
    tmp_path: Path, text: str, told: str
) -> None:
    assert told in refusal(written(tmp_path, fleet=text))


def test_what_looks_like_a_number_of_another_kind_is_a_text(tmp_path: Path) -> None:
    path = written(tmp_path, fleet="[0555, 12:30, no, 2026-11-23, 1_000, 5, -3, true, ~, 1.5, off]")
    assert load(path) == [
        "0555", "12:30", "no", "2026-11-23", "1_000", 5, -3, True, None, "1.5", "off",
    ]  # fmt: skip


def test_what_is_written_reads_the_same_again(tmp_path: Path) -> None:
    odd: list[Any] = ["0555", "5", "true", "null", "~", "", "no", "a: b", "# c", "é\u2028", 5, True]
    path = tmp_path / "fleet.yaml"
    path.write_text(dump(odd), encoding="utf-8")
    assert load(path) == odd


DEVICE: dict[str, Any] = {
    "device": "one",
    "device_id": "dev_1",
    "users": [{"username": "pat", "name": "Pat", "receipt": None}],
    "contacts": [],
    "groups": [],
    "inbound_routes": None,
    "t37_settings": {"enabled": False, "domain": ""},
    "modem_settings": [],
    "omissions": [{"section": "modem_settings", "detail": "It has none."}],
    "evidence": "stand-in",
    "problem": None,
}


def test_an_export_is_a_fleet_file(tmp_path: Path) -> None:
    down = {**DEVICE, "device": "two", "problem": {"detail": "It is down."}, "omissions": []}
    text = exported([DEVICE, down])
    assert "# one: no modem_settings: It has none." in text
    fleet = read_fleet(written(tmp_path, fleet=text))
    assert fleet.devices == {
        "one": {
            "users": [{"username": "pat", "name": "Pat"}],
            "t37_settings": {"enabled": False, "domain": ""},
        }
    }


def test_a_large_fleet_goes_in_several_requests() -> None:
    bodies = [{"device": str(n), "text": "x" * 300_000} for n in range(5)]
    assert [len(batch) for batch in batches(bodies)] == [2, 2, 1]
