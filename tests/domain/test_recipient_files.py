"""Recipients from CSV: all of them, or every reason why not."""

import pytest

from ffgateway.domain.recipient_files import MOST_FLAWS, read


def test_a_file_is_read_by_the_names_in_its_first_row() -> None:
    found = read(
        b"name,fax_number,client_reference\r\n"
        b'"Example, Ada",+1 612-555-0100,PO-1\r\n'
        b"\r\n"
        b"Bea,612-555-0101,\r\n"
    )
    assert found.flaws == ()
    ada, bea = found.addressees
    assert (ada.recipient.name, ada.recipient.fax_number) == ("Example, Ada", "+1 612-555-0100")
    assert (ada.client_reference, bea.client_reference, bea.subject) == ("PO-1", "", None)


@pytest.mark.parametrize(
    "content",
    [
        "fax_number;name\n5550100;Zoë\n".encode("utf-8-sig"),
        "fax_number,name\n5550100,Zoë\n".encode(),
        'FAX_NUMBER , Name\n5550100," Zoë "'.encode(),
    ],
    ids=["semicolons and a byte order mark", "commas", "capitals and spaces"],
)
def test_what_spreadsheets_write_is_read(content: bytes) -> None:
    (one,) = read(content).addressees
    assert (one.recipient.fax_number, one.recipient.name) == ("5550100", "Zoë")


def test_cover_texts_may_have_several_lines() -> None:
    (one,) = read(b'fax_number,subject,comments\n5550100,Recall,"a\nb"\n').addressees
    assert (one.subject, one.comments) == ("Recall", "a\nb")


def test_every_bad_row_is_told_with_its_row_and_column() -> None:
    found = read(b"fax_number,name\n5550100,Ada\n5.55E+09,Bea\n5550102\n5550103,\x01\n,Eve\n")
    assert found.addressees == ()
    assert [flaw.field for flaw in found.flaws] == [
        "recipients row 3, fax_number",
        "recipients row 4",
        "recipients row 5, name",
        "recipients row 6, fax_number",
    ]
    assert "'5.55E+09' cannot be dialled" in found.flaws[0].message


def test_of_very_many_flaws_some_are_told_and_all_are_counted() -> None:
    found = read(b"fax_number\n" + b"no\n" * 5000)
    assert (len(found.flaws), found.flawed, found.addressees) == (MOST_FLAWS, 5000, ())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Row 1 names no fax_number"),
        (b"fax_number\n", "no recipients"),
        (b"number\n5550100\n", "names a column 'number'"),
        (b"fax_number,fax_number\n1,2\n", "twice"),
        (b"name\nAda\n", "names no fax_number"),
        (b"fax_number\n5550100\n\xff\n", "Line 3 is not UTF-8"),
        (b'fax_number,name\n5550100,"Ada\n', "Row 2 is not CSV"),
        (b"fax_number\n" + b"5550100\n" * 20_001, "has 20001 recipients"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, reason: str) -> None:
    found = read(content)
    assert found.addressees == ()
    assert reason in found.flaws[0].message
