"""Suppressed numbers over GraphQL, and faxes that are held for theirs."""

from datetime import datetime

import strawberry

from ffgateway.domain import faxes, suppressions
from ffgateway.graphql.checks import line, optional
from ffgateway.graphql.connections import DEFAULT_LIMIT, After, Connection, First, limit, paged
from ffgateway.graphql.context import Info
from ffgateway.graphql.deciding import DecideFaxPayload
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.faxes import show_fax
from ffgateway.graphql.fields import field, mutation


@strawberry.type(description="A number that gets no faxes, or that failures speak against.")
class Suppression:
    """A suppression."""

    id: strawberry.ID
    digits: str
    reason: str
    active: bool = strawberry.field(
        description="Whether faxes are held; false while failures are counted, and when it is over."
    )
    created_at: datetime
    created_by: str
    until: datetime | None
    hits: int


@strawberry.type(description="The suppression.")
class SuppressionPayload:
    """Of `addSuppression`."""

    suppression: Suppression | None
    user_errors: list[UserError]


@strawberry.type(description="What was lifted.")
class LiftSuppressionPayload:
    """Of `liftSuppression`."""

    id: strawberry.ID | None
    user_errors: list[UserError]


def _shown(one: suppressions.Suppression) -> Suppression:
    return Suppression(
        id=strawberry.ID(one.id),
        digits=one.digits,
        reason=one.reason,
        active=one.active,
        created_at=one.created_at,
        created_by=one.created_by,
        until=one.until,
        hits=one.hits,
    )


@strawberry.type
class SuppressionQueries:
    """Suppressed numbers."""

    @field("Suppressed numbers, the newest first.")
    async def suppressions(
        self, info: Info, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[Suppression]:
        """A page of them."""
        caller, gateway = await info.context.caller(), info.context.gateway
        page = await gateway.suppressing.list(
            caller, cursor=optional(after, "after"), limit=limit(first)
        )
        return paged(page, _shown, key=lambda one: one.id, after=after)


@strawberry.type
class SuppressionMutations:
    """Suppressing and letting go."""

    @mutation("Hold what is sent to a number.")
    async def add_suppression(
        self, info: Info, fax_number: str, reason: str, until: datetime | None = None
    ) -> SuppressionPayload:
        """Suppress."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def add() -> suppressions.Suppression:
            return await gateway.suppressing.add(
                caller,
                line(fax_number, "fax_number", required=True),
                reason=line(reason, "reason", required=True),
                until=until,
            )

        one, wrong = await settled(add())
        return SuppressionPayload(suppression=_shown(one) if one else None, user_errors=wrong)

    @mutation("Let faxes to a number out again.")
    async def lift_suppression(self, info: Info, id: strawberry.ID) -> LiftSuppressionPayload:  # noqa: A002
        """Lift."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def lift() -> bool:
            await gateway.suppressing.lift(caller, line(id, "id"))
            return True

        done, wrong = await settled(lift())
        return LiftSuppressionPayload(id=id if done else None, user_errors=wrong)

    @mutation("Let a fax go that is held for its number.")
    async def release_fax(self, info: Info, id: strawberry.ID) -> DecideFaxPayload:  # noqa: A002
        """Release."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def release() -> faxes.Fax:
            return await gateway.suppressing.release(caller, line(id, "id"))

        fax, wrong = await settled(release())
        return DecideFaxPayload(fax=show_fax(fax) if fax else None, user_errors=wrong)
