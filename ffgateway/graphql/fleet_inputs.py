"""What appliances are to be like, as it comes in over GraphQL."""

import strawberry

from ffgateway.domain import fanout, fleet_document
from ffgateway.domain.configuration import RouteDraft
from ffgateway.domain.directory import UserChanges
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.fanout import WantedContact, WantedGroup
from ffgateway.domain.fleet_document import DeviceWanted, Listing
from ffgateway.graphql.checks import line, optional
from ffgateway.graphql.configuring import (
    AddInboundRouteInput,
    EditModemSettingsInput,
    EditT37SettingsInput,
    modem_changes,
    route_draft,
    t37_changes,
)
from ffgateway.graphql.everywhere import WantedContactInput, WantedGroupInput
from ffgateway.graphql.fields import secretive
from ffgateway.services.spreading import naming


@strawberry.input(
    description="A user that is to be there, found by the user name; null stays. No user is ever"
    " removed: FFWS lists none."
)
class UserToBeInput:
    """A user."""

    username: str
    name: str | None = None
    email_address: str | None = None
    phone_number: str | None = None
    fax_number: str | None = None
    organization: str | None = None
    priority: int | None = None
    max_attempts: int | None = None
    interval_seconds: int | None = None
    receipt: str | None = None
    receipt_attachment: str | None = None


@strawberry.input(description="The contacts of one list. `prune` removes those not named.")
class ContactListInput:
    """Contacts."""

    owner: str = "global"
    prune: bool = False
    items: list[WantedContactInput] = strawberry.field(default_factory=list)


@strawberry.input(description="The groups of one list. `prune` removes those not named.")
class GroupListInput:
    """Groups."""

    owner: str = "global"
    prune: bool = False
    items: list[WantedGroupInput] = strawberry.field(default_factory=list)


@strawberry.input(description="The routes of an appliance. `prune` removes those not named.")
class RouteListInput:
    """Routes."""

    prune: bool = False
    items: list[AddInboundRouteInput] = strawberry.field(default_factory=list)


@strawberry.input(description="How one modem is to be set up.")
class ModemToBeInput:
    """A modem."""

    number: int
    settings: EditModemSettingsInput


@strawberry.input(
    description="What one appliance is to be like. A section that is null or empty is not compared."
)
class DeviceToBeInput:
    """A device. There is no place for a password in it."""

    device: str = strawberry.field(description="Its name, or its id.")
    users: list[UserToBeInput] = strawberry.field(default_factory=list)
    contacts: list[ContactListInput] = strawberry.field(default_factory=list)
    groups: list[GroupListInput] = strawberry.field(default_factory=list)
    inbound_routes: RouteListInput | None = None
    t37_settings: EditT37SettingsInput | None = None
    modem_settings: list[ModemToBeInput] = strawberry.field(default_factory=list)


@secretive
@strawberry.input(
    description="The password of one user of the document: for a new one, or in place of another."
)
class UserPasswordInput:
    """A password."""

    username: str
    password: str


@strawberry.input(description="What is needed beside the document of one appliance to apply it.")
class DeviceSecretsInput:
    """Passwords, and the tag of a plan."""

    device: str = strawberry.field(description="As the document names it.")
    passwords: list[UserPasswordInput] = strawberry.field(default_factory=list)
    tag: str | None = strawberry.field(
        default=None, description="Of the plan that was agreed to; no other is carried out."
    )


def document(
    devices: list[DeviceToBeInput], beside: list[DeviceSecretsInput] | None = None
) -> tuple[DeviceWanted, ...]:
    """The document that they stand for."""
    _check_beside({one.device for one in devices}, beside or [])
    tags = {one.device: one.tag for one in beside or ()}
    found = []
    for index, one in enumerate(devices):
        with naming(f"devices[{index}]"):
            found.append(
                DeviceWanted(
                    device=line(one.device, "device", required=True),
                    wanted=_wanted(one),
                    seen=tags.get(one.device),
                )
            )
    return tuple(found)


def _check_beside(devices: set[str], beside: list[DeviceSecretsInput]) -> None:
    """Raise `InvalidRequest` for what belongs to no device of the document, or to one twice."""
    left = set(devices)
    for index, one in enumerate(beside):
        if one.device not in left:
            raise InvalidRequest(
                "The document has no such device, or it is here twice.",
                field=f"beside[{index}].device",
                cure="Name each device once, as the document does.",
            )
        left.discard(one.device)


def passwords(beside: list[DeviceSecretsInput] | None) -> dict[str, dict[str, str]]:
    """The passwords, by device and user."""
    return {
        one.device: {
            each.username: line(each.password, "passwords", longest=64) for each in one.passwords
        }
        for one in beside or ()
        if one.passwords
    }


def _wanted(given: DeviceToBeInput) -> fleet_document.Wanted:
    t37 = None
    if given.t37_settings is not None:
        with naming("t37_settings"):
            t37 = t37_changes(given.t37_settings)
    routes = given.inbound_routes
    return fleet_document.Wanted(
        users=tuple(_user(n, one) for n, one in enumerate(given.users)),
        contacts=tuple(_contacts(n, one) for n, one in enumerate(given.contacts)),
        groups=tuple(_groups(n, one) for n, one in enumerate(given.groups)),
        inbound_routes=None if routes is None else _routes(routes),
        t37_settings=t37,
        modem_settings=tuple(_modem(n, one) for n, one in enumerate(given.modem_settings)),
    )


def _user(number: int, given: UserToBeInput) -> fleet_document.UserToBe:
    with naming(f"users[{number}]"):
        return fleet_document.UserToBe(
            username=line(given.username, "username", required=True),
            changes=UserChanges(
                name=optional(given.name, "name"),
                email_address=optional(given.email_address, "email_address"),
                phone_number=optional(given.phone_number, "phone_number"),
                fax_number=optional(given.fax_number, "fax_number"),
                organization=optional(given.organization, "organization"),
                priority=given.priority,
                max_attempts=given.max_attempts,
                interval_seconds=given.interval_seconds,
                receipt=optional(given.receipt, "receipt"),
                receipt_attachment=optional(given.receipt_attachment, "receipt_attachment"),
            ),
        )


def _contacts(number: int, given: ContactListInput) -> Listing[WantedContact]:
    with naming(f"contacts[{number}]"):
        items = tuple(_contact(n, one) for n, one in enumerate(given.items))
        return Listing(owner=line(given.owner, "owner"), items=items, prune=given.prune)


def _contact(number: int, given: WantedContactInput) -> WantedContact:
    with naming(f"items[{number}]"):
        return WantedContact(
            name=line(given.name, "name", required=True),
            fax_number=line(given.fax_number, "fax_number", required=True),
            phone_number=optional(given.phone_number, "phone_number"),
            organization=optional(given.organization, "organization"),
        )


def _groups(number: int, given: GroupListInput) -> Listing[WantedGroup]:
    with naming(f"groups[{number}]"):
        items = tuple(_group(n, one) for n, one in enumerate(given.items))
        return Listing(owner=line(given.owner, "owner"), items=items, prune=given.prune)


def _group(number: int, given: WantedGroupInput) -> WantedGroup:
    with naming(f"items[{number}]"):
        members = None
        if given.members is not None:
            members = tuple(
                fanout.contact_key(
                    line(one.name, f"members[{n}].name", required=True),
                    line(one.fax_number, f"members[{n}].fax_number", required=True),
                )
                for n, one in enumerate(given.members)
            )
        return WantedGroup(
            name=line(given.name, "name", required=True),
            description=optional(given.description, "description"),
            members=members,
        )


def _routes(given: RouteListInput) -> Listing[RouteDraft]:
    with naming("inbound_routes"):
        items = tuple(route_draft(one, f"items[{n}].") for n, one in enumerate(given.items))
        return Listing(items=items, prune=given.prune)


def _modem(number: int, given: ModemToBeInput) -> fleet_document.ModemToBe:
    with naming(f"modem_settings[{number}].settings"):
        changes = modem_changes(given.settings)
    return fleet_document.ModemToBe(number=given.number, changes=changes)
