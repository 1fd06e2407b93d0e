"""Users and contacts on the wire: what is read, what is written, and what neither can be."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.groups import Place
from ffgateway.ffws.people import (
    Contact,
    User,
    given_in,
    read_contact,
    read_contact_request,
    read_contacts,
    read_user,
    read_user_request,
    write_contact,
    write_contacts,
    write_user,
    write_user_answer,
)
from tests.ffws.disorder import shuffled, with_strangers
from tests.ffws.samples import sample
from tests.ffws.strategies import numbers, texts

BASE = "https://dot10"
properties = settings(max_examples=30, deadline=None)

users = st.builds(
    User,
    username=st.from_regex(r"[A-Za-z0-9]{1,20}", fullmatch=True),
    name=texts,
    email_address=texts,
    phone_number=texts,
    fax_number=texts,
    organization=texts,
    priority=st.none() | numbers,
    max_attempts=st.none() | numbers,
    interval=st.none() | numbers,
    receipt=texts,
    receipt_attachment=texts,
)
contacts = st.builds(
    Contact,
    name=texts,
    fax_number=texts,
    phone_number=texts,
    organization=texts,
    place=st.builds(Place, texts.filter(bool), numbers),
)


@given(user=users, order=st.randoms(use_true_random=False))
@properties
def test_a_user_survives_the_wire_in_any_order(user: User, order: random.Random) -> None:
    assert (
        read_user(with_strangers(shuffled(write_user_answer(user, base_url=BASE), order))) == user
    )
    request = replace(user, password="s3cret")
    assert read_user_request(shuffled(write_user(request), order)) == request


@given(found=st.lists(contacts, max_size=3))
@properties
def test_contacts_survive_the_wire(found: list[Contact]) -> None:
    assert read_contacts(write_contacts(found, base_url=BASE)) == tuple(found)


@given(contact=contacts, order=st.randoms(use_true_random=False))
@properties
def test_a_contact_goes_out_without_its_place(contact: Contact, order: random.Random) -> None:
    written = write_contact(contact)
    assert read_contact_request(with_strangers(shuffled(written, order))) == replace(
        contact, place=None
    )


ANN = User(username="ann", name="Ann", password="geheim42")


def test_a_password_goes_out_to_the_appliance_and_nowhere_else() -> None:
    assert b"geheim42" in write_user(ANN)
    assert b"geheim42" not in write_user_answer(ANN, base_url=BASE)
    assert "geheim42" not in repr(ANN)


def test_an_empty_password_is_left_out_so_that_the_old_one_stays() -> None:
    assert "password" not in given_in(write_user(replace(ANN, password="")), "user")


def test_a_record_of_older_firmware_has_no_settings_for_sending() -> None:
    document = b"""<response><message>Success</message><user>
      <user_url>https://192.168.2.1/ffws/v1/users/admin</user_url>
      <name>Administrator</name><username>admin</username><email_address/>
      <phone_number>763-555-0100</phone_number><fax_number/><organization>IT</organization>
    </user></response>"""
    user = read_user(document)
    assert (user.username, user.priority, user.interval, user.receipt) == ("admin", None, None, "")


def test_lines_broken_inside_a_url_are_put_together() -> None:
    document = b"""<response><message>Success</message><contact>
      <contact_url>https://192.168.2.1/ffws/v1/
        contacts/global_contact_list/3</contact_url>
      <name>Ada</name><fax_number>555-0100</fax_number></contact></response>"""
    assert read_contact(document).place == Place("global_contact_list", 3)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (b"<response><message>Success</message></response>", "user"),
        (b"<user><username>ann</username></user>", "response"),
        (b"<response><user><priority>high</priority></user></response>", "priority"),
    ],
)
def test_what_is_no_user_is_an_error_that_says_where(document: bytes, complaint: str) -> None:
    with pytest.raises(MalformedDocument, match=complaint):
        read_user(document)


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (b"<response><message>Success</message></response>", "contact"),
        (b"<response><contact><name>Ada</name></contact></response>", "contact_url"),
        (
            b"<response><contact><contact_url>https://x/users/a/1</contact_url></contact></response>",
            "contact_url",
        ),
        (
            b"<response><contact><contact_url>x/contacts/a/b</contact_url></contact></response>",
            "url",
        ),
    ],
)
def test_what_is_no_contact_is_an_error_that_says_where(document: bytes, complaint: str) -> None:
    with pytest.raises(MalformedDocument, match=complaint):
        read_contact(document)


@pytest.mark.parametrize("document", [b"<contact/>", b"<response/>", b"no XML", b""])
def test_a_request_for_a_user_has_a_user_in_it(document: bytes) -> None:
    with pytest.raises(MalformedDocument):
        read_user_request(document)


def test_a_user_of_older_firmware_has_seven_elements() -> None:
    user = read_user(sample("ffx30-2/user.get.seven.200"))
    assert (user.username, user.name, user.organization) == ("user1", "User One", "User Org")
    assert (user.priority, user.max_attempts, user.interval, user.receipt) == (None, None, None, "")


def test_a_user_just_added_is_read() -> None:
    user = read_user(sample("ff240-3.0.4/user.add.created.200"))
    assert (user.max_attempts, user.interval, user.receipt) == (2, 600, "never")
    assert user.password == ""


@pytest.mark.parametrize("name", ["contact.list.one.200", "contact.add.created.200"])
def test_a_contact_of_the_guide_is_read(name: str) -> None:
    (contact,) = read_contacts(sample(f"ff240-3.0.4/{name}"))
    assert (contact.name, contact.fax_number) == ("Contact 1", "218-555-3345")
    assert contact.place == Place("admin", 1)
