"""The audit log for spreadsheets: CSV (RFC 4180), one row a line.

A text that a spreadsheet would take for a formula begins with an apostrophe, and a line end within
one is written as two characters. So the file is for reading; what proves the log is NDJSON.
"""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

from ffgateway.audit_verify import canonical
from ffgateway.domain.audit import AuditEntry, record
from ffgateway.domain.sealing import Leaf

COLUMNS: Final = (
    *("leaf", "leaf_hash", "salt", "number", "at", "kind", "operation", "principal_id"),
    *("principal_name", "action", "resource", "outcome", "request_id", "address", "detail"),
)
"""Its first row."""

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a formula begins with, in one spreadsheet or another."""


def head() -> str:
    """The first row."""
    return _written(COLUMNS)


def row(leaf: Leaf, entry: AuditEntry) -> str:
    """A row of the log."""
    told = record(entry)
    told["detail"] = canonical(told["detail"])
    proof = [leaf.index, leaf.hash.hex(), "" if leaf.salt is None else leaf.salt.hex()]
    return _written([*proof, *(safe(told[name]) for name in COLUMNS[3:])])


def safe(value: Any) -> str:
    """A cell that no spreadsheet works out, on one line."""
    text = str(value)
    guarded = f"'{text}" if text.startswith(FORMULA) else text
    return guarded.replace("\r", "\\r").replace("\n", "\\n")


def _written(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
