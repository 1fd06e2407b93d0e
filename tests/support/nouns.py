"""Plain examples of our nouns, for tests that need one and do not care which."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from ffgateway.delivery.samples import sample
from ffgateway.domain.devices import Device
from ffgateway.domain.events import EventDraft, EventType
from ffgateway.domain.faxes import (
    Document,
    Fax,
    FaxDraft,
    FaxStatus,
    Recipient,
)
from ffgateway.domain.receivers import KeyVersion, SigningKey
from ffgateway.domain.submissions import Submission
from ffgateway.domain.subscriptions import Subscription
from tests.support.clock import NOON

NUMBER = "555-0101"
DRAFT = FaxDraft(
    recipients=(Recipient(fax_number=NUMBER),),
    documents=(
        Document(name="letter.pdf", content_type="application/pdf", size=3, sha256="a" * 64),
    ),
)


def a_device(name: str = "one", **changes: Any) -> Device:
    device = Device(
        id=f"dev_{name}",
        name=name,
        url="http://192.0.2.7",
        username="admin",
        model="FF440",
        zone="UTC",
        created_at=NOON,
    )
    return replace(device, **changes)


def a_submission(name: str = "one", **changes: Any) -> Submission:
    submission = Submission(
        id=f"sub_{name}",
        draft=replace(DRAFT, documents=()),
        created_at=NOON,
        created_by="key_ann",
        due_at=NOON,
    )
    return replace(submission, **changes)


def a_fax(
    name: str = "one", status: FaxStatus = FaxStatus.QUEUED, *, of: str = "one", **changes: Any
) -> Fax:
    fax = Fax(
        id=f"fax_{name}",
        submission_id=f"sub_{of}",
        index=0,
        status=status,
        created_at=NOON,
        updated_at=NOON,
        recipient=Recipient(fax_number=NUMBER),
    )
    return replace(fax, **changes)


def a_subscription(name: str = "one", *events: str, **changes: Any) -> Subscription:
    subscription = Subscription(
        id=f"whk_{name}",
        url="https://receiver.example/faxes",
        events=events or ("*",),
        created_at=NOON,
    )
    return replace(subscription, **changes)


def a_signing_key(of: str = "whk_one", **changes: Any) -> SigningKey:
    key = SigningKey(
        id="sgn_one",
        subscription_id=of,
        version=KeyVersion.V1,
        created_at=NOON,
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    return replace(key, **changes)


def an_event(
    subject: str = "fax_one", kind: EventType = EventType.FAX_QUEUED, *, at: datetime = NOON
) -> EventDraft:
    return EventDraft(type=kind, subject=subject, at=at, data={**sample(kind).data, "id": subject})
