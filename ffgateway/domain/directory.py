"""The people whom an appliance knows: its users, and the contacts in their address books."""

from dataclasses import dataclass, field, replace
from typing import Final

from ffgateway.domain.records import RecordId

CONTACT_ORDERS: Final = ("name", "fax_number", "phone_number", "organization")
"""What a list of contacts can be sorted by, where the appliance sorts at all."""

RECEIPTS: Final = ("never", "failure", "always")
"""When a mail tells a user what became of a fax."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account on an appliance, without its password, which nobody can read.

    The settings for sending are None and "" on firmware before 3.0.4.
    """

    username: str
    name: str = ""
    email_address: str = ""
    phone_number: str = ""
    fax_number: str = ""
    organization: str = ""
    priority: int | None = None  # 0 highest, 5 lowest (inferred: as of a fax)
    max_attempts: int | None = None
    interval_seconds: int | None = None
    receipt: str = ""
    receipt_attachment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft:
    """A user to be. What is None or "" is the appliance's to choose."""

    username: str
    password: str = field(repr=False)
    name: str = ""
    email_address: str = ""
    phone_number: str = ""
    fax_number: str = ""
    organization: str = ""
    priority: int | None = None
    max_attempts: int | None = None
    interval_seconds: int | None = None
    receipt: str = ""
    receipt_attachment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanges:
    """What to change of a user; None leaves a thing as it is. The user's name cannot change."""

    password: str | None = field(default=None, repr=False)
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

    def given(self) -> tuple[str, ...]:
        """Names of what is to change."""
        return tuple(sorted(name for name in self.__slots__ if getattr(self, name) is not None))

    def of(self, user: User) -> User:
        """The user as it is to be, but for the password."""
        names = [name for name in self.given() if name != "password"]
        return replace(user, **{name: getattr(self, name) for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An entry of an address book."""

    id: RecordId
    name: str
    fax_number: str
    phone_number: str = ""
    organization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDraft:
    """A contact to be. That a name and a fax number are needed is inferred."""

    name: str
    fax_number: str
    phone_number: str = ""
    organization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanges:
    """What to change of a contact; None leaves a thing as it is."""

    name: str | None = None
    fax_number: str | None = None
    phone_number: str | None = None
    organization: str | None = None

    def given(self) -> tuple[str, ...]:
        """Names of what is to change."""
        return tuple(sorted(name for name in self.__slots__ if getattr(self, name) is not None))

    def of(self, contact: Contact) -> Contact:
        """The contact as it is to be."""
        return replace(contact, **{name: getattr(self, name) for name in self.given()})


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFilter:
    """Which contacts of a list, by parts of their texts, and in which order; "" is no matter."""

    name: str = ""
    fax_number: str = ""
    phone_number: str = ""
    organization: str = ""
    order: str = ""
