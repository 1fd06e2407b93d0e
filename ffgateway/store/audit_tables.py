"""The tables of the audit log: its rows, and what seals them. Triggers refuse to change any of them.

A row is append-only and goes only through the door of a purge; of its leaf the hash stays and only
the salt goes. The triggers are in the migrations, on both engines.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from ffgateway.store.columns import Number, json_column, text_column


class AuditRow(SQLModel, table=True):
    """The audit log."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_resource_number", "resource", "number"),
        Index("ix_audit_principal_id_number", "principal_id", "number"),
    )

    number: int | None = Field(default=None, sa_column=Column(Number, primary_key=True))
    at: datetime = Field(index=True)
    kind: str
    operation: str
    principal_id: str
    principal_name: str
    action: str
    resource: str
    outcome: str
    request_id: str
    address: str
    detail: dict[str, Any] = json_column()


def _number_key() -> Any:
    return Field(sa_column=Column(Number, primary_key=True, autoincrement=False))


class AuditPendingRow(SQLModel, table=True):
    """A row that is not sealed yet; a trigger puts its number here."""

    __tablename__ = "audit_pending"

    number: int = _number_key()


class AuditDoorRow(SQLModel, table=True):
    """The door, while a purge is under way: the number of the row that says so."""

    __tablename__ = "audit_door"

    number: int = _number_key()
    opened_by: str = ""  # written by the trigger where transactions overlap


class AuditLeafRow(SQLModel, table=True):
    """A sealed row's place in the tree, without gaps. The salt is gone when the row is."""

    __tablename__ = "audit_leaf"

    leaf: int = _number_key()
    number: int = Field(sa_column=Column(Number, nullable=False, unique=True))
    hash: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    salt: bytes | None = Field(sa_column=Column(LargeBinary(), nullable=True))


class AuditNodeRow(SQLModel, table=True):
    """The hash of a complete part of the tree: of every 256 leaves, of every 256 of those, and so on."""

    __tablename__ = "audit_node"

    level: int = Field(primary_key=True)
    place: int = _number_key()
    hash: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))


class AuditCheckpointRow(SQLModel, table=True):
    """A signed head of the tree; one of each size."""

    __tablename__ = "audit_checkpoint"

    size: int = _number_key()
    root: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    at: datetime
    note: str = text_column()


class AuditKeyRow(SQLModel, table=True):
    """A key that signs checkpoints. Its secret goes when it has signed its last one."""

    __tablename__ = "audit_key"

    id: str = Field(primary_key=True)
    origin: str
    public: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    secret: bytes | None = Field(sa_column=Column(LargeBinary(), nullable=True))  # sealed
    created_at: datetime
    retired_at: datetime | None


class AuditHoldRow(SQLModel, table=True):
    """A subject whose rows no purge takes."""

    __tablename__ = "audit_hold"

    subject: str = Field(primary_key=True)
    reason: str
    at: datetime
    placed_by: str
