"""The fleet as a document, as JSON: what is to be, what is there, and the steps between."""

from typing import Annotated

from pydantic import Field, StringConstraints

from ffgateway.domain.configuration import RouteDraft
from ffgateway.domain.directory import UserChanges
from ffgateway.domain.fanout import MOST_DEVICES, WantedContact, WantedGroup, contact_key
from ffgateway.domain.fleet_document import (
    MOST_LISTS,
    MOST_RECORDS,
    DeviceWanted,
    Listing,
    ModemToBe,
    UserToBe,
    Wanted,
)
from ffgateway.domain.records import GLOBAL, OWNER
from ffgateway.rest.bodies import Filled, Line, Name, Query, Strict
from ffgateway.rest.configuration_shapes import LineNumber, ModemPatch, RouteRequest, T37Patch
from ffgateway.rest.directory_shapes import (
    Attempts,
    Interval,
    Password,
    Priority,
    Receipt,
    Username,
)
from ffgateway.rest.everywhere_shapes import WantedContactBody, WantedGroupBody

ListOwner = Annotated[
    str,
    StringConstraints(pattern=f"^{OWNER}$"),
    Field(description="A user of the appliance, or `global` for the list for everybody."),
]
Prune = Annotated[bool, Field(description="Remove what is there and is not named here.")]
Device = Annotated[Filled, Field(description="Its name, or its id.", examples=["front-office"])]


class UserToBeBody(Strict):
    """A user that is to be there, found by the user name; what is absent or null stays.

    No user is ever removed: FFWS lists none.
    """

    username: Username
    name: Line | None = None
    email_address: Line | None = None
    phone_number: Line | None = None
    fax_number: Line | None = None
    organization: Line | None = None
    priority: Priority | None = None
    max_attempts: Attempts | None = None
    interval_seconds: Interval | None = None
    receipt: Receipt | None = None
    receipt_attachment: Line | None = None

    def wanted(self) -> UserToBe:
        """The user that it stands for."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return UserToBe(username=given.pop("username"), changes=UserChanges(**given))


class ContactListBody(Strict):
    """The contacts of one list, found by name and the digits of the fax number."""

    owner: ListOwner = GLOBAL
    prune: Prune = False
    items: Annotated[list[WantedContactBody], Field(max_length=MOST_RECORDS)] = Field(default=[])

    def wanted(self) -> Listing[WantedContact]:
        """The list that it stands for."""
        items = tuple(
            WantedContact(
                name=one.name,
                fax_number=one.fax_number,
                phone_number=one.phone_number,
                organization=one.organization,
            )
            for one in self.items
        )
        return Listing(owner=self.owner, items=items, prune=self.prune)


class GroupListBody(Strict):
    """The groups of one list, found by name; members are contacts of that list or the global one."""

    owner: ListOwner = GLOBAL
    prune: Prune = False
    items: Annotated[list[WantedGroupBody], Field(max_length=MOST_RECORDS)] = Field(default=[])

    def wanted(self) -> Listing[WantedGroup]:
        """The list that it stands for."""
        items = tuple(
            WantedGroup(
                name=one.name,
                description=one.description,
                members=None
                if one.members is None
                else tuple(contact_key(each.name, each.fax_number) for each in one.members),
            )
            for one in self.items
        )
        return Listing(owner=self.owner, items=items, prune=self.prune)


class RouteListBody(Strict):
    """The routes for received faxes, found by scope, line and extension."""

    prune: Prune = False
    items: Annotated[list[RouteRequest], Field(max_length=MOST_RECORDS)] = Field(default=[])

    def wanted(self) -> Listing[RouteDraft]:
        """The list that it stands for."""
        return Listing(items=tuple(one.draft() for one in self.items), prune=self.prune)


class ModemToBeBody(ModemPatch):
    """How one modem is to be set up; what is absent or null stays."""

    number: LineNumber

    def wanted(self) -> ModemToBe:
        """The modem that it stands for."""
        return ModemToBe(number=self.number, changes=self.changes())


class DeviceToBe(Strict):
    """What one appliance is to be like. A section that is absent is not compared."""

    device: Device
    users: Annotated[list[UserToBeBody], Field(max_length=MOST_RECORDS)] = Field(default=[])
    contacts: Annotated[list[ContactListBody], Field(max_length=MOST_LISTS)] = Field(default=[])
    groups: Annotated[list[GroupListBody], Field(max_length=MOST_LISTS)] = Field(default=[])
    inbound_routes: RouteListBody | None = None
    t37_settings: T37Patch | None = None
    modem_settings: Annotated[list[ModemToBeBody], Field(max_length=999)] = Field(default=[])

    def wanted(self) -> Wanted:
        """What it stands for."""
        routes, t37 = self.inbound_routes, self.t37_settings
        return Wanted(
            users=tuple(one.wanted() for one in self.users),
            contacts=tuple(one.wanted() for one in self.contacts),
            groups=tuple(one.wanted() for one in self.groups),
            inbound_routes=None if routes is None else routes.wanted(),
            t37_settings=None if t37 is None else t37.changes(),
            modem_settings=tuple(one.wanted() for one in self.modem_settings),
        )


class PlanRequest(Strict):
    """What appliances are to be like. There is no place for a password in it."""

    devices: Annotated[list[DeviceToBe], Field(min_length=1, max_length=MOST_DEVICES)]

    def document(self) -> tuple[DeviceWanted, ...]:
        """The document that it stands for."""
        return tuple(DeviceWanted(device=one.device, wanted=one.wanted()) for one in self.devices)


class SecretOf(Strict):
    """The password of one user of the document: for a new one, or in place of another password."""

    username: Username
    password: Password


class DeviceToApply(DeviceToBe):
    """What one appliance is to be like, and what is needed to do it."""

    passwords: Annotated[list[SecretOf], Field(max_length=MOST_RECORDS)] = Field(default=[])
    tag: Annotated[
        Annotated[str, StringConstraints(pattern='^"[0-9a-f]{32}"$')] | None,
        Field(description="Of the plan that was agreed to; another plan is not carried out."),
    ] = None


class ApplyRequest(Strict):
    """What appliances are to be like, to be done."""

    devices: Annotated[list[DeviceToApply], Field(min_length=1, max_length=MOST_DEVICES)]

    def document(self) -> tuple[DeviceWanted, ...]:
        """The document that it stands for."""
        return tuple(
            DeviceWanted(device=one.device, wanted=one.wanted(), seen=one.tag)
            for one in self.devices
        )

    def passwords(self) -> dict[str, dict[str, str]]:
        """The passwords, by device and user."""
        return {
            one.device: {each.username: each.password.get_secret_value() for each in one.passwords}
            for one in self.devices
            if one.passwords
        }


class ExportQuery(Query):
    """What to export."""

    device: Annotated[
        list[Name],
        Field(
            max_length=MOST_DEVICES, description="A name or an id; without any, the whole fleet."
        ),
    ] = Field(default=[])
    owner: Annotated[
        list[ListOwner], Field(max_length=50, description="Lists beside the global ones.")
    ] = Field(default=[])
    user: Annotated[
        list[Username],
        Field(max_length=50, description="Users, if they are there: FFWS lists none."),
    ] = Field(default=[])
