"""The functions of contact groups: what was asked over HTTP, and the appliance's answer.

Viewing, creating and editing are documented. A single group has no page of its own in what is
public of the guide, and of deleting only the title is: both follow contacts.
"""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from ffgateway.ffws.elements import write_message
from ffgateway.ffws.groups import ContactGroup, Place, read_contact_group, write_contact_groups
from ffgateway.simulator import answers
from ffgateway.simulator.asked import Asked
from ffgateway.simulator.contacts import NO_LIMIT
from ffgateway.simulator.directory import Function, needs_3_0_4, understood
from ffgateway.simulator.refusals import Refused

FIELDS: Final = ("name", "description")
"""What lists are searched by (documented) and sorted by (inferred: what they are searched by)."""


def listing(asked: Asked) -> Response:
    """`GET /contact_groups/OWNER`; `offset` counts only beside `limit` (documented).

    That a list without groups is an empty answer is inferred: editions of the guide differ on
    whether 404 means that, or that there is no such user.
    """
    box, owner = asked.box, asked.place["username"]
    box.contacts.may_read(asked.user, owner)
    found = _selected(box.groups.of(owner), asked.query, orders=box.model.orders)
    limit = asked.number("limit", NO_LIMIT)
    offset = asked.number("offset", 0) if "limit" in asked.query else 0
    return _answer(asked, *found[offset : offset + limit])


def view(asked: Asked) -> Response:
    """`GET /contact_groups/OWNER/ID`, a stand-in."""
    place = _place(asked)
    asked.box.contacts.may_read(asked.user, place.owner)
    return _answer(asked, asked.box.groups.one(place))


def create(asked: Asked) -> Response:
    """`POST /contact_groups/OWNER`: 200, the group with its URL."""
    needs_3_0_4(asked)
    owner = asked.place["username"]
    _may_write(asked, owner)
    wanted = understood(read_contact_group, asked.body)
    return _answer(asked, asked.box.groups.add(owner, wanted), message="Created")


def edit(asked: Asked) -> Response:
    """`PUT /contact_groups/OWNER/ID`: 200; the members given are all it has then (inferred)."""
    place = _place(asked)
    _may_write(asked, place.owner)
    asked.box.groups.replace(place, understood(read_contact_group, asked.body))
    return answers.document(write_message("Modified"))


def delete(asked: Asked) -> Response:
    """`DELETE /contact_groups/OWNER/ID`: 200 (path and answer inferred, as for contacts)."""
    place = _place(asked)
    _may_write(asked, place.owner)
    asked.box.groups.remove(place)
    return answers.document(write_message("Deleted"))


def _may_write(asked: Asked, owner: str) -> None:
    asked.box.contacts.may_write(asked.user, owner, global_open=asked.box.global_contacts_open)


def _selected(
    found: tuple[ContactGroup, ...], query: Mapping[str, str], *, orders: bool
) -> tuple[ContactGroup, ...]:
    for name in FIELDS:
        part = query.get(name, "")
        found = tuple(one for one in found if part in getattr(one, name))
    order = query.get("order", "")
    if not order:
        return found
    if not orders or order not in FIELDS:
        raise Refused(400, "Cannot order by that")  # inferred, as for contacts
    return tuple(sorted(found, key=lambda one: str(getattr(one, order))))


def _place(asked: Asked) -> Place:
    number = asked.place["id"]
    if not number.isdecimal() or not number.isascii() or len(number) > 9:
        raise Refused(404, "Group not found")
    return Place(asked.place["username"], int(number))


def _answer(asked: Asked, *found: ContactGroup, message: str = "Success") -> Response:
    return answers.document(
        write_contact_groups(found, base_url=asked.box.base_url, message=message)
    )


GROUP_FUNCTIONS: Final[Mapping[str, Mapping[str, Function]]] = {
    "/contact_groups/{username}": {"GET": listing, "POST": create},
    "/contact_groups/{username}/{id}": {"GET": view, "PUT": edit, "DELETE": delete},
}
