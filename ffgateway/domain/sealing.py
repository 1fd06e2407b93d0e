"""What proves the audit log: leaves, signed heads, the keys that sign, and what no purge takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ffgateway.audit_verify import Key
from ffgateway.domain.audit import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A sealed row: its place in the tree, from 0 on without gaps, and what is hashed with it."""

    index: int
    number: int  # of the row
    hash: bytes
    salt: bytes | None = field(repr=False)  # None: the row was purged


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """A checkpoint: the size and root of the log at a moment, and the signed note that says so."""

    size: int
    root: bytes
    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key that signs checkpoints. A retired one signs once more, beside its successor."""

    id: str
    origin: str
    public: bytes
    created_at: datetime
    secret: bytes | None = field(default=None, repr=False)
    retired_at: datetime | None = None

    @property
    def verifier(self) -> Key:
        """What others verify with."""
        return Key(self.origin, self.public)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A subject (a fax, a device, a key: what rows call resource or principal) under legal hold."""

    subject: str
    reason: str
    at: datetime
    placed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That a row is in the log of a checkpoint. `entry` is None when it was purged."""

    leaf: Leaf
    entry: AuditEntry | None
    head: SignedHead
    path: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """That the log of one checkpoint grew out of that of another by adding alone."""

    before: SignedHead
    after: SignedHead
    path: Sequence[bytes]
