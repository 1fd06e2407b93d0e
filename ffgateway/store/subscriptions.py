"""Webhook endpoints, and the attempts at them. Their secrets are in a store of their own."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, func, not_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ffgateway.domain.errors import NotFound
from ffgateway.domain.pages import Page
from ffgateway.domain.receivers import BodyFormat, Consent, Include, Outline
from ffgateway.domain.subscriptions import (
    Attempt,
    PausedBy,
    Result,
    Subscription,
    SubscriptionState,
    Trigger,
)
from ffgateway.store.event_tables import AttemptRow, SubscriptionRow
from ffgateway.store.paging import page_of
from ffgateway.store.tries import note

_OUTLINE = TypeAdapter(Outline)
_CONSENT = TypeAdapter(Consent | None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFilter:
    """Which tries a list shows; nothing given means any."""

    event_id: str | None = None
    result: Result | None = None
    trigger: Trigger | None = None

    def where(self) -> list[ColumnElement[bool]]:
        """The same in SQL."""
        terms: list[ColumnElement[bool]] = []
        if self.event_id is not None:
            terms.append(col(AttemptRow.event_id) == self.event_id)
        if self.result is not None:
            status = func.coalesce(col(AttemptRow.status), 0)  # no answer: none of the good ones
            good = and_(col(AttemptRow.error) == "", status.between(200, 299))
            terms.append(good if self.result is Result.DELIVERED else not_(good))
        if self.trigger is not None:
            terms.append(col(AttemptRow.trigger) == self.trigger.value)
        return terms


ANY = AttemptFilter()


class SubscriptionStore:
    """The webhook endpoints of one transaction. A removed one is not found; its attempts stay."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, subscription: Subscription) -> None:
        """Keep a new endpoint."""
        self._session.add(
            SubscriptionRow(
                **_written(subscription),
                id=subscription.id,
                access=b"",
                created_at=subscription.created_at,
                created_by=subscription.created_by,
                removed_at=None,
                revision=subscription.revision,
            )
        )
        await self._session.flush()

    async def save(self, subscription: Subscription) -> None:
        """Keep the present form, its revision raised by one."""
        await self._session.exec(
            update(SubscriptionRow)
            .where(col(SubscriptionRow.id) == subscription.id)
            .values(**_written(subscription), revision=subscription.revision + 1)
        )

    async def remove(self, subscription_id: str, *, at: datetime) -> None:
        """Take an endpoint away."""
        await self._session.exec(
            update(SubscriptionRow)
            .where(col(SubscriptionRow.id) == subscription_id)
            .values(removed_at=at, state=SubscriptionState.DISABLED.value)
        )

    async def get(self, subscription_id: str, *, lock: bool = False) -> Subscription:
        """Return one. Raises `NotFound`.

        The lock keeps nobody from writing deliveries for it: who does holds the log's last
        position, and whoever holds this lock may be about to ask for that.
        """
        query = select(SubscriptionRow).where(
            SubscriptionRow.id == subscription_id, col(SubscriptionRow.removed_at).is_(None)
        )
        row = (
            await self._session.exec(query.with_for_update(key_share=True) if lock else query)
        ).first()
        if row is None:
            raise NotFound(f"There is no webhook {subscription_id}.", field="id")
        return _subscription(row)

    async def listening(self) -> tuple[Subscription, ...]:
        """Every endpoint that is to be told of things, now or once it is resumed."""
        query = select(SubscriptionRow).where(
            SubscriptionRow.state != SubscriptionState.DISABLED.value,
            col(SubscriptionRow.removed_at).is_(None),
        )
        return tuple(_subscription(row) for row in await self._session.exec(query))

    async def page(self, *, cursor: str | None, limit: int) -> Page[Subscription]:
        """The newest first."""
        return await page_of(
            self._session,
            SubscriptionRow,
            key=col(SubscriptionRow.id),
            noun=_subscription,
            where=[col(SubscriptionRow.removed_at).is_(None)],
            cursor=cursor,
            limit=limit,
        )

    async def slow(self, subscription_id: str, *, until: datetime) -> None:
        """Keep until when an endpoint asked to be left alone; not a change that anybody made."""
        await self._session.exec(
            update(SubscriptionRow)
            .where(col(SubscriptionRow.id) == subscription_id)
            .values(slow_until=until)
        )

    async def note(self, attempts: Sequence[Attempt]) -> None:
        """Keep how tries went."""
        await note(await self._session.connection(), attempts)

    async def attempts(
        self,
        subscription_id: str,
        filters: AttemptFilter,
        *,
        cursor: str | None,
        limit: int,
    ) -> Page[Attempt]:
        """The tries at one endpoint, the newest first."""
        return await page_of(
            self._session,
            AttemptRow,
            key=col(AttemptRow.id),
            noun=read_attempt,
            where=[col(AttemptRow.subscription_id) == subscription_id, *filters.where()],
            cursor=cursor,
            limit=limit,
        )


_ATTEMPT = tuple(AttemptRow.model_fields)


def _written(subscription: Subscription) -> dict[str, Any]:
    """What may change of an endpoint, as columns."""
    return {
        "url": subscription.url,
        "events": list(subscription.events),
        "description": subscription.description,
        "state": subscription.state.value,
        "ordered": subscription.ordered,
        "rate_per_second": subscription.rate_per_second,
        "paused_by": subscription.paused_by.value if subscription.paused_by else None,
        "pause_reason": subscription.pause_reason,
        "paused_at": subscription.paused_at,
        "probe_at": subscription.probe_at,
        "probes": subscription.probes,
        "slow_until": subscription.slow_until,
        "include": [one.value for one in subscription.include],
        "body": subscription.body.value,
        "outline": asdict(subscription.outline),
        "consent": _CONSENT.dump_python(subscription.consent, mode="json"),
    }


def _subscription(row: SubscriptionRow) -> Subscription:
    return Subscription(
        id=row.id,
        url=row.url,
        events=tuple(row.events),
        created_at=row.created_at,
        description=row.description,
        state=SubscriptionState(row.state),
        created_by=row.created_by,
        revision=row.revision,
        ordered=row.ordered,
        rate_per_second=row.rate_per_second,
        paused_by=PausedBy(row.paused_by) if row.paused_by else None,
        pause_reason=row.pause_reason,
        paused_at=row.paused_at,
        probe_at=row.probe_at,
        probes=row.probes,
        slow_until=row.slow_until,
        include=tuple(Include(one) for one in row.include),
        body=BodyFormat(row.body),
        outline=_OUTLINE.validate_python(row.outline),
        consent=_CONSENT.validate_python(row.consent),
    )


def read_attempt(row: AttemptRow) -> Attempt:
    """A try from its row."""
    fields = {name: getattr(row, name) for name in _ATTEMPT}
    return Attempt(**fields | {"trigger": Trigger(row.trigger)})
