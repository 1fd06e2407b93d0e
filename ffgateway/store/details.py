"""What events leave out, for the endpoints that asked for it: looked up when it is sent.

Kept in one place, the fax's own: what is erased there is told no more, however often a try is made.
"""

from collections.abc import Collection
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.receivers import Details
from ffgateway.store.tables import BatchRow, FaxRow, InboundFaxRow, SubmissionRow


class DetailStore:
    """Numbers, names and subjects of faxes, within one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, subjects: Collection[str]) -> dict[str, Details]:
        """What is known of each fax, call and batch, by its id; other ids are passed over."""
        kinds: dict[str, list[str]] = {"fax": [], "inb": [], "bat": []}
        for one in subjects:
            kinds.get(one.partition("_")[0], []).append(one)
        found: dict[str, Details] = {}
        if kinds["fax"]:
            found |= await self._faxes(kinds["fax"])
        if kinds["inb"]:
            found |= await self._calls(kinds["inb"])
        if kinds["bat"]:
            found |= await self._batches(kinds["bat"])
        return found

    async def _faxes(self, ids: list[str]) -> dict[str, Details]:
        query = (
            select(FaxRow.id, FaxRow.recipient, FaxRow.dialled, _subject(SubmissionRow.draft))
            .join(SubmissionRow, col(SubmissionRow.id) == col(FaxRow.submission_id))
            .where(col(FaxRow.id).in_(ids))
        )
        return {
            one: Details(
                numbers={"fax_number": to["fax_number"], "dialled": dialled or None},
                names={
                    "recipient_name": to.get("name") or None,
                    "recipient_organization": to.get("organization") or None,
                },
                subjects={"cover_subject": subject or None},
            )
            for one, to, dialled, subject in await self._session.exec(query)
        }

    async def _calls(self, ids: list[str]) -> dict[str, Details]:
        query = select(InboundFaxRow).where(col(InboundFaxRow.id).in_(ids))
        return {
            row.id: Details(
                numbers={"remote_id": row.remote_id or None, "extension": row.extension or None},
                names={"recipient_name": row.recipient or None},
            )
            for row in await self._session.exec(query)
        }

    async def _batches(self, ids: list[str]) -> dict[str, Details]:
        query = select(BatchRow.id, _subject(BatchRow.template)).where(col(BatchRow.id).in_(ids))
        return {
            one: Details(subjects={"cover_subject": subject or None})
            for one, subject in await self._session.exec(query)
        }


def _subject(draft: Any) -> Any:
    return draft["cover_page"]["subject"].as_string()
