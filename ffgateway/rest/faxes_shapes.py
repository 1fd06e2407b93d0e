"""Faxes as JSON: how far they are, and why they failed."""

from datetime import datetime

from pydantic import Field

from ffgateway.domain.failures import Failure
from ffgateway.domain.faxes import Fax, FaxStatus, Origin, Phase
from ffgateway.rest.answers import Out


class RecipientOut(Out):
    """Who receives."""

    fax_number: str
    name: str
    organization: str
    phone_number: str


class DocumentOut(Out):
    """A document of a fax, by its fingerprint; or the address where the appliance fetches it."""

    name: str
    content_type: str
    size: int = Field(description="Bytes.")
    sha256: str
    url: str
    pages: int | None = Field(description="Null where they were not counted.")


class HoldOut(Out):
    """Whose decision a held fax waits for."""

    reason: str
    detail: str | None = Field(description="What stands in the way, for people.")


class HangupOut(Out):
    """The modem's cause, and the list it is from."""

    scheme: str
    code: int


class FailureDevice(Out):
    """What the appliance itself said."""

    id: str | None
    state: str
    text: str
    hangup: HangupOut | None


class FailureOut(Out):
    """Why a fax failed, and what to do."""

    category: str
    code: str
    phase: Phase
    retryable: bool
    retry_class: str
    attempts: int
    pages_confirmed: int = Field(
        description="Pages that got through in the last try, as far as its line showed them:"
        " at least so many."
    )
    message: str
    next_step: str
    doc_url: str
    device: FailureDevice


class FaxDevice(Out):
    """What the appliance calls the fax, and its own words about it."""

    fax_key: str
    entry_key: str
    state: str
    message: str


class FaxOut(Out):
    """One recipient's copy of what was sent."""

    id: str
    submission_id: str = Field(
        description="The request that it came in with, shared by all its recipients."
    )
    batch_id: str | None = Field(description="The batch that it belongs to.")
    origin: Origin = Field(description="Who put it on its appliance: the gateway, or others there.")
    username: str | None = Field(description="Whose it is there, once the appliance said so.")
    agent: str | None = Field(
        description="What put it there, in the appliance's words.", examples=["FFWS", "WebClient"]
    )
    status: str = Field(
        description="Where it is; words may be added.", examples=[one.value for one in FaxStatus]
    )
    phase: Phase
    recipient: RecipientOut
    client_reference: str | None
    created_at: datetime
    updated_at: datetime
    send_at: datetime | None
    device_id: str | None
    dialled: str | None = Field(description="The number as its appliance was given it.")
    attempt: int
    pages: int
    next_attempt_at: datetime | None
    hold: HoldOut | None
    placement: list[str] = Field(
        description="Why its appliance was chosen, and why others were not; for people."
    )
    failure: FailureOut | None
    cancelled_by: str | None
    cancel_requested_at: datetime | None
    reschedule_to: datetime | None = Field(
        description="When it is to be sent, once its appliance has given it up."
    )
    device: FaxDevice | None
    documents: list[DocumentOut]
    resend_of: str | None
    deadline: datetime | None = Field(description="What has not ended by then is given up.")
    retried_as: str | None = Field(description="The fax that it was sent once more as.")
    corrected_as: str | None = Field(
        description="What its appliance showed that became of it, after another end had been decided"
        " without its word.",
        examples=["delivered", "failed"],
    )
    finished_at: datetime | None
    revision: int = Field(description="Rises with every change.")


class Accepted(Out):
    """What was promised: one fax for each recipient, kept durably."""

    submission_id: str
    faxes: list[FaxOut]


def failure_out(failure: Failure, phase: Phase) -> FailureOut:
    """A failure, with the page that explains its code."""
    hangup = failure.hangup
    return FailureOut(
        category=failure.category.value,
        code=failure.code,
        phase=phase,
        retryable=failure.retryable,
        retry_class=failure.retry_class.value,
        attempts=failure.attempts,
        pages_confirmed=failure.pages_confirmed,
        message=failure.message,
        next_step=failure.next_step,
        doc_url=f"/problems/{failure.code}",
        device=FailureDevice(
            id=failure.device_id,
            state=failure.device_state,
            text=failure.device_text,
            hangup=HangupOut.model_validate(hangup) if hangup else None,
        ),
    )


def fax_out(fax: Fax) -> FaxOut:
    """A fax."""
    there = fax.fax_key or fax.entry_key or fax.device_state or fax.device_message
    return FaxOut(
        id=fax.id,
        submission_id=fax.promised_in,
        batch_id=fax.batch_id,
        origin=fax.origin,
        username=fax.username or None,
        agent=fax.agent or None,
        status=fax.status.value,
        phase=fax.phase,
        recipient=RecipientOut.model_validate(fax.recipient),
        client_reference=fax.client_reference or None,
        created_at=fax.created_at,
        updated_at=fax.updated_at,
        send_at=fax.send_at,
        device_id=fax.device_id,
        dialled=fax.dialled or None,
        attempt=fax.attempt,
        pages=fax.pages,
        next_attempt_at=fax.next_attempt_at,
        hold=HoldOut(reason=fax.hold_reason.value, detail=fax.hold_detail or None)
        if fax.hold_reason
        else None,
        placement=list(fax.placement),
        failure=failure_out(fax.failure, fax.phase) if fax.failure else None,
        cancelled_by=fax.cancelled_by.value if fax.cancelled_by else None,
        cancel_requested_at=fax.cancel_requested_at,
        reschedule_to=fax.reschedule_to,
        device=FaxDevice(
            fax_key=fax.fax_key,
            entry_key=fax.entry_key,
            state=fax.device_state,
            message=fax.device_message,
        )
        if there
        else None,
        documents=[DocumentOut.model_validate(one) for one in fax.documents],
        resend_of=fax.resend_of,
        deadline=fax.deadline,
        retried_as=fax.retried_as,
        corrected_as=fax.corrected_as.value if fax.corrected_as else None,
        finished_at=fax.finished_at,
        revision=fax.revision,
    )
