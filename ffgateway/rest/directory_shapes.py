"""Users and contacts as JSON: what comes in, what goes out."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from ffgateway.domain.directory import (
    Contact,
    ContactChanges,
    ContactDraft,
    ContactFilter,
    User,
    UserChanges,
    UserDraft,
)
from ffgateway.domain.records import OWNER
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import Line, Name, Paged, Strict, Whole
from ffgateway.rest.groups_shapes import Owner

Username = Annotated[
    str,
    StringConstraints(pattern=f"^{OWNER}$"),
    Field(examples=["abaker"]),
]
WORD = "^[!-~]{1,64}$"


def _sayable(password: SecretStr) -> SecretStr:
    if not re.fullmatch(WORD, password.get_secret_value()):
        raise ValueError("use 1 to 64 ASCII characters without spaces")
    return password


Password = Annotated[
    SecretStr,
    AfterValidator(_sayable),
    Field(
        json_schema_extra={"pattern": WORD, "minLength": 1, "maxLength": 64},
        description="Without spaces. It goes to the appliance and is never shown.",
    ),
]
Priority = Annotated[int, Field(ge=0, le=5, description="0 is the highest."), Whole]
Attempts = Annotated[int, Field(ge=1, le=100), Whole]
Interval = Annotated[int, Field(ge=0, le=86_400, description="Seconds between attempts."), Whole]
Receipt = Literal["never", "failure", "always"]
Part = Annotated[Line, Field(description="A part of it.")]


class UserRequest(Strict):
    """A user to be made. What is left out is the appliance's to choose."""

    username: Username
    password: Password
    name: Line = ""
    email_address: Line = ""
    phone_number: Line = ""
    fax_number: Line = ""
    organization: Line = ""
    priority: Priority | None = None
    max_attempts: Attempts | None = None
    interval_seconds: Interval | None = None
    receipt: Receipt | None = None
    receipt_attachment: Line | None = None

    def draft(self) -> UserDraft:
        """The user that it stands for."""
        return UserDraft(
            username=self.username,
            password=self.password.get_secret_value(),
            name=self.name,
            email_address=self.email_address,
            phone_number=self.phone_number,
            fax_number=self.fax_number,
            organization=self.organization,
            priority=self.priority,
            max_attempts=self.max_attempts,
            interval_seconds=self.interval_seconds,
            receipt=self.receipt or "",
            receipt_attachment=self.receipt_attachment or "",
        )


class UserPatch(Strict):
    """What to change of a user; what is absent or null stays. The user's name cannot change."""

    password: Password | None = None
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

    def changes(self) -> UserChanges:
        """The changes that it stands for."""
        return UserChanges(
            password=self.password.get_secret_value() if self.password else None,
            name=self.name,
            email_address=self.email_address,
            phone_number=self.phone_number,
            fax_number=self.fax_number,
            organization=self.organization,
            priority=self.priority,
            max_attempts=self.max_attempts,
            interval_seconds=self.interval_seconds,
            receipt=self.receipt,
            receipt_attachment=self.receipt_attachment,
        )


class Credentials(Strict):
    """A password to be tried."""

    password: Password


class Verified(Out):
    """Whether it was right."""

    verified: bool


class UserOut(Out):
    """A user of an appliance. Settings for sending are null on firmware before 3.0.4."""

    username: str
    name: str
    email_address: str
    phone_number: str
    fax_number: str
    organization: str
    priority: int | None
    max_attempts: int | None
    interval_seconds: int | None
    receipt: str | None
    receipt_attachment: str | None


def user_out(user: User) -> UserOut:
    """A user as JSON."""
    return UserOut(
        username=user.username,
        name=user.name,
        email_address=user.email_address,
        phone_number=user.phone_number,
        fax_number=user.fax_number,
        organization=user.organization,
        priority=user.priority,
        max_attempts=user.max_attempts,
        interval_seconds=user.interval_seconds,
        receipt=user.receipt or None,
        receipt_attachment=user.receipt_attachment or None,
    )


def verified_out(right: bool) -> Verified:
    """A verdict as JSON."""
    return Verified(verified=right)


class ContactQuery(Paged):
    """Which contacts. Every part that is given must be there."""

    owner: Owner = None
    name: Part = ""
    fax_number: Part = ""
    phone_number: Part = ""
    organization: Part = ""
    order: Annotated[
        Annotated[str, StringConstraints(pattern="^(name|fax_number|phone_number|organization)$")]
        | None,
        Field(description="Sorted by it, where the appliance sorts: no FFx30 does."),
    ] = None

    def wanted(self) -> ContactFilter:
        """The filter that it stands for."""
        return ContactFilter(
            name=self.name,
            fax_number=self.fax_number,
            phone_number=self.phone_number,
            organization=self.organization,
            order=self.order or "",
        )


class ContactRequest(Strict):
    """A contact to be made."""

    name: Name
    fax_number: Name
    phone_number: Line = ""
    organization: Line = ""

    def draft(self) -> ContactDraft:
        """The contact that it stands for."""
        return ContactDraft(
            name=self.name,
            fax_number=self.fax_number,
            phone_number=self.phone_number,
            organization=self.organization,
        )


class ContactPatch(Strict):
    """What to change of a contact; what is absent or null stays."""

    name: Name | None = None
    fax_number: Name | None = None
    phone_number: Line | None = None
    organization: Line | None = None

    def changes(self) -> ContactChanges:
        """The changes that it stands for."""
        return ContactChanges(
            name=self.name,
            fax_number=self.fax_number,
            phone_number=self.phone_number,
            organization=self.organization,
        )


class ContactOut(Out):
    """An entry of an address book."""

    id: str = Field(description="`OWNER~N`.")
    owner: str = Field(description="A user of the appliance, or `global`.")
    name: str
    fax_number: str
    phone_number: str
    organization: str


def contact_out(contact: Contact) -> ContactOut:
    """A contact as JSON."""
    return ContactOut(
        id=str(contact.id),
        owner=contact.id.owner,
        name=contact.name,
        fax_number=contact.fax_number,
        phone_number=contact.phone_number,
        organization=contact.organization,
    )
