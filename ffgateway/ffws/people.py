"""Users and contacts on the wire: the nouns, how to read them, how to write them.

The guide's listings of both elements are not public; what is here is put together from its samples.
A record names itself by a URL, `…/users/USERNAME` and `…/contacts/OWNER/ID`, in answers only.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from ffgateway.ffws.elements import (
    REQUEST_LIMIT,
    Fields,
    branch,
    leaf,
    leaf_unless_empty,
    leaf_unless_none,
    parse,
    parse_response,
    write_response,
)
from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.groups import Place, place_in
from ffgateway.ffws.paths import ROOT

USER_FIELDS: Final = (
    "name",
    "password",
    "email_address",
    "phone_number",
    "fax_number",
    "organization",
    "priority",
    "max_attempts",
    "interval",
    "receipt",
    "receipt_attachment",
)
CONTACT_FIELDS: Final = ("name", "fax_number", "phone_number", "organization")
"""What lists of contacts can be searched by and, but for FFx30, sorted by (guide, Viewing Contacts)."""

CREATED: Final = "Created"
MODIFIED: Final = "Modified"
DELETED: Final = "Deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account on the appliance. `password` goes out and never comes back.

    The settings for sending came with firmware 3.0.4; older units leave them out and they are None
    and "". A fax spells two of them otherwise: `max_tries` and `try_interval`.
    """

    username: str
    name: str = ""
    password: str = field(default="", repr=False)
    email_address: str = ""
    phone_number: str = ""
    fax_number: str = ""
    organization: str = ""
    priority: int | None = None  # 0 to 5 (inferred: as of a fax)
    max_attempts: int | None = None
    interval: int | None = None  # seconds (inferred)
    receipt: str = ""
    receipt_attachment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An entry of an address book. `place` is None in a request: the path says it there."""

    name: str
    fax_number: str
    phone_number: str = ""
    organization: str = ""
    place: Place | None = None


# Users ------------------------------------------------------------------------------------------


def read_user(document: bytes) -> User:
    """Read the `<user>` of an answer. Raises `MalformedDocument` when there is none."""
    response = Fields(parse_response(document), "response")
    if "user" not in response:
        raise response.fault("user", "is missing")
    return _read_user(response.child("user"))


def read_user_request(document: bytes) -> User:
    """Read a `<user>` that is to be added or edited."""
    root = parse(document, limit=REQUEST_LIMIT)
    if root.tag != "user":
        raise MalformedDocument("is not a <user>", element=str(root.tag))
    return _read_user(Fields(root, "user"))


def _read_user(fields: Fields) -> User:
    url = fields.url("user_url")
    return User(
        username=fields.text("username") or url.rstrip("/").rpartition("/")[2],
        name=fields.text("name"),
        password=fields.text("password"),
        email_address=fields.text("email_address"),
        phone_number=fields.text("phone_number"),
        fax_number=fields.text("fax_number"),
        organization=fields.text("organization"),
        priority=fields.optional_integer("priority"),
        max_attempts=fields.optional_integer("max_attempts"),
        interval=fields.optional_integer("interval"),
        receipt=fields.text("receipt"),
        receipt_attachment=fields.text("receipt_attachment"),
    )


def write_user(user: User) -> bytes:
    """Write a `<user>` to be added or edited. An empty password is left out: it stays as it is."""
    return branch("user", _written_user(user, password=user.password)).encode()


def write_user_answer(user: User, *, base_url: str, message: str = "Success") -> bytes:
    """Write a `<user>` as an answer has it: with its URL and never with its password."""
    url = leaf("user/user_url", f"{base_url}{ROOT}/users/{user.username}")
    return write_response(branch("user", url, _written_user(user)), message=message)


def _written_user(user: User, *, password: str = "") -> str:
    return "".join(
        (
            leaf("user/name", user.name),
            leaf("user/username", user.username),
            leaf_unless_empty("user/password", password),
            leaf("user/email_address", user.email_address),
            leaf("user/phone_number", user.phone_number),
            leaf("user/fax_number", user.fax_number),
            leaf("user/organization", user.organization),
            leaf_unless_none("user/priority", user.priority),
            leaf_unless_none("user/max_attempts", user.max_attempts),
            leaf_unless_none("user/interval", user.interval),
            leaf_unless_empty("user/receipt", user.receipt),
            leaf_unless_empty("user/receipt_attachment", user.receipt_attachment),
        )
    )


# Contacts ---------------------------------------------------------------------------------------


def read_contacts(document: bytes) -> tuple[Contact, ...]:
    """Read every `<contact>` of an answer; each must say where it is kept."""
    response = Fields(parse_response(document), "response")
    contacts = tuple(_read_contact(each) for each in response.all("contact"))
    if any(contact.place is None for contact in contacts):
        raise response.child("contact").fault("contact_url", "is missing or empty")
    return contacts


def read_contact(document: bytes) -> Contact:
    """Read the one `<contact>` of an answer. Raises `MalformedDocument` for none or several."""
    found = read_contacts(document)
    if len(found) != 1:
        raise MalformedDocument(f"are {len(found)} where one was asked for", element="contact")
    return found[0]


def read_contact_request(document: bytes) -> Contact:
    """Read a `<contact>` that is to be added or edited."""
    root = parse(document, limit=REQUEST_LIMIT)
    if root.tag != "contact":
        raise MalformedDocument("is not a <contact>", element=str(root.tag))
    return _read_contact(Fields(root, "contact"))


def _read_contact(fields: Fields) -> Contact:
    return Contact(
        name=fields.text("name"),
        fax_number=fields.text("fax_number"),
        phone_number=fields.text("phone_number"),
        organization=fields.text("organization"),
        place=_place(fields, fields.url("contact_url")),
    )


def _place(fields: Fields, url: str) -> Place | None:
    try:
        return place_in("contacts", url) if url else None
    except ValueError as flaw:
        raise fields.fault("contact_url", str(flaw)) from None


def write_contact(contact: Contact) -> bytes:
    """Write a `<contact>` to be added or edited: without its URL."""
    return branch("contact", _written_contact(contact)).encode()


def write_contacts(
    contacts: Iterable[Contact], *, base_url: str, message: str = "Success"
) -> bytes:
    """Write one `<contact>` for each, its URL first; `base_url` is what the appliance calls itself."""
    written = [
        branch("contact", _written_url(each, base_url), _written_contact(each)) for each in contacts
    ]
    return write_response("".join(written), message=message)


def _written_url(contact: Contact, base_url: str) -> str:
    if contact.place is None:
        return ""
    owner = quote(contact.place.owner, safe="")
    return leaf("contact/contact_url", f"{base_url}{ROOT}/contacts/{owner}/{contact.place.id}")


def _written_contact(contact: Contact) -> str:
    return "".join(
        (
            leaf("contact/name", contact.name),
            leaf("contact/fax_number", contact.fax_number),
            leaf("contact/phone_number", contact.phone_number),
            leaf("contact/organization", contact.organization),
        )
    )


def given_in(document: bytes, root: str) -> frozenset[str]:
    """Which children a request has. What the guide's appliance does with absent ones is not public."""
    node = parse(document, limit=REQUEST_LIMIT)
    if node.tag != root:
        raise MalformedDocument(f"is not a <{root}>", element=str(node.tag))
    return frozenset(Fields(node, root))
