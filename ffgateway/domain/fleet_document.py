"""What appliances are to be like: users, contacts, groups, routes and settings, as somebody wrote it down.

Nothing here is a password. What a document does not name is nobody's business: a section that is
absent is not compared, a field that is None stays as it is, and a record that is not named stays
where it is unless its list says `prune`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Generic, TypeVar

from ffgateway.domain.configuration import ModemChanges, RouteDraft, T37Changes
from ffgateway.domain.directory import UserChanges
from ffgateway.domain.errors import GatewayError
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.fanout import WantedContact, WantedGroup

W = TypeVar("W")

MOST_RECORDS: Final = 2_000
"""Contacts, groups or routes of one list in a document."""

MOST_LISTS: Final = 50
"""Lists of contacts, or of groups, of one appliance in a document."""


class Section(StrEnum):
    """A part of what an appliance is like."""

    USERS = "users"
    CONTACTS = "contacts"
    GROUPS = "groups"
    INBOUND_ROUTES = "inbound_routes"
    T37_SETTINGS = "t37_settings"
    MODEM_SETTINGS = "modem_settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserToBe:
    """A user that is to be there. `changes` never has a password: that comes beside the document."""

    username: str
    changes: UserChanges = field(default_factory=UserChanges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[W]):
    """A list that is to have these records. With `prune` it is to have no others.

    `owner` is a user of the appliance, or `global`; it is "" for routes, which nobody owns.
    """

    owner: str = ""
    items: tuple[W, ...] = ()
    prune: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemToBe:
    """How one modem is to be set up."""

    number: int
    changes: ModemChanges = field(default_factory=ModemChanges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one appliance is to be like. FFWS lists no users and removes none: there is no `prune`."""

    users: tuple[UserToBe, ...] = ()
    contacts: tuple[Listing[WantedContact], ...] = ()
    groups: tuple[Listing[WantedGroup], ...] = ()
    inbound_routes: Listing[RouteDraft] | None = None
    t37_settings: T37Changes | None = None
    modem_settings: tuple[ModemToBe, ...] = ()

    @property
    def of_people(self) -> bool:
        """Whether users, contacts or groups are in it."""
        return bool(self.users or self.contacts or self.groups)

    @property
    def of_setup(self) -> bool:
        """Whether routes or settings are in it."""
        return bool(self.inbound_routes or self.t37_settings or self.modem_settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceWanted:
    """An appliance, by its id or its name, and what it is to be like.

    `seen` is the tag of the plan that somebody agreed to, None for whatever is needed.
    """

    device: str
    wanted: Wanted
    seen: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """A section that an appliance could not be asked for."""

    section: Section
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceExport:
    """What an appliance is like, in the words of a document; `problem` when it could not be asked."""

    device_id: str
    device_name: str
    wanted: Wanted = Wanted()
    omissions: tuple[Omission, ...] = ()
    evidence: Evidence | None = None
    problem: GatewayError | None = None
