"""The schema: roots put together, limits set, errors put into words.

Limits hold for everybody: a document is counted before it is run. Parsing and validating the same
document again is what costs most, so both are remembered, in bounds.
"""

from collections.abc import Callable, Iterator
from functools import cache

import strawberry
from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import (
    AddValidationRules,
    MaxAliasesLimiter,
    MaxTokensLimiter,
    ParserCache,
    QueryDepthLimiter,
    SchemaExtension,
    ValidationCache,
)
from strawberry.types.execution import ExecutionContext

from ffgateway.graphql.batches import BatchMutations, BatchQueries
from ffgateway.graphql.calls import Accounting
from ffgateway.graphql.configuring import ConfigurationMutations
from ffgateway.graphql.context import Context
from ffgateway.graphql.deciding import DecidingMutations, DecidingQueries
from ffgateway.graphql.deliveries import DeliveryMutations
from ffgateway.graphql.directory import DirectoryMutations
from ffgateway.graphql.endpoints import EndpointMutations
from ffgateway.graphql.entries import EntryMutations
from ffgateway.graphql.errors import explain
from ffgateway.graphql.event_types import EventTypeQueries
from ffgateway.graphql.everywhere import EverywhereMutations
from ffgateway.graphql.exchange import ExchangeMutations
from ffgateway.graphql.fleet import FleetMutations, FleetQueries
from ffgateway.graphql.groups import GroupMutations
from ffgateway.graphql.inbound import InboundQueries
from ffgateway.graphql.mutations import MainMutations
from ffgateway.graphql.preview import PreviewMutations
from ffgateway.graphql.probing import ProbeMutations
from ffgateway.graphql.queries import MainQueries
from ffgateway.graphql.signing import SigningMutations
from ffgateway.graphql.subscriptions import Subscription
from ffgateway.graphql.suppressions import SuppressionMutations, SuppressionQueries

MAX_DEPTH = 10
MAX_ALIASES = 30
MAX_TOKENS = 2000
REMEMBERED = 256
"""Documents whose parsing and validation are kept."""

LONGEST_REMEMBERED = 20_000
"""Characters. Somebody may write a whole fax into the text instead of a variable."""

RULES = [
    *QueryDepthLimiter(max_depth=MAX_DEPTH).validation_rules,
    *MaxAliasesLimiter(max_alias_count=MAX_ALIASES).validation_rules,
]
"""Made once: the validation cache goes by the identity of the rules."""


class Parsing(ParserCache):
    """Remembers documents of a sensible length."""

    def on_parse(self) -> Iterator[None]:
        """Parse through the cache, or leave it to the library."""
        query = self.execution_context.query
        if query is None or len(query) > LONGEST_REMEMBERED:
            yield
        else:
            yield from super().on_parse()


class Validation(ValidationCache):
    """Remembers what was found about documents of a sensible length."""

    def on_validate(self) -> Iterator[None]:
        """Validate through the cache, or leave it to the library."""
        query = self.execution_context.query
        if query is None or len(query) > LONGEST_REMEMBERED:
            yield
        else:
            yield from super().on_validate()


class OneOperation(SchemaExtension):
    """Refuses a document of several operations that does not say which one is meant.

    GraphQL asks for that (October 2021, section 6.1, GetOperation); the library runs the first.
    """

    def on_validate(self) -> Iterator[None]:
        """Add to what validation found. The library's public name is that of the first, if unsaid."""
        said = self.execution_context._provided_operation_name
        document = self.execution_context.graphql_document
        operations = [
            one
            for one in (document.definitions if document else ())
            if isinstance(one, OperationDefinitionNode)
        ]
        if said is None and len(operations) > 1:
            unclear = GraphQLError(
                "The document has several operations: name one in operationName."
            )
            found = self.execution_context.pre_execution_errors or []
            self.execution_context.pre_execution_errors = [*found, unclear]
        yield


EXTENSIONS: tuple[Callable[[], SchemaExtension], ...] = (
    Accounting,
    lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
    lambda: AddValidationRules(RULES),
    lambda: Parsing(maxsize=REMEMBERED),
    lambda: Validation(maxsize=REMEMBERED),
    OneOperation,
)


@strawberry.type(description="What can be looked up. A thing that does not exist is null.")
class Query(
    MainQueries,
    BatchQueries,
    DecidingQueries,
    SuppressionQueries,
    EventTypeQueries,
    InboundQueries,
    FleetQueries,
):
    """Roots of queries, from each room."""


@strawberry.type(description="What can be done. `userErrors` is empty when it was done.")
class Mutation(
    MainMutations,
    BatchMutations,
    DecidingMutations,
    DeliveryMutations,
    SuppressionMutations,
    PreviewMutations,
    DirectoryMutations,
    GroupMutations,
    ConfigurationMutations,
    EverywhereMutations,
    FleetMutations,
    EntryMutations,
    ExchangeMutations,
    ProbeMutations,
    EndpointMutations,
    SigningMutations,
):
    """Roots of mutations, from each room."""


class _Schema(strawberry.Schema):
    """A schema that tells clients what they can put right, and the log what we must."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Every path from an error to a client passes here."""
        context = execution_context.context if execution_context else None
        request_id = context.request_id if isinstance(context, Context) else ""
        for error in errors:
            explain(error, request_id=request_id)


@cache
def schema() -> strawberry.Schema:
    """The one schema of this version. Building it takes a while, so it is built once."""
    return _Schema(query=Query, mutation=Mutation, subscription=Subscription, extensions=EXTENSIONS)


def sdl() -> str:
    """The schema in GraphQL's own language."""
    return schema().as_str() + "\n"
