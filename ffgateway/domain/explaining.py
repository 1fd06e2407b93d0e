"""A fax's story in plain words: from its events and the lines on record to what a person wants to know.

Pure. Nothing is in it that the fax, its events and its lines do not say; an appliance's own words are quoted,
and told apart from ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ffgateway.domain.audit import AuditEntry, Outcome
from ffgateway.domain.events import Event
from ffgateway.domain.failures import KINDS, call_phase
from ffgateway.domain.faxes import CancelledBy, Fax, FaxStatus, HoldReason
from ffgateway.domain.overseeing import next_round


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened, in a sentence. `detail` is what is known about it besides."""

    at: datetime
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Where a fax is, why, what comes next and what may be done."""

    summary: str
    reason: str  # "" where nothing is to be explained
    next: str
    advice: str
    call_phase: str | None  # how far the call got that failed
    steps: tuple[Step, ...]


STEPS: Final[Mapping[str, str]] = {
    "fax.accepted": "It was promised and is kept.",
    "fax.scheduled": "It waits for its time.",
    "fax.queued": "It is ready and waits for an appliance.",
    "fax.held": "It is held.",
    "fax.submitting": "The request to the appliance began.",
    "fax.submitted": "The appliance has it and makes its pages.",
    "fax.device_queued": "It waits on the appliance for its call.",
    "fax.sending": "The appliance dials or sends.",
    "fax.attempt_failed": "A try failed; the appliance goes on trying.",
    "fax.retry_scheduled": "The appliance waits for its next try.",
    "fax.uncertain": "Whether the appliance has it is not known; it is being found out.",
    "fax.reconciled": "What became of the request was found out.",
    "fax.cancel_requested": "The appliance was asked to give it up.",
    "fax.stuck": "It has not moved for longer than it should.",
    "fax.delivered": "The far machine confirmed the last page.",
    "fax.failed": "It was given up.",
    "fax.cancelled": "It was called off.",
    "fax.corrected": "Its appliance showed another end than the one that was decided.",
}
"""What each event of a fax means, for people."""

RECORDS: Final[Mapping[str, str]] = {
    "fax.submit": "An appliance was chosen.",
    "fax.not_submitted": "It was not handed over; the appliance certainly has not got it.",
    "fax.refused": "The appliance refused it.",
    "fax.answered_late": "An answer came after the matter was settled.",
    "fax.late_abort": "What a late answer had made was aborted.",
    "fax.undecided": "Several faxes on the appliance could be it; a person has to decide.",
    "fax.decide": "An operator decided what became of it.",
    "fax.enough": "It is given up: no fax machine answered, and a person may be called.",
    "fax.abort": "The appliance was asked to abort it.",
    "fax.expired": "Its deadline was over.",
    "fax.round": "It was sent once more, as a new fax.",
    "fax.reschedule": "It was given another time.",
    "fax.document_missing": "Its document could not be read any more.",
    "fax.undiallable": "Its number cannot be dialled on that appliance.",
    "fax.release": "It was let go.",
    "fax.given_up": "It was decided after its deadline, on what could be found out.",
    "fax.looked_up": "The appliance's log was asked what became of it.",
}
TOLD: Final = frozenset(RECORDS)
"""Lines on record that say more than the events do."""

LEADS_TO: Final[Mapping[str, tuple[str, ...]]] = {
    "fax.submit": ("fax.submitting",),
    "fax.release": ("fax.queued",),
    "fax.not_submitted": ("fax.queued",),
    "fax.enough": ("fax.cancel_requested",),
    "fax.expired": ("fax.cancel_requested", "fax.failed"),
    "fax.reschedule": ("fax.cancel_requested",),
    "fax.refused": ("fax.queued", "fax.failed"),
    "fax.undiallable": ("fax.failed",),
    "fax.document_missing": ("fax.failed",),
}
"""Lines that say why an event came about: they are told before it, where both are of one moment."""

WHERE: Final[Mapping[FaxStatus, tuple[str, str]]] = {
    FaxStatus.ACCEPTED: ("It was promised.", "It is queued at once."),
    FaxStatus.HELD: ("It is held.", "It goes on as soon as what holds it is gone."),
    FaxStatus.SCHEDULED: ("It waits for its time.", "It is queued when its time has come."),
    FaxStatus.QUEUED: ("It waits for an appliance.", "It is handed over to the next free one."),
    FaxStatus.SUBMITTING: ("It is being handed to an appliance.", "The appliance's answer."),
    FaxStatus.UNCERTAIN: (
        "Whether the appliance has it, or what became of it there, is not known.",
        "The appliance is looked at until it is proved; it is not sent again meanwhile.",
    ),
    FaxStatus.PREPARING: ("The appliance makes its pages.", "It is queued there."),
    FaxStatus.DEVICE_QUEUED: ("It waits on the appliance for its call.", "The appliance dials."),
    FaxStatus.SENDING: ("The appliance dials or sends it.", "The far machine confirms, or not."),
    FaxStatus.RETRY_WAIT: ("A try failed.", "The appliance tries again."),
    FaxStatus.CANCELLING: ("The appliance was asked to give it up.", "The appliance's last word."),
    FaxStatus.DELIVERED: ("It was delivered.", "Nothing: this is an end."),
    FaxStatus.FAILED: ("It failed.", "Nothing: this is an end."),
    FaxStatus.CANCELLED: ("It was called off.", "Nothing: this is an end."),
}
"""Where a fax is, and what comes next."""

WAIT_OR_STOP: Final = "Remove what holds it, or call it off."

HOLDS: Final[Mapping[HoldReason, tuple[str, str]]] = {
    HoldReason.APPROVAL: ("Its approver has to decide, on the appliance.", WAIT_OR_STOP),
    HoldReason.NO_DEVICE: ("No appliance can take it now.", WAIT_OR_STOP),
    HoldReason.SUPPRESSED_NUMBER: (
        "Faxes to this number are suppressed.",
        "Lift the suppression of the number, release this fax alone, or call it off.",
    ),
    HoldReason.MANUAL: ("Somebody held it by hand.", WAIT_OR_STOP),
    HoldReason.QUIET_HOURS: ("Faxes may not go out at this hour.", WAIT_OR_STOP),
    HoldReason.BUDGET: ("There is no budget left for it.", WAIT_OR_STOP),
}
"""Why a fax is held, and what may be done about it."""


BY_WORD: Final = "if you know, decide: POST /v1/faxes/{id}/decide."

CALLED_OFF: Final[Mapping[CancelledBy, str]] = {
    CancelledBy.API: "A client of the gateway called it off.",
    CancelledBy.OPERATOR: "An operator called it off.",
    CancelledBy.DEVICE: "It was called off on the appliance.",
    CancelledBy.DEADLINE: "Its deadline was over.",
}
"""Who ended a fax, in a sentence."""


def explain(fax: Fax, events: Iterable[Event], records: Iterable[AuditEntry]) -> Explanation:
    """Tell a fax's story, the oldest step first. What was asked for and not done is no part of it."""
    reason, advice = _why(fax)
    if fax.corrected_as is not None:
        reason += f" Afterwards its appliance showed it as {fax.corrected_as.value}."
    return Explanation(
        summary=WHERE[fax.status][0],
        reason=reason.strip(),
        next=_next(fax),
        advice=advice,
        call_phase=call_phase(fax.failure.code) if fax.failure else None,
        steps=_steps(tuple(events), records),
    )


def _steps(events: Sequence[Event], records: Iterable[AuditEntry]) -> tuple[Step, ...]:
    """What the events and the lines on record tell, in the order in which it came about."""
    placed = {(event.at, event.type): number for number, event in enumerate(events)}
    told = [
        (
            event.at,
            float(number),
            Step(at=event.at, text=STEPS[event.type], detail=_of_event(event.data)),
        )
        for number, event in enumerate(events)
        if event.type in STEPS
    ]
    noted = [
        (
            entry.at,
            _before(entry, placed, last=len(events)) - 0.5,
            Step(at=entry.at, text=RECORDS[entry.action], detail=_of_record(entry.detail)),
        )
        for entry in records
        if entry.action in RECORDS and entry.outcome is Outcome.DONE
    ]
    return tuple(step for _, _, step in sorted([*told, *noted], key=lambda one: one[:2]))


def _before(entry: AuditEntry, placed: Mapping[tuple[datetime, str], int], *, last: int) -> int:
    """The number of the event that a line on record says the reason of; behind all where it does not."""
    led = (placed.get((entry.at, event)) for event in LEADS_TO.get(entry.action, ()))
    return next((number for number in led if number is not None), last)


def _next(fax: Fax) -> str:
    """What comes next; an end is one unless the fax has another round."""
    if fax.retried_as is not None:
        return f"It was sent once more, as {fax.retried_as}."
    if due := next_round(fax):
        return f"It is sent once more, as a new fax, from {due:%Y-%m-%d %H:%M:%S} UTC on."
    return WHERE[fax.status][1]


def _why(fax: Fax) -> tuple[str, str]:
    """The reason of the present state, and what may be done about it."""
    if fax.failure is not None:
        parts = [fax.failure.message]
        if fax.failure.device_text:
            parts.append(f"The appliance says: “{fax.failure.device_text}”.")
        if fax.failure.pages_confirmed:
            parts.append(f"{fax.failure.pages_confirmed} pages had been confirmed.")
        return " ".join(parts), fax.failure.next_step
    if fax.status is FaxStatus.HELD and fax.hold_reason is not None:
        detail = f" {fax.hold_detail.rstrip('.')}." if fax.hold_detail else ""
        why, advice = HOLDS[fax.hold_reason]
        return why + detail, advice
    if fax.status is FaxStatus.UNCERTAIN:
        advice = f"Wait; or, {BY_WORD}"
        gone = "The appliance shows its entry no more." if fax.entry_key else "No answer came."
        return gone, advice
    if fax.status is FaxStatus.CANCELLED and fax.cancelled_by is not None:
        return CALLED_OFF[fax.cancelled_by], ""
    if fax.status is FaxStatus.CANCELLING and fax.reschedule_to is not None:
        then = f"It is to be sent at {fax.reschedule_to:%Y-%m-%d %H:%M:%S} UTC."
        return then, "Wait: once the appliance has given it up, it is queued for then."
    if fax.status is FaxStatus.CANCELLING:
        unheard = fax.stuck_as == fax.status.value
        why = "The appliance has not confirmed it for long." if unheard else ""
        return why, f"Wait; {'or' if unheard else 'where it stays so'}, {BY_WORD}"
    if fax.status is FaxStatus.RETRY_WAIT and fax.device_message:
        return f"The appliance says: “{fax.device_message}”.", ""
    return "", ""


def _of_event(data: Mapping[str, Any]) -> str:
    parts = []
    if data.get("hold"):
        parts.append(str(data["hold"].get("detail") or data["hold"]["reason"]))
    if data.get("code"):
        parts.append(KINDS[data["code"]].message if data["code"] in KINDS else str(data["code"]))
    if data.get("failure"):
        parts.append(str(data["failure"]["message"]))
    if "found" in data:
        parts.append("The appliance has it." if data["found"] else "The appliance has not got it.")
    if data.get("corrected_as"):
        parts.append(f"It shows it as {data['corrected_as']}.")
    if data.get("candidates"):
        parts.append(f"{data['candidates']} faxes there could be it.")
    if data.get("evidence"):
        parts.append(str(data["evidence"]))
    return " ".join(parts)


def _of_record(detail: Mapping[str, Any]) -> str:
    reasons = detail.get("reasons")
    parts = ["; ".join(map(str, reasons))] if reasons else []
    parts += [str(detail[key]) for key in ("reason", "answer", "outcome", "to") if detail.get(key)]
    return ". ".join(parts)
