"""From a draft to a promise: what may be sent at all, and the faxes that are kept for it.

Everything that promises to send comes through here: single faxes, resends, batches.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ffgateway.clock import Clock, by_turns
from ffgateway.devices.client import capacity, request_size
from ffgateway.domain.access import Caller
from ffgateway.domain.devices import Device
from ffgateway.domain.dialling import HOW_TO_WRITE, well_written
from ffgateway.domain.differing import changed
from ffgateway.domain.document_errors import DocumentPurged, DocumentTooLarge
from ffgateway.domain.errors import InvalidNumber, InvalidRequest, NotFound, TooManyRecipients
from ffgateway.domain.events import status_event
from ffgateway.domain.faxes import (
    MAX_RECIPIENTS,
    Document,
    Fax,
    FaxDraft,
    FaxStatus,
    moved,
)
from ffgateway.domain.submissions import Submission
from ffgateway.services import bounds
from ffgateway.services.audited import line
from ffgateway.services.documents import check_total
from ffgateway.services.numbers import dialled_on
from ffgateway.services.suppressed import Against, held_back, standing
from ffgateway.store.transaction import Transaction


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
            if not well_written(recipient.fax_number):
                raise InvalidNumber(
                    f"{recipient.fax_number!r} cannot be dialled.",
                    field=f"recipients[{index}].fax_number",
                    cure=HOW_TO_WRITE,
                )
        now = self._clock.now()
        if draft.deadline is not None and draft.deadline <= max(now, draft.send_at or now):
            raise InvalidRequest(
                "The deadline is over before the fax may go out.",
                field="deadline",
                cure="Name a later one, or leave it out.",
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

    def deadline(self, draft: FaxDraft, fax: Fax, *, due: datetime) -> datetime | None:
        """When a fax that is given another time is given up. Raises what is wrong with that time."""
        if draft.deadline is None:
            return max(fax.deadline, due + self._within) if fax.deadline else None
        if fax.deadline is not None and due >= fax.deadline:
            raise InvalidRequest(
                "That is not before the deadline of the fax.",
                field="at",
                cure="Name an earlier time, or cancel it and send it anew with another deadline.",
            )
        return fax.deadline

    async def accept(self, tx: Transaction, caller: Caller, draft: FaxDraft) -> tuple[Fax, ...]:
        """Keep a checked draft: one fax for each recipient, told and on record with the commit.

        Raises `DocumentPurged`.
        """
        draft = bounds.bound(caller.principal.limits, draft)
        self.check_for(await self.eligible(tx, caller, draft), draft, caller)
        count, now = len(draft.recipients), self._clock.now()
        await bounds.spend(tx, caller.principal, draft, count=count, now=now)
        faxes = await self.keep(tx, caller, draft)
        await check_kept(tx, draft.documents)
        return faxes

    async def eligible(
        self, tx: Transaction, caller: Caller, draft: FaxDraft
    ) -> tuple[Device, ...]:
        """The appliances that a draft may go to, well or not. Raises `NotFound` for one it names."""
        if draft.device_id is not None:
            if not await bounds.sees(tx, caller.principal, draft.device_id):
                raise NotFound(f"There is no device {draft.device_id}.", field="device_id")
            try:
                return (await tx.devices.get(draft.device_id),)
            except NotFound as missing:
                raise missing.named("device_id") from None
        devices = await tx.devices.all()
        if draft.pool is None:
            return devices
        pooled = tuple(one for one in devices if draft.pool in one.pools)
        if not pooled:
            raise NotFound(
                f"No appliance is in the pool {draft.pool}.",
                field="pool",
                cure="Put one into it, or leave the pool out.",
            )
        return pooled

    def check_for(self, devices: Sequence[Device], draft: FaxDraft, caller: Caller) -> None:
        """Raise what is wrong with a draft whichever of these appliances is chosen.

        What some of them could take, the one that is chosen will tell.
        """
        self.check_size(devices, draft)
        self.check_numbers(devices, draft)
        numbers = [one.fax_number for one in draft.recipients]
        bounds.check_numbers(caller.principal.limits, devices, numbers)

    def check_size(self, devices: Sequence[Device], draft: FaxDraft) -> None:
        """Raise `DocumentTooLarge` when none of them takes a request of this size."""
        size, largest = request_size(draft), max(devices, key=capacity, default=None)
        if largest is not None and size > capacity(largest):
            raise DocumentTooLarge(
                f"The documents make a request of {size} bytes;"
                f" {largest.name} takes {capacity(largest)}.",
                field="documents",
                cure="Send them as several faxes, or by a larger appliance.",
            )

    def check_numbers(self, devices: Sequence[Device], draft: FaxDraft) -> None:
        """Raise `InvalidNumber` for one that none of them could dial."""
        lines = {(one.region, one.dial_plan.extension_digits): one for one in devices}.values()
        for index, recipient in enumerate(draft.recipients):
            flaws = []
            for one in lines:
                try:
                    dialled_on(one, recipient.fax_number, field=f"recipients[{index}].fax_number")
                except InvalidNumber as flaw:
                    flaws.append(flaw)
                else:
                    break
            if len(flaws) == len(lines) > 0:
                raise flaws[0]

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
        submission = Submission(
            id=tx.identify("sub"),
            draft=draft,
            created_at=now,
            created_by=caller.principal.id,
            due_at=max(now, draft.send_at or now),
        )
        await tx.submissions.add(submission)
        if caller.claim is not None:  # with the promise or not at all: a retry goes by this
            await tx.idempotency.bind(caller.claim, effect=submission.id)
        suppressed = await suppressions(tx, draft, at=now)
        sent = [one.sha256 or "fetched from elsewhere" for one in draft.documents]
        faxes = []
        async for index, recipient in by_turns(enumerate(draft.recipients)):
            reference = references[index] if references else ""
            accepted = self._accepted(tx, submission, index, reference=reference, batch_id=batch_id)
            against = suppressed.get(recipient.fax_number)
            if against is not None:
                fax = held_back(accepted, against, now)
            else:
                later = submission.due_at > now
                fax = moved(accepted, FaxStatus.SCHEDULED if later else FaxStatus.QUEUED, at=now)
            tx.tell(
                status_event(accepted, previous=None, at=now),
                status_event(fax, previous=FaxStatus.ACCEPTED, at=now),
            )
            made = {
                "status": fax.status,
                "fax_number": recipient.fax_number,
                "send_at": fax.send_at,
                "documents": sent,
            }
            tx.note(
                line(
                    caller,
                    "fax.send",
                    fax.id,
                    at=now,
                    submission=submission.id,
                    changed=changed(None, made),
                )
            )
            faxes.append(fax)
        await tx.faxes.add_all(faxes)
        return tuple(faxes)

    def _accepted(
        self,
        tx: Transaction,
        submission: Submission,
        index: int,
        *,
        reference: str,
        batch_id: str | None,
    ) -> Fax:
        """The fax to one of the recipients, as it is the moment that it is promised."""
        draft = submission.draft
        return Fax(
            id=tx.identify("fax"),
            submission_id=submission.id,
            index=index,
            status=FaxStatus.ACCEPTED,
            created_at=submission.created_at,
            updated_at=submission.created_at,
            recipient=draft.recipients[index],
            created_by=submission.created_by,
            client_reference=reference or draft.client_reference,
            send_at=draft.send_at,
            documents=draft.documents,
            resend_of=draft.resend_of,
            batch_id=batch_id,
            deadline=draft.deadline or submission.due_at + self._within,
            rounds_left=self._rounds if draft.rounds is None else draft.rounds,
        )


async def check_kept(tx: Transaction, documents: Sequence[Document]) -> None:
    """Raise `DocumentPurged` where one went between its coming in and the promise that needs it."""
    if await tx.submissions.purged([one.sha256 for one in documents if one.sha256]):
        raise no_longer_kept()


def no_longer_kept() -> DocumentPurged:
    """What is said where a document that is to be sent is gone."""
    return DocumentPurged(
        "The document is no longer kept.", cure="Send it anew with POST /v1/faxes."
    )


async def suppressions(tx: Transaction, draft: FaxDraft, *, at: datetime) -> dict[str, Against]:
    """What stands against the numbers of a draft, by how they are written."""
    if draft.despite_suppression:
        return {}
    return await standing(tx, [one.fax_number for one in draft.recipients], at=at)
