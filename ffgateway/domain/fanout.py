"""One change for many appliances: what is chosen, and what each of them made of it.

Every change is of the kind "see to it that this is there", so that asking twice leaves what asking
once does. What happened on an appliance is counted, and what it refused is told by its place in
the request.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from ffgateway.domain.configuration import InboundRoute, RouteDraft, RouteScope
from ffgateway.domain.directory import Contact, ContactDraft, User, UserChanges, UserDraft
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.faxes import dialled
from ffgateway.domain.groups import Group
from ffgateway.domain.records import RecordId

MOST_DEVICES: Final = 500
"""Appliances that one request may name."""

MOST_THINGS: Final = 500
"""Contacts, users, routes or groups in one request: some 100 kB of it."""


class Reach(StrEnum):
    """How far the change came on one appliance."""

    DONE = "done"  # all of it is there now
    REFUSED = "refused"  # it said no, to some of it at least
    UNREACHABLE = "unreachable"  # it did not answer: what is counted is done, and nothing else
    SILENT = "silent"  # it stopped answering in the middle of a change: it may have acted


class Did(StrEnum):
    """What one thing took."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that an appliance would not have. `index` is its place in the request."""

    index: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceResult:
    """What became of the change on one appliance.

    `created`, `changed`, `unchanged`, the refusals and `left`, which were not tried, add up to
    what was asked. `code`, `detail` and `cure` are of the error that ended it before its end.
    `evidence` is the weakest grade among the appliance's answers, None when there was none.
    """

    device_id: str
    device_name: str
    outcome: Reach
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: tuple[Refusal, ...] = ()
    left: int = 0
    evidence: Evidence | None = None
    code: str = ""
    detail: str = ""
    cure: str = ""


def weakest(*grades: Evidence | None) -> Evidence | None:
    """The grade that all of them reach; None where there is none at all."""
    order = list(Evidence)
    return max((one for one in grades if one is not None), key=order.index, default=None)


# Contacts -----------------------------------------------------------------------------------------

ContactKey = tuple[str, str]
"""What makes two contacts of a list the same: the name, and the digits of the fax number."""


def contact_key(name: str, fax_number: str) -> ContactKey:
    """The key of a contact; a number without a digit counts as it is written."""
    return name.strip(), dialled(fax_number) or fax_number.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedContact:
    """A contact that is to be in a list. What is None stays as it is where the contact is there."""

    name: str
    fax_number: str
    phone_number: str | None = None
    organization: str | None = None

    @property
    def key(self) -> ContactKey:
        """What it is found by."""
        return contact_key(self.name, self.fax_number)

    def draft(self) -> ContactDraft:
        """The contact, to be made."""
        return ContactDraft(
            name=self.name,
            fax_number=self.fax_number,
            phone_number=self.phone_number or "",
            organization=self.organization or "",
        )

    def of(self, there: Contact) -> Contact:
        """What the contact that is there is to become; its number stays as it is written."""
        return replace(
            there,
            phone_number=there.phone_number if self.phone_number is None else self.phone_number,
            organization=there.organization if self.organization is None else self.organization,
        )


# Groups -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedGroup:
    """A group that is to be in a list, found by its name.

    `members` are keys of contacts: all that the group is to have. What is None stays as it is.
    """

    name: str
    description: str | None = None
    members: tuple[ContactKey, ...] | None = None

    def of(self, there: Group, members: tuple[RecordId, ...] | None) -> Group:
        """What the group that is there is to become. The order of members is no matter."""
        same = members is None or set(members) == set(there.members)
        return replace(
            there,
            description=there.description if self.description is None else self.description,
            members=there.members if same or members is None else members,
        )


# Users --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedUser:
    """A user that is to be there, found by the name. What is None stays as it is.

    A password is needed to make one. Whether one that is there has it is found out by asking as
    that user.
    """

    username: str
    password: str | None = field(default=None, repr=False)
    name: str | None = None
    email_address: str | None = None
    phone_number: str | None = None
    fax_number: str | None = None
    organization: str | None = None

    def draft(self) -> UserDraft:
        """The user, to be made."""
        return UserDraft(
            username=self.username,
            password=self.password or "",
            name=self.name or "",
            email_address=self.email_address or "",
            phone_number=self.phone_number or "",
            fax_number=self.fax_number or "",
            organization=self.organization or "",
        )

    def of(self, there: User) -> User:
        """What the user who is there is to become, but for the password."""
        return UserChanges(
            name=self.name,
            email_address=self.email_address,
            phone_number=self.phone_number,
            fax_number=self.fax_number,
            organization=self.organization,
        ).of(there)


# Routes -------------------------------------------------------------------------------------------

RouteKey = tuple[RouteScope, int | None, str]
"""What makes two routes the same: they go by the same thing."""


def route_key(route: RouteDraft) -> RouteKey:
    """The key of a route."""
    return route.scope, route.line, route.extension


def route_to_be(wanted: RouteDraft, there: InboundRoute) -> InboundRoute:
    """What the route that is there is to become. The order of destinations is no matter."""
    same = set(wanted.destinations) == set(there.destinations)
    destinations = there.destinations if same else wanted.destinations
    return replace(there, name=wanted.name, destinations=destinations)
