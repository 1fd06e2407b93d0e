"""One change for many appliances over HTTP. The answer is 200 whatever each of them made of it."""

from typing import Any

from starlette.responses import Response

from ffgateway.domain.fanout import DeviceResult, weakest
from ffgateway.rest.answers import Json
from ffgateway.rest.everywhere_shapes import (
    ContactsEverywhere,
    EverywhereOut,
    GroupsEverywhere,
    RoutesEverywhere,
    UsersEverywhere,
    everywhere_out,
)
from ffgateway.rest.operations import Asked, Operation, applied
from ffgateway.services.gateway import Gateway


async def contacts(gateway: Gateway, asked: Asked) -> Response:
    """Contacts on many appliances."""
    body = asked.body_as(ContactsEverywhere)
    results = await gateway.everywhere.contacts(
        asked.caller, body.chosen(), body.wanted(), owner=body.owner
    )
    return _answer(asked, results)


async def groups(gateway: Gateway, asked: Asked) -> Response:
    """Groups on many appliances."""
    body = asked.body_as(GroupsEverywhere)
    results = await gateway.everywhere.groups(
        asked.caller, body.chosen(), body.wanted(), owner=body.owner
    )
    return _answer(asked, results)


async def users(gateway: Gateway, asked: Asked) -> Response:
    """Users on many appliances."""
    body = asked.body_as(UsersEverywhere)
    results = await gateway.everywhere.users(asked.caller, body.chosen(), body.wanted())
    return _answer(asked, results)


async def routes(gateway: Gateway, asked: Asked) -> Response:
    """Routes on many appliances."""
    body = asked.body_as(RoutesEverywhere)
    results = await gateway.everywhere.routes(asked.caller, body.chosen(), body.wanted())
    return _answer(asked, results)


def _answer(asked: Asked, results: tuple[DeviceResult, ...]) -> Response:
    grade = weakest(*(one.evidence for one in results))
    headers = {} if grade is None else {"X-FFWS-Evidence": grade.value}
    return Json(everywhere_out(results), headers=headers | applied(asked))


def _everywhere(path: str, name: str, summary: str, **more: Any) -> Operation:
    return Operation(
        method="POST",
        path=f"/v1/fleet{path}",
        name=name,
        tag="fleet",
        summary=summary,
        answer=EverywhereOut,
        errors=(404,),
        patient=True,
        **more,
    )


OPERATIONS: tuple[Operation, ...] = (
    _everywhere("/contacts", "applyContacts", "See to it that contacts are on many appliances",
        act=contacts, scope="directory:admin", body=ContactsEverywhere,
        functions=("contact.list", "contact.add", "contact.edit")),
    _everywhere("/groups", "applyGroups", "See to it that groups are on many appliances",
        act=groups, scope="directory:admin", body=GroupsEverywhere,
        functions=("group.list", "contact.list", "group.create", "group.edit")),
    _everywhere("/users", "applyUsers", "See to it that users are on many appliances",
        act=users, scope="directory:admin", body=UsersEverywhere,
        functions=("user.get", "user.verify", "user.add", "user.edit")),
    _everywhere("/inbound-routes", "applyInboundRoutes",
        "See to it that routes are on many appliances",
        act=routes, scope="devices:admin", body=RoutesEverywhere,
        functions=("inbound_route.list", "inbound_route.add", "inbound_route.edit")),
)  # fmt: skip
"""What of this room is routed."""
