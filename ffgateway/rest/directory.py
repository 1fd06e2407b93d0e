"""Users and contacts of an appliance over HTTP."""

from starlette.responses import Response

from ffgateway.domain.records import RecordId, record_id
from ffgateway.rest.answers import Items
from ffgateway.rest.directory_shapes import (
    ContactOut,
    ContactPatch,
    ContactQuery,
    ContactRequest,
    Credentials,
    UserOut,
    UserPatch,
    UserRequest,
    Verified,
    contact_out,
    user_out,
    verified_out,
)
from ffgateway.rest.groups_shapes import OwnerQuery
from ffgateway.rest.operations import (
    RECORD,
    USERNAME,
    Asked,
    Operation,
    below_device,
    graded,
    told,
    told_page,
    version_of,
)
from ffgateway.services.gateway import Gateway


async def add_user(gateway: Gateway, asked: Asked) -> Response:
    """Make a user."""
    draft = asked.body_as(UserRequest).draft()
    user = await gateway.directory.add_user(asked.caller, asked.id, draft)
    where = {"Location": f"/v1/devices/{asked.id}/users/{user.value.username}"}
    return told(asked, user, user_out, status=201, headers=where | version_of(user.value))


async def show_user(gateway: Gateway, asked: Asked) -> Response:
    """One user."""
    user = await gateway.directory.user(asked.caller, asked.id, asked.place("username"))
    return told(asked, user, user_out, headers=version_of(user.value))


async def edit_user(gateway: Gateway, asked: Asked) -> Response:
    """Change a user."""
    user = await gateway.directory.edit_user(
        asked.caller,
        asked.id,
        asked.place("username"),
        asked.body_as(UserPatch).changes(),
        seen=asked.if_match,
    )
    return told(asked, user, user_out, headers=version_of(user.value))


async def verify_user(gateway: Gateway, asked: Asked) -> Response:
    """Try a user's password."""
    password = asked.body_as(Credentials).password.get_secret_value()
    right = await gateway.directory.verify_user(
        asked.caller, asked.id, asked.place("username"), password
    )
    return told(asked, right, verified_out)


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of an address book."""
    query = asked.query_as(ContactQuery)
    page = await gateway.directory.contacts(
        asked.caller,
        asked.id,
        owner=query.owner,
        wanted=query.wanted(),
        cursor=query.cursor,
        limit=query.limit,
    )
    return told_page(asked, page, contact_out)


async def add(gateway: Gateway, asked: Asked) -> Response:
    """Make a contact."""
    owner, draft = asked.query_as(OwnerQuery).owner, asked.body_as(ContactRequest).draft()
    contact = await gateway.directory.add_contact(asked.caller, asked.id, draft, owner=owner)
    where = {"Location": f"/v1/devices/{asked.id}/contacts/{contact.value.id}"}
    return told(asked, contact, contact_out, status=201, headers=where | version_of(contact.value))


async def show(gateway: Gateway, asked: Asked) -> Response:
    """One contact."""
    contact = await gateway.directory.contact(asked.caller, asked.id, _record(asked))
    return told(asked, contact, contact_out, headers=version_of(contact.value))


async def edit(gateway: Gateway, asked: Asked) -> Response:
    """Change a contact."""
    changes = asked.body_as(ContactPatch).changes()
    contact = await gateway.directory.edit_contact(
        asked.caller, asked.id, _record(asked), changes, seen=asked.if_match
    )
    return told(asked, contact, contact_out, headers=version_of(contact.value))


async def remove(gateway: Gateway, asked: Asked) -> Response:
    """Remove a contact."""
    gone = await gateway.directory.remove_contact(
        asked.caller, asked.id, _record(asked), seen=asked.if_match
    )
    return Response(status_code=204, headers=graded(gone))


def _record(asked: Asked) -> RecordId:
    return record_id(asked.place("contact_id"), field="contact_id")


_READ, _RULE = {"scope": "directory:read"}, {"scope": "directory:admin"}
_USER, _CONTACT = {"places": {"username": USERNAME}}, {"places": {"contact_id": RECORD}}

OPERATIONS: tuple[Operation, ...] = (
    below_device("POST", "/users", "addUser", "Make a user", act=add_user, **_RULE,
        body=UserRequest, status=201, answer=UserOut, headers=("Location", "ETag"),
        functions=("user.add",)),
    below_device("GET", "/users/{username}", "getUser", "One user", act=show_user, **_READ, **_USER,
        answer=UserOut, headers=("ETag",), functions=("user.get",)),
    below_device("PATCH", "/users/{username}", "editUser", "Change a user", act=edit_user, **_RULE,
        **_USER, body=UserPatch, answer=UserOut, headers=("ETag",), conditional=True,
        functions=("user.get", "user.edit")),
    below_device("POST", "/users/{username}/verify", "verifyUser", "Try a user's password",
        act=verify_user, **_RULE, **_USER, body=Credentials, answer=Verified,
        functions=("user.verify",)),
    below_device("GET", "/contacts", "listContacts", "An address book", act=browse, **_READ,
        query=ContactQuery, answer=Items[ContactOut], headers=("Link",),
        functions=("contact.list",)),
    below_device("POST", "/contacts", "addContact", "Make a contact", act=add, **_RULE,
        query=OwnerQuery, body=ContactRequest, status=201, answer=ContactOut,
        headers=("Location", "ETag"), functions=("contact.add",)),
    below_device("GET", "/contacts/{contact_id}", "getContact", "One contact", act=show, **_READ,
        **_CONTACT, answer=ContactOut, headers=("ETag",), functions=("contact.get",)),
    below_device("PATCH", "/contacts/{contact_id}", "editContact", "Change a contact", act=edit,
        **_RULE, **_CONTACT, body=ContactPatch, answer=ContactOut, headers=("ETag",),
        conditional=True, functions=("contact.get", "contact.edit")),
    below_device("DELETE", "/contacts/{contact_id}", "removeContact", "Remove a contact",
        act=remove, **_RULE, **_CONTACT, status=204, conditional=True,
        functions=("contact.delete",)),
)  # fmt: skip
"""What of this room is routed."""
