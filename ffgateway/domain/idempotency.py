"""One key, one act: what an `Idempotency-Key` is, and what a request with one may do.

After draft-ietf-httpapi-idempotency-key-header. Comes in: the header, the canonical request, and
what is on record of the key. Goes out: run, wait, replay, answer anew, or refuse. Nothing here
keeps anything.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from ffgateway.domain.errors import (
    Conflict,
    DeviceError,
    DeviceSilent,
    Forbidden,
    GatewayError,
    InvalidRequest,
    NotFound,
    QuotaExceeded,
    Unauthenticated,
)

if TYPE_CHECKING:
    from ffgateway.domain.access import Grant

HEADER = "Idempotency-Key"
LEASE = timedelta(seconds=15)
"""How long a claim is believed without a sign of life. Shorter than `PATIENCE`, so that a client
which comes back after a crash gets its answer from the first try."""

BEAT = timedelta(seconds=5)
"""Between two signs of life: two may be missed."""

PATIENCE = timedelta(seconds=30)
"""How long a request waits for an earlier one with its key, unless its client has more patience."""

_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\]){1,510})"', re.ASCII)  # RFC 9651, 3.3.3
_BARE = re.compile(r"[!#-+\--:<-\[\]-~]{1,255}", re.ASCII)  # printable, without space " , ; \


def key_of(lines: Sequence[str]) -> str | None:
    """Read the header's lines: a structured field's string or a bare word; None when there is none.

    `"a"` and `a` are the same key. Raises `InvalidRequest`, which names the header.
    """
    if not lines:
        return None
    text = lines[0].strip(" \t")
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text if _BARE.fullmatch(text) else ""
    if len(lines) == 1 and 1 <= len(key) <= 255:
        return key
    raise InvalidRequest(
        "The key is not one." if len(lines) == 1 else "There is more than one key.",
        field=HEADER,
        cure='Send one string of 1 to 255 printable ASCII characters, such as "8e03978e-40d5".',
    )


def canonical_json(body: bytes) -> str:
    """JSON with its keys sorted and without spaces; nothing for an empty body."""
    return canonical(json.loads(body)) if body else ""


def canonical(value: object) -> str:
    """What JSON is made of, written so that equal values are equal texts."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def fingerprint(*, method: str, path: str, principal_id: str, body: str) -> str:
    """What makes two requests the same. `path` with its query, `body` canonical."""
    parts = canonical([method, path, principal_id, body])
    return hashlib.sha256(parts.encode()).hexdigest()


# What may be done twice --------------------------------------------------------------------------


class Repeat(StrEnum):
    """What a retry may do when the first request died without an answer."""

    BOUND = (
        "bound"  # what was done is on record with it: answered from that, or run if there is none
    )
    AGAIN = "again"  # doing it again leads to the same end
    NEVER = "never"  # it may have been done and nobody can tell: said, and never done again unasked


class Ending(StrEnum):
    """What an act's end means for its key."""

    DECIDED = "decided"  # kept, and answered again
    UNDONE = "undone"  # nothing was done: the key is free, and a retry runs
    UNSURE = "unsure"  # something may have been done: `Repeat` says what a retry may do


ENDINGS: tuple[tuple[type[GatewayError], Ending], ...] = (
    (InvalidRequest, Ending.UNDONE),
    (Unauthenticated, Ending.UNDONE),
    (Forbidden, Ending.UNDONE),
    (QuotaExceeded, Ending.UNDONE),
    (NotFound, Ending.DECIDED),
    (Conflict, Ending.DECIDED),
    (DeviceSilent, Ending.UNSURE),
    (DeviceError, Ending.UNDONE),  # it never heard of it, or said no
    (GatewayError, Ending.UNSURE),  # a fault of ours
)
"""The first that an error is one of decides."""


def ending(error: type[BaseException]) -> Ending:
    """What it means that an act raised this."""
    return next((end for kind, end in ENDINGS if issubclass(error, kind)), Ending.UNSURE)


def ending_of_code(code: str) -> Ending:
    """The same by an error's code, for answers that carry errors as data."""
    found = [one for one in _family(GatewayError) if one.code == code]
    return ending(found[0]) if found else Ending.UNSURE


def _family(error: type[GatewayError]) -> list[type[GatewayError]]:
    return [error, *(one for child in error.__subclasses__() for one in _family(child))]


# What is on record of a key ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A key that a request holds while it acts. `owner` is new with each holder, so that one who
    lost it cannot write any more.
    """

    principal_id: str
    digest: str  # SHA-256 of the key: clients put all kinds of things into keys
    owner: str


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


class State(StrEnum):
    """How far the request is that holds a key."""

    RUNNING = "running"
    DONE = "done"
    LOST = "lost"  # it ended, or may have, and there is no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as it went out. `headers` without what belongs to one exchange alone."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)  # it may have a secret that was shown this once


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is on record of a key. `effects` are ids of what was accepted in its name.

    `granted` is what whoever was answered could do then; None: nobody wrote it down.
    """

    claim: Claim
    state: State
    fingerprint: str
    created_at: datetime
    lease_until: datetime
    request_id: str
    effects: tuple[str, ...] = ()
    answer: Answer | None = None
    granted: "Grant | None" = None


class Step(StrEnum):
    """What a request with a key is to do next."""

    RUN = "run"  # take the key and act
    WAIT = "wait"  # somebody acts just now
    REPLAY = "replay"  # the answer is there
    REBUILD = "rebuild"  # what was done is known: answer from that
    REFUSE = "refuse"  # the key belongs to another request
    UNKNOWN = "unknown"  # it may have been done: say so


def next_step(
    known: Known | None, *, fingerprint: str, repeat: Repeat, now: datetime, keep: timedelta
) -> Step:
    """Say what a request may do, given what is on record of its key."""
    if known is None:
        return Step.RUN
    alive = known.state is State.RUNNING and known.lease_until > now
    if known.created_at + keep <= now and not alive:
        return Step.RUN  # forgotten, if not yet purged
    if known.fingerprint != fingerprint:
        return Step.REFUSE
    if known.state is State.DONE:
        return Step.REPLAY
    if alive:
        return Step.WAIT
    if known.effects:
        return Step.REBUILD if repeat is Repeat.BOUND else Step.UNKNOWN
    return Step.UNKNOWN if repeat is Repeat.NEVER else Step.RUN
