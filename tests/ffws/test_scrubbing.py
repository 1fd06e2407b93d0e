"""Samples fit to show: what is told of people and machines does not survive, the form does."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.ffws.faxes import read_fax_entries
from ffgateway.ffws.lossless import to_json
from ffgateway.ffws.people import read_contacts
from ffgateway.ffws.scrubbing import Scrubber
from tests.ffws.samples import names, sample

CANARIES = [
    "Ada Lovelace",
    "Saint Canary Hospital",
    "ada",
    "canary@clinic.example.org",
    "+1 (312) 867-5309",
    "8675309",
    "hunter2",
    "0042",
    "SN17A99-CANARY",
    "00:08:00:AA:BB:CC",
    "10.11.12.13",
    r"\\files.clinic.example\faxes",
    "ldap://10.1.1.1/x",
    "https://fax.clinic.example/ffws/v1/contacts/ada/3?token=hunter2",
    "sent to Ada",
    "2026-11-23",
]
WHERE = [
    "name",
    "username",
    "password",
    "fax_number",
    "state",
    "message",
    "url",
    "priority",
    "created",
    "model",
    "serial_number",
    "firmware_version",
    "who_knows_what",
]


def wrapped(name: str, text: str) -> bytes:
    said = text.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<response a="{said}"><message>Success</message><!-- {said} --><thing><{name}>{said}'
        f"</{name}>{said}<{name} b='x'>\n {said}\n</{name}></thing></response>"
    ).encode()


A_COUNT = ("priority", "0042")  # where counts stand a number is one


@pytest.mark.parametrize(
    ("name", "canary"), sorted({*product(WHERE, CANARIES)} - {A_COUNT}), ids=str
)
def test_no_canary_survives_wherever_it_sits(name: str, canary: str) -> None:
    assert canary.encode() not in Scrubber().scrub(wrapped(name, canary))


@pytest.mark.parametrize("part", ["fax.clinic.example", "ada", "hunter2", "token", "ward%203"])
def test_of_an_address_only_the_form_is_left(part: str) -> None:
    url = "https://ada:hunter2@fax.clinic.example:8443/ffws/v1/contacts/ada/3/ward%203?token=1#x"
    clean = Scrubber().scrub(wrapped("contact_url", url)).decode()
    assert part not in clean
    assert "https://192.0.2.10/ffws/v1/contacts/" in clean


@given(
    st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=6, max_size=20).filter(
        lambda text: not text.isdecimal()
    ),
    st.sampled_from(WHERE),
)
def test_no_word_that_is_not_the_wires_own_survives(word: str, name: str) -> None:
    canary = f"q{word}"
    assert canary.encode() not in Scrubber().scrub(wrapped(name, canary))


def test_the_same_is_the_same_again_in_every_sample() -> None:
    scrubber = Scrubber()
    user = b"<response><user><username>ada</username><fax_number>312 867-5309</fax_number></user>"
    contact = (
        b"<response><contact><contact_url>https://box/ffws/v1/contacts/ada/7</contact_url>"
        b"<fax_number>(312)8675309</fax_number><name>Ada</name></contact></response>"
    )
    first = to_json(scrubber.scrub(user + b"</response>"))["children"][0]["children"]
    (person,) = read_contacts(scrubber.scrub(contact))
    assert person.place is not None
    assert person.place.owner == first[0]["text"] == "user-1"
    assert person.place.id == 7
    assert person.fax_number == first[1]["text"] == "555-0101"
    assert person.name == "Name 1"


def test_different_things_stay_different() -> None:
    scrubber, texts = Scrubber(), [f"Person {n}" for n in range(300)]
    clean = [scrubber.scrub(wrapped("name", text)) for text in texts]
    assert len(set(clean)) == 300


@pytest.mark.parametrize("name", [each for each in names() if "fax." in each and ".200." in each])
def test_a_scrubbed_entry_is_an_entry_still(name: str) -> None:
    before = read_fax_entries(sample(name.removesuffix(".xml")))
    after = read_fax_entries(Scrubber().scrub(sample(name.removesuffix(".xml"))))
    for old, new in zip(before, after, strict=True):
        assert (new.fax_key, new.entry_key, new.state) == (old.fax_key, old.entry_key, old.state)
        assert (new.created, new.pages, new.priority) == (old.created, old.pages, old.priority)
        assert new.recipient.fax_number != old.recipient.fax_number
        assert re.fullmatch("555-[0-9]{4}", new.recipient.fax_number)
        assert "example.com" not in new.sender.name


def test_what_is_empty_stays_empty() -> None:
    assert to_json(Scrubber().scrub(b"<a> <b/>\n</a>")) == to_json(b"<a> <b/>\n</a>")
