"""The functions of the web service for users and contacts: what was asked, and the answer.

Entries of `FUNCTIONS`; who asks is known and the body is read.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from starlette.responses import Response

from ffgateway.ffws.elements import write_message
from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.groups import Place
from ffgateway.ffws.people import (
    CONTACT_FIELDS,
    CREATED,
    DELETED,
    MODIFIED,
    USER_FIELDS,
    given_in,
    read_contact_request,
    read_user_request,
    write_contacts,
    write_user_answer,
)
from ffgateway.ffws.people import User as WireUser
from ffgateway.simulator import answers
from ffgateway.simulator.asked import Asked
from ffgateway.simulator.contacts import NO_LIMIT, selected
from ffgateway.simulator.models import STATUS_SINCE
from ffgateway.simulator.people import User
from ffgateway.simulator.refusals import Refused

T = TypeVar("T")

_LATER: Final = ("priority", "max_attempts", "interval", "receipt", "receipt_attachment")
"""What firmware before 3.0.4 does not know of a user."""


def needs_3_0_4(asked: Asked) -> None:
    """Refuse what older firmware has not; that it answers 404 is inferred."""
    if asked.box.firmware < STATUS_SINCE:
        raise Refused(404, "Not Found")


def understood(read: Callable[[bytes], T], body: bytes) -> T:
    """Read a request. 400 for XML that is not valid (documented)."""
    try:
        return read(body)
    except MalformedDocument as flaw:
        raise Refused(400, f"XML not valid: {flaw}") from flaw


# Users ------------------------------------------------------------------------------------------


def user(asked: Asked) -> Response:
    """`GET /users/USERNAME`."""
    found = asked.box.users.seen_by(asked.user, asked.place["username"])
    return _user_answer(asked, found, "Success")


def add_user(asked: Asked) -> Response:
    """`POST /users`: 200 with the record; only an administrator may (inferred from the 403 text)."""
    needs_3_0_4(asked)
    if not asked.user.admin:
        raise Refused(403, "May not add users")
    wanted = understood(read_user_request, asked.body)
    added = asked.box.users.add(
        User(username=wanted.username, password=wanted.password, **_given(asked, wanted))
    )
    return _user_answer(asked, added, CREATED)


def edit_user(asked: Asked) -> Response:
    """`PUT /users/USERNAME`: one's own, or anybody's for an administrator (inferred)."""
    needs_3_0_4(asked)
    username = asked.place["username"]
    asked.box.users.seen_by(asked.user, username)
    wanted = understood(read_user_request, asked.body)
    given = _given(asked, wanted)
    if wanted.password:
        given["password"] = wanted.password
    asked.box.users.change(username, given)
    return answers.document(write_message(MODIFIED))


def _given(asked: Asked, wanted: WireUser) -> dict[str, Any]:
    """The fields that a request has; a missing or empty setting stays as it was (inferred)."""
    names = given_in(asked.body, "user") & set(USER_FIELDS) - {"password"}
    found = {name: getattr(wanted, name) for name in names}
    return {
        name: value
        for name, value in found.items()
        if value not in {None, ""} or name not in _LATER
    }


def _user_answer(asked: Asked, user: User, message: str) -> Response:
    later = {name: getattr(user, name) for name in _LATER}
    known = later if asked.box.firmware >= STATUS_SINCE else {}
    wire = WireUser(
        username=user.username,
        name=user.name,
        email_address=user.email_address,
        phone_number=user.phone_number,
        fax_number=user.fax_number,
        organization=user.organization,
        **known,
    )
    return answers.document(write_user_answer(wire, base_url=asked.box.base_url, message=message))


# Contacts ---------------------------------------------------------------------------------------


def contacts(asked: Asked) -> Response:
    """`GET /contacts/USERNAME`; `offset` counts only beside `limit` (documented)."""
    box, owner = asked.box, asked.place["username"]
    box.contacts.may_read(asked.user, owner)
    found = selected(box.contacts.of(owner), asked.query, orders=box.model.orders)
    limit = asked.number("limit", NO_LIMIT)
    offset = asked.number("offset", 0) if "limit" in asked.query else 0
    return _contacts_answer(asked, *found[offset : offset + limit])


def contact(asked: Asked) -> Response:
    """`GET /contacts/USERNAME/ID`."""
    place = _place(asked)
    asked.box.contacts.may_read(asked.user, place.owner)
    return _contacts_answer(asked, asked.box.contacts.one(place))


def add_contact(asked: Asked) -> Response:
    """`POST /contacts/USERNAME`: 200 and not 201 (documented)."""
    owner = asked.place["username"]
    _may_write(asked, owner)
    wanted = understood(read_contact_request, asked.body)
    return _contacts_answer(asked, asked.box.contacts.add(owner, wanted), message=CREATED)


def edit_contact(asked: Asked) -> Response:
    """`PUT /contacts/USERNAME/ID`; the oldest guide prints POST for it, which is taken as well."""
    place = _place(asked)
    _may_write(asked, place.owner)
    wanted = understood(read_contact_request, asked.body)
    names = given_in(asked.body, "contact") & set(CONTACT_FIELDS)
    asked.box.contacts.change(place, {name: getattr(wanted, name) for name in names})
    return answers.document(write_message(MODIFIED))


def delete_contact(asked: Asked) -> Response:
    """`DELETE /contacts/USERNAME/ID`; it leaves the groups it was in (inferred)."""
    place = _place(asked)
    _may_write(asked, place.owner)
    asked.box.contacts.remove(place)
    asked.box.groups.drop(place)
    return answers.document(write_message(DELETED))


def _may_write(asked: Asked, owner: str) -> None:
    asked.box.contacts.may_write(asked.user, owner, global_open=asked.box.global_contacts_open)


def _place(asked: Asked) -> Place:
    number = asked.place["id"]
    if not number.isdecimal() or not number.isascii() or len(number) > 9:
        raise Refused(404, "Contact not found")
    return Place(asked.place["username"], int(number))


def _contacts_answer(asked: Asked, *found: Any, message: str = "Success") -> Response:
    return answers.document(write_contacts(found, base_url=asked.box.base_url, message=message))


Function = Callable[[Asked], Response]

DIRECTORY: Final[Mapping[str, Mapping[str, Function]]] = {
    "/users": {"POST": add_user},
    "/users/{username}": {"GET": user, "PUT": edit_user},
    "/contacts/{username}": {"GET": contacts, "POST": add_contact},
    "/contacts/{username}/{id}": {
        "GET": contact,
        "PUT": edit_contact,
        "POST": edit_contact,
        "DELETE": delete_contact,
    },
}
