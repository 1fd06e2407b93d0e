"""Over HTTP: who somebody is on an appliance."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field, StringConstraints
from starlette.responses import Response

from ffgateway.domain.acting import ACTOR, ActingUser
from ffgateway.rest.answers import Json, Out, all_of
from ffgateway.rest.bodies import Strict
from ffgateway.rest.directory_shapes import Password, Username
from ffgateway.rest.operations import Asked, Operation, Place, below_device
from ffgateway.services.gateway import Gateway

Actor = Annotated[str, StringConstraints(pattern=ACTOR, max_length=50)]
ACTING: Final = Place(
    pattern=ACTOR[1:-1], description="Whom a key or a token acts as.", example="billing"
)


class ActingUserRequest(Strict):
    """Who somebody is on an appliance."""

    name: Annotated[Actor, Field(description="Whom keys act as: `limits.acts_as`.")]
    username: Username
    password: Password


class ActingUserOut(Out):
    """Who somebody is on an appliance; the password is never shown."""

    name: str
    username: str
    set_at: datetime


class ActingUsers(Out):
    """Everybody that somebody is on an appliance."""

    items: list[ActingUserOut]


def acting_user_out(user: ActingUser) -> ActingUserOut:
    """One of them."""
    return ActingUserOut(name=user.name, username=user.username, set_at=user.set_at)


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """Everybody that somebody is there."""
    users = await gateway.acting.list(asked.caller, asked.id)
    return Json(ActingUsers(items=all_of(acting_user_out, users)))


async def put(gateway: Gateway, asked: Asked) -> Response:
    """Say who somebody is there."""
    body = asked.body_as(ActingUserRequest)
    user = await gateway.acting.set(
        asked.caller,
        asked.id,
        body.name,
        username=body.username,
        password=body.password.get_secret_value(),
    )
    return Json(acting_user_out(user))


async def remove(gateway: Gateway, asked: Asked) -> Response:
    """Have somebody be nobody there."""
    await gateway.acting.remove(asked.caller, asked.id, asked.place("name"))
    return Response(status_code=204)


_RULE = {"scope": "devices:admin", "tag": "devices"}

OPERATIONS: tuple[Operation, ...] = (
    below_device("GET", "/acting-users", "listActingUsers", "Whom keys act as on an appliance",
        act=browse, **_RULE, answer=ActingUsers),
    below_device("POST", "/acting-users", "setActingUser", "Say which user somebody acts as",
        act=put, **_RULE, body=ActingUserRequest, answer=ActingUserOut, errors=(409,)),
    below_device("DELETE", "/acting-users/{name}", "removeActingUser",
        "Have somebody act as no user", act=remove, **_RULE, places={"name": ACTING}, status=204,
        errors=(409,)),
)  # fmt: skip
"""What of this room is routed."""
