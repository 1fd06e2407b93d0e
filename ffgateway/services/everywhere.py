"""The same contacts, groups, users and routes on many appliances. Asked twice, it is done once.

Each appliance is asked what it has; what is missing is made, what differs is changed, the rest is
left alone. Nothing is ever removed.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from ffgateway.devices import configuration, groups, people
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.configuration import InboundRoute, RouteDraft
from ffgateway.domain.directory import Contact
from ffgateway.domain.errors import DeviceNotThere, GatewayError, InvalidRequest
from ffgateway.domain.evidence import Known
from ffgateway.domain.fanout import (
    MOST_THINGS,
    ContactKey,
    DeviceResult,
    RouteKey,
    WantedContact,
    WantedGroup,
    WantedUser,
    contact_key,
    route_key,
    route_to_be,
)
from ffgateway.domain.groups import Group, GroupDraft
from ffgateway.domain.records import GLOBAL, RecordId, check_owner
from ffgateway.services.configuration import check_route
from ffgateway.services.directory import check_contact, check_password, check_username
from ffgateway.services.groups import check_group
from ffgateway.services.spreading import Spreading, Tally, check_count, naming

Noun = TypeVar("Noun", Contact, Group)

A_PAGE: Final = 10_000
"""Records that are asked for at a time: all, where an appliance does not give fewer than it is asked
for. Whether one does is not public, so a list ends where nothing new comes."""

Chosen = tuple[str, ...] | None
"""Devices by id; None stands for all of them."""


class Everywhere:
    """Changes for many appliances, for whoever may.

    `owner` is a user of the appliances, `global`, or None for the account that the gateway uses
    with each. Raises `Forbidden`, `NotFound` and `InvalidRequest` before anything is done; what
    happens on an appliance is in its result.
    """

    def __init__(self, spreading: Spreading) -> None:
        self._spreading = spreading

    async def contacts(
        self,
        caller: Caller,
        chosen: Chosen,
        wanted: tuple[WantedContact, ...],
        *,
        owner: str | None,
    ) -> tuple[DeviceResult, ...]:
        """See to it that contacts are in a list: found by name and the digits of the number."""
        _check_owner(owner)
        check_count("contacts", len(wanted), MOST_THINGS)
        for index, one in enumerate(wanted):
            with naming(f"contacts[{index}]"):
                check_contact(one.name, one.fax_number)

        async def work(box: Appliance, tally: Tally) -> None:
            await _apply_contacts(box, tally, _owner(box, owner), wanted)

        return await self._over(caller, "contact.apply", chosen, total=len(wanted), work=work)

    async def groups(
        self, caller: Caller, chosen: Chosen, wanted: tuple[WantedGroup, ...], *, owner: str | None
    ) -> tuple[DeviceResult, ...]:
        """See to it that groups are in a list, found by name, with these members and no others.

        Members are contacts of that list or of the global one.
        """
        _check_owner(owner)
        check_count("groups", len(wanted), MOST_THINGS)
        for index, one in enumerate(wanted):
            with naming(f"groups[{index}]"):
                check_group(one.name, one.members)

        async def work(box: Appliance, tally: Tally) -> None:
            await _apply_groups(box, tally, _owner(box, owner), wanted)

        return await self._over(caller, "group.apply", chosen, total=len(wanted), work=work)

    async def users(
        self, caller: Caller, chosen: Chosen, wanted: tuple[WantedUser, ...]
    ) -> tuple[DeviceResult, ...]:
        """See to it that users are there, found by their user names."""
        check_count("users", len(wanted), MOST_THINGS)
        for index, one in enumerate(wanted):
            with naming(f"users[{index}]"):
                check_username(one.username)
                if one.password is not None:
                    check_password(one.password)

        async def work(box: Appliance, tally: Tally) -> None:
            for index, one in enumerate(wanted):
                await _apply_user(box, tally, index, one)

        return await self._over(caller, "user.apply", chosen, total=len(wanted), work=work)

    async def routes(
        self, caller: Caller, chosen: Chosen, wanted: tuple[RouteDraft, ...]
    ) -> tuple[DeviceResult, ...]:
        """See to it that routes are there, found by scope, line and extension."""
        check_count("routes", len(wanted), MOST_THINGS)
        for index, one in enumerate(wanted):
            with naming(f"routes[{index}]"):
                check_route(one)

        async def work(box: Appliance, tally: Tally) -> None:
            await _apply_routes(box, tally, wanted)

        scope = Scope.DEVICES_ADMIN
        return await self._spreading.over(
            caller, scope, "inbound_route.apply", chosen, total=len(wanted), work=work
        )

    async def _over(
        self,
        caller: Caller,
        action: str,
        chosen: Chosen,
        *,
        total: int,
        work: Callable[[Appliance, Tally], Awaitable[None]],
    ) -> tuple[DeviceResult, ...]:
        return await self._spreading.over(
            caller, Scope.DIRECTORY_ADMIN, action, chosen, total=total, work=work
        )


async def _apply_contacts(
    box: Appliance, tally: Tally, owner: str, wanted: tuple[WantedContact, ...]
) -> None:
    there = await _contacts(box, tally, owner)
    for index, one in enumerate(wanted):
        known = there.get(one.key)
        if known is None:
            known = await tally.write(index, None, people.add_contact(box, owner, one.draft()))
        elif one.of(known) != known:
            call = people.edit_contact(box, one.of(known))
            known = await tally.write(index, known, call)
        else:
            tally.unchanged()
        if known is not None:
            there[one.key] = known  # the request may come back to it


async def _apply_groups(
    box: Appliance, tally: Tally, owner: str, wanted: tuple[WantedGroup, ...]
) -> None:
    there = await _groups(box, tally, owner)
    contacts: dict[ContactKey, Contact] = {}
    if any(one.members for one in wanted):
        if owner != GLOBAL:
            contacts = await _contacts(box, tally, GLOBAL)
        contacts |= await _contacts(box, tally, owner)  # the list's own go first
    for index, one in enumerate(wanted):
        try:
            members = _members(box, one, contacts)
        except DeviceNotThere as missing:
            tally.refuse(index, missing)
            continue
        known = there.get(one.name.strip())
        if known is None:
            draft = GroupDraft(
                name=one.name, description=one.description or "", members=members or ()
            )
            known = await tally.write(index, None, groups.create_group(box, owner, draft))
        elif one.of(known, members) != known:
            call = groups.edit_group(box, one.of(known, members))
            known = await tally.write(index, known, call)
        else:
            tally.unchanged()
        if known is not None:
            there[one.name.strip()] = known  # the request may come back to it


def _members(
    box: Appliance, wanted: WantedGroup, contacts: dict[ContactKey, Contact]
) -> tuple[RecordId, ...] | None:
    if wanted.members is None:
        return None
    missing = [key for key in wanted.members if key not in contacts]
    if missing:
        name, number = missing[0]
        raise DeviceNotThere(box.device.id, f"There is no contact {name} with the number {number}.")
    return tuple(dict.fromkeys(contacts[key].id for key in wanted.members))


async def _apply_user(box: Appliance, tally: Tally, index: int, wanted: WantedUser) -> None:
    try:
        there = tally.heard(await people.user(box, wanted.username))
    except DeviceNotThere:
        if wanted.password is None:
            tally.refuse(index, _no_password(index, wanted.username))
        else:
            call = people.add_user(box, wanted.draft())
            await tally.write(index, None, call, secrets=("password",))
        return
    password = wanted.password or ""
    if password and tally.heard(await people.verify(box, wanted.username, password)):
        password = ""  # it is the one that the user has
    if password or wanted.of(there) != there:
        call = people.edit_user(box, wanted.of(there), password=password)
        await tally.write(index, there, call, secrets=("password",) if password else ())
    else:
        tally.unchanged()


def _no_password(index: int, username: str) -> GatewayError:
    return InvalidRequest(
        f"{username} is not there, and nobody can be made without a password.",
        field=f"users[{index}].password",
        cure="Give a password.",
    )


async def _apply_routes(box: Appliance, tally: Tally, wanted: tuple[RouteDraft, ...]) -> None:
    there: dict[RouteKey, InboundRoute] = {}
    for route in tally.heard(await configuration.inbound_routes(box)):
        there.setdefault(route_key(route), route)
    for index, one in enumerate(wanted):
        known = there.get(route_key(one))
        if known is None:
            call = configuration.add_inbound_route(box, one)
            known = await tally.write(index, None, call)
        elif route_to_be(one, known) != known:
            call = configuration.edit_inbound_route(box, route_to_be(one, known))
            known = await tally.write(index, known, call)
        else:
            tally.unchanged()
        if known is not None:
            there[route_key(one)] = known  # the request may come back to it


async def _contacts(box: Appliance, tally: Tally, owner: str) -> dict[ContactKey, Contact]:
    """A whole list by key. Of several that are the same the oldest counts."""

    async def page(offset: int) -> Known[tuple[Contact, ...]]:
        return await people.contacts(box, owner, offset=offset, limit=A_PAGE)

    found: dict[ContactKey, Contact] = {}
    for one in await _all(tally, page):
        found.setdefault(contact_key(one.name, one.fax_number), one)
    return found


async def _groups(box: Appliance, tally: Tally, owner: str) -> dict[str, Group]:
    async def page(offset: int) -> Known[tuple[Group, ...]]:
        return await groups.groups(box, owner, offset=offset, limit=A_PAGE)

    found: dict[str, Group] = {}
    for one in await _all(tally, page):
        found.setdefault(one.name.strip(), one)
    return found


async def _all(
    tally: Tally, page: Callable[[int], Awaitable[Known[tuple[Noun, ...]]]]
) -> list[Noun]:
    """Every record of a list, however many an appliance gives at a time."""
    found: dict[RecordId, Noun] = {}
    while True:
        before = len(found)
        found |= {one.id: one for one in tally.heard(await page(before))}
        if len(found) == before:
            return list(found.values())


def _owner(box: Appliance, owner: str | None) -> str:
    return box.device.username if owner is None else owner


def _check_owner(owner: str | None) -> None:
    if owner is not None:
        check_owner(owner)
