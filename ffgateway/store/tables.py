"""Columns and indexes, nothing else. What a row means is said by the domain noun it keeps.

Times are aware UTC on both engines; words of ours are kept as text, so that a new one needs no
migration.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from ffgateway.store.columns import json_column, text_column


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
