"""One change for many appliances in GraphQL."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from ffgateway.domain import fanout
from ffgateway.domain.errors import InvalidRequest
from ffgateway.graphql.checks import line, optional
from ffgateway.graphql.configuring import AddInboundRouteInput, route_draft
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.evidence import STAND_IN, Evidence
from ffgateway.graphql.fields import mutation, secretive
from ffgateway.graphql.groups import Owner

strawberry.enum(fanout.Reach, name="Reach", description="How far a change came on an appliance.")

Devices = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description="Which appliances; null only with `all`."),
]
All = Annotated[bool, strawberry.argument(description="The whole fleet, in place of `devices`.")]


@strawberry.type(description="One thing that an appliance would not have.")
class Refusal:
    """A refusal."""

    index: int = strawberry.field(description="Its place in the request.")
    code: str
    detail: str


@strawberry.type(
    description="What became of a change on one appliance; counts and refusals add up to what was asked."
)
class DeviceResult:
    """A result."""

    device_id: strawberry.ID
    device_name: str
    outcome: fanout.Reach
    created: int
    changed: int
    unchanged: int
    refusals: list[Refusal]
    left: int = strawberry.field(description="Not tried, or not known to be done.")
    evidence: Evidence | None = strawberry.field(
        description="The weakest grade of how its answers are known; null when it gave none."
    )
    problem: UserError | None = strawberry.field(description="Why it ended early.")


@strawberry.type(description="What became of a change on each appliance.")
class EverywherePayload:
    """Of what is done everywhere."""

    results: list[DeviceResult]
    user_errors: list[UserError]


@strawberry.input(
    description="A contact that is to be there, found by name and the digits of the fax number."
    " What is null stays as it is."
)
class WantedContactInput:
    """A contact."""

    name: str
    fax_number: str
    phone_number: str | None = None
    organization: str | None = None


@strawberry.input(description="A contact that is there, of the group's list or the global one.")
class MemberInput:
    """A member."""

    name: str
    fax_number: str


@strawberry.input(
    description="A group that is to be there, found by its name; `members` are all that it is to"
    " have. What is null stays as it is."
)
class WantedGroupInput:
    """A group."""

    name: str
    description: str | None = None
    members: list[MemberInput] | None = None


@secretive
@strawberry.input(
    description="A user that is to be there, found by the user name. What is null stays as it is;"
    " making one needs a password."
)
class WantedUserInput:
    """A user."""

    username: str
    password: str | None = None
    name: str | None = None
    email_address: str | None = None
    phone_number: str | None = None
    fax_number: str | None = None
    organization: str | None = None


@strawberry.type
class EverywhereMutations:
    """What can be done on many appliances at once."""

    @mutation("See to it that contacts are in a list of many appliances.")
    async def apply_contacts(
        self,
        info: Info,
        *,
        contacts: list[WantedContactInput],
        devices: Devices = None,
        all: All = False,  # noqa: A002
        owner: Owner = None,
    ) -> EverywherePayload:
        """Contacts."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def apply() -> tuple[fanout.DeviceResult, ...]:
            wanted = tuple(_contact(n, one) for n, one in enumerate(contacts))
            chosen = _chosen(devices, whole=all)
            return await gateway.everywhere.contacts(caller, chosen, wanted, owner=owner)

        return await _payload(apply())

    @mutation("See to it that groups are in a list of many appliances.")
    async def apply_groups(
        self,
        info: Info,
        *,
        groups: list[WantedGroupInput],
        devices: Devices = None,
        all: All = False,  # noqa: A002
        owner: Owner = None,
    ) -> EverywherePayload:
        """Groups."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def apply() -> tuple[fanout.DeviceResult, ...]:
            wanted = tuple(_group(n, one) for n, one in enumerate(groups))
            chosen = _chosen(devices, whole=all)
            return await gateway.everywhere.groups(caller, chosen, wanted, owner=owner)

        return await _payload(apply())

    @mutation("See to it that users are on many appliances.")
    async def apply_users(
        self,
        info: Info,
        *,
        users: list[WantedUserInput],
        devices: Devices = None,
        all: All = False,  # noqa: A002
    ) -> EverywherePayload:
        """Users."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def apply() -> tuple[fanout.DeviceResult, ...]:
            wanted = tuple(_user(n, one) for n, one in enumerate(users))
            return await gateway.everywhere.users(caller, _chosen(devices, whole=all), wanted)

        return await _payload(apply())

    @mutation(
        "See to it that routes are on many appliances, found by scope, line and extension."
        + STAND_IN
    )
    async def apply_inbound_routes(
        self,
        info: Info,
        *,
        routes: list[AddInboundRouteInput],
        devices: Devices = None,
        all: All = False,  # noqa: A002
    ) -> EverywherePayload:
        """Routes."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def apply() -> tuple[fanout.DeviceResult, ...]:
            wanted = tuple(route_draft(one, f"routes[{n}].") for n, one in enumerate(routes))
            return await gateway.everywhere.routes(caller, _chosen(devices, whole=all), wanted)

        return await _payload(apply())


def _chosen(devices: list[strawberry.ID] | None, *, whole: bool) -> tuple[str, ...] | None:
    """The devices by id; None for all. Raises `InvalidRequest` for both, or neither."""
    if whole == (devices is not None):
        raise InvalidRequest(
            "It must be plain which appliances are meant.",
            field="devices",
            cure="Give their ids, or `all: true` and no ids.",
        )
    if devices is None:
        return None
    return tuple(line(one, f"devices[{n}]") for n, one in enumerate(devices))


def _contact(number: int, one: WantedContactInput) -> fanout.WantedContact:
    at = f"contacts[{number}]"
    return fanout.WantedContact(
        name=line(one.name, f"{at}.name", required=True),
        fax_number=line(one.fax_number, f"{at}.fax_number", required=True),
        phone_number=optional(one.phone_number, f"{at}.phone_number"),
        organization=optional(one.organization, f"{at}.organization"),
    )


def _group(number: int, one: WantedGroupInput) -> fanout.WantedGroup:
    at = f"groups[{number}]"
    members = None
    if one.members is not None:
        members = tuple(
            fanout.contact_key(
                line(each.name, f"{at}.members[{n}].name", required=True),
                line(each.fax_number, f"{at}.members[{n}].fax_number", required=True),
            )
            for n, each in enumerate(one.members)
        )
    return fanout.WantedGroup(
        name=line(one.name, f"{at}.name", required=True),
        description=optional(one.description, f"{at}.description"),
        members=members,
    )


def _user(number: int, one: WantedUserInput) -> fanout.WantedUser:
    at = f"users[{number}]"
    return fanout.WantedUser(
        username=line(one.username, f"{at}.username", required=True),
        password=optional(one.password, f"{at}.password"),
        name=optional(one.name, f"{at}.name"),
        email_address=optional(one.email_address, f"{at}.email_address"),
        phone_number=optional(one.phone_number, f"{at}.phone_number"),
        fax_number=optional(one.fax_number, f"{at}.fax_number"),
        organization=optional(one.organization, f"{at}.organization"),
    )


async def _payload(done: Awaitable[tuple[fanout.DeviceResult, ...]]) -> EverywherePayload:
    results, wrong = await settled(done)
    return EverywherePayload(results=[_shown(one) for one in results or ()], user_errors=wrong)


def _shown(result: fanout.DeviceResult) -> DeviceResult:
    problem = UserError(
        code=result.code, message=result.detail, field=None, cure=result.cure or None
    )
    return DeviceResult(
        device_id=strawberry.ID(result.device_id),
        device_name=result.device_name,
        outcome=result.outcome,
        created=result.created,
        changed=result.changed,
        unchanged=result.unchanged,
        refusals=[
            Refusal(index=one.index, code=one.code, detail=one.detail) for one in result.refusals
        ],
        left=result.left,
        evidence=result.evidence,
        problem=problem if result.code else None,
    )
