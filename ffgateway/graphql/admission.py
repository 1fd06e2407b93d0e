"""What stands before an operation: it is read, judged, and paid for, before any of it is run.

Reading and judging the same text again is what costs most, so both are done once and remembered, with
the plan of what it costs. Over HTTP, WebSocket and server-sent events it is the same door.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document
from strawberry.types.graphql import OperationType

from ffgateway.domain.errors import GatewayError, QuotaExceeded
from ffgateway.domain.quotas import Standing
from ffgateway.graphql.context import Context
from ffgateway.graphql.costs import Plan, plan
from ffgateway.graphql.limits import Limits

REMEMBERED = 256
"""Documents that are kept."""

LONGEST_REMEMBERED = 20_000
"""Characters. Somebody may write a whole fax into the text instead of a variable."""


@dataclass(slots=True)
class Judged:
    """A document, what is wrong with it, and the plans of its operations by name."""

    document: DocumentNode
    errors: list[GraphQLError]
    several: bool
    plans: dict[str | None, Plan] = field(default_factory=dict)


class Door:
    """The limits of one schema, and the documents it has seen. Its rules are made once."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._rules: tuple[type[ASTValidationRule], ...] = (*specified_rules, *limits.rules())
        self._judged_before: Callable[[GraphQLSchema, str], Judged] = lru_cache(REMEMBERED)(
            self._judge
        )

    def judge(self, schema: GraphQLSchema, text: str) -> Judged:
        """Read and judge a document, or remember it. Raises as the library's parser does."""
        if len(text) > LONGEST_REMEMBERED:
            return self._judge(schema, text)
        return self._judged_before(schema, text)

    def _judge(self, schema: GraphQLSchema, text: str) -> Judged:
        document = parse(text, max_tokens=self.limits.tokens or None)
        operations = [
            one for one in document.definitions if isinstance(one, OperationDefinitionNode)
        ]
        errors = validate_document(schema, document, self._rules)
        return Judged(document, errors, several=len(operations) > 1)


class Admission(SchemaExtension):
    """Takes one operation through the door."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._judged: Judged | None = None
        self._plan: Plan | None = None
        self._asked = 0
        self._payer = ""
        self._paid: Standing | None = None
        self._refused: GatewayError | None = None
        self._told: dict[str, Any] | None = None

    def on_parse(self) -> Iterator[None]:
        """Read the document. One that cannot be read is left to the library, which says why."""
        context = self.execution_context
        if self._door.limits.tokens:
            context.parse_options["max_tokens"] = self._door.limits.tokens
        if context.query:
            try:
                self._judged = self._door.judge(context.schema._schema, context.query)
                context.graphql_document = self._judged.document
            except (GraphQLError, RecursionError):
                self._judged = None
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Say what is wrong, or take the price."""
        judged = self._judged
        if judged is not None:
            found = (
                await self._untrusted(self.execution_context.context)
                or judged.errors
                or await self._refusals(judged)
            )
            self.execution_context.pre_execution_errors = list(found)
        yield

    async def _untrusted(self, context: Context) -> list[GraphQLError]:
        """Refuse a document before it is said what would be right in it: that tells of the schema."""
        if not context.documents.listed:
            return []
        try:
            principal = (await context.caller()).principal
            context.documents.admit(principal, self.execution_context.query or "")
        except GatewayError as no:
            return self._stopped(no)
        return []

    def _stopped(self, no: GatewayError) -> list[GraphQLError]:
        self._refused = no
        return [GraphQLError(no.detail, original_error=no)]

    async def _refusals(self, judged: Judged) -> list[GraphQLError]:
        context = self.execution_context
        # the library's public name is that of the first, if unsaid
        said = context._provided_operation_name
        if said is None and judged.several:  # October 2021, section 6.1, GetOperation
            return [GraphQLError("The document has several operations: name one in operationName.")]
        planned = judged.plans.get(said)
        if planned is None:
            planned = plan(context.schema._schema, judged.document, said)
            judged.plans[said] = planned
        nodes, self._asked = planned.asked(context.variables or {})
        most = self._door.limits.nodes
        if most and nodes > most:
            return [
                GraphQLError(
                    f"The operation is too large: up to {nodes} nodes, and {most} are allowed."
                    " Ask for smaller pages."
                )
            ]
        self._plan = planned
        try:
            await self._pay(context.context)
        except GatewayError as no:
            return self._stopped(no)
        return []

    async def _pay(self, context: Context) -> None:
        self._payer = (await context.caller()).principal.id
        self._paid = context.standing = context.gateway.quotas.spend(self._payer, self._asked)

    async def get_results(self) -> dict[str, Any]:
        """`cost`, in `extensions`: of a subscription with its first event only."""
        following = self._plan and (
            self.execution_context.operation_type is OperationType.SUBSCRIPTION
        )
        if self._told is not None:
            return {} if following else self._told
        self._told = {}
        if self._plan is not None:
            told: dict[str, Any] = {"asked": self._asked}
            if not following and self._refused is None:
                told["actual"] = self._settle(self._plan)
            self._told = {"cost": told | self._left()}
        return self._told

    def _settle(self, planned: Plan) -> int:
        """Count what came back, and give back what was taken for more."""
        result, context = self.execution_context.result, self.execution_context.context
        actual = min(planned.had(result.data if result else None), self._asked)
        if actual < self._asked and self._paid is not None:
            context.standing = context.gateway.quotas.give_back(
                self._payer, self._asked - actual, taken=self._paid
            )
        return actual

    def _left(self) -> dict[str, int]:
        standing: Standing | None = self.execution_context.context.standing
        if isinstance(self._refused, QuotaExceeded):
            standing = self._refused.standing
        if standing is None:
            return {}
        return {
            "limit": standing.limit,
            "remaining": standing.remaining,
            "resetsIn": standing.resets_in,
        }
