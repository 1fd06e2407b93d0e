"""Contact groups: what is read, what is written, and what neither can be."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ffgateway.ffws.errors import MalformedDocument, UnwritableText
from ffgateway.ffws.groups import (
    ContactGroup,
    Place,
    place_in,
    read_contact_group,
    read_contact_groups,
    write_contact_group,
    write_contact_groups,
)
from tests.ffws.disorder import shuffled, with_strangers
from tests.ffws.samples import sample
from tests.ffws.strategies import numbers, texts

BASE = "https://dot10"
properties = settings(max_examples=30, deadline=None)

places = st.builds(Place, texts.filter(bool), numbers)
groups = st.builds(
    ContactGroup,
    name=texts,
    description=texts,
    members=st.lists(places, max_size=3).map(tuple),
    place=places,
)


@given(found=st.lists(groups, max_size=3))
@properties
def test_groups_survive_the_wire(found: list[ContactGroup]) -> None:
    assert read_contact_groups(write_contact_groups(found, base_url=BASE)) == tuple(found)


@given(group=groups, order=st.randoms(use_true_random=False))
@properties
def test_a_request_is_read_in_any_order_and_past_strangers(
    group: ContactGroup, order: random.Random
) -> None:
    written = write_contact_group(group, base_url=BASE)
    assert read_contact_group(with_strangers(shuffled(written, order))) == group


@pytest.mark.parametrize(
    ("name", "place", "members"),
    [
        (
            "ff240-3.0.4/group.list.members.200",
            Place("admin", 1),
            (
                Place("admin", 1),
                Place("admin", 2),
                Place("global_contact_list", 3),
                Place("global_contact_list", 4),
            ),
        ),
        (
            "ff240ip-2/group.list.broken-lines.200",
            Place("admin", 1),
            (Place("global_contact_list", 3),),
        ),
    ],
)
def test_a_group_of_the_guide_is_read_and_survives_our_own_writing(
    name: str, place: Place, members: tuple[Place, ...]
) -> None:
    (group,) = read_contact_groups(sample(name))
    assert group == ContactGroup(
        name="Group 1", description="Group 1 Description", members=members, place=place
    )
    assert read_contact_groups(write_contact_groups([group], base_url=BASE)) == (group,)


def test_a_request_may_name_a_group_other_than_its_path() -> None:
    group = read_contact_group(sample("ff240-3.0.4/group.edit.other-id.request"))
    assert (group.place, group.name) == (Place("admin", 4), "Group 6")


def test_a_request_without_a_url_leaves_the_place_to_the_path() -> None:
    written = write_contact_group(ContactGroup(name="Nurses"), base_url=BASE)
    assert b"contact_group_url" not in written
    assert read_contact_group(written).place is None


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://dot10/ffws/v1/contacts/admin/1", Place("admin", 1)),
        ("http://[2001:db8::1]:8080/ffws/v1/contacts/admin/0012/", Place("admin", 12)),
        ("/ffws/v1/contacts/a%2Fb%20c/7", Place("a/b c", 7)),
        ("contacts/\n global_contact_list/\n 3", Place("global_contact_list", 3)),
    ],
)
def test_owner_and_identifier_are_the_end_of_a_url(url: str, place: Place) -> None:
    assert place_in("contacts", url) == place


@pytest.mark.parametrize(
    "url",
    [
        "",
        "1",
        "admin/1",
        "contacts/1",
        "contacts//1",
        "contact_groups/admin/1",
        "https://dot10/ffws/v1/contacts/admin",
        "https://dot10/ffws/v1/contacts/admin/one",
        "https://dot10/ffws/v1/contacts/admin/-1",
        "https://dot10/ffws/v1/contacts/admin/١",
        "https://dot10/ffws/v1/contacts/admin/" + "9" * 40,
    ],
)
def test_a_url_that_names_no_contact_is_not_guessed_at(url: str) -> None:
    with pytest.raises(ValueError, match="does not end in contacts/OWNER/ID"):
        place_in("contacts", url)


def response(payload: str) -> bytes:
    return f"<response><message>Success</message>{payload}</response>".encode()


@pytest.mark.parametrize(
    ("inside", "element"),
    [
        ("<name>x</name>", "contact_group_url"),
        ("<contact_group_url>contacts/admin/1</contact_group_url>", "contact_group_url"),
        (
            "<contact_group_url>contact_groups/admin/1</contact_group_url><contact>x</contact>",
            "contact",
        ),
    ],
)
def test_a_url_that_cannot_be_read_is_named(inside: str, element: str) -> None:
    with pytest.raises(MalformedDocument) as error:
        read_contact_groups(response(f"<contact_group>{inside}</contact_group>"))
    assert error.value.element == f"response/contact_group/{element}"


def test_an_empty_member_is_none() -> None:
    request = b"<contact_group><name>x</name><contact/><contact> </contact></contact_group>"
    assert read_contact_group(request) == ContactGroup(name="x")


@pytest.mark.parametrize("document", [b"", b"<contact/>", b"<response/>", b"<contact_group>"])
def test_a_request_is_a_group(document: bytes) -> None:
    with pytest.raises(MalformedDocument):
        read_contact_group(document)


@pytest.mark.parametrize("owner", ["", "\ud800"])
def test_a_member_nobody_owns_cannot_be_written(owner: str) -> None:
    group = ContactGroup(name="x", members=(Place(owner, 1),))
    with pytest.raises(UnwritableText) as error:
        write_contact_group(group, base_url=BASE)
    assert error.value.element == "contact_group/contact"
