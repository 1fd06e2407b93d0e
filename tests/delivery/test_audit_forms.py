"""Each action that the log may have, in the forms that others read: valid, whatever its end."""

import ast
import json
import re
from itertools import cycle
from pathlib import Path

from fhir.resources.R4B.auditevent import AuditEvent

import ffgateway
from ffgateway.delivery import fhir_audit, ocsf
from ffgateway.domain.audit import AuditEntry, Kind, Outcome
from ffgateway.domain.events import EventType
from ffgateway.domain.faxes import FaxStatus
from ffgateway.domain.sealing import Leaf
from tests.support.audit_forms import follows_basic_pattern, is_ocsf
from tests.support.clock import NOON

ACTION = re.compile("[a-z_0-9]+\\.[a-z_]+")
LEAF = Leaf(index=3, number=4, hash=bytes(32), salt=None)
DETAIL = {"changed": {"name": {"before": None, "after": "Żółć"}, "password": {"secret": True}}}


def actions() -> set[str]:
    """Every word of that form in the services: each action is among them."""
    found = {one.value for one in EventType} | {f"fax.{one.value}" for one in FaxStatus}
    for file in (Path(ffgateway.__file__).parent / "services").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and ACTION.fullmatch(text):
                found.add(text)
    return found


def entries() -> list[AuditEntry]:
    """A row of each action: those of calls with each end, with and without what may be missing."""
    ends, whose = cycle(Outcome), cycle([("key_a", "Ann", "192.0.2.7"), ("", "", "2001:db8::7")])
    rows = []
    for action in sorted(actions()):
        for kind in Kind:
            who, name, address = next(whose)
            rows.append(
                AuditEntry(
                    at=NOON,
                    principal_id=who,
                    principal_name=name,
                    action=action,
                    resource="fax_x" if who else "",
                    outcome=Outcome.DONE if kind is Kind.CALL else next(ends),
                    kind=kind,
                    operation="rest:x" if who else "",
                    request_id="r" if who else "",
                    address=address if kind is Kind.CALL else "",
                    detail=DETAIL,
                    number=4,
                )
            )
    return rows


def test_each_action_is_a_valid_event_of_ocsf() -> None:
    rows = entries()
    assert len(rows) > 300
    for row in rows:
        is_ocsf(ocsf.event(LEAF, row, origin="log"))


def test_each_action_is_a_valid_resource_of_fhir() -> None:
    claimed = set()
    for row in entries():
        told = fhir_audit.resource(LEAF, row, origin="log")
        AuditEvent.model_validate_json(json.dumps(told))
        if "meta" in told:
            follows_basic_pattern(told)
            claimed.add(told["action"])
    assert claimed == set("RCUD")
