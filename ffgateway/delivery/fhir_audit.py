"""The audit log for health records: FHIR R4 AuditEvent, after IHE's Basic Audit Log Patterns (BALP 1.1).

A fax that was delivered is a disclosure at its source: from this gateway to the number it was sent
to, released by whose key it was. The gateway knows no patient, so that entity, which BALP's profile
calls for, is not there and the profile is not claimed; whoever knows the patient adds it. Calls
that read, create, update or delete with success are BALP's basic patterns. The rest is plain FHIR.
"""

from dataclasses import dataclass
from typing import Any, Final

from ffgateway.delivery.ocsf import CREATE, DELETE, READ, UPDATE, doing
from ffgateway.domain.audit import AuditEntry, Kind, Outcome, moment
from ffgateway.domain.faxes import Fax
from ffgateway.domain.sealing import Leaf

BALP: Final = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
HL7: Final = "http://terminology.hl7.org/CodeSystem/"
SNOMED: Final = "http://snomed.info/sct"
ENTITY_TYPES: Final = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"

SOURCE: Final = (DCM, "110153", "Source Role ID")
DESTINATION: Final = (DCM, "110152", "Destination Role ID")
APPLICATION: Final = (DCM, "110150", "Application")
HOLDER: Final = (f"{HL7}provenance-participant-type", "custodian", "Custodian")
CUSTODIAN: Final = (SNOMED, "159541003", "Record keeping/library clerk")
USER: Final = (f"{HL7}v3-ParticipationType", "IRCP", "information recipient")
AUTHOR: Final = (f"{HL7}v3-ParticipationType", "AUT", "author (originator)")

ADDRESS, TELEPHONE, URI = "2", "3", "5"
"""Kinds of network addresses (network-type)."""

OUTCOMES: Final = {Outcome.DENIED: "4", Outcome.FAILED: "8"}
"""Of audit-event-outcome; anything else is 0, success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """A basic pattern: who plays which part between client and server."""

    profile: str
    interaction: str
    action: str
    client: tuple[str, str, str]
    server: tuple[str, str, str]
    user: tuple[str, str, str]


PATTERNS: Final = {
    READ: _Pattern(profile="Read", interaction="read", action="R",
        client=DESTINATION, server=SOURCE, user=USER),
    CREATE: _Pattern(profile="Create", interaction="create", action="C",
        client=SOURCE, server=DESTINATION, user=AUTHOR),
    UPDATE: _Pattern(profile="Update", interaction="update", action="U",
        client=SOURCE, server=DESTINATION, user=AUTHOR),
    DELETE: _Pattern(profile="Delete", interaction="delete", action="D",
        client=APPLICATION, server=HOLDER, user=AUTHOR),
}  # fmt: skip

DISCLOSURES: Final = frozenset({"fax.delivered"})
"""Rows that tell of a fax sent."""


def resource(
    leaf: Leaf, entry: AuditEntry, *, origin: str, fax: Fax | None = None
) -> dict[str, Any]:
    """A row as an AuditEvent. `fax` is the one that a disclosure tells of."""
    if entry.action in DISCLOSURES and fax is not None:
        told = _disclosure(entry, fax, origin)
    elif entry.action == "key.refused":
        told = _refusal(entry, origin)
    elif entry.kind is Kind.CALL and doing(entry.action) in PATTERNS:
        told = _interaction(entry, PATTERNS[doing(entry.action)], origin)
    else:
        told = _activity(entry, origin)
    return {
        "resourceType": "AuditEvent",
        "id": f"leaf-{leaf.index}",
        **told,
        "recorded": moment(entry.at),
        "outcome": OUTCOMES.get(entry.outcome, "0"),
        "outcomeDesc": f"{entry.action}: {entry.outcome.value}",
        "source": {
            "site": origin,
            "observer": {"display": origin},
            "type": [_coding((f"{HL7}security-source-type", "4", "Application Server"))],
        },
    }


def _disclosure(entry: AuditEntry, fax: Fax, origin: str) -> dict[str, Any]:
    to = fax.recipient
    where = ", ".join(filter(None, (to.name, to.organization))) or fax.number
    return {
        "type": _coding((DCM, "110106", "Export")),
        "subtype": [
            _coding((f"{HL7}iso-21089-lifecycle", "disclose", "Disclose Record Lifecycle Event"))
        ],
        "action": "R",
        "agent": [
            _agent(SOURCE, {"display": origin}, network=(origin, URI)),
            _agent(DESTINATION, {"display": where}, network=(fax.number, TELEPHONE)),
            _agent(CUSTODIAN, _known(fax.created_by or fax.username or origin), requestor=True),
        ],
        "entity": [
            *([_document(one.name, one.sha256 or one.url) for one in fax.documents]),
            _entity(entry.resource, role=("20", "Job")),
        ],
    }


def _interaction(entry: AuditEntry, pattern: _Pattern, origin: str) -> dict[str, Any]:
    client = (entry.address or "unknown", ADDRESS)
    well = entry.outcome not in OUTCOMES
    told: dict[str, Any] = {"meta": {"profile": [BALP + pattern.profile]}} if well else {}
    data = _entity(entry.resource or entry.action, role=("4", "Domain Resource"))
    return told | {
        "type": _coding((f"{HL7}audit-event-type", "rest", "Restful Operation")),
        "subtype": [
            _coding(
                (
                    "http://hl7.org/fhir/restful-interaction",
                    pattern.interaction,
                    pattern.interaction,
                )
            )
        ],
        "action": pattern.action,
        "agent": [
            _agent(pattern.client, {"display": entry.address or "unknown"}, network=client),
            _agent(pattern.server, {"display": origin}, network=(origin, URI)),
            _user(entry, pattern.user),
        ],
        "entity": [data, *_transaction(entry)],
    }


def _refusal(entry: AuditEntry, origin: str) -> dict[str, Any]:
    client = (entry.address or "unknown", ADDRESS)
    return {
        "type": _coding((DCM, "110114", "User Authentication")),
        "subtype": [_coding((DCM, "110122", "Login"))],
        "action": "E",
        "agent": [
            _agent(SOURCE, {"display": entry.address or "unknown"}, network=client, requestor=True),
            _agent(DESTINATION, {"display": origin}, network=(origin, URI)),
        ],
    }


def _activity(entry: AuditEntry, origin: str) -> dict[str, Any]:
    entities = [_entity(entry.resource, role=("20", "Job"))] if entry.resource else []
    more = [*entities, *_transaction(entry)]
    return {
        "type": _coding((DCM, "110100", "Application Activity")),
        "action": "E",
        "agent": [
            _agent(APPLICATION, {"display": origin}, network=(origin, URI)),
            _user(entry, AUTHOR),
        ],
        **({"entity": more} if more else {}),
    }


def _user(entry: AuditEntry, part: tuple[str, str, str]) -> dict[str, Any]:
    who = _known(entry.principal_id or "unknown")
    agent = _agent(part, who, requestor=True)
    return agent | ({"name": entry.principal_name} if entry.principal_name else {})


def _agent(
    part: tuple[str, str, str],
    who: dict[str, Any],
    *,
    network: tuple[str, str] | None = None,
    requestor: bool = False,
) -> dict[str, Any]:
    agent: dict[str, Any] = {"type": {"coding": [_coding(part)]}, "who": who}
    agent["requestor"] = requestor
    if network is not None:
        agent["network"] = {"address": network[0], "type": network[1]}
    return agent


def _document(name: str, identity: str) -> dict[str, Any]:
    one = _entity(identity or "unknown", role=("3", "Report"))
    return one | ({"name": name} if name else {})


def _entity(identity: str, *, role: tuple[str, str]) -> dict[str, Any]:
    return {
        "what": _known(identity),
        "type": _coding((f"{HL7}audit-entity-type", "2", "System Object")),
        "role": _coding((f"{HL7}object-role", *role)),
    }


def _transaction(entry: AuditEntry) -> list[dict[str, Any]]:
    if not entry.request_id:
        return []
    code = {"system": ENTITY_TYPES, "code": "XrequestId"}
    return [{"what": _known(entry.request_id), "type": code}]


def _known(value: str) -> dict[str, Any]:
    return {"identifier": {"value": value}}


def _coding(one: tuple[str, str, str]) -> dict[str, Any]:
    system, code, display = one
    return {"system": system, "code": code, "display": display}
