"""The tables of what is told: events, who gets them, what is on its way to whom and each try.

As in `tables`, to which none has a foreign key: an event goes on when what it tells of is gone.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from ffgateway.store.columns import Number, json_column, text_column

_PENDING: Any = {
    "sqlite_where": text("state = 'pending'"),
    "postgresql_where": text("state = 'pending'"),
}


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
