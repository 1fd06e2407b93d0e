"""Contacts and groups out of CSV files: every row read and checked before anything is sent.

A contact's record has the vendor's four fields: name, fax, organization, phone. A first row that
names them may put them in any order; without one they stand in that order. A row of a group names
one member or several, `;` between them, by the name or the number of a contact. Everything that is
wrong is told at once, each flaw with its line and column.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ffgateway.cli.output import Trouble
from ffgateway.domain.faxes import dialled
from ffgateway.domain.groups import MOST_MEMBERS

LONGEST: Final = 200
"""Characters of a field, as the gateway has it."""

MOST_TOLD: Final = 20
"""Flaws that are told; a file of the wrong kind has one in each row."""

_CONTROL: Final = re.compile("[\x00-\x1f\x7f\ufffe\uffff]")

CONTACT_COLUMNS: Final = ("name", "fax", "organization", "phone")
GROUP_COLUMNS: Final = ("group", "description", "members")

_SPELLINGS: Final = {
    "name": "name",
    "full name": "name",
    "contact": "name",
    "fax": "fax",
    "fax number": "fax",
    "organization": "organization",
    "organisation": "organization",
    "company": "organization",
    "phone": "phone",
    "phone number": "phone",
}
_GROUP_SPELLINGS: Final = {
    "group": "group",
    "group name": "group",
    "name": "group",
    "description": "description",
    "member": "members",
    "members": "members",
    "contact": "members",
    "contacts": "members",
}
"""What a first row may call the columns, in any case, with blanks, hyphens or underscores."""

_TELLING: Final = frozenset({"fax", "fax number", "group", "group name"})
"""A number has digits, and few groups are called so: one of these makes a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """A contact as its file has it; "" where it says nothing."""

    name: str
    fax: str
    organization: str = ""
    phone: str = ""
    line: int = field(default=0, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same contact: its name, and the digits of its number."""
        return self.name, dialled(self.fax)


@dataclass(slots=True, kw_only=True)
class GroupRow:
    """A group, put together from all of its rows. `members` are contacts of the other file."""

    name: str
    description: str = ""
    members: list[ContactRow] = field(default_factory=list)


class Flaws:
    """What is wrong with a file, collected as it is read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._told: list[str] = []

    def add(self, line: int, column: str, wrong: str) -> None:
        """Put down a flaw; `column` is "" for one of the whole line."""
        where = f"line {line}, {column}" if column else f"line {line}"
        self._told.append(f"{self._file}: {where}: {wrong}")

    def settle(self) -> None:
        """Raise `Trouble` that tells all of them, if there are any."""
        if not self._told:
            return
        more = len(self._told) - MOST_TOLD
        told = self._told[:MOST_TOLD] + ([f"and {more} more"] if more > 0 else [])
        raise Trouble("nothing was sent\n" + "\n".join(told))


def read_contacts(file: Path) -> tuple[ContactRow, ...]:
    """Read a file of contacts, each once, in the order of the file. Raises `Trouble`."""
    flaws = Flaws(file)
    found: dict[tuple[str, str], ContactRow] = {}
    for line, cells in _rows(file, CONTACT_COLUMNS, _SPELLINGS, flaws):
        row = ContactRow(
            name=cells["name"],
            fax=cells["fax"],
            organization=cells["organization"],
            phone=cells["phone"],
            line=line,
        )
        if not row.name:
            flaws.add(line, "name", "is empty")
        if not row.fax:
            flaws.add(line, "fax", "is empty")
        elif not dialled(row.fax):
            flaws.add(line, "fax", f"{row.fax!r} has no digit")
        known = found.setdefault(row.key, row)
        if known != row and row.name and row.fax:
            flaws.add(line, "", f"is the contact of line {known.line} with other fields")
    flaws.settle()
    if not found:
        raise Trouble(f"nothing was sent\n{file}: has no contacts")
    return tuple(found.values())


def read_groups(file: Path, contacts: Sequence[ContactRow]) -> tuple[GroupRow, ...]:
    """Read a file of groups, whose members must be among `contacts`. Raises `Trouble`."""
    flaws = Flaws(file)
    find = _finder(contacts)
    found: dict[str, GroupRow] = {}
    for line, cells in _rows(file, GROUP_COLUMNS, _GROUP_SPELLINGS, flaws):
        if not cells["group"]:
            flaws.add(line, "group", "is empty")
            continue
        group = found.setdefault(cells["group"], GroupRow(name=cells["group"]))
        if cells["description"] and group.description not in {"", cells["description"]}:
            flaws.add(line, "description", "is another one than on a line before")
        group.description = group.description or cells["description"]
        for word in filter(None, (one.strip() for one in cells["members"].split(";"))):
            member = find(word)
            if isinstance(member, str):
                flaws.add(line, "members", member)
            elif member not in group.members:
                group.members.append(member)
        if len(group.members) > MOST_MEMBERS:
            flaws.add(line, "members", f"there are more than {MOST_MEMBERS}")
            break
    flaws.settle()
    return tuple(found.values())


def _finder(contacts: Sequence[ContactRow]) -> Callable[[str], ContactRow | str]:
    """Make a look-up by name, else by number; a text in place of a contact says what is wrong."""
    named: dict[str, list[ContactRow]] = {}
    numbered: dict[str, list[ContactRow]] = {}
    for one in contacts:
        named.setdefault(one.name, []).append(one)
        numbered.setdefault(dialled(one.fax), []).append(one)

    def find(word: str) -> ContactRow | str:
        several = named.get(word) or numbered.get(dialled(word), [])
        if len(several) == 1:
            return several[0]
        if not several:
            return f"{word!r} is no contact of the other file"
        lines = ", ".join(str(one.line) for one in several)
        return f"{word!r} could be any of the contacts on lines {lines}"

    return find


def _rows(
    file: Path, columns: Sequence[str], spellings: dict[str, str], flaws: Flaws
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield every row that is not empty, with its line and each column's text, "" for none."""
    reader = csv.reader(io.StringIO(_text(file), newline=""), skipinitialspace=True, strict=True)
    order: Sequence[str] = columns
    first = True
    try:
        for cells in reader:
            texts = [cell.strip() for cell in cells]
            if not any(texts):
                continue
            if first and _is_heading(texts, spellings):
                order = _ordered(texts, columns, spellings, reader.line_num, flaws)
            elif len(texts) > len(order):
                flaws.add(reader.line_num, "", f"has {len(texts)} columns, not {len(order)}")
            else:
                yield reader.line_num, _checked(texts, order, columns, reader.line_num, flaws)
            first = False
    except csv.Error as wrong:
        flaws.add(reader.line_num, "", f"is not CSV: {wrong}")


def _is_heading(texts: Sequence[str], spellings: dict[str, str]) -> bool:
    """Two names of columns make a heading, or one that no row has in that place."""
    known = [text for text in map(_spelt, texts) if text in spellings]
    return len(known) > 1 or not _TELLING.isdisjoint(known)


def _spelt(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()


def _ordered(
    texts: Sequence[str],
    columns: Sequence[str],
    spellings: dict[str, str],
    line: int,
    flaws: Flaws,
) -> list[str]:
    order = [spellings.get(_spelt(text), "") for text in texts]
    for number, (text, name) in enumerate(zip(texts, order, strict=True)):
        if not name:
            flaws.add(line, f"column {number + 1}", f"{text!r} is none of {', '.join(columns)}")
        elif name in order[:number]:
            flaws.add(line, f"column {number + 1}", f"{name} is there twice")
    if columns[0] not in order:
        flaws.add(line, "", f"there is no column {columns[0]}")
    return order


def _checked(
    texts: Sequence[str], order: Sequence[str], columns: Sequence[str], line: int, flaws: Flaws
) -> dict[str, str]:
    cells = dict.fromkeys(columns, "")
    for name, text in zip(order, texts, strict=False):
        if len(text) > LONGEST and name != "members":
            flaws.add(line, name, f"has {len(text)} characters, more than {LONGEST}")
        elif _CONTROL.search(text):
            flaws.add(line, name, "has control characters or line ends")
        elif name:
            cells[name] = text
    return cells


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as strange:
        line = strange.object[: strange.start].count(b"\n") + 1
        raise Trouble(f"nothing was sent\n{file}: line {line}: is not UTF-8") from None
    except OSError as gone:
        raise Trouble(f"{file} cannot be read: {gone.strerror}") from gone
