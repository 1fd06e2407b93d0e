"""A batch: one thing sent to many, kept at once and turned into submissions piece by piece.

Its recipients wait in chunks. A chunk becomes one submission, so all in it share one cover page;
each of its recipients becomes a fax. How far a batch is, is counted over its faxes: whoever is no
fax yet is waiting.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ffgateway.domain.faxes import (
    MAX_RECIPIENTS,
    PHASES,
    FaxDraft,
    FaxStatus,
    Phase,
    Recipient,
)

MAX_BATCH = 20_000
"""Recipients of one batch."""

BATCH_PRIORITY = 4
"""Of a batch that names none: behind single faxes, here and in the appliances' own queues."""

FEWEST = 25
"""A request carries its document, so not less than this is worth one while there are more."""

ROUNDS = 2
"""Requests for each line of the fleet that a batch is cut into, so that no line is without work."""


class BatchStatus(StrEnum):
    """Where a batch is. All but the first are ends."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    COMPLETED_WITH_FAILURES = "completed_with_failures"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A recipient of a batch, with what is its own; what is None is as for the whole batch."""

    recipient: Recipient
    client_reference: str = ""
    subject: str | None = None
    comments: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDraft:
    """What a caller wants sent to many. `common` is a draft without recipients."""

    addressees: tuple[Addressee, ...]
    common: FaxDraft

    def template(self) -> FaxDraft:
        """What all its submissions have in common, its priority decided."""
        given = self.common.priority
        return replace(self.common, priority=BATCH_PRIORITY if given is None else given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Recipients that leave in one request. `rows` are their places in the batch, from 0."""

    number: int
    rows: tuple[int, ...]
    recipients: tuple[Recipient, ...]
    references: tuple[str, ...]
    subject: str | None = None
    comments: str | None = None

    def draft(self, template: FaxDraft) -> FaxDraft:
        """What is to be sent to them."""
        cover = template.cover_page
        if self.subject is not None:
            cover = replace(cover, subject=self.subject)
        if self.comments is not None:
            cover = replace(cover, comments=self.comments)
        return replace(template, recipients=self.recipients, cover_page=cover)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many faxes of a batch are in each status, and the pages that came through so far."""

    statuses: Mapping[FaxStatus, int] = field(default_factory=dict)
    pages: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.statuses.values())

    @property
    def phases(self) -> dict[Phase, int]:
        """The same by phase; every phase is named."""
        found = dict.fromkeys(Phase, 0)
        for status, count in self.statuses.items():
            found[PHASES[status]] += count
        return found

    @property
    def finished(self) -> bool:
        """Whether none of them goes on."""
        phases = self.phases
        return not phases[Phase.WAITING] and not phases[Phase.ACTIVE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who promised or called off a batch: whatever is done for it later is done in this name."""

    principal_id: str
    name: str = ""
    request_id: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch, kept. `tally` is what it ended with, None until then."""

    id: str
    created_at: datetime
    template: FaxDraft
    total: int
    asked_by: Asker
    status: BatchStatus = BatchStatus.IN_PROGRESS
    cancel_requested_at: datetime | None = None
    called_off_by: Asker | None = None
    finished_at: datetime | None = None
    tally: Tally | None = None

    @property
    def finished(self) -> bool:
        """Whether every one of its faxes has come to an end."""
        return self.status is not BatchStatus.IN_PROGRESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A batch and how far it is now."""

    batch: Batch
    tally: Tally


def counted(statuses: Mapping[FaxStatus, int], pages: int, *, total: int) -> Tally:
    """Complete what the faxes say by those that are none yet: they are accepted, and wait."""
    waiting = total - sum(statuses.values())
    found = {status: count for status, count in statuses.items() if count}
    if waiting > 0:
        found[FaxStatus.ACCEPTED] = found.get(FaxStatus.ACCEPTED, 0) + waiting
    return Tally(statuses=found, pages=pages)


def status_of(tally: Tally, *, called_off: bool) -> BatchStatus:
    """Where a batch is by its faxes."""
    phases = tally.phases
    delivered, failed, cancelled = (
        phases[one] for one in (Phase.DELIVERED, Phase.FAILED, Phase.CANCELLED)
    )
    if not tally.finished:
        return BatchStatus.IN_PROGRESS
    if cancelled and (called_off or not delivered + failed):
        return BatchStatus.CANCELLED
    if not failed + cancelled:
        return BatchStatus.COMPLETED
    return BatchStatus.COMPLETED_WITH_FAILURES if delivered else BatchStatus.FAILED


def chunk_size(total: int, *, lines: int) -> int:
    """How many recipients a request of a batch carries on a fleet of so many lines.

    As many as let every line have `ROUNDS` requests to work on, within `FEWEST` and what FFWS takes.
    """
    share = -(-total // (max(lines, 1) * ROUNDS))
    return min(max(share, FEWEST), MAX_RECIPIENTS)


def chunks(addressees: Sequence[Addressee], *, size: int) -> Iterator[Chunk]:
    """Cut a batch into requests of at most `size`. Those with another cover text are not mixed."""
    alike: dict[tuple[str | None, str | None], list[int]] = {}
    for row, one in enumerate(addressees):
        alike.setdefault((one.subject, one.comments), []).append(row)
    number = 0
    for (subject, comments), rows in alike.items():
        for first in range(0, len(rows), size):
            part = tuple(rows[first : first + size])
            yield Chunk(
                number=number,
                rows=part,
                recipients=tuple(addressees[row].recipient for row in part),
                references=tuple(addressees[row].client_reference for row in part),
                subject=subject,
                comments=comments,
            )
            number += 1


def pieces(waiting: Iterable[Chunk], *, most: int) -> tuple[Chunk, ...]:
    """The first chunks that make up no more than `most` recipients; always one, if there is one."""
    taken: list[Chunk] = []
    size = 0
    for chunk in waiting:
        size += len(chunk.recipients)
        if taken and size > most:
            break
        taken.append(chunk)
    return tuple(taken)
