"""The groups of an appliance's contacts, in our nouns."""

from typing import Final

from ffgateway.devices.client import Appliance
from ffgateway.domain.errors import DeviceOperationUnsupported
from ffgateway.domain.evidence import Known
from ffgateway.domain.groups import Group, GroupDraft, GroupFilter
from ffgateway.domain.records import GLOBAL, RecordId
from ffgateway.ffws import groups as wire
from ffgateway.ffws.dialects import model_of
from ffgateway.ffws.elements import read_done
from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.paths import GLOBAL_LIST

ANY: Final = GroupFilter()


async def groups(
    box: Appliance, owner: str, *, wanted: GroupFilter = ANY, offset: int = 0, limit: int
) -> Known[tuple[Group, ...]]:
    """The groups of a list from `offset` on, `limit` of them at most, whatever order is asked for.

    Raises `DeviceOperationUnsupported` for an order on a model that does not sort.
    """
    given = {"name": wanted.name, "description": wanted.description, "order": wanted.order}
    query = {name: text for name, text in given.items() if text}
    if wanted.order:
        must_sort(box)
    query |= {"limit": str(limit), "offset": str(offset)}
    known = await box.ask(
        "group.list", wire.read_contact_groups, query=query, username=their_name(owner)
    )
    # an appliance that passes over `limit` gives all of them
    return known.map(lambda found: tuple(map(_group, found[:limit])))


def must_sort(box: Appliance) -> None:
    """Raise `DeviceOperationUnsupported` for a model that does not sort lists of people."""
    model = model_of(box.device.model)
    if model is not None and not model.orders:
        raise DeviceOperationUnsupported(
            box.device.id,
            f"{box.device.name} does not sort lists: it is an {model.name}.",
            cure="Leave the order out.",
        )


async def group(box: Appliance, record: RecordId) -> Known[Group]:
    """One group. Raises `DeviceNotThere`."""

    def read(document: bytes) -> Group:
        found = wire.read_contact_groups(document)
        if len(found) != 1:
            raise MalformedDocument(f"has {len(found)} groups where one was asked for")
        return _group(found[0])

    return await box.ask("group.get", read, username=their_name(record.owner), id=record.number)


async def group_ids(box: Appliance, owner: str) -> Known[tuple[RecordId, ...]]:
    """Which groups a list has."""
    known = await box.ask("group.ids", wire.read_contact_groups, username=their_name(owner))
    return known.map(lambda found: tuple(_group(each).id for each in found))


async def create_group(box: Appliance, owner: str, draft: GroupDraft) -> Known[Group]:
    """Make a group; the appliance numbers it."""

    def read(document: bytes) -> Group:
        found = wire.read_contact_groups(document)
        if len(found) != 1:
            raise MalformedDocument("does not say which group was made")
        return _group(found[0])

    content = _written(box, draft.name, draft.description, draft.members)
    return await box.tell("group.create", read, content=content, username=their_name(owner))


async def edit_group(box: Appliance, group: Group) -> Known[Group]:
    """Put a group, members and all, where it is. The appliance says no more than that it did."""
    content = _written(box, group.name, group.description, group.members)
    known = await box.tell(
        "group.edit",
        read_done,
        content=content,
        username=their_name(group.id.owner),
        id=group.id.number,
    )
    return known.map(lambda _: group)


async def delete_group(box: Appliance, record: RecordId) -> Known[None]:
    """Remove a group; its members stay. Raises `DeviceNotThere`."""
    known = await box.tell(
        "group.delete", read_done, username=their_name(record.owner), id=record.number
    )
    return known.map(lambda _: None)


def _group(found: wire.ContactGroup) -> Group:
    if found.place is None:
        raise MalformedDocument("is missing", element="contact_group/contact_group_url")
    return Group(
        id=their_record(found.place),
        name=found.name,
        description=found.description,
        members=tuple(map(their_record, found.members)),
    )


def _written(box: Appliance, name: str, description: str, members: tuple[RecordId, ...]) -> bytes:
    group = wire.ContactGroup(
        name=name,
        description=description,
        members=tuple(wire.Place(their_name(each.owner), each.number) for each in members),
    )
    return wire.write_contact_group(group, base_url=box.device.url)


def their_record(place: wire.Place) -> RecordId:
    """A place on the wire as a record of ours."""
    return RecordId(GLOBAL if place.owner == GLOBAL_LIST else place.owner, place.id)


def their_name(owner: str) -> str:
    """What the appliance calls the owner of a list."""
    return GLOBAL_LIST if owner == GLOBAL else owner
