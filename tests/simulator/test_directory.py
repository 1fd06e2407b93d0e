"""The people of an appliance over HTTP: who may see and change what, and what is refused."""

import httpx
import pytest

from ffgateway.ffws.elements import read_message
from ffgateway.ffws.groups import Place
from ffgateway.ffws.people import (
    Contact,
    User,
    read_contact,
    read_contacts,
    read_user,
    write_contact,
    write_user,
)
from ffgateway.simulator.scenarios import scenario_for
from tests.simulator.conftest import Unit, unit_of
from tests.simulator.making import appliance

GLOBAL = "global_contact_list"


def user(name: str = "eve", **more: str | int) -> bytes:
    return write_user(User(**{"username": name, "password": "pw", "name": "Eve"} | more))  # type: ignore[arg-type]


def contact(name: str = "Ada", fax: str = "312-555-0100", **more: str) -> bytes:
    return write_contact(
        Contact(name=name, fax_number=fax, organization=more.get("organization", ""))
    )


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one.name for one in read_contacts(answer.content)]


# Users


async def test_an_administrator_makes_a_user_who_can_come_in(unit: Unit) -> None:
    answer = await unit.admin.post("/users", content=user(priority=3, receipt="always"))
    assert (answer.status_code, read_message(answer.content)) == (200, "Created")
    made = read_user(answer.content)
    assert (made.username, made.priority, made.receipt) == ("eve", 3, "always")
    assert b"<password>" not in answer.content
    unit.bob.auth = httpx.BasicAuth("eve", "pw")
    assert (await unit.bob.get("/users/eve")).status_code == 200


async def test_the_highest_priority_is_kept_and_no_attempts_are_refused(unit: Unit) -> None:
    made = await unit.admin.post("/users", content=user(priority=0, interval=0))
    assert (read_user(made.content).priority, read_user(made.content).interval) == (0, 0)
    change = b"<user><max_attempts>0</max_attempts></user>"
    assert (await unit.admin.put("/users/eve", content=change)).status_code == 400


async def test_a_user_edits_a_record_of_their_own_and_no_other(unit: Unit) -> None:
    change = b"<user><organization>Ward 3</organization></user>"
    answer = await unit.ann.put("/users/ann", content=change)
    assert (answer.status_code, read_message(answer.content)) == (200, "Modified")
    ann = read_user((await unit.ann.get("/users/ann")).content)
    assert ann.organization == "Ward 3"
    assert ann.interval == 600  # what a request leaves out stays
    assert (await unit.ann.put("/users/bob", content=change)).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (user("ann"), 400),  # taken
        (user("no spaces"), 400),
        (user(GLOBAL), 400),  # stands for the list for everybody
        (user(password=""), 400),
        (user(password="a b"), 400),
        (user(priority=9), 400),
        (user(receipt="sometimes"), 400),
        (b"<user>", 400),
        (b"<contact/>", 400),
    ],
)
async def test_what_is_no_user_is_refused(unit: Unit, body: bytes, status: int) -> None:
    assert (await unit.admin.post("/users", content=body)).status_code == status


async def test_only_an_administrator_adds_users(unit: Unit) -> None:
    assert (await unit.ann.post("/users", content=user())).status_code == 403
    assert (await unit.nobody.post("/users", content=user())).status_code == 401


async def test_older_firmware_neither_adds_nor_edits_users() -> None:
    old = unit_of("FF230")
    assert (await old.admin.post("/users", content=user())).status_code == 404
    assert (await old.admin.put("/users/ann", content=user("ann"))).status_code == 404


# Contacts


async def test_a_contact_is_made_read_changed_and_removed(unit: Unit) -> None:
    made = await unit.ann.post("/contacts/ann", content=contact(organization="Clinic"))
    assert (made.status_code, read_message(made.content)) == (200, "Created")
    assert read_contact(made.content).place == Place("ann", 1)
    edit = b"<contact><fax_number>312-555-0199</fax_number></contact>"
    for method in ("PUT", "POST"):  # the oldest guide prints POST
        answer = await unit.ann.request(method, "/contacts/ann/1", content=edit)
        assert (answer.status_code, read_message(answer.content)) == (200, "Modified")
    changed = read_contact((await unit.ann.get("/contacts/ann/1")).content)
    assert (changed.fax_number, changed.organization) == ("312-555-0199", "Clinic")
    gone = await unit.ann.delete("/contacts/ann/1")
    assert (gone.status_code, read_message(gone.content)) == (200, "Deleted")
    assert (await unit.ann.get("/contacts/ann/1")).status_code == 404


async def test_numbers_are_of_one_sequence_for_all_lists(unit: Unit) -> None:
    places = [
        read_contact((await unit.admin.post(f"/contacts/{owner}", content=contact())).content).place
        for owner in ("ann", GLOBAL, "bob")
    ]
    assert places == [Place("ann", 1), Place(GLOBAL, 2), Place("bob", 3)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Ada", "Cid", "Bea"]),
        ("?order=name", ["Ada", "Bea", "Cid"]),
        ("?limit=2", ["Ada", "Cid"]),
        ("?limit=2&offset=1", ["Cid", "Bea"]),
        ("?offset=2", ["Ada", "Cid", "Bea"]),  # counts only beside limit
        ("?name=d", ["Ada", "Cid"]),
        ("?name=d&fax_number=0102", ["Cid"]),
        ("?organization=nobody", []),
    ],
)
async def test_a_list_is_searched_sorted_and_cut(
    unit: Unit, query: str, expected: list[str]
) -> None:
    for name, fax in (("Ada", "312-555-0101"), ("Cid", "312-555-0102"), ("Bea", "312-555-0103")):
        await unit.ann.post("/contacts/ann", content=contact(name, fax))
    assert names(await unit.ann.get(f"/contacts/ann{query}")) == expected


async def test_no_ffx30_sorts() -> None:
    old = unit_of("FF230")
    assert (await old.ann.get("/contacts/ann?order=name")).status_code == 400


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("ann", "GET", "/contacts/bob", 403),
        ("ann", "POST", "/contacts/bob", 403),
        ("admin", "GET", "/contacts/bob", 200),
        ("admin", "GET", "/contacts/nobody", 404),
        ("ann", "GET", f"/contacts/{GLOBAL}", 200),
        ("ann", "POST", f"/contacts/{GLOBAL}", 403),
        ("admin", "POST", f"/contacts/{GLOBAL}", 200),
        ("ann", "GET", "/contacts/ann/77", 404),
        ("ann", "GET", "/contacts/ann/first", 404),
        ("nobody", "GET", "/contacts/ann", 401),
    ],
)
async def test_everybody_has_a_list_and_one_is_for_all(
    unit: Unit, who: str, method: str, path: str, status: int
) -> None:
    client: httpx.AsyncClient = getattr(unit, who)
    body = contact() if method == "POST" else None
    assert (await client.request(method, path, content=body)).status_code == status


async def test_a_setting_opens_the_list_for_all_to_users(unit: Unit) -> None:
    unit.box.appliance.global_contacts_open = True
    assert (await unit.ann.post(f"/contacts/{GLOBAL}", content=contact())).status_code == 200


@pytest.mark.parametrize("body", [contact(name=""), contact(fax=""), b"<user/>", b"<contact"])
async def test_what_is_no_contact_is_refused(unit: Unit, body: bytes) -> None:
    assert (await unit.ann.post("/contacts/ann", content=body)).status_code == 400


# An appliance in use


def test_a_seed_gives_the_same_people_and_another_gives_others() -> None:
    def people(seed: int | None) -> list[object]:
        box = appliance(seed=seed)
        return [*box.users, *box.contacts.of(GLOBAL)]

    assert people(7) == people(7)
    assert people(7) != people(8)
    assert len(people(7)) > len(people(None))


def test_no_number_of_the_seeded_people_rehearses_a_failure() -> None:
    for one in appliance(seed=7).contacts.of(GLOBAL):
        assert scenario_for(one.fax_number) == scenario_for("763-555-1000")
