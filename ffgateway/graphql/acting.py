"""Over GraphQL: who somebody is on an appliance."""

from datetime import datetime

import strawberry

from ffgateway.domain import acting
from ffgateway.graphql.checks import line
from ffgateway.graphql.context import Info
from ffgateway.graphql.device_parts import OfDevice
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import field, mutation, secretive


@strawberry.type(description="Who somebody is on an appliance.")
class ActingUser:
    """A user that somebody acts as."""

    name: str = strawberry.field(description="Whom keys act as: `limits.actsAs`.")
    username: str
    set_at: datetime


@secretive
@strawberry.input(description="Who somebody is on an appliance.")
class ActingUserInput:
    """The user and the password."""

    name: str = strawberry.field(description="Whom keys act as: `limits.actsAs`.")
    username: str
    password: str = strawberry.field(description="Kept sealed, never shown.")


@strawberry.type(description="Who somebody is there from now on.")
class ActingUserPayload:
    """Of `setActingUser`."""

    acting_user: ActingUser | None
    user_errors: list[UserError]


@strawberry.type(description="Who is nobody there from now on.")
class RemoveActingUserPayload:
    """Of `removeActingUser`."""

    name: str | None
    user_errors: list[UserError]


def show_acting_user(user: acting.ActingUser) -> ActingUser:
    """One of them for GraphQL."""
    return ActingUser(name=user.name, username=user.username, set_at=user.set_at)


@strawberry.type
class ActingUsersOfDevice(OfDevice):
    """Whom keys act as on an appliance."""

    @field("Everybody that somebody is on this appliance, by name.")
    async def acting_users(self, info: Info) -> list[ActingUser] | None:
        """The users, without their passwords."""
        caller, gateway = await info.context.caller(), info.context.gateway
        return [show_acting_user(one) for one in await gateway.acting.list(caller, self.id)]


@strawberry.type
class ActingMutations:
    """Saying who somebody is."""

    @mutation("Say which user of an appliance somebody acts as; the next hand-over goes out so.")
    async def set_acting_user(
        self,
        info: Info,
        device_id: strawberry.ID,
        input: ActingUserInput,  # noqa: A002
    ) -> ActingUserPayload:
        """Set one."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def put() -> ActingUser:
            user = await gateway.acting.set(
                caller,
                line(device_id, "device_id"),
                input.name,
                username=line(input.username, "username", required=True),
                password=line(input.password, "password", required=True),
            )
            return show_acting_user(user)

        user, wrong = await settled(put())
        return ActingUserPayload(acting_user=user, user_errors=wrong)

    @mutation("Have somebody act as no user of an appliance.")
    async def remove_acting_user(
        self, info: Info, device_id: strawberry.ID, name: str
    ) -> RemoveActingUserPayload:
        """Remove one."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def remove() -> str:
            await gateway.acting.remove(caller, line(device_id, "device_id"), line(name, "name"))
            return name

        gone, wrong = await settled(remove())
        return RemoveActingUserPayload(name=gone, user_errors=wrong)
