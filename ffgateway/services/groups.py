"""Groups of contacts, on one appliance at a time."""

from collections.abc import Sized

from ffgateway.devices import groups as device
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.evidence import Known
from ffgateway.domain.groups import (
    MOST_MEMBERS,
    ORDERS,
    Group,
    GroupChanges,
    GroupDraft,
    GroupFilter,
)
from ffgateway.domain.pages import Page, offset_of, page_from
from ffgateway.domain.records import RecordId, check_owner
from ffgateway.domain.versions import expect
from ffgateway.services.asking import Asking
from ffgateway.services.learnt import Learnt, there


class Groups:
    """The groups of the appliances, for whoever may.

    `owner` is a user of the appliance, `global`, or None for the account that the gateway uses.
    """

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def list(
        self,
        caller: Caller,
        device_id: str,
        *,
        owner: str | None,
        wanted: GroupFilter,
        cursor: str | None,
        limit: int,
    ) -> Known[Page[Group]]:
        """A page of a list's groups, as the appliance orders them."""
        _check_owner(owner)
        if wanted.order and wanted.order not in ORDERS:
            raise InvalidRequest(
                f"Groups are not sorted by {wanted.order!r}.",
                field="order",
                cure=f"Use one of {', '.join(ORDERS)}.",
            )
        offset = offset_of(cursor)

        async def read(box: Appliance) -> Known[Page[Group]]:
            known = await device.groups(
                box, _owner(box, owner), wanted=wanted, offset=offset, limit=limit + 1
            )
            return known.map(lambda found: page_from(found, offset=offset, limit=limit))

        return await self._asking.read(caller, Scope.DIRECTORY_READ, "group.list", device_id, read)

    async def get(self, caller: Caller, device_id: str, record: RecordId) -> Known[Group]:
        """One group. Raises `DeviceNotThere`."""

        async def read(box: Appliance) -> Known[Group]:
            return await device.group(box, record)

        return await self._asking.read(caller, Scope.DIRECTORY_READ, "group.get", device_id, read)

    async def ids(
        self, caller: Caller, device_id: str, *, owner: str | None
    ) -> Known[tuple[RecordId, ...]]:
        """Which groups a list has."""
        _check_owner(owner)

        async def read(box: Appliance) -> Known[tuple[RecordId, ...]]:
            return await device.group_ids(box, _owner(box, owner))

        return await self._asking.read(caller, Scope.DIRECTORY_READ, "group.ids", device_id, read)

    async def create(
        self, caller: Caller, device_id: str, draft: GroupDraft, *, owner: str | None
    ) -> Known[Group]:
        """Make a group."""
        _check_owner(owner)
        check_group(draft.name, draft.members)

        learnt = Learnt()

        async def change(box: Appliance) -> Known[Group]:
            call = device.create_group(box, _owner(box, owner), draft)
            return await learnt.made(None, draft, call)

        return await self._asking.change(
            caller,
            Scope.DIRECTORY_ADMIN,
            "group.create",
            device_id,
            change,
            learnt=learnt,
            owner=owner or "",
            name=draft.name,
        )

    async def edit(
        self,
        caller: Caller,
        device_id: str,
        record: RecordId,
        changes: GroupChanges,
        *,
        seen: str | None = None,
    ) -> Known[Group]:
        """Change what is given: read, merged, and written back whole.

        Raises `ChangedMeanwhile` when `seen` is not the version that is there.
        """
        check_group(changes.name, changes.members)

        learnt = Learnt()

        async def change(box: Appliance) -> Known[Group]:
            box.must_have("group.edit")
            before = (await device.group(box, record)).value
            expect(before, seen)
            after = changes.of(before)
            return await learnt.made(before, after, device.edit_group(box, after))

        return await self._asking.change(
            caller,
            Scope.DIRECTORY_ADMIN,
            "group.edit",
            device_id,
            change,
            learnt=learnt,
            group=str(record),
        )

    async def remove(
        self, caller: Caller, device_id: str, record: RecordId, *, seen: str | None = None
    ) -> Known[None]:
        """Remove a group; its members stay.

        Raises `ChangedMeanwhile` when `seen` is not the version that is there.
        """
        learnt = Learnt()

        async def change(box: Appliance) -> Known[None]:
            box.must_have("group.delete")
            before = await there(device.group(box, record), must=seen is not None)
            expect(before, seen)
            return await learnt.made(before, None, device.delete_group(box, record))

        return await self._asking.change(
            caller,
            Scope.DIRECTORY_ADMIN,
            "group.delete",
            device_id,
            change,
            learnt=learnt,
            group=str(record),
        )


def _owner(box: Appliance, owner: str | None) -> str:
    return box.device.username if owner is None else owner


def _check_owner(owner: str | None) -> None:
    if owner is not None:
        check_owner(owner)


def check_group(name: str | None, members: Sized | None) -> None:
    """Raise `InvalidRequest` for an empty name or too many members; None is for what stays.

    Whose contacts they may be is the appliance's to say: the guide has only the group's own list
    and the global one, and not what becomes of others.
    """
    if name is not None and not name.strip():
        raise InvalidRequest("The group has no name.", field="name", cure="Give it one.")
    if members is not None and len(members) > MOST_MEMBERS:
        raise InvalidRequest(
            f"There are {len(members)} members; a group has {MOST_MEMBERS} at most.",
            field="members",
            cure="Make several groups of them.",
        )
