"""What became of a fax, in plain words; and the operator's decision where nobody else can tell."""

from datetime import datetime

import strawberry

from ffgateway.domain import faxes, submissions
from ffgateway.domain.errors import NotFound
from ffgateway.graphql.checks import line
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, put_down, settled
from ffgateway.graphql.faxes import Fax, show_fax
from ffgateway.graphql.fields import field, mutation
from ffgateway.services import deciding

strawberry.enum(
    deciding.Outcome, name="DecidedOutcome", description="What an operator knows of a fax."
)


@strawberry.type(description="Something that happened to a fax.")
class StoryStep:
    """A step."""

    at: datetime
    text: str
    detail: str | None


@strawberry.type(description="Where a fax is, why, what comes next and what may be done.")
class Explanation:
    """A fax's story."""

    summary: str
    reason: str | None
    next: str
    advice: str | None
    call_phase: str | None
    steps: list[StoryStep]


@strawberry.type(description="A fax on the appliance that could be the one in doubt.")
class Contender:
    """A contender."""

    fax_key: str
    entry_keys: list[str]
    created_at: datetime | None
    pages: int
    states: list[str]


@strawberry.type(description="The fax as it was settled.")
class DecideFaxPayload:
    """Of `decideFax`."""

    fax: Fax | None
    user_errors: list[UserError]


@strawberry.type
class DecidingQueries:
    """Stories, and what could be a fax in doubt."""

    @field("The story of a fax in plain words.")
    async def fax_explanation(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
    ) -> Explanation | None:
        """Explain, or null."""
        caller, gateway = await info.context.caller(), info.context.gateway
        try:
            found = await gateway.deciding.explain(caller, line(id, "id"))
        except NotFound:
            return None
        return Explanation(
            summary=found.summary,
            reason=found.reason or None,
            next=found.next,
            advice=found.advice or None,
            call_phase=found.call_phase,
            steps=[
                StoryStep(at=one.at, text=one.text, detail=one.detail or None)
                for one in found.steps
            ],
        )

    @field("What on its appliance could be a fax in doubt.")
    async def fax_contenders(self, info: Info, id: strawberry.ID) -> list[Contender]:  # noqa: A002
        """Contenders; of no fax there are none."""
        caller, gateway = await info.context.caller(), info.context.gateway
        try:
            found = await gateway.deciding.contenders(caller, line(id, "id"))
        except NotFound as no:
            put_down(no)
            return []
        return [_contender(one) for one in found]


def _contender(one: submissions.Contender) -> Contender:
    return Contender(
        fax_key=one.fax_key,
        entry_keys=list(one.entry_keys),
        created_at=one.created_at,
        pages=one.pages,
        states=list(one.states),
    )


@strawberry.type
class DecidingMutations:
    """The operator's decision."""

    @mutation("Settle a fax that is uncertain, on somebody's word.")
    async def decide_fax(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        outcome: deciding.Outcome,
        reason: str,
        fax_key: str | None = None,
    ) -> DecideFaxPayload:
        """Decide."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def decide() -> faxes.Fax:
            decision = deciding.Decision(
                outcome=outcome,
                reason=line(reason, "reason", required=True),
                fax_key=line(fax_key, "fax_key"),
            )
            return await gateway.deciding.decide(caller, line(id, "id"), decision)

        fax, wrong = await settled(decide())
        return DecideFaxPayload(fax=show_fax(fax) if fax else None, user_errors=wrong)
