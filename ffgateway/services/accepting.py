"""From a draft to a promise: what may be sent at all, and the faxes that are kept for it.

Everything that promises to send comes through here: single faxes, resends, batches.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from ffgateway.clock import Clock
from ffgateway.devices.client import capacity
from ffgateway.domain.access import Caller
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import (
    DocumentTooLarge,
    InvalidNumber,
    InvalidRequest,
    NotFound,
    TooManyRecipients,
)
from ffgateway.domain.events import status_event
from ffgateway.domain.faxes import (
    MAX_RECIPIENTS,
    Fax,
    FaxDraft,
    FaxStatus,
    HoldReason,
    Submission,
    dialled,
    moved,
)
from ffgateway.domain.suppressions import Suppression
from ffgateway.services.audited import line
from ffgateway.services.documents import check_total, request_size
from ffgateway.services.numbers import dialled_on
from ffgateway.store.transaction import Transaction

FAX_NUMBER = r"^\+?[0-9]([ ().-]?[0-9]){2,19}$"
"""3 to 20 digits, a plus before, a separator between: what people write and appliances dial."""


class Accepting:
    """Turns drafts into kept faxes. `external` lets appliances fetch documents themselves.

    `within` is how long a fax may take from when it may go out, and `rounds` how often a failed one
    is sent once more, where the caller says nothing of it.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        external: bool,
        within: timedelta = timedelta(days=3),
        rounds: int = 0,
    ) -> None:
        self._clock = clock
        self._external = external
        self._within = within
        self._rounds = rounds

    def check(self, draft: FaxDraft) -> None:
        """Raise what is wrong with a draft, whoever asks."""
        count = len(draft.recipients)
        if not 1 <= count <= MAX_RECIPIENTS:
            error = TooManyRecipients if count else InvalidRequest
            raise error(
                f"There are {count} recipients; a fax has 1 to {MAX_RECIPIENTS}.",
                field="recipients",
                cure=f"Send to at most {MAX_RECIPIENTS} at a time.",
            )
        for index, recipient in enumerate(draft.recipients):
            if not re.fullmatch(FAX_NUMBER[1:-1], recipient.fax_number, re.ASCII):
                raise InvalidNumber(
                    f"{recipient.fax_number!r} cannot be dialled.",
                    field=f"recipients[{index}].fax_number",
                    cure="Use 3 to 20 digits, with a plus before them if you like.",
                )
        if not draft.documents and not draft.cover_page.enabled:
            raise InvalidRequest(
                "There is nothing to send.",
                field="documents",
                cure="Add a document, or enable the cover page.",
            )
        for index, document in enumerate(draft.documents):
            if document.url and not self._external:
                raise InvalidRequest(
                    "Appliances may not fetch documents themselves here.",
                    field=f"documents[{index}].url",
                    cure="Send the document, or set FFGATEWAY_EXTERNAL_DOCUMENTS=true.",
                )
        check_total(draft.documents)

    async def accept(self, tx: Transaction, caller: Caller, draft: FaxDraft) -> tuple[Fax, ...]:
        """Keep a checked draft: one fax for each recipient, told and on record with the commit."""
        await self.check_fleet(tx, draft)
        return await self.keep(tx, caller, draft)

    async def check_fleet(self, tx: Transaction, draft: FaxDraft) -> None:
        """Raise what is wrong with a draft by what is known of the appliances.

        A number is refused that no appliance which may be chosen could dial; where some could, the
        one that is chosen will tell.
        """
        devices = await tx.devices.all()
        if draft.device_id is not None:
            devices = (await self._wanted(tx, draft.device_id),)
            self._fits(devices[0], draft)
        elif draft.pool is not None:
            await self._pooled(tx, draft.pool)
            devices = tuple(one for one in devices if draft.pool in one.pools)
        if (
            not devices
            or len({(one.region, one.dial_plan.extension_digits) for one in devices}) > 1
        ):
            return
        for index, recipient in enumerate(draft.recipients):
            field = f"recipients[{index}].fax_number"
            dialled_on(devices[0], recipient.fax_number, field=field)

    def _fits(self, device: Device, draft: FaxDraft) -> None:
        size, most = request_size(draft.documents), capacity(device)
        if size > most:
            raise DocumentTooLarge(
                f"The documents make a request of {size} bytes; {device.name} takes {most}.",
                field="documents",
                cure="Send them as several faxes, or by a larger appliance.",
            )

    async def keep(
        self,
        tx: Transaction,
        caller: Caller,
        draft: FaxDraft,
        *,
        batch_id: str | None = None,
        references: Sequence[str] = (),
    ) -> tuple[Fax, ...]:
        """The same of what was promised before, whatever became of its appliance meanwhile.

        `references` are the recipients' own, "" where the draft's holds.
        """
        now = self._clock.now()
        later = draft.send_at is not None and draft.send_at > now
        submission = Submission(
            id=tx.identify("sub"),
            draft=draft,
            created_at=now,
            created_by=caller.principal.id,
            due_at=draft.send_at if later and draft.send_at else now,
        )
        await tx.submissions.add(submission)
        if caller.claim is not None:  # with the promise or not at all: a retry goes by this
            await tx.idempotency.bind(caller.claim, effect=submission.id)
        due = draft.send_at if later and draft.send_at else now
        digits = [dialled(one.fax_number) for one in draft.recipients]
        suppressed = {} if draft.despite_suppression else await tx.suppressions.of(digits)
        faxes = []
        for index, recipient in enumerate(draft.recipients):
            fax = Fax(
                id=tx.identify("fax"),
                submission_id=submission.id,
                index=index,
                status=FaxStatus.ACCEPTED,
                created_at=now,
                updated_at=now,
                recipient=recipient,
                created_by=caller.principal.id,
                client_reference=(references[index] if references else "")
                or draft.client_reference,
                send_at=draft.send_at,
                documents=draft.documents,
                resend_of=draft.resend_of,
                batch_id=batch_id,
                deadline=draft.deadline or due + self._within,
                rounds_left=self._rounds if draft.rounds is None else draft.rounds,
            )
            tx.tell(status_event(fax, previous=None, at=now))
            against = suppressed.get(digits[index])
            if against is not None and against.holds(now=now):
                fax = held_back(fax, against, now)
            else:
                fax = moved(fax, FaxStatus.SCHEDULED if later else FaxStatus.QUEUED, at=now)
            tx.tell(status_event(fax, previous=FaxStatus.ACCEPTED, at=now))
            tx.note(line(caller, "fax.send", fax.id, at=now, submission=submission.id))
            faxes.append(fax)
        await tx.faxes.add_all(faxes)
        return tuple(faxes)

    async def _wanted(self, tx: Transaction, device_id: str) -> Device:
        try:
            return await tx.devices.get(device_id)
        except NotFound as missing:
            raise missing.named("device_id") from None

    async def _pooled(self, tx: Transaction, pool: str) -> None:
        if not any(pool in device.pools for device in await tx.devices.all()):
            raise NotFound(
                f"No appliance is in the pool {pool}.",
                field="pool",
                cure="Put one into it, or leave the pool out.",
            )


def held_back(fax: Fax, against: Suppression, now: datetime) -> Fax:
    """A fax to a suppressed number: kept, and held until that is lifted, over, or overruled."""
    until = f" until {against.until:%Y-%m-%d}" if against.until else ""
    detail = f"The number is suppressed{until}: {against.reason}"
    reason = HoldReason.SUPPRESSED_NUMBER
    return moved(fax, FaxStatus.HELD, at=now, hold_reason=reason, hold_detail=detail)
