"""CSV files of contacts and groups: what is understood, and how what is wrong is told."""

from pathlib import Path

import pytest

from ffgateway.cli.contact_files import MOST_TOLD, ContactRow, read_contacts, read_groups
from ffgateway.cli.output import Trouble

ANN = ContactRow(name="Ann Lee", fax="555-0101", organization="Ward 3", phone="555-0201")
BEA = ContactRow(name="Bea", fax="+1 312 555 0102")


def written(folder: Path, text: str | bytes, name: str = "contacts.csv") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize(
    "text",
    [
        "Ann Lee,555-0101,Ward 3,555-0201\nBea,+1 312 555 0102\n",
        "name,fax,organization,phone\nAnn Lee,555-0101,Ward 3,555-0201\nBea,+1 312 555 0102,,\n",
        "Fax Number,NAME,Phone_Number,Organisation\r\n555-0101,Ann Lee,555-0201,Ward 3\r\n"
        "+1 312 555 0102,Bea,,\r\n",
        '\ufeff"Name", "Fax", "Company", "Phone"\n\n"Ann Lee",555-0101,"Ward 3",555-0201\n'
        "Bea,+1 312 555 0102\n,,,\n",
    ],
    ids=["no heading", "heading", "another order", "as a spreadsheet writes it"],
)
def test_contacts_are_read_with_and_without_a_heading(tmp_path: Path, text: str) -> None:
    assert read_contacts(written(tmp_path, text)) == (ANN, BEA)


def test_a_contact_that_is_there_twice_is_read_once(tmp_path: Path) -> None:
    file = written(tmp_path, "Bea,+1 312 555 0102\nBea,+1 312 555 0102\n")
    assert read_contacts(file) == (BEA,)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,fax\n,555-0101\n", "line 2, name: is empty"),
        ("name,fax\nAnn,\n", "line 2, fax: is empty"),
        ("Ann,nobody\n", "line 1, fax: 'nobody' has no digit"),
        ("Ann,1\nBea,2,x,y,z\n", "line 2: has 5 columns, not 4"),
        ("name,fax,shoe size\nAnn,1,43\n", "line 1, column 3: 'shoe size' is none of name, fax"),
        ("fax,fax\n1,2\n", "line 1, column 2: fax is there twice"),
        ("fax,phone\n1,2\n", "line 1: there is no column name"),
        (f"{'A' * 201},1\n", "line 1, name: has 201 characters, more than 200"),
        ('"Ann\nLee",1\n', "line 2, name: has control characters or line ends"),
        ('Ann,1\n"Bea,2\n', "is not CSV"),
        ("Ann,1\nBea,2\nAnn, 1 ,Ward 3\n", "line 3: is the contact of line 1 with other fields"),
        (b"Ann,1\nBe\xe9,2\n", "line 2: is not UTF-8"),
        ("\n\n", "has no contacts"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_column(
    tmp_path: Path, text: str | bytes, told: str
) -> None:
    with pytest.raises(Trouble) as trouble:
        read_contacts(written(tmp_path, text))
    assert str(trouble.value).startswith("nothing was sent\n")
    assert told in str(trouble.value)


def test_every_flaw_is_told_at_once_but_not_without_end(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as trouble:
        read_contacts(written(tmp_path, "x,\n" * (MOST_TOLD + 7)))
    lines = str(trouble.value).splitlines()
    assert len(lines) == MOST_TOLD + 2
    assert lines[-1] == "and 7 more"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"nowhere\.csv cannot be read"):
        read_contacts(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    "text",
    [
        "group,description,members\nNurses,All of them,Ann Lee;Bea\n",
        "Nurses,All of them,Ann Lee\nNurses,,Bea\n",
        "Members,Group Name,Description\n555 0101 ; 13125550102,Nurses,All of them\n",
        "Nurses,All of them,Ann Lee;;Ann Lee;\nNurses,All of them,Bea\n",
    ],
    ids=["together", "a row each", "by number", "more than once"],
)
def test_groups_are_put_together_from_their_rows(tmp_path: Path, text: str) -> None:
    (group,) = read_groups(written(tmp_path, text, "groups.csv"), (ANN, BEA))
    assert (group.name, group.description, group.members) == (
        "Nurses",
        "All of them",
        [ANN, BEA],
    )


def test_a_group_may_be_empty(tmp_path: Path) -> None:
    (group,) = read_groups(written(tmp_path, "Nurses\n", "groups.csv"), (ANN,))
    assert (group.name, group.members) == ("Nurses", [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Nurses,,Cid\n", "line 1, members: 'Cid' is no contact of the other file"),
        (",,Bea\n", "line 1, group: is empty"),
        ("Nurses,a,Bea\nNurses,b\n", "line 2, description: is another one"),
        ("Nurses,,Twin\n", "line 1, members: 'Twin' could be any of the contacts on lines 7, 8"),
        ("group,colour\nNurses,red\n", "line 1, column 2: 'colour' is none of group, description"),
    ],
)
def test_what_is_wrong_with_a_group_is_told(tmp_path: Path, text: str, told: str) -> None:
    twins = [ContactRow(name="Twin", fax=fax, line=line) for fax, line in (("3", 7), ("4", 8))]
    with pytest.raises(Trouble) as trouble:
        read_groups(written(tmp_path, text, "groups.csv"), (ANN, BEA, *twins))
    assert told in str(trouble.value)
