"""An answer beside the dialect: what is new, what is missing, and what an empty one shows."""

import pytest

from ffgateway.ffws.comparing import EXPECTED, compare, names_in
from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.paths import OPERATIONS
from tests.ffws.samples import names, sample

ANSWERS = [name for name in names() if name.rsplit(".", 2)[1] == "200"]


@pytest.mark.parametrize("name", ANSWERS)
def test_no_sample_has_what_the_dialect_does_not_know(name: str) -> None:
    operation = OPERATIONS[name.split("/")[1].rsplit(".", 3)[0]]
    assert compare(operation, sample(name.removesuffix(".xml"))).unknown == ()


@pytest.mark.parametrize("name", sorted({op.element for op in OPERATIONS.values()} - {""}))
def test_every_payload_is_described(name: str) -> None:
    assert name in EXPECTED or name == "schedule_fax"


ABOUT = OPERATIONS["about.get"]


def test_what_is_new_and_what_is_missing_is_named() -> None:
    found = compare(
        ABOUT,
        b"<response><message/><about><model/><product/><uptime/><mac_address/>"
        b"<firmware_version/><colour><red/></colour></about><more/></response>",
    )
    assert found.found == 1
    assert found.unknown == ("more", "about/colour", "about/colour/red")
    assert found.missing == ("about/serial_number",)


def test_a_payload_under_another_name_is_missing_and_seen() -> None:
    found = compare(ABOUT, b"<response><message/><system><model/></system></response>")
    assert (found.found, found.unknown, found.missing) == (0, ("system",), ("about",))


def test_an_empty_list_misses_nothing() -> None:
    found = compare(OPERATIONS["contact.list"], b"<response><message/></response>")
    assert (found.found, found.unknown, found.missing) == (0, (), ())


def test_what_one_of_a_list_has_is_not_missing() -> None:
    found = compare(
        OPERATIONS["contact.list"],
        b"<response><contact><contact_url/><name/></contact>"
        b"<contact><fax_number/><organization/><phone_number/></contact></response>",
    )
    assert found.missing == ()


@pytest.mark.parametrize(
    ("operation", "document", "places"),
    [
        (
            "fax.list",
            "<fax_entry><fax_entry_url>http://b/ffws/v1/ofax/0000001B/0001</fax_entry_url></fax_entry>",
            {"fax_key": "0000001B", "entry_key": "0001"},
        ),
        (
            "contact.list",
            "<contact><contact_url>/contacts/ada/7</contact_url></contact>",
            {"id": "7"},
        ),
        ("contact.list", "<contact><contact_url>/contacts/ada/..</contact_url></contact>", {}),
        ("contact.list", "", {}),
        ("modem_status.list", "<modem_status><modem_number>2</modem_number></modem_status>",
         {"number": "2"}),
        ("modem_status.list", "<modem_status><modem_number/></modem_status>", {}),
        ("user.get", "<user><username>ada</username></user>", {}),
    ],
)  # fmt: skip
def test_a_list_names_what_can_be_asked_for(
    operation: str, document: str, places: dict[str, str]
) -> None:
    answer = f"<response>{document}</response>".encode()
    assert names_in(OPERATIONS[operation], answer) == places


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(MalformedDocument):
        compare(ABOUT, b"<html/>")
