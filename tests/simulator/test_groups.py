"""The groups of an appliance: what they hold, and what is said of them over HTTP."""

import httpx
import pytest

from ffgateway.ffws.elements import read_message
from ffgateway.ffws.groups import (
    ContactGroup,
    Place,
    read_contact_groups,
    write_contact_group,
)
from ffgateway.ffws.people import Contact
from tests.simulator.conftest import Unit, unit_of
from tests.simulator.making import appliance

GLOBAL = "global_contact_list"


def body(name: str, *members: Place, description: str = "", at: Place | None = None) -> bytes:
    group = ContactGroup(name=name, description=description, members=members, place=at)
    return write_contact_group(group, base_url="https://anything")


def found(answer: httpx.Response) -> list[ContactGroup]:
    assert answer.status_code == 200, answer.text
    return list(read_contact_groups(answer.content))


@pytest.fixture
async def ward(unit: Unit) -> Unit:
    """A unit with a contact of Ann's, one of Bob's and one for everybody: 1, 2 and 3."""
    for owner in ("ann", "bob", GLOBAL):
        unit.box.appliance.contacts.add(owner, Contact(name=owner, fax_number="555-0100"))
    return unit


ANNS, BOBS, EVERYBODYS = Place("ann", 1), Place("bob", 2), Place(GLOBAL, 3)


async def test_a_group_is_created_with_a_url_of_its_own(ward: Unit) -> None:
    content = body("Nurses", ANNS, EVERYBODYS, description="All", at=Place("bob", 99))
    answer = await ward.ann.post("/contact_groups/ann", content=content)
    assert answer.status_code == 200  # and not 201: documented
    assert read_message(answer.content) == "Created"
    expected = ContactGroup(
        name="Nurses", description="All", members=(ANNS, EVERYBODYS), place=Place("ann", 1)
    )
    assert found(answer) == found(await ward.ann.get("/contact_groups/ann")) == [expected]
    assert found(await ward.ann.get("/contact_groups/ann/1")) == [expected]
    assert b"<contact_group_url>https://ff440/ffws/v1/contact_groups/ann/1<" in answer.content


async def test_an_edit_replaces_the_members_of_the_group_in_the_path(ward: Unit) -> None:
    for name in ("one", "two"):
        await ward.ann.post("/contact_groups/ann", content=body(name, ANNS))
    content = body("changed", EVERYBODYS, at=Place("ann", 1))
    answer = await ward.ann.put("/contact_groups/ann/2", content=content)
    assert (answer.status_code, read_message(answer.content)) == (200, "Modified")
    one, two = found(await ward.ann.get("/contact_groups/ann"))
    assert (one.name, one.members) == ("one", (ANNS,))
    assert (two.name, two.members) == ("changed", (EVERYBODYS,))


async def test_a_group_is_deleted_and_its_number_not_used_again(ward: Unit) -> None:
    await ward.ann.post("/contact_groups/ann", content=body("one", ANNS))
    answer = await ward.ann.delete("/contact_groups/ann/1")
    assert (answer.status_code, read_message(answer.content)) == (200, "Deleted")
    assert found(await ward.ann.get("/contact_groups/ann")) == []
    assert (await ward.ann.get("/contact_groups/ann/1")).status_code == 404
    (again,) = found(await ward.ann.post("/contact_groups/ann", content=body("two")))
    assert again.place == Place("ann", 2)


async def test_a_contact_that_is_deleted_leaves_its_groups(ward: Unit) -> None:
    await ward.ann.post("/contact_groups/ann", content=body("one", ANNS, EVERYBODYS))
    await ward.ann.delete("/contacts/ann/1")
    (group,) = found(await ward.ann.get("/contact_groups/ann"))
    assert group.members == (EVERYBODYS,)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Nurses A", "Nurses B", "Doctors"]),
        ("?limit=2", ["Nurses A", "Nurses B"]),
        ("?limit=2&offset=1", ["Nurses B", "Doctors"]),
        ("?offset=1", ["Nurses A", "Nurses B", "Doctors"]),  # only beside a limit
        ("?limit=0", []),
        ("?name=Nurses", ["Nurses A", "Nurses B"]),
        ("?name=Nurses&description=night", ["Nurses B"]),
        ("?description=nobody", []),
        ("?order=name", ["Doctors", "Nurses A", "Nurses B"]),
        ("?order=description&limit=1", ["Nurses A"]),
    ],
)
async def test_a_list_is_searched_sorted_and_cut(ward: Unit, query: str, names: list[str]) -> None:
    for name, description in (("Nurses A", "day"), ("Nurses B", "night"), ("Doctors", "night")):
        content = body(name, description=description)
        await ward.ann.post("/contact_groups/ann", content=content)
    groups = found(await ward.ann.get(f"/contact_groups/ann{query}"))
    assert [group.name for group in groups] == names


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("ann", "GET", "/contact_groups/bob", 403),
        ("ann", "GET", "/contact_groups/nobody", 403),
        ("admin", "GET", "/contact_groups/nobody", 404),
        ("admin", "GET", "/contact_groups/bob", 200),
        ("ann", "GET", f"/contact_groups/{GLOBAL}", 200),
        ("ann", "POST", f"/contact_groups/{GLOBAL}", 403),
        ("admin", "POST", f"/contact_groups/{GLOBAL}", 200),
        ("ann", "POST", "/contact_groups/bob", 403),
        ("admin", "POST", "/contact_groups/bob", 200),
        ("ann", "PUT", "/contact_groups/ann/7", 404),
        ("ann", "PUT", "/contact_groups/bob/1", 403),
        ("ann", "DELETE", "/contact_groups/ann/7", 404),
        ("ann", "DELETE", "/contact_groups/bob/1", 403),
        ("ann", "GET", "/contact_groups/ann/one", 404),
        ("ann", "POST", "/contact_groups/ann/1", 405),
        ("nobody", "GET", "/contact_groups/ann", 401),
    ],
)
async def test_who_may_do_what(ward: Unit, who: str, method: str, path: str, status: int) -> None:
    client: httpx.AsyncClient = getattr(ward, who)
    content = body("one") if method in {"POST", "PUT"} else None
    assert (await client.request(method, path, content=content)).status_code == status


async def test_the_global_list_is_open_to_users_where_the_appliance_says_so(ward: Unit) -> None:
    ward.box.appliance.global_contacts_open = True
    answer = await ward.ann.post(f"/contact_groups/{GLOBAL}", content=body("one", EVERYBODYS))
    assert found(answer)[0].place == Place(GLOBAL, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<contact/>",
        b"<contact_group><name>x",
        b"<contact_group><name/></contact_group>",
        b"<contact_group><name>x</name><contact>/contacts/one</contact></contact_group>",
        body("x", BOBS),
        body("x", Place("ann", 99)),
        body("x", Place(GLOBAL, 1)),
    ],
    ids=[
        "nothing",
        "no group",
        "half",
        "no name",
        "no contact's URL",
        "another user's contact",
        "no such contact",
        "a number of another list",
    ],
)
async def test_what_cannot_be_a_group_is_refused_and_leaves_nothing(
    ward: Unit, content: bytes
) -> None:
    assert (await ward.ann.post("/contact_groups/ann", content=content)).status_code == 400
    assert found(await ward.ann.get("/contact_groups/ann")) == []
    (added,) = found(await ward.ann.post("/contact_groups/ann", content=body("fine")))
    assert added.place == Place("ann", 1)


async def test_a_member_named_twice_is_one_member(ward: Unit) -> None:
    (group,) = found(await ward.ann.post("/contact_groups/ann", content=body("x", ANNS, ANNS)))
    assert group.members == (ANNS,)


async def test_older_firmware_cannot_create_groups_nor_sort_them() -> None:
    unit = unit_of("FF230")
    assert (await unit.admin.post("/contact_groups/admin", content=body("x"))).status_code == 404
    assert found(await unit.admin.get("/contact_groups/admin")) == []
    assert (await unit.admin.get("/contact_groups/admin?order=name")).status_code == 400


@pytest.mark.parametrize("order", ["members", "contact_group_url"])
async def test_a_list_is_sorted_by_what_it_is_searched_by(ward: Unit, order: str) -> None:
    assert (await ward.ann.get(f"/contact_groups/ann?order={order}")).status_code == 400


def test_a_seed_gives_groups_whose_members_are_there() -> None:
    box = appliance(seed=7)
    (referrals,) = box.groups.of(GLOBAL)
    assert len(referrals.members) == 4
    for user in box.users:
        (daily,) = box.groups.of(user.username)
        assert {member.owner for member in daily.members} == {user.username, GLOBAL}
        assert all(member in box.contacts for member in daily.members)
    assert appliance(seed=7).groups.of(GLOBAL) == (referrals,)
    assert appliance().groups.of(GLOBAL) == ()
