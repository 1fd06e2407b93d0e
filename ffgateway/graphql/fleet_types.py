"""The fleet as a document in GraphQL: what is there, the steps to what is to be, what became of it."""

from typing import Any

import strawberry

from ffgateway.domain import fanout, fleet_document, fleet_steps
from ffgateway.domain.configuration import DestinationType, RouteDraft, RouteScope
from ffgateway.domain.errors import GatewayError
from ffgateway.domain.evidence import Evidence
from ffgateway.graphql.errors import UserError, spelled

strawberry.enum(fleet_steps.Act, name="FleetAct", description="What a step does.")
strawberry.enum(
    fleet_document.Section, name="FleetSection", description="A part of what an appliance is like."
)

GRADE = "The weakest grade of how its answers are known; null when it gave none."


@strawberry.type(description="One field, as people read it; empty where there is nothing.")
class FleetDifference:
    """A difference."""

    field: str
    before: str
    after: str


@strawberry.type(description="One record that is to be added, changed or removed.")
class FleetStep:
    """A step."""

    act: fleet_steps.Act
    section: fleet_document.Section
    name: str
    owner: str | None
    differences: list[FleetDifference]


@strawberry.type(description="What one appliance needs, in the order in which it would be done.")
class DevicePlan:
    """A plan."""

    device_id: strawberry.ID
    device_name: str
    tag: str | None = strawberry.field(
        description="Given to `applyFleet` it holds it to this plan."
    )
    steps: list[FleetStep]
    unchanged: int = strawberry.field(description="Records that are as they should be.")
    evidence: Evidence | None = strawberry.field(description=GRADE)
    problem: UserError | None


@strawberry.type(
    description="What became of it on one appliance: the first `done` of its steps are done, and"
    " nothing behind the one that failed was tried."
)
class DeviceApplied:
    """A result."""

    device_id: strawberry.ID
    device_name: str
    outcome: fanout.Reach
    steps: list[FleetStep]
    done: int
    unchanged: int
    evidence: Evidence | None = strawberry.field(description=GRADE)
    problem: UserError | None


def problem_of(error: GatewayError | None) -> UserError | None:
    """Why an appliance's part could not be done."""
    if error is None:
        return None
    return UserError(
        code=error.code, message=error.detail, field=spelled(error.field), cure=error.cure
    )


def show_plan(plan: fleet_steps.DevicePlan) -> DevicePlan:
    """A plan for GraphQL."""
    return DevicePlan(
        device_id=strawberry.ID(plan.device_id),
        device_name=plan.device_name,
        tag=None if plan.problem else plan.tag,
        steps=_steps(plan.steps),
        unchanged=_unchanged(plan.steps),
        evidence=plan.evidence,
        problem=problem_of(plan.problem),
    )


def show_applied(result: fleet_steps.DeviceApplied) -> DeviceApplied:
    """A result for GraphQL."""
    return DeviceApplied(
        device_id=strawberry.ID(result.device_id),
        device_name=result.device_name,
        outcome=result.outcome,
        steps=_steps(result.steps),
        done=result.done,
        unchanged=_unchanged(result.steps),
        evidence=result.evidence,
        problem=problem_of(result.problem),
    )


def _steps(steps: tuple[fleet_steps.Step, ...]) -> list[FleetStep]:
    return [
        FleetStep(
            act=step.act,
            section=step.section,
            name=step.name,
            owner=step.owner or None,
            differences=[
                FleetDifference(field=one.field, before=one.before, after=one.after)
                for one in step.differences
            ],
        )
        for step in fleet_steps.changes(steps)
    ]


def _unchanged(steps: tuple[fleet_steps.Step, ...]) -> int:
    return len(steps) - len(fleet_steps.changes(steps))


# The export ---------------------------------------------------------------------------------------


@strawberry.type(description="A user, without the password, which nobody can read.")
class UserThere:
    """A user."""

    username: str
    name: str | None
    email_address: str | None
    phone_number: str | None
    fax_number: str | None
    organization: str | None
    priority: int | None
    max_attempts: int | None
    interval_seconds: int | None
    receipt: str | None
    receipt_attachment: str | None


@strawberry.type(description="A contact of an export.")
class ContactThere:
    """A contact."""

    name: str
    fax_number: str
    phone_number: str | None
    organization: str | None


@strawberry.type(description="A list of contacts.")
class ContactsThere:
    """Contacts."""

    owner: str
    items: list[ContactThere]


@strawberry.type(description="A member of a group; its number in digits.")
class MemberThere:
    """A member."""

    name: str
    fax_number: str


@strawberry.type(
    description="A group of an export; `members` is null where one is in a list that was not read."
)
class GroupThere:
    """A group."""

    name: str
    description: str | None
    members: list[MemberThere] | None


@strawberry.type(description="A list of groups.")
class GroupsThere:
    """Groups."""

    owner: str
    items: list[GroupThere]


@strawberry.type(description="One place that faxes go to.")
class DestinationThere:
    """A destination."""

    type: DestinationType
    value: str


@strawberry.type(description="A route of an export.")
class RouteThere:
    """A route."""

    name: str
    scope: RouteScope
    line: int | None
    extension: str | None
    destinations: list[DestinationThere]


@strawberry.type(name="T37There", description="Faxes that come in by mail.")
class T37There:
    """Store and forward."""

    enabled: bool | None
    domain: str | None
    allowed_senders: list[str] | None
    cover_page_enabled: bool | None
    cover_page_name: str | None
    priority: int | None
    receipt: str | None
    receipt_attachment: str | None


@strawberry.type(description="How one modem is set up.")
class ModemThere:
    """A modem."""

    number: int
    enabled: bool | None
    country_code: str | None
    answer_on: int | None
    max_extension_digits: int | None
    routing: str | None
    init_string: str | None
    block_inbound: bool | None
    block_outbound: bool | None


@strawberry.type(description="A section that an appliance could not be asked for.")
class OmissionThere:
    """An omission."""

    section: fleet_document.Section
    detail: str


@strawberry.type(description="What one appliance is like, in the words of a document.")
class DeviceThere:
    """A device."""

    device_id: strawberry.ID
    device: str = strawberry.field(description="Its name.")
    users: list[UserThere]
    contacts: list[ContactsThere]
    groups: list[GroupsThere]
    inbound_routes: list[RouteThere] | None
    t37_settings: T37There | None
    modem_settings: list[ModemThere]
    omissions: list[OmissionThere]
    evidence: Evidence | None = strawberry.field(description=GRADE)
    problem: UserError | None


def show_export(found: fleet_document.DeviceExport) -> DeviceThere:
    """An export for GraphQL."""
    wanted = found.wanted
    routes, t37 = wanted.inbound_routes, wanted.t37_settings
    return DeviceThere(
        device_id=strawberry.ID(found.device_id),
        device=found.device_name,
        users=[
            UserThere(username=one.username, **_fields(one.changes, _USER)) for one in wanted.users
        ],
        contacts=[
            ContactsThere(
                owner=book.owner,
                items=[ContactThere(**_fields(one, _CONTACT)) for one in book.items],
            )
            for book in wanted.contacts
        ],
        groups=[
            GroupsThere(owner=one.owner, items=[_group(each) for each in one.items])
            for one in wanted.groups
        ],
        inbound_routes=None if routes is None else [_route(one) for one in routes.items],
        t37_settings=None if t37 is None else _t37(_fields(t37, _T37)),
        modem_settings=[
            ModemThere(number=one.number, **_fields(one.changes, _MODEM))
            for one in wanted.modem_settings
        ],
        omissions=[
            OmissionThere(section=one.section, detail=one.detail) for one in found.omissions
        ],
        evidence=found.evidence,
        problem=problem_of(found.problem),
    )


_USER = (
    "name", "email_address", "phone_number", "fax_number", "organization", "priority",
    "max_attempts", "interval_seconds", "receipt", "receipt_attachment",
)  # fmt: skip
_CONTACT = ("name", "fax_number", "phone_number", "organization")
_T37 = (
    "enabled", "domain", "allowed_senders", "cover_page_enabled", "cover_page_name", "priority",
    "receipt", "receipt_attachment",
)  # fmt: skip
_MODEM = (
    "enabled", "country_code", "answer_on", "max_extension_digits", "routing", "init_string",
    "block_inbound", "block_outbound",
)  # fmt: skip


def _fields(record: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _t37(given: dict[str, Any]) -> T37There:
    senders = given["allowed_senders"]
    return T37There(**{**given, "allowed_senders": None if senders is None else list(senders)})


def _group(group: fanout.WantedGroup) -> GroupThere:
    members = group.members
    return GroupThere(
        name=group.name,
        description=group.description,
        members=None
        if members is None
        else [MemberThere(name=name, fax_number=number) for name, number in members],
    )


def _route(route: RouteDraft) -> RouteThere:
    return RouteThere(
        name=route.name,
        scope=route.scope,
        line=route.line,
        extension=route.extension or None,
        destinations=[
            DestinationThere(type=one.type, value=one.value) for one in route.destinations
        ],
    )
