"""The fleet as a document: what the gateway answers."""

from pydantic import Field

from ffgateway.domain.configuration import DestinationType, RouteDraft, RouteScope
from ffgateway.domain.errors import GatewayError
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.fanout import WantedContact, WantedGroup
from ffgateway.domain.fleet_document import DeviceExport, Listing, ModemToBe, UserToBe, Wanted
from ffgateway.domain.fleet_steps import Act, DeviceApplied, DevicePlan, Step, changes
from ffgateway.rest.answers import Out


class WrongOut(Out):
    """Why an appliance's part could not be done, or not to its end."""

    code: str
    detail: str
    field: str | None
    cure: str | None


def _wrong(problem: GatewayError | None) -> WrongOut | None:
    if problem is None:
        return None
    return WrongOut(
        code=problem.code, detail=problem.detail, field=problem.field, cure=problem.cure
    )


_EVIDENCE = "The weakest grade of how its answers are known; null when it gave none."


class DifferenceOut(Out):
    """One field, as people read it; empty where there is nothing."""

    field: str
    before: str
    after: str


class StepOut(Out):
    """One record that is to be added, changed or removed."""

    act: str = Field(examples=["add", "change", "remove"])
    section: str = Field(examples=["users", "contacts", "groups", "inbound_routes"])
    name: str
    owner: str | None
    differences: list[DifferenceOut]


def _step(step: Step) -> StepOut:
    return StepOut(
        act=step.act.value,
        section=step.section.value,
        name=step.name,
        owner=step.owner or None,
        differences=[DifferenceOut.model_validate(one) for one in step.differences],
    )


class DevicePlanOut(Out):
    """What one appliance needs, in the order in which it would be done."""

    device_id: str
    device_name: str
    tag: str | None = Field(description="Sent with `apply`, it holds the gateway to this plan.")
    steps: list[StepOut]
    unchanged: int = Field(description="Records that are as they should be.")
    evidence: Evidence | None = Field(description=_EVIDENCE)
    problem: WrongOut | None


class PlanOut(Out):
    """What each appliance needs."""

    devices: list[DevicePlanOut]


def plan_out(plans: tuple[DevicePlan, ...]) -> PlanOut:
    """Plans as JSON."""
    return PlanOut(
        devices=[
            DevicePlanOut(
                device_id=one.device_id,
                device_name=one.device_name,
                tag=None if one.problem else one.tag,
                steps=[_step(step) for step in changes(one.steps)],
                unchanged=_unchanged(one.steps),
                evidence=one.evidence,
                problem=_wrong(one.problem),
            )
            for one in plans
        ]
    )


def _unchanged(steps: tuple[Step, ...]) -> int:
    return sum(step.act is Act.UNCHANGED for step in steps)


class DeviceAppliedOut(Out):
    """What became of it on one appliance; the first `done` of its steps are done, the rest is not."""

    device_id: str
    device_name: str
    outcome: str = Field(
        description="`done`; `refused`: the step behind the last one done was, and nothing behind"
        " it was tried. `unreachable`: it did not answer. `silent`: it gave no answer to that step"
        " and may have done it. Applying again goes on from what is there.",
        examples=["done", "refused", "unreachable", "silent"],
    )
    steps: list[StepOut]
    done: int
    unchanged: int = Field(description="Records that were as they should be.")
    evidence: Evidence | None = Field(description=_EVIDENCE)
    problem: WrongOut | None


class AppliedOut(Out):
    """What became of it on each appliance."""

    devices: list[DeviceAppliedOut]


def applied_out(results: tuple[DeviceApplied, ...]) -> AppliedOut:
    """Results as JSON."""
    return AppliedOut(
        devices=[
            DeviceAppliedOut(
                device_id=one.device_id,
                device_name=one.device_name,
                outcome=one.outcome.value,
                steps=[_step(step) for step in changes(one.steps)],
                done=one.done,
                unchanged=_unchanged(one.steps),
                evidence=one.evidence,
                problem=_wrong(one.problem),
            )
            for one in results
        ]
    )


# The export ---------------------------------------------------------------------------------------


class UserThere(Out):
    """A user, without the password, which nobody can read."""

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


class ContactThere(Out):
    """A contact."""

    name: str
    fax_number: str
    phone_number: str | None
    organization: str | None


class ContactsThere(Out):
    """A list of contacts."""

    owner: str
    items: list[ContactThere]


class MemberThere(Out):
    """A member; its number in digits."""

    name: str
    fax_number: str


class GroupThere(Out):
    """A group; `members` is null where one of them is in a list that was not read."""

    name: str
    description: str | None
    members: list[MemberThere] | None


class GroupsThere(Out):
    """A list of groups."""

    owner: str
    items: list[GroupThere]


class DestinationThere(Out):
    """One place that faxes go to."""

    type: DestinationType
    value: str


class RouteThere(Out):
    """A route."""

    name: str
    scope: RouteScope
    line: int | None
    extension: str | None
    destinations: list[DestinationThere]


class RoutesThere(Out):
    """The routes."""

    items: list[RouteThere]


class T37There(Out):
    """Faxes that come in by mail."""

    enabled: bool | None
    domain: str | None
    allowed_senders: list[str] | None
    cover_page_enabled: bool | None
    cover_page_name: str | None
    priority: int | None
    receipt: str | None
    receipt_attachment: str | None


class ModemThere(Out):
    """One modem."""

    number: int
    enabled: bool | None
    country_code: str | None
    answer_on: int | None
    max_extension_digits: int | None
    routing: str | None
    init_string: str | None
    block_inbound: bool | None
    block_outbound: bool | None


class OmissionOut(Out):
    """A section that the appliance could not be asked for."""

    section: str
    detail: str


class DeviceExportOut(Out):
    """What one appliance is like, in the words of a document."""

    device: str = Field(description="Its name.")
    device_id: str
    users: list[UserThere]
    contacts: list[ContactsThere]
    groups: list[GroupsThere]
    inbound_routes: RoutesThere | None
    t37_settings: T37There | None
    modem_settings: list[ModemThere]
    omissions: list[OmissionOut]
    evidence: Evidence | None = Field(description=_EVIDENCE)
    problem: WrongOut | None


class ExportOut(Out):
    """What appliances are like."""

    devices: list[DeviceExportOut]


def export_out(found: tuple[DeviceExport, ...]) -> ExportOut:
    """An export as JSON."""
    return ExportOut(devices=[_device(one) for one in found])


def _device(found: DeviceExport) -> DeviceExportOut:
    wanted: Wanted = found.wanted
    routes, t37 = wanted.inbound_routes, wanted.t37_settings
    return DeviceExportOut(
        device=found.device_name,
        device_id=found.device_id,
        users=[_user(one) for one in wanted.users],
        contacts=[_contacts(one) for one in wanted.contacts],
        groups=[_groups(one) for one in wanted.groups],
        inbound_routes=None
        if routes is None
        else RoutesThere(items=[_route(one) for one in routes.items]),
        t37_settings=None if t37 is None else T37There.model_validate(t37),
        modem_settings=[_modem(one) for one in wanted.modem_settings],
        omissions=[
            OmissionOut(section=one.section.value, detail=one.detail) for one in found.omissions
        ],
        evidence=found.evidence,
        problem=_wrong(found.problem),
    )


def _user(user: UserToBe) -> UserThere:
    given = {name: getattr(user.changes, name) for name in user.changes.given()}
    blank = dict.fromkeys(UserThere.model_fields)
    return UserThere.model_validate({**blank, **given, "username": user.username})


def _modem(modem: ModemToBe) -> ModemThere:
    given = {name: getattr(modem.changes, name) for name in modem.changes.given()}
    blank = dict.fromkeys(ModemThere.model_fields)
    return ModemThere.model_validate({**blank, **given, "number": modem.number})


def _contacts(book: Listing[WantedContact]) -> ContactsThere:
    items = [ContactThere.model_validate(one) for one in book.items]
    return ContactsThere(owner=book.owner, items=items)


def _groups(groups: Listing[WantedGroup]) -> GroupsThere:
    return GroupsThere(
        owner=groups.owner,
        items=[
            GroupThere(
                name=one.name,
                description=one.description,
                members=None
                if one.members is None
                else [MemberThere(name=name, fax_number=number) for name, number in one.members],
            )
            for one in groups.items
        ],
    )


def _route(route: RouteDraft) -> RouteThere:
    return RouteThere(
        name=route.name,
        scope=route.scope,
        line=route.line,
        extension=route.extension or None,
        destinations=[DestinationThere.model_validate(one) for one in route.destinations],
    )
