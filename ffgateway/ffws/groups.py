"""Contact groups on the wire: the noun, how to read it, how to write it.

A group belongs to a user, or to the appliance's global list, and names its members by the URLs of
contacts. The vendor's listing of the element is not public: what is here follows its samples.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from ffgateway.ffws.elements import (
    ANSWER_LIMIT,
    DECLARATION,
    Fields,
    branch,
    leaf,
    parse,
    parse_response,
    write_response,
)
from ffgateway.ffws.errors import MalformedDocument, UnwritableText
from ffgateway.ffws.paths import ROOT

_GROUP: Final = "contact_group"
_CONTACTS: Final = "contacts"
_GROUPS: Final = "contact_groups"
_LONGEST_ID: Final = 18


class Place(NamedTuple):
    """Where a contact or a group is kept: whose list, and which of that list.

    `owner` is a user's name, or `global_contact_list`. Identifiers are small whole numbers; the
    vendor's samples would fit one sequence for all lists (inferred), which nothing here relies on.
    """

    owner: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactGroup:
    """A named list of contacts. `place` is None in a request that lets the path say it."""

    name: str
    description: str = ""
    members: tuple[Place, ...] = ()  # own contacts and global ones, in the order they are listed
    place: Place | None = None


def read_contact_groups(document: bytes) -> tuple[ContactGroup, ...]:
    """Read every `<contact_group>` of an answer, in document order; each must say where it is."""
    response = Fields(parse_response(document, limit=ANSWER_LIMIT), "response")
    groups = tuple(_read_group(each) for each in response.all(_GROUP))
    if any(group.place is None for group in groups):
        raise response.child(_GROUP).fault("contact_group_url", "is missing or empty")
    return groups


def read_contact_group(document: bytes) -> ContactGroup:
    """Read a request: `<contact_group>` as its root. A URL in it is read, and binds nobody."""
    root = parse(document)
    if root.tag != _GROUP:
        raise MalformedDocument(f"is not a <{_GROUP}>", element=str(root.tag))
    return _read_group(Fields(root, _GROUP))


def _read_group(group: Fields) -> ContactGroup:
    url = group.url("contact_group_url")
    members = (member for member in map(_unbroken, group.texts("contact")) if member)
    return ContactGroup(
        name=group.text("name"),
        description=group.text("description"),
        members=tuple(_place(group, "contact", _CONTACTS, member) for member in members),
        place=_place(group, "contact_group_url", _GROUPS, url) if url else None,
    )


def _place(group: Fields, element: str, kind: str, url: str) -> Place:
    try:
        return place_in(kind, url)
    except ValueError:
        raise group.fault(element, f"does not end in {kind}/OWNER/ID") from None


def place_in(kind: str, url: str) -> Place:
    """Take owner and identifier out of a URL that ends in `contacts/OWNER/ID`, `kind` being its word.

    Nothing else of it is of use: the host is the appliance's idea of itself. Line breaks inside
    are as in some printed samples. Raises `ValueError` for anything else.
    """
    parts = _unbroken(url).rstrip("/").rsplit("/", 3)
    if len(parts) < 3 or parts[-3] != kind or not parts[-2]:
        raise ValueError(f"does not end in {kind}/OWNER/ID")
    digits = parts[-1]
    if not (digits.isdecimal() and digits.isascii() and len(digits) <= _LONGEST_ID):
        raise ValueError(f"does not end in {kind}/OWNER/ID")
    return Place(unquote(parts[-2]), int(digits))


def _unbroken(url: str) -> str:
    return "".join(url.split())


def write_contact_groups(
    groups: Iterable[ContactGroup], *, base_url: str, message: str = "Success"
) -> bytes:
    """Write an answer as the appliance does; `base_url` (`https://dot10`) is what it calls itself."""
    written = [_written(each, _root(base_url)) for each in groups]
    return write_response("".join(written), message=message)


def write_contact_group(group: ContactGroup, *, base_url: str) -> bytes:
    """Write a request to create or edit.

    Members go out as URLs below `base_url`. Which host an appliance wants there is not public; that
    it looks at the path alone is inferred from its having several names.
    """
    return f"{DECLARATION}{_written(group, _root(base_url))}".encode()


def _root(base_url: str) -> str:
    return base_url.rstrip("/") + ROOT


def _written(group: ContactGroup, root: str) -> str:
    own = () if group.place is None else (group.place,)
    return branch(
        _GROUP,
        *(_written_url("contact_group_url", f"{root}/{_GROUPS}", each) for each in own),
        leaf(f"{_GROUP}/name", group.name),
        leaf(f"{_GROUP}/description", group.description),
        *(_written_url("contact", f"{root}/{_CONTACTS}", each) for each in group.members),
    )


def _written_url(element: str, root: str, place: Place) -> str:
    path = f"{_GROUP}/{element}"
    try:
        owner = quote(place.owner, safe="")
    except UnicodeEncodeError:
        raise UnwritableText(path, "has an owner that is no text") from None
    if not owner:
        raise UnwritableText(path, "has no owner")
    return leaf(path, f"{root}/{owner}/{place.id}")
