"""The schema: roots put together, the door before them, errors put into words."""

from functools import cache

import strawberry
from graphql import GraphQLError
from strawberry.types.execution import ExecutionContext

from ffgateway.graphql import scopes
from ffgateway.graphql.acting import ActingMutations
from ffgateway.graphql.admission import Admission, Door
from ffgateway.graphql.audit import AuditMutations, AuditQueries
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
from ffgateway.graphql.holdings import HoldingQueries
from ffgateway.graphql.inbound import InboundQueries
from ffgateway.graphql.keys import KeyMutations, KeyQueries
from ffgateway.graphql.limits import Limits
from ffgateway.graphql.mutations import MainMutations
from ffgateway.graphql.preview import PreviewMutations
from ffgateway.graphql.probing import ProbeMutations
from ffgateway.graphql.queries import MainQueries
from ffgateway.graphql.recording import Recording, recorded
from ffgateway.graphql.replays import ReplayMutations, ReplayQueries
from ffgateway.graphql.signing import SigningMutations
from ffgateway.graphql.subscriptions import Subscription
from ffgateway.graphql.suppressions import SuppressionMutations, SuppressionQueries


@strawberry.type(description="What can be looked up. A thing that does not exist is null.")
class Query(
    MainQueries,
    AuditQueries,
    HoldingQueries,
    KeyQueries,
    BatchQueries,
    DecidingQueries,
    SuppressionQueries,
    EventTypeQueries,
    ReplayQueries,
    InboundQueries,
    FleetQueries,
):
    """Roots of queries, from each room."""


@strawberry.type(description="What can be done. `userErrors` is empty when it was done.")
class Mutation(
    MainMutations,
    AuditMutations,
    ActingMutations,
    KeyMutations,
    BatchMutations,
    DecidingMutations,
    DeliveryMutations,
    ReplayMutations,
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

    hints = True

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Every path from an error to a client passes here."""
        context = execution_context.context if execution_context else None
        request_id = context.request_id if isinstance(context, Context) else ""
        for error in errors:
            explain(error, request_id=request_id, hints=self.hints)


def schema(limits: Limits | None = None) -> strawberry.Schema:
    """The schema of this version behind these limits. Building it takes a while, so each is built once."""
    return _schema(limits or Limits())


@cache
def _schema(limits: Limits) -> strawberry.Schema:
    door = Door(limits)
    built = _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        extensions=(Recording, Accounting, lambda: Admission(door)),
    )
    built.hints = limits.introspection
    scopes.say(built._schema)
    return recorded(built)


def sdl() -> str:
    """The schema in GraphQL's own language."""
    return schema().as_str() + "\n"
