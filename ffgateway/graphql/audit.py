"""The audit log's proofs over GraphQL."""

import base64
from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from ffgateway.domain import sealing
from ffgateway.domain.audit import record
from ffgateway.domain.errors import InvalidRequest, NotFound
from ffgateway.graphql.checks import line, position
from ffgateway.graphql.connections import DEFAULT_LIMIT, After, Connection, First, limit, paged
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import field, mutation
from ffgateway.graphql.history import AuditEntry, show_audit


@strawberry.type(description="A signed head of the audit log.")
class AuditCheckpoint:
    """A checkpoint."""

    size: str = strawberry.field(description="How many rows are sealed: a whole number.")
    root: str = strawberry.field(description="The root of their Merkle tree, in base64.")
    at: datetime
    checkpoint: str = strawberry.field(description="The signed note (C2SP tlog-checkpoint).")


@strawberry.type(description="That a row is in the audit log. Hashes are hexadecimal.")
class AuditProof:
    """What `ffgateway audit verify` reads, in GraphQL's spelling."""

    number: str
    leaf_index: str
    leaf_hash: str
    salt: str | None
    row: JSON | None = strawberry.field(description="What was sealed; null when it was purged.")
    proof: list[str]
    checkpoint: str


@strawberry.type(description="That the log of one checkpoint grew out of another by adding alone.")
class AuditConsistency:
    """Two signed notes and the way from one to the other."""

    before: str
    after: str
    proof: list[str]


@strawberry.type(description="A key that signs checkpoints, as others verify with it.")
class AuditKey:
    """A verifier key."""

    id: strawberry.ID
    origin: str
    verifier: str
    created_at: datetime
    retired_at: datetime | None


@strawberry.type(description="A subject whose rows no purge takes.")
class AuditHold:
    """A legal hold."""

    subject: str
    reason: str
    at: datetime
    placed_by: str


@strawberry.type(description="The new key.")
class RotateAuditKeyPayload:
    """Of `rotateAuditKey`."""

    key: AuditKey | None
    user_errors: list[UserError]


@strawberry.type(description="The hold.")
class HoldAuditPayload:
    """Of `holdAudit`."""

    hold: AuditHold | None
    user_errors: list[UserError]


@strawberry.type(description="Whose rows grow old again.")
class ReleaseAuditHoldPayload:
    """Of `releaseAuditHold`."""

    subject: str | None
    user_errors: list[UserError]


def _checkpoint(head: sealing.SignedHead) -> AuditCheckpoint:
    root = base64.b64encode(head.root).decode()
    return AuditCheckpoint(size=str(head.size), root=root, at=head.at, checkpoint=head.note)


def _proof(found: sealing.Proof) -> AuditProof:
    leaf, entry = found.leaf, found.entry
    return AuditProof(
        number=str(leaf.number),
        leaf_index=str(leaf.index),
        leaf_hash=leaf.hash.hex(),
        salt=None if entry is None or leaf.salt is None else leaf.salt.hex(),
        row=None if entry is None else JSON(record(entry)),
        proof=[one.hex() for one in found.path],
        checkpoint=found.head.note,
    )


def _key(key: sealing.SigningKey) -> AuditKey:
    return AuditKey(
        id=strawberry.ID(key.id),
        origin=key.origin,
        verifier=key.verifier.text(),
        created_at=key.created_at,
        retired_at=key.retired_at,
    )


def _hold(one: sealing.Hold) -> AuditHold:
    return AuditHold(subject=one.subject, reason=one.reason, at=one.at, placed_by=one.placed_by)


def _number(value: str, name: str) -> int:
    number = position(value, field=name) or 0
    if number < 1:
        raise InvalidRequest("That is no number of the log.", field=name, cure="Use 1 or more.")
    return number


@strawberry.type
class AuditQueries:
    """Rows, proofs, heads, keys and holds."""

    @field("One row of the audit log.")
    async def audit_entry(self, info: Info, number: str) -> AuditEntry | None:
        """A row, or null."""
        caller, gateway = await info.context.caller(), info.context.gateway
        try:
            return show_audit(await gateway.proving.entry(caller, _number(number, "number")))
        except NotFound:
            return None

    @field("That a row is in the log of a checkpoint, of the newest without `size`.")
    async def audit_proof(
        self, info: Info, number: str, size: str | None = None
    ) -> AuditProof | None:
        """A proof, or null for a row that is not sealed."""
        caller, gateway = await info.context.caller(), info.context.gateway
        of = None if size is None else _number(size, "size")
        try:
            return _proof(await gateway.proving.proof(caller, _number(number, "number"), of))
        except NotFound:
            return None

    @field("Signed heads of the audit log, the newest first.")
    async def audit_checkpoints(
        self, info: Info, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[AuditCheckpoint]:
        """A page of them."""
        caller, gateway = await info.context.caller(), info.context.gateway
        page = await gateway.proving.checkpoints(caller, cursor=after, limit=limit(first))
        return paged(page, _checkpoint, key=lambda head: head.size, after=after)

    @field("That the log grew by adding alone between two checkpoints, by their sizes.")
    async def audit_consistency(
        self, info: Info, before: str, after: str
    ) -> AuditConsistency | None:
        """The proof, or null when there is no such checkpoint."""
        caller, gateway = await info.context.caller(), info.context.gateway
        sizes = _number(before, "before"), _number(after, "after")
        try:
            found = await gateway.proving.growth(caller, *sizes)
        except NotFound:
            return None
        return AuditConsistency(
            before=found.before.note,
            after=found.after.note,
            proof=[one.hex() for one in found.path],
        )

    @field("The keys that sign the audit log, the oldest first.")
    async def audit_keys(self, info: Info) -> list[AuditKey]:
        """The keys."""
        caller = await info.context.caller()
        return [_key(key) for key in await info.context.gateway.proving.keys(caller)]

    @field("Subjects whose rows no purge takes.")
    async def audit_holds(self, info: Info) -> list[AuditHold]:
        """The holds."""
        caller = await info.context.caller()
        return [_hold(one) for one in await info.context.gateway.retaining.holds(caller)]


@strawberry.type
class AuditMutations:
    """Keys and holds."""

    @mutation("Sign the audit log with a new key; the old one signs once more beside it.")
    async def rotate_audit_key(self, info: Info) -> RotateAuditKeyPayload:
        """Rotate."""
        caller, gateway = await info.context.caller(), info.context.gateway
        key, wrong = await settled(gateway.proving.rotate(caller))
        return RotateAuditKeyPayload(key=_key(key) if key else None, user_errors=wrong)

    @mutation("Keep the rows of a subject, whatever their age.")
    async def hold_audit(self, info: Info, subject: str, reason: str) -> HoldAuditPayload:
        """Hold."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def hold() -> sealing.Hold:
            of = line(subject, "subject", required=True, longest=64)
            why = line(reason, "reason", required=True)
            return await gateway.retaining.hold(caller, of, reason=why)

        one, wrong = await settled(hold())
        return HoldAuditPayload(hold=_hold(one) if one else None, user_errors=wrong)

    @mutation("Let the rows of a subject grow old again.")
    async def release_audit_hold(self, info: Info, subject: str) -> ReleaseAuditHoldPayload:
        """Let go."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def let_go() -> bool:
            await gateway.retaining.let_go(caller, line(subject, "subject", required=True))
            return True

        done, wrong = await settled(let_go())
        return ReleaseAuditHoldPayload(subject=subject if done else None, user_errors=wrong)
