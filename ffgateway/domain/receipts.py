"""A delivery receipt: what became of a fax, what proves it, and how each part is known. Pure.

What it says does not change: it is told as of the fax's end, and of the first checkpoint after it.
Once an appliance shows another end than the one that was decided, it says that besides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ffgateway.audit_verify import Key, canonical
from ffgateway.domain.audit import AuditEntry, AuditFilter, Outcome, moment, record
from ffgateway.domain.devices import Device
from ffgateway.domain.events import Event, EventType
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.faxes import Document, Fax
from ffgateway.domain.sealing import Proof
from ffgateway.receipt_verify import CORRECTED, IMPORTED, KIND

LOOKS: Final = frozenset(
    {"fax.get", "fax.events", "fax.explain", "fax.contenders", "fax.preview", "fax.receipt"}
)
"""Rows of a fax that change nothing of it."""

BY_LOG: Final = frozenset({"fax.given_up", "fax.looked_up"})
"""Rows of an end that was found in the appliance's log, whose form is not public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt, and the signature under it."""

    said: Mapping[str, Any] = field(repr=False)
    signer: Key
    signature: str  # base64

    def told(self) -> dict[str, Any]:
        """All of it, as it is handed out."""
        by = f"{self.signer.name}+{self.signer.id.hex()}"
        signature = {"key": by, "algorithm": "Ed25519", "value": self.signature}
        return {"receipt": dict(self.said), "signature": signature}

    @property
    def text(self) -> str:
        """The same in its one canonical form (RFC 8785)."""
        return canonical(self.told())


MOMENT: Final = timedelta(microseconds=1)
"""The shortest time there is in the log."""


def wanted_of(fax: Fax) -> Iterator[AuditFilter]:
    """Which rows of a fax that has ended to look at for `of_the_end`."""
    if fax.finished_at is not None:
        until = fax.finished_at + MOMENT
        yield AuditFilter(resource=fax.id, since=fax.finished_at, until=until)
    beside = ({IMPORTED} if fax.foreign else set()) | ({CORRECTED} if fax.corrected_as else set())
    if beside:
        yield AuditFilter(resource=fax.id, actions=frozenset(beside))


def of_the_end(fax: Fax, rows: Iterable[AuditEntry]) -> tuple[AuditEntry, ...]:
    """The rows that put the end of a fax on record, and what was shown instead; none if they were purged."""
    done = [row for row in rows if row.outcome is Outcome.DONE and row.action not in LOOKS]
    ends = tuple(row for row in done if row.at == fax.finished_at or row.action == IMPORTED)
    return ends and ends + tuple(row for row in done if row.action == CORRECTED and row not in ends)


def body_of(
    fax: Fax, device: Device | None, events: Sequence[Event], proofs: Sequence[Proof]
) -> dict[str, Any]:
    """What is signed. The proofs are of one checkpoint."""
    rows = [proof.entry for proof in proofs if proof.entry is not None]
    said = {name: row.detail[name] for row in rows for name in _SEEN if row.detail.get(name)}
    return {
        "kind": KIND,
        "fax": _fax(fax) | {"tries": _tries(fax, events)},
        "appliance": _appliance(fax, device, said) if fax.device_id else None,
        "evidence": _evidence(fax, rows, said),
        "audit": [_proof(proof) for proof in proofs],
        "checkpoint": proofs[0].head.note,
    }


_SEEN: Final = ("line", "remote_id")


def _fax(fax: Fax) -> dict[str, Any]:
    to, why = fax.recipient, fax.failure
    return {
        "id": fax.id,
        "submission_id": fax.promised_in,
        "batch_id": fax.batch_id,
        "client_reference": fax.client_reference or None,
        "origin": fax.origin.value,
        "sent_by": fax.created_by or None,
        "status": fax.status.value,
        "accepted_at": moment(fax.created_at),
        "finished_at": _moment(fax.finished_at),
        "recipient": {
            "fax_number": to.fax_number,
            "name": to.name,
            "organization": to.organization,
        },
        "dialled": fax.dialled or None,
        "pages": fax.pages,
        "attempts": fax.attempt,
        "documents": [_document(one) for one in fax.documents],
        "cancelled_by": fax.cancelled_by.value if fax.cancelled_by else None,
        "failure": {
            "code": why.code,
            "message": why.message,
            "pages_confirmed": why.pages_confirmed,
        }
        if why
        else None,
        "resend_of": fax.resend_of,
    } | ({"corrected_as": fax.corrected_as.value} if fax.corrected_as else {})


def _document(one: Document) -> dict[str, Any]:
    return {
        "name": one.name,
        "content_type": one.content_type,
        "size": one.size,
        "sha256": one.sha256 or None,
        "url": one.url or None,
        "pages": one.pages,
    }


def _tries(fax: Fax, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Each try; of one that no event tells of any more, only that it failed."""
    if not fax.attempt:
        return []
    failed = {
        one.data["attempt"]: one for one in events if one.type == EventType.FAX_ATTEMPT_FAILED
    }
    tries = [
        {
            "number": number,
            "seen_at": moment(failed[number].at) if number in failed else None,
            "outcome": "failed",
            "code": failed[number].data["code"] if number in failed else None,
        }
        for number in range(1, fax.attempt)
    ]
    last = {
        "number": fax.attempt,
        "seen_at": _moment(fax.finished_at),
        "outcome": fax.status.value,
        "code": fax.failure.code if fax.failure else None,
    }
    return [*tries, last]


def _appliance(fax: Fax, device: Device | None, said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": fax.device_id,
        "name": device.name if device else None,
        "model": device.model if device else None,
        "fax_key": fax.fax_key or None,
        "entry_key": fax.entry_key or None,
        "line": said.get("line"),
        "remote_id": said.get("remote_id"),
        "state": fax.device_state or None,
        "message": fax.device_message or None,
        "username": fax.username or None,
        "agent": fax.agent or None,
    }


def _evidence(
    fax: Fax, rows: Sequence[AuditEntry], said: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """How what is not the gateway's own knowledge is known."""
    if not fax.device_id:
        return []
    found = [_end(fax, {row.action for row in rows})]
    if fax.foreign:
        why = "as the appliance gives the times of its entry"
        found.append(_known("fax.finished_at", Evidence.DOCUMENTED, why))
    if fax.corrected_as is not None:
        why = "the entry that the appliance listed after that end had been decided"
        found.append(_known("fax.corrected_as", Evidence.DOCUMENTED, why))
    if fax.failure is not None and fax.device_message:
        found.append(
            _known("fax.failure", Evidence.INFERRED, "by rules from the appliance's words")
        )
    for name, text in (("line", "which line"), ("remote_id", "how the far machine names itself")):
        if said.get(name):
            why = "by the status of the line that dialled the number meanwhile"
            found.append(_known(f"appliance.{name}", Evidence.INFERRED, why))
        else:
            why = f"nobody saw {text} in time, and an entry does not tell it"
            found.append(_known(f"appliance.{name}", None, why))
    return found


def _end(fax: Fax, actions: set[str]) -> dict[str, Any]:
    if "fax.decide" in actions:
        return _known("fax.status", None, "an operator decided so, and said why")
    if actions & BY_LOG:
        return _known("fax.status", Evidence.STAND_IN, "the appliance's log, whose form is a guess")
    if fax.entry_key:
        return _known("fax.status", Evidence.DOCUMENTED, "the entry that the appliance lists")
    return _known("fax.status", None, "the gateway itself: no appliance has it")


def _known(field: str, evidence: Evidence | None, how: str) -> dict[str, Any]:
    return {"field": field, "grade": evidence.value if evidence else None, "how": how}


def _proof(proof: Proof) -> dict[str, Any]:
    leaf, entry = proof.leaf, proof.entry
    return {
        "number": leaf.number,
        "leaf_index": leaf.index,
        "leaf_hash": leaf.hash.hex(),
        "salt": leaf.salt.hex() if leaf.salt else None,
        "row": record(entry) if entry else None,
        "proof": [one.hex() for one in proof.path],
    }


def _moment(at: datetime | None) -> str | None:
    return moment(at) if at else None
