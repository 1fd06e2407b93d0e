"""The audit log's proofs over HTTP: rows, their places, signed heads, keys, holds, and the whole of it."""

import base64
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field
from starlette.responses import Response, StreamingResponse

from ffgateway.domain.audit import record
from ffgateway.domain.sealing import Growth, Hold, Proof, SignedHead, SigningKey
from ffgateway.rest.answers import Items, Json, Out, all_of
from ffgateway.rest.bodies import Filled, Paged, Query, Strict
from ffgateway.rest.history_shapes import AuditOut, audit_out
from ffgateway.rest.operations import Asked, Operation, Place, page_answer
from ffgateway.services.gateway import Gateway

LARGEST = 999_999_999_999_999_999
SIZE: Final = Field(ge=1, le=LARGEST)
ROW: Final = Place(
    pattern="[1-9][0-9]{0,17}", description="The number of a row of the audit log.", example="1"
)
SUBJECT: Final = Place(
    pattern="[A-Za-z0-9_.:-]{1,64}",
    description="What rows call their resource or principal, by its id.",
    example="fax_01KARTX5RB4PSM9QE3V7Z0H2CD",
)


class ProofQuery(Query):
    """Of which checkpoint."""

    size: Annotated[int | None, SIZE] = None


class GrowthQuery(Query):
    """From which checkpoint to which, by their sizes."""

    before: Annotated[int, SIZE]
    after: Annotated[int, SIZE]


class SealedLogQuery(Query):
    """Which part of the log."""

    after: Annotated[
        int,
        Field(
            ge=0, le=LARGEST, description="How many rows are there already: go on with those after."
        ),
    ] = 0
    until: Annotated[
        int | None,
        Field(ge=1, le=LARGEST, description="The size of a checkpoint; the newest without."),
    ] = None


class AuditHoldRequest(Strict):
    """A subject whose rows are to be kept."""

    subject: Annotated[str, Field(pattern=f"^{SUBJECT.pattern}$", examples=[SUBJECT.example])]
    reason: Filled


class CheckpointOut(Out):
    """A signed head of the log."""

    size: int = Field(description="How many rows are sealed.")
    root: str = Field(description="The root of their Merkle tree (RFC 6962), in base64.")
    at: datetime
    checkpoint: str = Field(description="The signed note (C2SP tlog-checkpoint).")


class ProofOut(Out):
    """That a row is in the log: what `ffgateway audit verify` reads. Hashes are hexadecimal."""

    number: int
    leaf_index: int = Field(description="Its place among the sealed rows, from 0 on, without gaps.")
    leaf_hash: str = Field(description="SHA-256 of 0x00, the salt and the row in RFC 8785 JSON.")
    salt: str | None = Field(description="Null when the row was purged.")
    row: dict[str, Any] | None = Field(description="What was sealed; null when it was purged.")
    proof: list[str] = Field(description="The inclusion proof (RFC 6962, 2.1.1), from the leaf up.")
    checkpoint: str


class GrowthOut(Out):
    """That one log grew out of another by adding alone."""

    before: str = Field(description="The smaller checkpoint, a signed note.")
    after: str = Field(description="The larger one.")
    proof: list[str] = Field(description="The consistency proof (RFC 6962, 2.1.2), hexadecimal.")


class AuditKeyOut(Out):
    """A key that signs checkpoints, as others verify with it."""

    id: str
    origin: str
    verifier: str = Field(description="The verifier key of signed notes: NAME+ID+BASE64.")
    created_at: datetime
    retired_at: datetime | None


class AuditKeys(Out):
    """The keys, the oldest first."""

    items: list[AuditKeyOut]


class AuditHoldOut(Out):
    """A subject whose rows no purge takes."""

    subject: str
    reason: str
    at: datetime
    placed_by: str


class AuditHolds(Out):
    """Every hold."""

    items: list[AuditHoldOut]


def checkpoint_out(head: SignedHead) -> CheckpointOut:
    """A signed head."""
    root = base64.b64encode(head.root).decode()
    return CheckpointOut(size=head.size, root=root, at=head.at, checkpoint=head.note)


def proof_out(proof: Proof) -> ProofOut:
    """A proof."""
    leaf, entry = proof.leaf, proof.entry
    return ProofOut(
        number=leaf.number,
        leaf_index=leaf.index,
        leaf_hash=leaf.hash.hex(),
        salt=None if entry is None or leaf.salt is None else leaf.salt.hex(),
        row=None if entry is None else record(entry),
        proof=[one.hex() for one in proof.path],
        checkpoint=proof.head.note,
    )


def _growth_out(growth: Growth) -> GrowthOut:
    path = [one.hex() for one in growth.path]
    return GrowthOut(before=growth.before.note, after=growth.after.note, proof=path)


def _key_out(key: SigningKey) -> AuditKeyOut:
    return AuditKeyOut(
        id=key.id,
        origin=key.origin,
        verifier=key.verifier.text(),
        created_at=key.created_at,
        retired_at=key.retired_at,
    )


def _hold_out(hold: Hold) -> AuditHoldOut:
    return AuditHoldOut.model_validate(hold)


async def entry(gateway: Gateway, asked: Asked) -> Response:
    """One row."""
    number = int(asked.place("number"))
    return Json(audit_out(await gateway.proving.entry(asked.caller, number)))


async def proof(gateway: Gateway, asked: Asked) -> Response:
    """That it is in the log."""
    number, query = int(asked.place("number")), asked.query_as(ProofQuery)
    return Json(proof_out(await gateway.proving.proof(asked.caller, number, query.size)))


async def checkpoints(gateway: Gateway, asked: Asked) -> Response:
    """A page of the signed heads."""
    query = asked.query_as(Paged)
    page = await gateway.proving.checkpoints(asked.caller, cursor=query.cursor, limit=query.limit)
    return page_answer(asked, page, checkpoint_out)


async def growth(gateway: Gateway, asked: Asked) -> Response:
    """That one grew out of another."""
    query = asked.query_as(GrowthQuery)
    return Json(_growth_out(await gateway.proving.growth(asked.caller, query.before, query.after)))


async def keys(gateway: Gateway, asked: Asked) -> Response:
    """The keys that sign."""
    return Json(AuditKeys(items=all_of(_key_out, await gateway.proving.keys(asked.caller))))


async def rotate(gateway: Gateway, asked: Asked) -> Response:
    """A new key."""
    return Json(_key_out(await gateway.proving.rotate(asked.caller)), status_code=201)


async def log(gateway: Gateway, asked: Asked) -> Response:
    """The log, line by line."""
    query = asked.query_as(SealedLogQuery)
    lines = await gateway.proving.log(asked.caller, after=query.after, until=query.until)
    return StreamingResponse(lines, media_type=NDJSON)


async def holds(gateway: Gateway, asked: Asked) -> Response:
    """What is held."""
    return Json(AuditHolds(items=all_of(_hold_out, await gateway.retaining.holds(asked.caller))))


async def hold(gateway: Gateway, asked: Asked) -> Response:
    """Hold a subject."""
    body = asked.body_as(AuditHoldRequest)
    held = await gateway.retaining.hold(asked.caller, body.subject, reason=body.reason)
    return Json(_hold_out(held), status_code=201)


async def let_go(gateway: Gateway, asked: Asked) -> Response:
    """Let one go."""
    await gateway.retaining.let_go(asked.caller, asked.place("subject"))
    return Response(status_code=204)


NDJSON = "application/x-ndjson"
_PATH = "/v1/audit"
_HOLDS = "/v1/audit-holds"  # below the log, a subject could be taken for what a row has
_LOG: Final[dict[str, Any]] = {"tag": "audit", "scope": "audit:read"}
_ROOT: Final[dict[str, Any]] = {"tag": "audit", "scope": "admin"}
OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(method="GET", path=f"{_PATH}/{{number}}", name="getAudit", act=entry, **_LOG,
        summary="One row of the audit log", places={"number": ROW}, answer=AuditOut, errors=(404,)),
    Operation(method="GET", path=f"{_PATH}/{{number}}/proof", name="proveAudit", act=proof, **_LOG,
        summary="That a row is in the log", places={"number": ROW}, query=ProofQuery,
        answer=ProofOut, errors=(404,)),
    Operation(method="GET", path=f"{_PATH}/checkpoints", name="listAuditCheckpoints",
        act=checkpoints, **_LOG, summary="Signed heads of the log, the newest first", query=Paged,
        answer=Items[CheckpointOut], headers=("Link",)),
    Operation(method="GET", path=f"{_PATH}/consistency", name="proveAuditGrowth", act=growth,
        **_LOG, summary="That the log grew by adding alone", query=GrowthQuery, answer=GrowthOut,
        errors=(404,)),
    Operation(method="GET", path=f"{_PATH}/keys", name="listAuditKeys", act=keys, **_LOG,
        summary="The keys that sign the log", answer=AuditKeys),
    Operation(method="POST", path=f"{_PATH}/keys", name="rotateAuditKey", act=rotate, **_ROOT,
        summary="Sign with a new key", status=201, answer=AuditKeyOut, errors=(404,)),
    Operation(method="GET", path=f"{_PATH}/log", name="readAuditLog", act=log, **_LOG,
        summary="The sealed log, to be verified elsewhere", query=SealedLogQuery, media=NDJSON,
        errors=(404,)),
    Operation(method="GET", path=_HOLDS, name="listAuditHolds", act=holds, **_LOG,
        summary="Subjects whose rows are kept", answer=AuditHolds),
    Operation(method="POST", path=_HOLDS, name="holdAudit", act=hold, **_ROOT,
        summary="Keep the rows of a subject", status=201, body=AuditHoldRequest, answer=AuditHoldOut),
    Operation(method="DELETE", path=f"{_HOLDS}/{{subject}}", name="releaseAuditHold",
        act=let_go, **_ROOT, summary="Let the rows of a subject grow old", status=204,
        places={"subject": SUBJECT}, errors=(404,)),
)  # fmt: skip
