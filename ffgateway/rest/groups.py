"""Groups of an appliance's contacts over HTTP."""

from starlette.responses import Response

from ffgateway.domain.records import RecordId, record_id
from ffgateway.rest.answers import Items
from ffgateway.rest.groups_shapes import (
    GroupIds,
    GroupOut,
    GroupPatch,
    GroupQuery,
    GroupRequest,
    OwnerQuery,
    group_ids_out,
    group_out,
)
from ffgateway.rest.operations import (
    RECORD,
    Asked,
    Operation,
    below_device,
    graded,
    told,
    told_page,
    version_of,
)
from ffgateway.services.gateway import Gateway


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of a list's groups."""
    query = asked.query_as(GroupQuery)
    page = await gateway.groups.list(
        asked.caller,
        asked.id,
        owner=query.owner,
        wanted=query.wanted(),
        cursor=query.cursor,
        limit=query.limit,
    )
    return told_page(asked, page, group_out)


async def ids(gateway: Gateway, asked: Asked) -> Response:
    """Which groups a list has."""
    owner = asked.query_as(OwnerQuery).owner
    return told(asked, await gateway.groups.ids(asked.caller, asked.id, owner=owner), group_ids_out)


async def show(gateway: Gateway, asked: Asked) -> Response:
    """One group."""
    group = await gateway.groups.get(asked.caller, asked.id, _record(asked))
    return told(asked, group, group_out, headers=version_of(group.value))


async def create(gateway: Gateway, asked: Asked) -> Response:
    """Make a group."""
    owner, draft = asked.query_as(OwnerQuery).owner, asked.body_as(GroupRequest).draft()
    group = await gateway.groups.create(asked.caller, asked.id, draft, owner=owner)
    where = {"Location": f"/v1/devices/{asked.id}/groups/{group.value.id}"}
    headers = where | version_of(group.value)
    return told(asked, group, group_out, status=201, headers=headers)


async def edit(gateway: Gateway, asked: Asked) -> Response:
    """Change a group."""
    changes = asked.body_as(GroupPatch).changes()
    group = await gateway.groups.edit(
        asked.caller, asked.id, _record(asked), changes, seen=asked.if_match
    )
    return told(asked, group, group_out, headers=version_of(group.value))


async def remove(gateway: Gateway, asked: Asked) -> Response:
    """Remove a group."""
    gone = await gateway.groups.remove(asked.caller, asked.id, _record(asked), seen=asked.if_match)
    return Response(status_code=204, headers=graded(gone))


def _record(asked: Asked) -> RecordId:
    return record_id(asked.place("group_id"), field="group_id")


_READ, _RULE = {"scope": "directory:read"}, {"scope": "directory:admin"}
_ONE = {"places": {"group_id": RECORD}}

OPERATIONS: tuple[Operation, ...] = (
    below_device("GET", "/groups", "listGroups", "Groups of a list", act=browse, **_READ,
        query=GroupQuery, answer=Items[GroupOut], headers=("Link",), functions=("group.list",)),
    below_device("POST", "/groups", "createGroup", "Make a group", act=create, **_RULE,
        query=OwnerQuery, body=GroupRequest, status=201, answer=GroupOut,
        headers=("Location", "ETag"), functions=("group.create",)),
    below_device("GET", "/group-ids", "listGroupIds", "Which groups a list has", act=ids, **_READ,
        query=OwnerQuery, answer=GroupIds, functions=("group.ids",), tag="groups"),
    below_device("GET", "/groups/{group_id}", "getGroup", "One group", act=show, **_READ, **_ONE,
        answer=GroupOut, headers=("ETag",), functions=("group.get",)),
    below_device("PATCH", "/groups/{group_id}", "editGroup", "Change a group", act=edit, **_RULE,
        **_ONE, body=GroupPatch, answer=GroupOut, headers=("ETag",), conditional=True,
        functions=("group.get", "group.edit")),
    below_device("DELETE", "/groups/{group_id}", "removeGroup", "Remove a group", act=remove,
        **_RULE, **_ONE, status=204, conditional=True, functions=("group.delete",)),
)  # fmt: skip
"""What of this room is routed."""
