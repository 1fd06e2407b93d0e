"""The fleet as a document in GraphQL: export, plan, apply."""

from typing import Annotated

import strawberry

from ffgateway.domain import fleet_document, fleet_steps
from ffgateway.graphql.checks import line
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.evidence import STAND_IN
from ffgateway.graphql.fields import field, mutation
from ffgateway.graphql.fleet_inputs import (
    DeviceSecretsInput,
    DeviceToBeInput,
    document,
    passwords,
)
from ffgateway.graphql.fleet_types import (
    DeviceApplied,
    DevicePlan,
    DeviceThere,
    show_applied,
    show_export,
    show_plan,
)

Names = list[str] | None
Beside = Annotated[
    list[DeviceSecretsInput] | None,
    strawberry.argument(description="Passwords, and the tags of plans."),
]


@strawberry.type(description="What became of a document on each appliance.")
class ApplyFleetPayload:
    """Of `applyFleet`."""

    devices: list[DeviceApplied]
    user_errors: list[UserError]


@strawberry.type(description="What appliances are like.")
class FleetExportPayload:
    """Of `fleetExport`."""

    devices: list[DeviceThere]
    user_errors: list[UserError]


@strawberry.type(description="What a document would change on each appliance.")
class FleetPlanPayload:
    """Of `fleetPlan`."""

    devices: list[DevicePlan]
    user_errors: list[UserError]


@strawberry.type
class FleetQueries:
    """What can be found out about many appliances at once."""

    @field(
        "What appliances are like, as a document without passwords. Of users only those named are"
        " in it, as FFWS lists none. Null is the whole fleet." + STAND_IN
    )
    async def fleet_export(
        self, info: Info, *, devices: Names = None, owners: Names = None, users: Names = None
    ) -> FleetExportPayload:
        """The export."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def export() -> tuple[fleet_document.DeviceExport, ...]:
            return await gateway.fleet.export(
                caller,
                None if devices is None else _lines(devices, "devices"),
                users=_lines(users or [], "users"),
                owners=_lines(owners or [], "owners"),
            )

        found, wrong = await settled(export())
        return FleetExportPayload(
            devices=[show_export(one) for one in found or ()], user_errors=wrong
        )

    @field(
        "What a document would change on each appliance. Nothing is changed, and passwords are not"
        " compared." + STAND_IN
    )
    async def fleet_plan(self, info: Info, *, devices: list[DeviceToBeInput]) -> FleetPlanPayload:
        """The plans."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def plan() -> tuple[fleet_steps.DevicePlan, ...]:
            return await gateway.fleet.plan(caller, document(devices))

        plans, wrong = await settled(plan())
        return FleetPlanPayload(devices=[show_plan(one) for one in plans or ()], user_errors=wrong)


@strawberry.type
class FleetMutations:
    """What can be done to many appliances by a document."""

    @mutation(
        "Bring appliances to what a document says. On each of them the first refusal ends it;"
        " applying again goes on from what is there." + STAND_IN
    )
    async def apply_fleet(
        self, info: Info, *, devices: list[DeviceToBeInput], beside: Beside = None
    ) -> ApplyFleetPayload:
        """Apply."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def apply() -> tuple[fleet_steps.DeviceApplied, ...]:
            wanted = document(devices, beside)
            return await gateway.fleet.apply(caller, wanted, passwords=passwords(beside))

        results, wrong = await settled(apply())
        return ApplyFleetPayload(
            devices=[show_applied(one) for one in results or ()], user_errors=wrong
        )


def _lines(given: list[str], name: str) -> tuple[str, ...]:
    return tuple(line(one, f"{name}[{n}]", required=True) for n, one in enumerate(given))
