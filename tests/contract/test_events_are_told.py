"""Every type of event that is published is told by something; nothing is promised that never comes."""

import ast
from pathlib import Path

import pytest

import ffgateway
from ffgateway.domain.events import OF_INBOUND, OF_STATUS, EventType

SOURCE = Path(ffgateway.__file__).parent
TELLING = ("services", "domain")
"""Rooms whose code tells; the others only describe."""

BY_STATUS = {kind.name for table in (OF_STATUS, OF_INBOUND) for kind in table.values()}
"""Told by whoever moves a fax or a call to that status."""

ELSEWHERE: dict[str, str] = {}
"""Types that something other than `EventType.NAME` in these rooms tells, and what."""

WRITTEN = {
    "fax": "accepted held scheduled queued submitted uncertain reconciled sending attempt_failed"
    " retry_scheduled cancel_requested delivered failed cancelled stuck",
    "batch": "accepted completed",
    "inbound": "receiving received failed",
    "device": "online offline degraded draining auth_failed clock_skew config_drifted"
    " unrecognised_state",
    "line": "degraded recovered",
    "webhook": "disabled dead_lettered ping",
    "key": "created revoked",
}
"""Types that users were promised."""


def _named() -> set[str]:
    """The types that code outside of tables and descriptions names."""
    found = set()
    for room in TELLING:
        for file in sorted((SOURCE / room).rglob("*.py")):
            tree = ast.parse(file.read_text())
            parts = [
                node
                for node in tree.body
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                or (isinstance(node, ast.ClassDef) and node.name != "EventType")
            ]
            for node in (each for part in parts for each in ast.walk(part)):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == "EventType"
                ):
                    found.add(node.attr)
    return found


@pytest.mark.parametrize("kind", EventType)
def test_every_type_is_told_by_something(kind: EventType) -> None:
    assert kind.name in _named() | BY_STATUS | set(ELSEWHERE)


@pytest.mark.parametrize("group", WRITTEN)
def test_every_type_that_was_promised_is_there(group: str) -> None:
    promised = {f"{group}.{word}" for word in WRITTEN[group].split()}
    assert promised <= {kind.value for kind in EventType}


def test_no_exception_is_out_of_date() -> None:
    assert set(ELSEWHERE) <= {kind.name for kind in EventType} - _named() - BY_STATUS
