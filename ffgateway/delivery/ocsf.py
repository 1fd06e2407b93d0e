"""The audit log for security operations: events of the Open Cybersecurity Schema Framework.

A wrong key is an Authentication (3002). Everything else, calls of people and acts of the gateway,
is API Activity (6003). What OCSF has no place for is in `unmapped`.
"""

from typing import Any, Final

from ffgateway import __version__
from ffgateway.domain.audit import AuditEntry, Kind, Outcome, record
from ffgateway.domain.sealing import Leaf

VERSION: Final = "1.5.0"
"""The version of the schema; it is in the metadata of every event."""

API_ACTIVITY: Final = 6003
AUTHENTICATION: Final = 3002
OTHER: Final = 99
LOGON: Final = 1

CREATE, READ, UPDATE, DELETE = 1, 2, 3, 4
NAMES: Final = {CREATE: "Create", READ: "Read", UPDATE: "Update", DELETE: "Delete", OTHER: "Other"}

DOING: Final = {
    **dict.fromkeys(("get", "list", "events", "preview", "explain", "view", "log", "prove"), READ),
    **dict.fromkeys(("proof", "receipt", "export", "checkpoints", "consistency", "holds"), READ),
    **dict.fromkeys(
        ("status", "keys", "follow", "contenders", "attempts", "deliveries", "count", "ids"), READ
    ),
    **dict.fromkeys(("create", "add", "send", "register", "resend", "hold", "keep"), CREATE),
    **dict.fromkeys(("update", "edit", "reschedule", "pause", "resume", "rotate", "drain"), UPDATE),
    **dict.fromkeys(("cancel", "abort", "release", "decide", "apply", "handshake"), UPDATE),
    **dict.fromkeys(
        ("remove", "retire", "revoke", "purge", "lift", "discard", "let_go", "delete", "end_key"),
        DELETE,
    ),
}
"""What the last word of an action comes to, as OCSF and FHIR tell acts apart; any other is none of these."""

SEVERITY: Final = {Outcome.DENIED: (3, "Medium"), Outcome.FAILED: (2, "Low")}
INFORMATIONAL: Final = (1, "Informational")


def doing(action: str) -> int:
    """Create, read, update or delete; or something else."""
    return DOING.get(action.rpartition(".")[2], OTHER)


def event(leaf: Leaf, entry: AuditEntry, *, origin: str) -> dict[str, Any]:
    """A row as an event. `origin` is what the log is called."""
    refused = entry.action == "key.refused"
    kind = AUTHENTICATION if refused else API_ACTIVITY
    activity = LOGON if refused else doing(entry.action)
    severity, severity_name = SEVERITY.get(entry.outcome, INFORMATIONAL)
    well = entry.outcome not in SEVERITY
    return {
        "activity_id": activity,
        "activity_name": "Logon" if refused else _activity(entry, activity),
        "category_uid": kind // 1000,
        "category_name": "Identity & Access Management" if refused else "Application Activity",
        "class_uid": kind,
        "class_name": "Authentication" if refused else "API Activity",
        "type_uid": kind * 100 + activity,
        "time": int(entry.at.timestamp() * 1000),
        "severity_id": severity,
        "severity": severity_name,
        "status_id": 1 if well else 2,
        "status": "Success" if well else "Failure",
        "status_detail": entry.outcome.value,
        "message": f"{entry.action} {entry.resource}".rstrip(),
        "metadata": _metadata(leaf, entry),
        "src_endpoint": {"ip": entry.address} if _address(entry) else {"name": origin},
        **(_attempt(entry, origin) if refused else _call(entry)),
        "unmapped": {
            "leaf_hash": leaf.hash.hex(),
            "log": origin,
            "row": record(entry),
        },
    }


def _activity(entry: AuditEntry, activity: int) -> str:
    return entry.action if activity == OTHER else NAMES[activity]


def _address(entry: AuditEntry) -> bool:
    return entry.address.count(".") == 3 or ":" in entry.address


def _metadata(leaf: Leaf, entry: AuditEntry) -> dict[str, Any]:
    told: dict[str, Any] = {
        "version": VERSION,
        "product": {"name": "ffgateway", "vendor_name": "ffgateway", "version": __version__},
        "uid": str(entry.number),
        "sequence": leaf.index,
        "log_name": "audit",
        "event_code": entry.action,
    }
    return told | ({"correlation_uid": entry.request_id} if entry.request_id else {})


def _call(entry: AuditEntry) -> dict[str, Any]:
    api: dict[str, Any] = {"operation": entry.operation or entry.action}
    if entry.request_id:
        api["request"] = {"uid": entry.request_id}
    kind = entry.action.partition(".")[0]
    resources = [{"uid": entry.resource, "type": kind}] if entry.resource else []
    actor = {"app_name": "ffgateway"} if entry.kind is Kind.ACT else {}
    return {"api": api, "actor": {**actor, "user": _user(entry)}, "resources": resources}


def _attempt(entry: AuditEntry, origin: str) -> dict[str, Any]:
    return {"user": _user(entry), "service": {"name": origin}}


def _user(entry: AuditEntry) -> dict[str, Any]:
    name, uid = entry.principal_name or "unknown", entry.principal_id or "unknown"
    account = {"name": name, "uid": uid, "type_id": OTHER, "type": "API key"}
    return {"name": name, "uid": uid, "type_id": OTHER, "type": "API key", "account": account}
