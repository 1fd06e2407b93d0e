"""Recipients from a CSV file (RFC 4180): all of them, or every reason why not.

UTF-8, with or without a byte order mark. The first row names the columns. Fields are separated by
commas, or by semicolons when the first row has semicolons and no comma. Rows are counted as a
spreadsheet does: the first row is 1. Empty rows are passed over, and nothing else is.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from ffgateway.domain.batches import MAX_BATCH, Addressee
from ffgateway.domain.dialling import HOW_TO_WRITE, well_written
from ffgateway.domain.faxes import Recipient

COLUMNS = (
    "fax_number",
    "name",
    "organization",
    "phone_number",
    "client_reference",
    "subject",
    "comments",
)
"""What a file may have; `fax_number` it must."""

MOST_FLAWS = 100
"""Flaws that are told at once."""

LONGEST = {"comments": 4000}
USUAL = 200
_CONTROL = re.compile("[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong, and where: `recipients row 7, fax_number`."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file holds. With a flaw there is nothing to send; `flawed` counts those not told, too."""

    addressees: tuple[Addressee, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    flawed: int = 0


def read(content: bytes) -> Reading:
    """Read a file. Takes as long as the file is big: not for an event loop."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        at = content.count(b"\n", 0, wrong.start) + 1
        return _refused(f"Line {at} is not UTF-8. Save the file as CSV in UTF-8.")
    first = text.lstrip("\r\n").partition("\n")[0]
    comma = "," in first or ";" not in first
    rows = csv.reader(StringIO(text, newline=""), delimiter="," if comma else ";", strict=True)
    return _read(_rows(rows))


def _refused(message: str) -> Reading:
    return Reading(flaws=(Flaw("recipients", message),), flawed=1)


class _Broken(Exception):
    """The file ends to be CSV at a row."""


def _rows(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    number = 0
    while True:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as broken:
            raise _Broken(f"Row {number} is not CSV: {broken}.") from None
        if row and row != [""]:
            yield number, row


def _read(rows: Iterator[tuple[int, list[str]]]) -> Reading:
    found: list[Addressee] = []
    flaws: list[Flaw] = []
    flawed = 0
    try:
        _, header = next(rows, (0, []))
        columns = [name.strip().lower() for name in header]
        wrong = _columns(columns)
        if wrong:
            return _refused(wrong)
        for number, row in rows:
            here = list(_row_flaws(number, columns, row))
            flawed += len(here)
            flaws += here[: MOST_FLAWS - len(flaws)]
            if not here:
                found.append(addressee(dict(zip(columns, map(str.strip, row), strict=True))))
    except _Broken as broken:
        return _refused(str(broken))
    if not flawed and not found:
        return _refused("The file has no recipients below its first row.")
    if len(found) > MAX_BATCH:
        return _refused(f"The file has {len(found)} recipients; a batch has at most {MAX_BATCH}.")
    return Reading(addressees=() if flawed else tuple(found), flaws=tuple(flaws), flawed=flawed)


def _columns(columns: list[str]) -> str:
    known = ", ".join(COLUMNS)
    for name in columns:
        if name not in COLUMNS:
            return f"Row 1 names a column {name[:40]!r}; the columns are {known}."
        if columns.count(name) > 1:
            return f"Row 1 names the column {name} twice."
    return "" if "fax_number" in columns else f"Row 1 names no fax_number; the columns are {known}."


def _row_flaws(number: int, columns: list[str], row: list[str]) -> Iterator[Flaw]:
    if len(row) != len(columns):
        yield Flaw(
            f"recipients row {number}",
            f"The row has {len(row)} fields, the first row {len(columns)}."
            " Put a field with a separator in it between double quotes.",
        )
        return
    for column, value in zip(columns, row, strict=True):
        wrong = flaw(column, value.strip())
        if wrong:
            yield Flaw(f"recipients row {number}, {column}", wrong)


def flaw(column: str, value: str) -> str:
    """What is wrong with one field of one recipient; "" for nothing."""
    longest = LONGEST.get(column, USUAL)
    if column == "fax_number" and not well_written(value):
        return f"{value[:40]!r} cannot be dialled. {HOW_TO_WRITE}"
    if len(value) > longest:
        return f"The text has {len(value)} characters; use at most {longest}."
    if (_UNSPEAKABLE if column == "comments" else _CONTROL).search(value):
        return "The text has control characters or line ends."
    return ""


def addressee(fields: dict[str, str]) -> Addressee:
    """A recipient from its fields; a cover text that is empty is that of the whole batch."""
    return Addressee(
        recipient=Recipient(
            fax_number=fields["fax_number"],
            name=fields.get("name", ""),
            organization=fields.get("organization", ""),
            phone_number=fields.get("phone_number", ""),
        ),
        client_reference=fields.get("client_reference", ""),
        subject=fields.get("subject") or None,
        comments=fields.get("comments") or None,
    )
