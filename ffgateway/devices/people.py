"""The users and contacts of an appliance, in our nouns."""

from typing import Final

from ffgateway.devices.client import Appliance
from ffgateway.devices.groups import must_sort, their_name, their_record
from ffgateway.domain.directory import Contact, ContactDraft, ContactFilter, User, UserDraft
from ffgateway.domain.evidence import Known
from ffgateway.domain.records import RecordId
from ffgateway.ffws import people as wire
from ffgateway.ffws.elements import read_done
from ffgateway.ffws.errors import MalformedDocument

ANY: Final = ContactFilter()


async def user(box: Appliance, username: str) -> Known[User]:
    """One user. Raises `DeviceNotThere`, and `DeviceRefused` for one that is not ours to see."""
    known = await box.ask("user.get", wire.read_user, username=username)
    return known.map(_user)


async def verify(box: Appliance, username: str, password: str) -> Known[bool]:
    """Whether these credentials are right: the documented read, asked by that user."""
    return await box.verify(username, password)


async def add_user(box: Appliance, draft: UserDraft) -> Known[User]:
    """Make a user; the answer has what the appliance chose for itself."""
    wanted = wire.User(
        username=draft.username,
        password=draft.password,
        name=draft.name,
        email_address=draft.email_address,
        phone_number=draft.phone_number,
        fax_number=draft.fax_number,
        organization=draft.organization,
        priority=draft.priority,
        max_attempts=draft.max_attempts,
        interval=draft.interval_seconds,
        receipt=draft.receipt,
        receipt_attachment=draft.receipt_attachment,
    )
    known = await box.tell("user.add", wire.read_user, content=wire.write_user(wanted))
    return known.map(_user)


async def edit_user(box: Appliance, user: User, *, password: str = "") -> Known[User]:
    """Put a user's record where it is; without a password the old one stays."""
    wanted = wire.User(
        username=user.username,
        password=password,
        name=user.name,
        email_address=user.email_address,
        phone_number=user.phone_number,
        fax_number=user.fax_number,
        organization=user.organization,
        priority=user.priority,
        max_attempts=user.max_attempts,
        interval=user.interval_seconds,
        receipt=user.receipt,
        receipt_attachment=user.receipt_attachment,
    )
    known = await box.tell(
        "user.edit", read_done, content=wire.write_user(wanted), username=user.username
    )
    return known.map(lambda _: user)


async def contacts(
    box: Appliance, owner: str, *, wanted: ContactFilter = ANY, offset: int = 0, limit: int
) -> Known[tuple[Contact, ...]]:
    """The contacts of a list from `offset` on, `limit` of them at most.

    Raises `DeviceOperationUnsupported` for an order on a model that does not sort.
    """
    given = {name: getattr(wanted, name) for name in (*wire.CONTACT_FIELDS, "order")}
    query = {name: text for name, text in given.items() if text}
    if wanted.order:
        must_sort(box)
    query |= {"limit": str(limit), "offset": str(offset)}
    known = await box.ask(
        "contact.list", wire.read_contacts, query=query, username=their_name(owner)
    )
    # an appliance that passes over `limit` gives all of them
    return known.map(lambda found: tuple(map(_contact, found[:limit])))


async def contact(box: Appliance, record: RecordId) -> Known[Contact]:
    """One contact. Raises `DeviceNotThere`."""
    known = await box.ask(
        "contact.get", wire.read_contact, username=their_name(record.owner), id=record.number
    )
    return known.map(_contact)


async def add_contact(box: Appliance, owner: str, draft: ContactDraft) -> Known[Contact]:
    """Make a contact; the appliance numbers it."""
    wanted = wire.Contact(
        name=draft.name,
        fax_number=draft.fax_number,
        phone_number=draft.phone_number,
        organization=draft.organization,
    )
    known = await box.tell(
        "contact.add",
        wire.read_contact,
        content=wire.write_contact(wanted),
        username=their_name(owner),
    )
    return known.map(_contact)


async def edit_contact(box: Appliance, contact: Contact) -> Known[Contact]:
    """Put a contact where it is. The appliance says no more than that it did."""
    wanted = wire.Contact(
        name=contact.name,
        fax_number=contact.fax_number,
        phone_number=contact.phone_number,
        organization=contact.organization,
    )
    known = await box.tell(
        "contact.edit",
        read_done,
        content=wire.write_contact(wanted),
        username=their_name(contact.id.owner),
        id=contact.id.number,
    )
    return known.map(lambda _: contact)


async def delete_contact(box: Appliance, record: RecordId) -> Known[None]:
    """Remove a contact. Raises `DeviceNotThere`."""
    known = await box.tell(
        "contact.delete", read_done, username=their_name(record.owner), id=record.number
    )
    return known.map(lambda _: None)


def _user(found: wire.User) -> User:
    return User(
        username=found.username,
        name=found.name,
        email_address=found.email_address,
        phone_number=found.phone_number,
        fax_number=found.fax_number,
        organization=found.organization,
        priority=found.priority,
        max_attempts=found.max_attempts,
        interval_seconds=found.interval,
        receipt=found.receipt,
        receipt_attachment=found.receipt_attachment,
    )


def _contact(found: wire.Contact) -> Contact:
    if found.place is None:
        raise MalformedDocument("is missing", element="contact/contact_url")
    return Contact(
        id=their_record(found.place),
        name=found.name,
        fax_number=found.fax_number,
        phone_number=found.phone_number,
        organization=found.organization,
    )
