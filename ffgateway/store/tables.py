"""Columns and indexes, nothing else. What a row means is said by the domain noun it keeps.

Times are aware UTC on both engines; words of ours are kept as text, so that a new one needs no
migration.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, MetaData, Text, text
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

Number = BigInteger().with_variant(Integer(), "sqlite")
# SQLite counts up by itself only in a column that says INTEGER.


def json_column() -> Any:
    """A column of JSON that always has a value."""
    return Field(sa_column=Column(JSON(), nullable=False))


def text_column() -> Any:
    """A text without a limit, empty when there is none."""
    return Field(default="", sa_column=Column(Text(), nullable=False))


_PENDING: Any = {
    "sqlite_where": text("state = 'pending'"),
    "postgresql_where": text("state = 'pending'"),
}


class DeviceRow(SQLModel, table=True):
    """An appliance. `retired_at` instead of deletion: faxes and audit lines go on naming it."""

    __tablename__ = "device"
    __table_args__ = (
        Index(
            "uq_device_name",
            "name",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    name: str
    url: str
    username: str
    password: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))  # sealed
    model: str
    zone: str
    dialect: str
    ca_pem: str = text_column()
    fingerprint: str
    enabled: bool
    health: str
    health_detail: str = text_column()
    last_seen_at: datetime | None
    highest_key: str
    keys_since: datetime | None
    imported_to: str | None
    shows_all: bool | None
    poll_busy_ms: int
    poll_idle_ms: int
    created_at: datetime
    retired_at: datetime | None
    revision: int
    firmware: str
    overrides: dict[str, Any] = json_column()
    pools: list[str] = json_column()
    weight: float
    submissions_at_once: int
    regions: list[str] = json_column()
    clients: list[str] = json_column()
    region: str
    dial_plan: dict[str, Any] = json_column()
    draining_since: datetime | None
    degraded_since: datetime | None
    clock_skewed_since: datetime | None


class ActingUserRow(SQLModel, table=True):
    """Who somebody is on an appliance."""

    __tablename__ = "acting_user"

    device_id: str = Field(primary_key=True, foreign_key="device.id")
    name: str = Field(primary_key=True)
    username: str
    password: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))  # sealed
    set_at: datetime


class LineRow(SQLModel, table=True):
    """One line of an appliance: its last tries as pairs of a time and whether it failed."""

    __tablename__ = "line"

    device_id: str = Field(primary_key=True, foreign_key="device.id")
    number: int = Field(primary_key=True)
    tries: list[tuple[str, bool]] = json_column()
    degraded_since: datetime | None


class SubmissionRow(SQLModel, table=True):
    """One request to one appliance, for one or more faxes."""

    __tablename__ = "submission"
    __table_args__ = (
        Index("ix_submission_stage_due_at", "stage", "due_at"),
        Index("ix_submission_stage_priority_due_at_id", "stage", "priority", "due_at", "id"),
        Index("ix_submission_device_id_stage", "device_id", "stage"),
    )

    id: str = Field(primary_key=True)
    stage: str
    draft: dict[str, Any] = json_column()
    created_at: datetime
    created_by: str
    due_at: datetime
    device_id: str | None
    fax_key: str
    floor_key: str
    sent_at: datetime | None
    ended_at: datetime | None
    absent_looks: int
    last_look_at: datetime | None
    tries: int
    refused_by: list[str] = json_column()
    missed: list[str] = json_column()
    epoch: int
    holder: str
    contenders: list[dict[str, Any]] = json_column()
    priority: int
    acted_as: str
    username: str


class FaxRow(SQLModel, table=True):
    """One recipient's copy."""

    __tablename__ = "fax"
    __table_args__ = (
        Index("ix_fax_device_id_fax_key_entry_key", "device_id", "fax_key", "entry_key"),
        # all that a placement asks: the unfinished faxes of appliances, and their pages
        Index("ix_fax_status_device_id_origin_pages", "status", "device_id", "origin", "pages"),
        Index("ix_fax_status_id", "status", "id"),
        Index("ix_fax_origin_id", "origin", "id"),
        Index("ix_fax_status_updated_at", "status", "updated_at"),
        # all that "how far is it" asks
        Index(
            "ix_fax_batch_id_status_retried_as_pages", "batch_id", "status", "retried_as", "pages"
        ),
        Index(
            "ix_fax_acted",
            "device_id",
            sqlite_where=text("acted_as <> ''"),
            postgresql_where=text("acted_as <> ''"),
        ),
        Index(
            "ix_fax_came_with",
            "came_with",
            sqlite_where=text("came_with IS NOT NULL"),
            postgresql_where=text("came_with IS NOT NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    submission_id: str = Field(index=True, foreign_key="submission.id")
    ordinal: int
    status: str
    created_at: datetime
    updated_at: datetime
    created_by: str
    recipient: dict[str, Any] = json_column()
    client_reference: str = Field(index=True)
    send_at: datetime | None
    device_id: str | None
    dialled: str
    fax_key: str
    entry_key: str
    attempt: int
    first_try: int | None
    pages: int
    next_attempt_at: datetime | None
    hold_reason: str | None
    hold_detail: str = text_column()
    deadline: datetime | None
    stuck_as: str
    rounds_left: int
    retried_as: str | None
    placement: list[str] = json_column()
    failure: dict[str, Any] | None = Field(sa_column=Column(JSON(), nullable=True))
    cancelled_by: str | None
    cancel_requested_at: datetime | None
    reschedule_to: datetime | None
    device_state: str = text_column()
    device_message: str = text_column()
    missing_looks: int
    resend_of: str | None
    finished_at: datetime | None
    documents: list[dict[str, Any]] = json_column()
    origin: str
    username: str
    agent: str
    acted_as: str
    batch_id: str | None
    came_with: str | None
    corrected_as: str | None
    revision: int


class LeftEntryRow(SQLModel, table=True):
    """An entry that an appliance gave up, whose fax goes out anew as another one."""

    __tablename__ = "left_entry"

    device_id: str = Field(primary_key=True, foreign_key="device.id")
    fax_key: str = Field(primary_key=True)
    entry_key: str = Field(primary_key=True)
    fax_id: str = Field(primary_key=True, foreign_key="fax.id")
    submission_id: str
    at: datetime


class BatchRow(SQLModel, table=True):
    """One thing sent to many. What it ended with is kept; until then its faxes are counted."""

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_status_id", "status", "id"),)

    id: str = Field(primary_key=True)
    status: str
    created_at: datetime
    created_by: str
    client_reference: str = Field(index=True)
    total: int
    template: dict[str, Any] = json_column()
    asked_by: dict[str, Any] = json_column()
    cancel_requested_at: datetime | None
    called_off_by: dict[str, Any] | None = Field(sa_column=Column(JSON(), nullable=True))
    finished_at: datetime | None
    tally: dict[str, Any] | None = Field(sa_column=Column(JSON(), nullable=True))


class BatchChunkRow(SQLModel, table=True):
    """Recipients of a batch that are no faxes yet. The line goes in the commit that makes them so."""

    __tablename__ = "batch_chunk"

    batch_id: str = Field(primary_key=True, foreign_key="batch.id")
    number: int = Field(primary_key=True)
    content: dict[str, Any] = json_column()


class BatchDocumentRow(SQLModel, table=True):
    """Which batches need which file."""

    __tablename__ = "batch_document"

    batch_id: str = Field(primary_key=True, foreign_key="batch.id")
    sha256: str = Field(primary_key=True, foreign_key="document.sha256", index=True)


class DocumentRow(SQLModel, table=True):
    """A file of the spool. The file goes when `purged_at` is set; the line stays as a record."""

    __tablename__ = "document"

    sha256: str = Field(primary_key=True)
    size: int = Field(sa_column=Column(BigInteger(), nullable=False))
    stored_at: datetime
    purged_at: datetime | None = Field(index=True)


class SubmissionDocumentRow(SQLModel, table=True):
    """Which submissions need which file."""

    __tablename__ = "submission_document"

    submission_id: str = Field(primary_key=True, foreign_key="submission.id")
    sha256: str = Field(primary_key=True, foreign_key="document.sha256", index=True)


class EventRow(SQLModel, table=True):
    """The event log."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject_position", "subject", "position"),)

    position: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    id: str = Field(unique=True)
    sequence: int
    type: str
    subject: str
    at: datetime
    data: dict[str, Any] = json_column()


class EventHeadRow(SQLModel, table=True):
    """One row: the last position given, and the last that can no longer be read.

    Its lock is what puts events in the order of commits.
    """

    __tablename__ = "event_head"

    id: int = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger(), nullable=False))
    purged_to: int = Field(sa_column=Column(BigInteger(), nullable=False))


class EventSubjectRow(SQLModel, table=True):
    """The last sequence given to each subject."""

    __tablename__ = "event_subject"

    subject: str = Field(primary_key=True)
    sequence: int


class SubscriptionRow(SQLModel, table=True):
    """A webhook endpoint."""

    __tablename__ = "subscription"

    id: str = Field(primary_key=True)
    url: str = text_column()
    events: list[str] = json_column()
    description: str = text_column()
    state: str
    created_at: datetime
    created_by: str
    removed_at: datetime | None
    revision: int
    ordered: bool
    rate_per_second: float | None
    paused_by: str | None
    pause_reason: str = text_column()
    paused_at: datetime | None
    probe_at: datetime | None
    probes: int
    slow_until: datetime | None
    include: list[str] = json_column()
    body: str
    outline: dict[str, Any] = json_column()
    access: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))  # sealed; empty: none
    consent: dict[str, Any] | None = Field(sa_column=Column(JSON(), nullable=True))


class SubscriptionKeyRow(SQLModel, table=True):
    """A key that signs what an endpoint gets, until it has expired."""

    __tablename__ = "subscription_key"

    id: str = Field(primary_key=True)
    subscription_id: str = Field(foreign_key="subscription.id", index=True)
    version: str
    public: str
    secret: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))  # sealed
    created_at: datetime
    expires_at: datetime | None = Field(index=True)


class DeliveryRow(SQLModel, table=True):
    """The outbox: one event on its way to one endpoint."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_position", "position"),
        # as small, with a million deliveries done, as with none
        Index("ix_delivery_pending", "subscription_id", "id", **_PENDING),
        Index("ix_delivery_pending_subject", "subscription_id", "subject", "id", **_PENDING),
        # of few rows each, so that they cost the many others nothing
        Index(
            "ix_delivery_dead",
            "subscription_id",
            "position",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
        Index(
            "ix_delivery_replay_id_state",
            "replay_id",
            "state",
            sqlite_where=text("replay_id IS NOT NULL"),
            postgresql_where=text("replay_id IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(Number, primary_key=True))
    subscription_id: str = Field(foreign_key="subscription.id")
    event_id: str
    position: int = Field(sa_column=Column(BigInteger(), nullable=False))
    subject: str
    state: str
    attempt: int
    next_at: datetime
    trigger: str
    replay_id: str | None


class ReplayRow(SQLModel, table=True):
    """Events that somebody wants sent to an endpoint once more, and how far that is."""

    __tablename__ = "replay"
    __table_args__ = (
        Index("ix_replay_state", "state"),
        Index("ix_replay_subscription_id_id", "subscription_id", "id"),
    )

    id: str = Field(primary_key=True)
    subscription_id: str = Field(foreign_key="subscription.id")
    state: str
    selection: dict[str, Any] = json_column()
    created_at: datetime
    created_by: str
    total: int
    position: int = Field(sa_column=Column(BigInteger(), nullable=False))
    passed_over: int
    finished_at: datetime | None
    tally: dict[str, Any] | None = Field(sa_column=Column(JSON(), nullable=True))


class AttemptRow(SQLModel, table=True):
    """One try at a delivery."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_subscription_id_id", "subscription_id", "id"),)

    id: str = Field(primary_key=True)
    subscription_id: str = Field(foreign_key="subscription.id")
    event_id: str = Field(index=True)
    event_type: str
    attempt: int
    at: datetime
    duration_ms: int
    status: int | None
    error: str = text_column()
    response: str = text_column()
    next_at: datetime | None
    trigger: str
    address: str
    dns_ms: float | None
    connect_ms: float | None
    tls_ms: float | None
    first_byte_ms: float | None


class ApiKeyRow(SQLModel, table=True):
    """A key's hash."""

    __tablename__ = "api_key"

    id: str = Field(primary_key=True)
    name: str
    prefix: str
    digest: str = Field(unique=True)
    scopes: list[str] = json_column()
    created_at: datetime
    revoked_at: datetime | None
    limits: dict[str, Any] = json_column()
    expires_at: datetime | None
    last_used_at: datetime | None
    old_secrets_until: datetime | None


class OldSecretRow(SQLModel, table=True):
    """The hash of a secret that a key had before it was rotated."""

    __tablename__ = "old_secret"

    digest: str = Field(primary_key=True)
    key_id: str = Field(foreign_key="api_key.id")
    until: datetime


class SpendingRow(SQLModel, table=True):
    """What a principal with a cap for the day has sent on it."""

    __tablename__ = "spending"

    principal_id: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    faxes: int
    pages: int


class InboundFaxRow(SQLModel, table=True):
    """One call that came in."""

    __tablename__ = "inbound_fax"
    __table_args__ = (
        Index("ix_inbound_fax_device_id_status", "device_id", "status"),
        Index("ix_inbound_fax_status_id", "status", "id"),
    )

    id: str = Field(primary_key=True)
    device_id: str
    status: str
    created_at: datetime
    updated_at: datetime
    line: int | None
    extension: str = text_column()
    recipient: str = text_column()
    remote_id: str = text_column()
    page: int | None
    pages: int | None
    started_at: datetime | None
    ended_at: datetime | None
    settled_by: str | None
    message: str = text_column()
    start: str = text_column()


class FleetConfigurationRow(SQLModel, table=True):
    """What an appliance is to be like, by the document that was last applied to it."""

    __tablename__ = "fleet_configuration"

    device_id: str = Field(primary_key=True, foreign_key="device.id")
    wanted: dict[str, Any] = json_column()
    applied_at: datetime
    applied_by: str
    checked_at: datetime = Field(index=True)
    told: str


class LeaseRow(SQLModel, table=True):
    """Who may do something for a while."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str = Field(index=True)
    ends_at: datetime


class IdempotencyRow(SQLModel, table=True):
    """One `Idempotency-Key` of one principal, and what became of its request."""

    __tablename__ = "idempotency"

    principal_id: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    owner: str
    state: str
    fingerprint: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))  # sealed
    created_at: datetime = Field(index=True)
    lease_until: datetime
    request_id: str
    effects: list[str] = json_column()
    answer: bytes | None = Field(sa_column=Column(LargeBinary(), nullable=True))  # sealed


class SuppressionRow(SQLModel, table=True):
    """A number that gets no faxes for a while."""

    __tablename__ = "suppression"

    id: str = Field(primary_key=True)
    digits: str = Field(unique=True)
    reason: str
    active: bool
    created_at: datetime
    created_by: str
    until: datetime | None
    hits: int
