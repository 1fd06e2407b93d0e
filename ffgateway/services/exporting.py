"""The sealed log for other systems: as lines that prove themselves, CSV, OCSF or FHIR.

An export is read lot by lot as its reader takes it, up to a checkpoint. Every row has its place, so
one that broke is taken up behind the last whole row. The call is one row of the log itself.
"""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from ffgateway.audit_verify import canonical, read_checkpoint, written, written_purged
from ffgateway.delivery import audit_csv, fhir_audit, ocsf
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.audit import AuditEntry, AuditFilter, record
from ffgateway.domain.faxes import Fax
from ffgateway.domain.sealing import Leaf
from ffgateway.services.audited import Gate
from ffgateway.store.transaction import Store, Transaction

AT_ONCE = 500
"""Rows that are read at once."""


class ExportForm(StrEnum):
    """How an export is written."""

    NDJSON = (
        "ndjson"  # what `audit verify` reads: rows that are not wanted are there as leaves alone
    )
    CSV = "csv"
    OCSF = "ocsf"
    FHIR = "fhir"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export under way: up to which row of the log it goes, and its lines in pieces."""

    until: int
    pieces: AsyncIterator[str]


class Exporting:
    """Exports, for whoever may read the log."""

    def __init__(self, store: Store, gate: Gate) -> None:
        self._store = store
        self._gate = gate

    async def export(
        self,
        caller: Caller,
        wanted: AuditFilter,
        form: ExportForm,
        *,
        after: int = 0,
        until: int | None = None,
    ) -> Export:
        """The rows that are wanted, from a place on up to the checkpoint of `until`, or the newest.

        Raises `NotFound` when there is no such checkpoint.
        """
        await self._gate.require(caller, Scope.AUDIT_READ, "audit.export")
        async with self._store.reading() as tx:
            head = await (tx.seals.newest() if until is None else tx.seals.checkpoint(until))
        size = head.size if head else 0
        if caller.call is not None:
            asked = {name: _plain(value) for name, value in asdict(wanted).items() if value}
            caller.call.detail |= {"form": form.value, "after": after, "until": size} | asked
        origin = read_checkpoint(head.note)[0].origin if head else ""
        return Export(
            until=size, pieces=self._pieces(caller, wanted, form, origin, place=after, end=size)
        )

    async def _pieces(
        self,
        caller: Caller,
        wanted: AuditFilter,
        form: ExportForm,
        origin: str,
        *,
        place: int,
        end: int,
    ) -> AsyncIterator[str]:
        """The lines, in pieces, for as long as the caller may stay."""
        if form is ExportForm.CSV and place == 0:
            yield audit_csv.head()
        while place < end:
            await self._gate.remain(caller)
            async with self._store.reading() as tx:
                rows = await tx.seals.log(
                    after=place,
                    until=end,
                    limit=AT_ONCE,
                    wanted=wanted,
                    bare=form is ExportForm.NDJSON,
                )
                faxes = await _disclosed(tx, rows) if form is ExportForm.FHIR else {}
            if not rows:
                return
            yield "".join(_line(form, origin, leaf, entry, faxes) for leaf, entry in rows)
            place = rows[-1][0].index + 1


async def _disclosed(tx: Transaction, rows: list[tuple[Leaf, AuditEntry | None]]) -> dict[str, Fax]:
    """The faxes that these rows say were sent."""
    sent = [one.resource for _, one in rows if one and one.action in fhir_audit.DISCLOSURES]
    return await tx.faxes.several(sent)


def _line(
    form: ExportForm, origin: str, leaf: Leaf, entry: AuditEntry | None, faxes: dict[str, Fax]
) -> str:
    if form is ExportForm.NDJSON:
        return sealed_line(leaf, entry)
    if entry is None:
        raise ValueError("only leaves without a row have no other form than NDJSON")
    if form is ExportForm.CSV:
        return audit_csv.row(leaf, entry)
    if form is ExportForm.OCSF:
        return canonical(ocsf.event(leaf, entry, origin=origin)) + "\n"
    fax = faxes.get(entry.resource)
    return canonical(fhir_audit.resource(leaf, entry, origin=origin, fax=fax)) + "\n"


def sealed_line(leaf: Leaf, entry: AuditEntry | None) -> str:
    """A line of the log as `audit_verify` reads it."""
    if entry is None or leaf.salt is None:
        return written_purged(leaf.index, leaf.hash)
    return written(leaf.index, canonical(record(entry)), leaf.salt)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
