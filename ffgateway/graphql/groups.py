"""Groups of contacts as GraphQL shows them, and what can be done with them."""

from typing import Annotated

import strawberry

from ffgateway.domain import groups
from ffgateway.domain.evidence import Known
from ffgateway.domain.pages import Page, offset_of
from ffgateway.domain.records import RecordId, record_id
from ffgateway.domain.versions import etag_of
from ffgateway.graphql.calls import changed, once
from ffgateway.graphql.checks import line, optional
from ffgateway.graphql.connections import DEFAULT_LIMIT, Connection, counted, limit
from ffgateway.graphql.context import Info
from ffgateway.graphql.device_parts import OfDevice
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.evidence import STAND_IN
from ffgateway.graphql.fields import field, mutation

Owner = Annotated[
    str | None,
    strawberry.argument(
        description="A user of the appliance, or `global`; null is the gateway's account."
    ),
]
Seen = Annotated[
    str | None,
    strawberry.argument(description="The `etag` that was read; with another one nothing is done."),
]


@strawberry.type(description="A group of an appliance's contacts.")
class Group:
    """A group."""

    id: strawberry.ID = strawberry.field(description="`OWNER~N`.")
    owner: str = strawberry.field(description="A user of the appliance, or `global`.")
    name: str
    description: str | None
    members: list[strawberry.ID] = strawberry.field(description="Contacts, as `OWNER~N`.")
    etag: str = strawberry.field(description="Which version it is; pass it as `ifMatch`.")


def show_group(group: groups.Group) -> Group:
    """A group for GraphQL."""
    return Group(
        id=strawberry.ID(str(group.id)),
        owner=group.id.owner,
        name=group.name,
        description=group.description or None,
        members=[strawberry.ID(str(each)) for each in group.members],
        etag=etag_of(group),
    )


@strawberry.type
class GroupsOfDevice(OfDevice):
    """An appliance's groups."""

    @field("Groups of one list, asked from the appliance. `order` is no matter for an FFx30.")
    async def groups(
        self,
        info: Info,
        *,
        owner: Owner = None,
        name: str | None = None,
        description: str | None = None,
        order: str | None = None,
        first: int = DEFAULT_LIMIT,
        after: str | None = None,
    ) -> Connection[Group] | None:
        """A page of a list's groups."""
        caller, size = await info.context.caller(), limit(first)
        wanted = groups.GroupFilter(
            name=line(name, "name"),
            description=line(description, "description"),
            order=line(order, "order"),
        )

        async def ask() -> Known[Page[groups.Group]]:
            return await info.context.gateway.groups.list(
                caller, self.id, owner=owner, wanted=wanted, cursor=after, limit=size
            )

        page = await once(self.id, "group.list", (owner, wanted, size, after), ask)
        return counted(page, show_group, offset=offset_of(after), after=after)

    @field("One group, asked from the appliance." + STAND_IN)
    async def group(self, info: Info, id: strawberry.ID) -> Group | None:  # noqa: A002
        """A group by its id."""
        caller, record = await info.context.caller(), record_id(id, field="id")

        async def ask() -> Known[groups.Group]:
            return await info.context.gateway.groups.get(caller, self.id, record)

        return show_group(await once(self.id, "group.get", (record,), ask))

    @field("Which groups a list has, asked from the appliance." + STAND_IN)
    async def group_ids(self, info: Info, owner: Owner = None) -> list[strawberry.ID] | None:
        """The identifiers alone."""
        caller = await info.context.caller()

        async def ask() -> Known[tuple[RecordId, ...]]:
            return await info.context.gateway.groups.ids(caller, self.id, owner=owner)

        found = await once(self.id, "group.ids", (owner,), ask)
        return [strawberry.ID(str(each)) for each in found]


@strawberry.input(description="A group to be. Members are contacts of its list, or global ones.")
class CreateGroupInput:
    """A group."""

    name: str
    description: str | None = None
    members: list[strawberry.ID] | None = None


@strawberry.input(description="What to change; null stays. `members` is the whole new list.")
class EditGroupInput:
    """Changes of a group."""

    name: str | None = None
    description: str | None = None
    members: list[strawberry.ID] | None = None


@strawberry.type(description="The group as it is afterwards.")
class GroupPayload:
    """Of what is done to one group."""

    group: Group | None
    user_errors: list[UserError]


@strawberry.type(description="The group that is gone.")
class RemoveGroupPayload:
    """Of `removeGroup`."""

    id: strawberry.ID | None
    user_errors: list[UserError]


@strawberry.type
class GroupMutations:
    """What can be done with groups."""

    @mutation("Make a group on an appliance.")
    async def create_group(
        self,
        info: Info,
        device_id: strawberry.ID,
        input: CreateGroupInput,  # noqa: A002
        owner: Owner = None,
    ) -> GroupPayload:
        """Create."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def create() -> groups.Group:
            draft = groups.GroupDraft(
                name=line(input.name, "name", required=True),
                description=line(input.description, "description"),
                members=_members(input.members or []),
            )
            device = line(device_id, "device_id")
            made = gateway.groups.create(caller, device, draft, owner=owner)
            return await changed(device, made)

        group, wrong = await settled(create())
        return GroupPayload(group=show_group(group) if group else None, user_errors=wrong)

    @mutation("Change what is given of a group.")
    async def edit_group(
        self,
        info: Info,
        device_id: strawberry.ID,
        id: strawberry.ID,  # noqa: A002
        input: EditGroupInput,  # noqa: A002
        if_match: Seen = None,
    ) -> GroupPayload:
        """Edit."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def edit() -> groups.Group:
            changes = groups.GroupChanges(
                name=optional(input.name, "name"),
                description=optional(input.description, "description"),
                members=None if input.members is None else _members(input.members),
            )
            device, record = line(device_id, "device_id"), record_id(id, field="id")
            done = gateway.groups.edit(caller, device, record, changes, seen=if_match)
            return await changed(device, done)

        group, wrong = await settled(edit())
        return GroupPayload(group=show_group(group) if group else None, user_errors=wrong)

    @mutation("Remove a group; its members stay.")
    async def remove_group(
        self,
        info: Info,
        device_id: strawberry.ID,
        id: strawberry.ID,  # noqa: A002
        if_match: Seen = None,
    ) -> RemoveGroupPayload:
        """Remove."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def remove() -> strawberry.ID:
            device, record = line(device_id, "device_id"), record_id(id, field="id")
            await changed(device, gateway.groups.remove(caller, device, record, seen=if_match))
            return id

        gone, wrong = await settled(remove())
        return RemoveGroupPayload(id=gone, user_errors=wrong)


def _members(texts: list[strawberry.ID]) -> tuple[RecordId, ...]:
    return tuple(record_id(text, field=f"members[{n}]") for n, text in enumerate(texts))
