"""Users and contacts as GraphQL shows them, and what can be done with them."""

import strawberry

from ffgateway.domain import directory
from ffgateway.domain.evidence import Known
from ffgateway.domain.pages import Page, offset_of
from ffgateway.domain.records import record_id
from ffgateway.domain.versions import etag_of
from ffgateway.graphql.calls import changed, once
from ffgateway.graphql.checks import line, optional
from ffgateway.graphql.connections import DEFAULT_LIMIT, Connection, counted, limit
from ffgateway.graphql.context import Info
from ffgateway.graphql.device_parts import OfDevice
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.evidence import STAND_IN
from ffgateway.graphql.fields import field, mutation, secretive
from ffgateway.graphql.groups import Owner, Seen


@strawberry.type(
    name="User",
    description="An account on an appliance. Settings for sending are null before firmware 3.0.4.",
)
class User:
    """A user."""

    username: strawberry.ID
    name: str | None
    email_address: str | None
    phone_number: str | None
    fax_number: str | None
    organization: str | None
    priority: int | None = strawberry.field(description="0 is the highest, 5 the lowest.")
    max_attempts: int | None
    interval_seconds: int | None
    receipt: str | None
    receipt_attachment: str | None
    etag: str = strawberry.field(description="Which version it is; pass it as `ifMatch`.")


@strawberry.type(description="An entry of an address book of an appliance.")
class Contact:
    """A contact."""

    id: strawberry.ID = strawberry.field(description="`OWNER~N`.")
    owner: str = strawberry.field(description="A user of the appliance, or `global`.")
    name: str
    fax_number: str
    phone_number: str | None
    organization: str | None
    etag: str = strawberry.field(description="Which version it is; pass it as `ifMatch`.")


def show_user(user: directory.User) -> User:
    """A user for GraphQL."""
    return User(
        username=strawberry.ID(user.username),
        name=user.name or None,
        email_address=user.email_address or None,
        phone_number=user.phone_number or None,
        fax_number=user.fax_number or None,
        organization=user.organization or None,
        priority=user.priority,
        max_attempts=user.max_attempts,
        interval_seconds=user.interval_seconds,
        receipt=user.receipt or None,
        receipt_attachment=user.receipt_attachment or None,
        etag=etag_of(user),
    )


def show_contact(contact: directory.Contact) -> Contact:
    """A contact for GraphQL."""
    return Contact(
        id=strawberry.ID(str(contact.id)),
        owner=contact.id.owner,
        name=contact.name,
        fax_number=contact.fax_number,
        phone_number=contact.phone_number or None,
        organization=contact.organization or None,
        etag=etag_of(contact),
    )


@strawberry.type
class DirectoryOfDevice(OfDevice):
    """An appliance's people."""

    @field("One user, asked from the appliance: FFWS lists none, so the name must be known.")
    async def user(self, info: Info, username: str) -> User | None:
        """A user by name."""
        caller, name = await info.context.caller(), line(username, "username", required=True)

        async def ask() -> Known[directory.User]:
            return await info.context.gateway.directory.user(caller, self.id, name)

        return show_user(await once(self.id, "user.get", (name,), ask))

    @field("An address book, asked from the appliance. `order` is no matter for an FFx30.")
    async def contacts(
        self,
        info: Info,
        *,
        owner: Owner = None,
        name: str | None = None,
        fax_number: str | None = None,
        phone_number: str | None = None,
        organization: str | None = None,
        order: str | None = None,
        first: int = DEFAULT_LIMIT,
        after: str | None = None,
    ) -> Connection[Contact] | None:
        """A page of an address book."""
        caller, size = await info.context.caller(), limit(first)
        wanted = directory.ContactFilter(
            name=line(name, "name"),
            fax_number=line(fax_number, "fax_number"),
            phone_number=line(phone_number, "phone_number"),
            organization=line(organization, "organization"),
            order=line(order, "order"),
        )

        async def ask() -> Known[Page[directory.Contact]]:
            return await info.context.gateway.directory.contacts(
                caller, self.id, owner=owner, wanted=wanted, cursor=after, limit=size
            )

        page = await once(self.id, "contact.list", (owner, wanted, size, after), ask)
        return counted(page, show_contact, offset=offset_of(after), after=after)

    @field("One contact, asked from the appliance.")
    async def contact(self, info: Info, id: strawberry.ID) -> Contact | None:  # noqa: A002
        """A contact by its id."""
        caller, record = await info.context.caller(), record_id(id, field="id")

        async def ask() -> Known[directory.Contact]:
            return await info.context.gateway.directory.contact(caller, self.id, record)

        return show_contact(await once(self.id, "contact.get", (record,), ask))


@secretive
@strawberry.input(description="A user to be; what is null is the appliance's to choose.")
class AddUserInput:
    """A user."""

    username: str
    password: str = strawberry.field(description="Without spaces; it is never shown.")
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


@secretive
@strawberry.input(description="What to change of a user; null stays. The name cannot change.")
class EditUserInput:
    """Changes of a user."""

    password: str | None = None
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


@strawberry.input(description="A contact to be.")
class AddContactInput:
    """A contact."""

    name: str
    fax_number: str
    phone_number: str | None = None
    organization: str | None = None


@strawberry.input(description="What to change of a contact; null stays.")
class EditContactInput:
    """Changes of a contact."""

    name: str | None = None
    fax_number: str | None = None
    phone_number: str | None = None
    organization: str | None = None


@strawberry.type(description="The user as it is afterwards.")
class UserPayload:
    """Of what is done to one user."""

    user: User | None
    user_errors: list[UserError]


@strawberry.type(description="Whether the password was right; null when nobody could say.")
class VerifyUserPayload:
    """Of `verifyUser`."""

    verified: bool | None
    user_errors: list[UserError]


@strawberry.type(description="The contact as it is afterwards.")
class ContactPayload:
    """Of what is done to one contact."""

    contact: Contact | None
    user_errors: list[UserError]


@strawberry.type(description="The contact that is gone.")
class RemoveContactPayload:
    """Of `removeContact`."""

    id: strawberry.ID | None
    user_errors: list[UserError]


@strawberry.type
class DirectoryMutations:
    """What can be done with users and contacts."""

    @mutation("Make a user on an appliance.")
    async def add_user(
        self,
        info: Info,
        device_id: strawberry.ID,
        input: AddUserInput,  # noqa: A002
    ) -> UserPayload:
        """Add a user."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def add() -> directory.User:
            device, draft = line(device_id, "device_id"), _user_draft(input)
            return await changed(device, gateway.directory.add_user(caller, device, draft))

        user, wrong = await settled(add())
        return UserPayload(user=show_user(user) if user else None, user_errors=wrong)

    @mutation("Change what is given of a user.")
    async def edit_user(
        self,
        info: Info,
        device_id: strawberry.ID,
        username: str,
        input: EditUserInput,  # noqa: A002
        if_match: Seen = None,
    ) -> UserPayload:
        """Edit a user."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def edit() -> directory.User:
            device, name = line(device_id, "device_id"), line(username, "username", required=True)
            changes = _user_changes(input)
            done = gateway.directory.edit_user(caller, device, name, changes, seen=if_match)
            return await changed(device, done)

        user, wrong = await settled(edit())
        return UserPayload(user=show_user(user) if user else None, user_errors=wrong)

    @mutation("Try a user's password on an appliance." + STAND_IN)
    async def verify_user(
        self, info: Info, device_id: strawberry.ID, username: str, password: str
    ) -> VerifyUserPayload:
        """Verify a user."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def verify() -> bool:
            device, name = line(device_id, "device_id"), line(username, "username", required=True)
            secret = line(password, "password")
            asked = gateway.directory.verify_user(caller, device, name, secret)
            return await changed(device, asked)

        verified, wrong = await settled(verify())
        return VerifyUserPayload(verified=verified, user_errors=wrong)

    @mutation("Put somebody into an address book.")
    async def add_contact(
        self,
        info: Info,
        device_id: strawberry.ID,
        input: AddContactInput,  # noqa: A002
        owner: Owner = None,
    ) -> ContactPayload:
        """Add a contact."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def add() -> directory.Contact:
            draft = directory.ContactDraft(
                name=line(input.name, "name", required=True),
                fax_number=line(input.fax_number, "fax_number", required=True),
                phone_number=line(input.phone_number, "phone_number"),
                organization=line(input.organization, "organization"),
            )
            device = line(device_id, "device_id")
            made = gateway.directory.add_contact(caller, device, draft, owner=owner)
            return await changed(device, made)

        contact, wrong = await settled(add())
        return ContactPayload(contact=show_contact(contact) if contact else None, user_errors=wrong)

    @mutation("Change what is given of a contact.")
    async def edit_contact(
        self,
        info: Info,
        device_id: strawberry.ID,
        id: strawberry.ID,  # noqa: A002
        input: EditContactInput,  # noqa: A002
        if_match: Seen = None,
    ) -> ContactPayload:
        """Edit a contact."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def edit() -> directory.Contact:
            changes = directory.ContactChanges(
                name=optional(input.name, "name"),
                fax_number=optional(input.fax_number, "fax_number"),
                phone_number=optional(input.phone_number, "phone_number"),
                organization=optional(input.organization, "organization"),
            )
            device, record = line(device_id, "device_id"), record_id(id, field="id")
            done = gateway.directory.edit_contact(caller, device, record, changes, seen=if_match)
            return await changed(device, done)

        contact, wrong = await settled(edit())
        return ContactPayload(contact=show_contact(contact) if contact else None, user_errors=wrong)

    @mutation("Take somebody out of an address book.")
    async def remove_contact(
        self,
        info: Info,
        device_id: strawberry.ID,
        id: strawberry.ID,  # noqa: A002
        if_match: Seen = None,
    ) -> RemoveContactPayload:
        """Remove a contact."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def remove() -> strawberry.ID:
            device, record = line(device_id, "device_id"), record_id(id, field="id")
            gone = gateway.directory.remove_contact(caller, device, record, seen=if_match)
            await changed(device, gone)
            return id

        gone, wrong = await settled(remove())
        return RemoveContactPayload(id=gone, user_errors=wrong)


def _user_draft(given: AddUserInput) -> directory.UserDraft:
    return directory.UserDraft(
        username=line(given.username, "username", required=True),
        password=line(given.password, "password"),
        name=line(given.name, "name"),
        email_address=line(given.email_address, "email_address"),
        phone_number=line(given.phone_number, "phone_number"),
        fax_number=line(given.fax_number, "fax_number"),
        organization=line(given.organization, "organization"),
        priority=given.priority,
        max_attempts=given.max_attempts,
        interval_seconds=given.interval_seconds,
        receipt=line(given.receipt, "receipt"),
        receipt_attachment=line(given.receipt_attachment, "receipt_attachment"),
    )


def _user_changes(given: EditUserInput) -> directory.UserChanges:
    return directory.UserChanges(
        password=optional(given.password, "password"),
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
    )
