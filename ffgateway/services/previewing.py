"""What would become of a fax, found out without sending it: every check, the choice, the wait.

Nothing is promised and nothing kept but the documents, which go with the spool's retention.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ffgateway.clock import Clock
from ffgateway.devices.client import capacity, request_size
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.devices import Device
from ffgateway.domain.dialling import Dialled
from ffgateway.domain.errors import InvalidNumber
from ffgateway.domain.faxes import (
    Document,
    FaxDraft,
    Recipient,
)
from ffgateway.domain.placement import PAGES_GUESSED, Candidate
from ffgateway.domain.submissions import Stage, Submission
from ffgateway.services import bounds
from ffgateway.services.accepting import Accepting, suppressions
from ffgateway.services.audited import Gate
from ffgateway.services.numbers import dialled_on
from ffgateway.services.placing import Placing, dialled_elsewhere, placed, with_users
from ffgateway.services.side_by_side import Places
from ffgateway.services.suppressed import Against, why_held
from ffgateway.store.transaction import Store

A_PAGE: Final = timedelta(seconds=60)
"""What a page takes on a line, the call shared out among its pages: a guess, for an estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """A recipient, and the number as the chosen appliance would dial it; None when none is chosen."""

    recipient: Recipient
    dialled: Dialled | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would happen now. `size` is the bytes of the request, `limit` what the appliance takes.

    `position` counts the faxes that would go before on that appliance; the start is estimated from
    their pages and its lines. `warnings` are for people.
    """

    documents: tuple[Document, ...]
    recipients: tuple[Addressed, ...]
    size: int
    limit: int | None
    device: Device | None
    reasons: tuple[str, ...]
    position: int | None
    starts_at: datetime | None
    warnings: tuple[str, ...]


class Previewing:
    """Looks ahead, for whoever may send."""

    def __init__(
        self, store: Store, gate: Gate, clock: Clock, *, accepting: Accepting, placing: Placing
    ) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock
        self._accepting = accepting
        self._placing = placing

    async def preview(self, caller: Caller, draft: FaxDraft) -> Preview:
        """Find out. Raises whatever sending it would raise."""
        await self._gate.require(caller, Scope.FAXES_SEND, "fax.preview")
        self._accepting.check(draft)
        draft = bounds.bound(caller.principal.limits, draft)
        now = self._clock.now()
        async with self._store.reading() as tx:
            eligible = await self._accepting.eligible(tx, caller, draft)
            self._accepting.check_for(eligible, draft, caller)
            candidates = await self._placing.candidates(tx, (await Places.now(tx)).doubtful)
            ahead = await tx.submissions.waiting_before(draft.priority, at=now)
            suppressed = await suppressions(tx, draft, at=now)
            submission = Submission(
                id="", draft=draft, created_at=now, created_by=caller.principal.id, due_at=now,
                stage=Stage.WAITING,
            )  # fmt: skip
            candidates = await with_users(tx, submission, candidates)
            placement = await placed(tx, submission, candidates, now=now)
        chosen = next((one for one in candidates if one.device.id == placement.device_id), None)
        recipients, warnings = _addressed(submission, chosen.device if chosen else None, candidates)
        warnings = (*_held_back(draft, suppressed), *warnings)
        position, starts_at = None, None
        if chosen is not None:
            position = chosen.unfinished + ahead + 1
            pages = chosen.pages + ahead * PAGES_GUESSED
            idle = pages < chosen.lines if chosen.idle is None else chosen.idle > 0 and not ahead
            wait = timedelta(0) if idle else pages * A_PAGE / chosen.lines
            starts_at = max(draft.send_at or now, now + wait)
        else:
            warnings = (*warnings, "No appliance can take it now: it would be held.")
        return Preview(
            documents=draft.documents,
            recipients=recipients,
            size=request_size(draft),
            limit=capacity(chosen.device) if chosen else None,
            device=chosen.device if chosen else None,
            reasons=placement.reasons,
            position=position,
            starts_at=starts_at,
            warnings=warnings,
        )


def _held_back(draft: FaxDraft, suppressed: dict[str, Against]) -> Iterator[str]:
    for index, recipient in enumerate(draft.recipients):
        against = suppressed.get(recipient.fax_number)
        if against is not None:
            held = why_held(against).rstrip(".")
            yield f"recipients[{index}].fax_number: {held}. It would be held."


def _addressed(
    submission: Submission, device: Device | None, candidates: tuple[Candidate, ...]
) -> tuple[tuple[Addressed, ...], tuple[str, ...]]:
    found, warnings = [], []
    for index, recipient in enumerate(submission.draft.recipients):
        number = None
        if device is not None:
            field = f"recipients[{index}].fax_number"
            try:
                number = dialled_on(device, recipient.fax_number, field=field)
            except InvalidNumber as wrong:
                other = dialled_elsewhere(submission, recipient, candidates, without=device.id)
                then = "It would go by another appliance." if other else "It would fail."
                warnings.append(f"{field}: {wrong.detail} {then}")
        found.append(Addressed(recipient=recipient, dialled=number))
    if any(document.url for document in submission.draft.documents):
        warnings.append("A document that the appliance fetches itself was not looked at.")
    return tuple(found), tuple(warnings)
