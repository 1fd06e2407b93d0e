"""What an appliance has: of what a document names, or of everything that can be asked for."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

from ffgateway.devices import configuration, groups, people
from ffgateway.devices.client import Appliance
from ffgateway.domain.configuration import (
    ModemChanges,
    ModemSettings,
    RouteDraft,
    T37Changes,
    T37Settings,
)
from ffgateway.domain.directory import Contact, User, UserChanges
from ffgateway.domain.errors import DeviceNotThere, DeviceOperationUnsupported, DeviceRefused
from ffgateway.domain.evidence import Evidence, Known
from ffgateway.domain.fanout import (
    ContactKey,
    WantedContact,
    WantedGroup,
    contact_key,
    route_key,
    weakest,
)
from ffgateway.domain.fleet_document import (
    Listing,
    ModemToBe,
    Omission,
    Section,
    UserToBe,
    Wanted,
)
from ffgateway.domain.fleet_steps import Found
from ffgateway.domain.groups import Group
from ffgateway.domain.records import GLOBAL, RecordId

T = TypeVar("T")
Noun = TypeVar("Noun", Contact, Group)

A_PAGE: Final = 10_000
"""Records asked for at a time: all of them, where an appliance does not give fewer."""


class Reading:
    """Reads one appliance; `evidence` is the weakest grade among its answers so far."""

    def __init__(self, box: Appliance) -> None:
        self._box = box
        self.evidence: Evidence | None = None

    def heard(self, known: Known[T]) -> T:
        """What an answer says, its grade taken note of."""
        self.evidence = weakest(self.evidence, known.evidence)
        return known.value

    async def found(self, wanted: Wanted) -> Found:
        """What the appliance has of what is wanted. Raises a `DeviceError`."""
        books = {one.owner for one in wanted.contacts} | {one.owner for one in wanted.groups}
        if wanted.groups:
            books.add(GLOBAL)  # where members may come from
        box = self._box
        return Found(
            users={one.username: await self.user(one.username) for one in wanted.users},
            contacts={owner: await self.contacts(owner) for owner in sorted(books)},
            groups={one.owner: await self.groups(one.owner) for one in wanted.groups},
            inbound_routes=self.heard(await configuration.inbound_routes(box))
            if wanted.inbound_routes is not None
            else (),
            t37_settings=self.heard(await configuration.t37_settings(box))
            if wanted.t37_settings is not None
            else None,
            modem_settings={
                one.number: one for one in self.heard(await configuration.modem_settings(box))
            }
            if wanted.modem_settings
            else {},
            evidence=self.evidence,
        )

    async def user(self, username: str) -> User | None:
        """A user; None for one that is not there."""
        try:
            return self.heard(await people.user(self._box, username))
        except DeviceNotThere:
            return None

    async def contacts(self, owner: str) -> tuple[Contact, ...]:
        """A whole address book; that of nobody is empty."""

        async def page(offset: int) -> Known[tuple[Contact, ...]]:
            return await people.contacts(self._box, owner, offset=offset, limit=A_PAGE)

        return await self._whole(page)

    async def groups(self, owner: str) -> tuple[Group, ...]:
        """Every group of a list; nobody has none."""

        async def page(offset: int) -> Known[tuple[Group, ...]]:
            return await groups.groups(self._box, owner, offset=offset, limit=A_PAGE)

        return await self._whole(page)

    async def _whole(
        self, page: Callable[[int], Awaitable[Known[tuple[Noun, ...]]]]
    ) -> tuple[Noun, ...]:
        """All of a list, however many an appliance gives at a time: it ends where nothing is new."""
        found: dict[RecordId, Noun] = {}
        while True:
            before = len(found)
            try:
                found |= {one.id: one for one in self.heard(await page(before))}
            except DeviceNotThere:
                return tuple(found.values())  # there is no such user, or not yet
            if len(found) == before:
                return tuple(found.values())


async def everything(
    box: Appliance, users: Iterable[str], owners: Iterable[str]
) -> tuple[Wanted, tuple[Omission, ...], Evidence | None]:
    """What an appliance is like, in the words of a document, and what could not be asked for.

    FFWS lists no users, so those named are asked for. Raises the `DeviceError` of an appliance
    that does not answer.
    """
    reading, omissions = Reading(box), list[Omission]()

    async def tried(section: Section, read: Callable[[], Awaitable[T]]) -> T | None:
        try:
            return await read()
        except (DeviceOperationUnsupported, DeviceRefused) as no:
            omissions.append(Omission(section=section, detail=no.detail))
            return None

    async def contacts() -> dict[str, tuple[Contact, ...]]:
        return {owner: await reading.contacts(owner) for owner in sorted({*owners, GLOBAL})}

    async def listed() -> dict[str, tuple[Group, ...]]:
        return {owner: await reading.groups(owner) for owner in sorted({*owners, GLOBAL})}

    async def known_users() -> tuple[User | None, ...]:
        return tuple([await reading.user(name) for name in dict.fromkeys(users)])

    async def routes() -> Listing[RouteDraft] | None:
        found = reading.heard(await configuration.inbound_routes(box))
        return _routes(found)

    async def t37() -> T37Changes | None:
        return _t37(reading.heard(await configuration.t37_settings(box)))

    async def modems() -> tuple[ModemToBe, ...]:
        found = reading.heard(await configuration.modem_settings(box))
        return tuple(map(_modem, found))

    people_there = await tried(Section.USERS, known_users) or ()
    books = await tried(Section.CONTACTS, contacts) or {}
    there = await tried(Section.GROUPS, listed) or {}
    names = {
        one.id: contact_key(one.name, one.fax_number) for book in books.values() for one in book
    }
    wanted = Wanted(
        users=tuple(map(_user, filter(None, people_there))),
        contacts=tuple(_contacts(owner, book) for owner, book in books.items() if book),
        groups=tuple(_groups(owner, found, names) for owner, found in there.items() if found),
        inbound_routes=await tried(Section.INBOUND_ROUTES, routes),
        t37_settings=await tried(Section.T37_SETTINGS, t37),
        modem_settings=await tried(Section.MODEM_SETTINGS, modems) or (),
    )
    return wanted, tuple(omissions), reading.evidence


def _user(user: User) -> UserToBe:
    return UserToBe(
        username=user.username,
        changes=UserChanges(
            name=user.name,
            email_address=user.email_address,
            phone_number=user.phone_number,
            fax_number=user.fax_number,
            organization=user.organization,
            priority=user.priority,
            max_attempts=user.max_attempts,
            interval_seconds=user.interval_seconds,
            receipt=user.receipt or None,
            receipt_attachment=user.receipt_attachment or None,
        ),
    )


def _contacts(owner: str, book: tuple[Contact, ...]) -> Listing[WantedContact]:
    found: dict[ContactKey, WantedContact] = {}
    for one in book:
        wanted = WantedContact(
            name=one.name,
            fax_number=one.fax_number,
            phone_number=one.phone_number or None,
            organization=one.organization or None,
        )
        found.setdefault(wanted.key, wanted)
    return Listing(owner=owner, items=tuple(found.values()))


def _groups(
    owner: str, groups: tuple[Group, ...], names: dict[RecordId, ContactKey]
) -> Listing[WantedGroup]:
    """Groups, their members by name. Members of lists that were not read are let be, all of them."""
    found: dict[str, WantedGroup] = {}
    for one in groups:
        known = all(each in names for each in one.members)
        members = tuple(dict.fromkeys(names[each] for each in one.members)) if known else None
        wanted = WantedGroup(name=one.name, description=one.description or None, members=members)
        found.setdefault(one.name.strip(), wanted)
    return Listing(owner=owner, items=tuple(found.values()))


def _routes(routes: Iterable[RouteDraft]) -> Listing[RouteDraft] | None:
    found: dict[object, RouteDraft] = {}
    for one in routes:
        draft = RouteDraft(
            name=one.name,
            scope=one.scope,
            line=one.line,
            extension=one.extension,
            destinations=one.destinations,
        )
        found.setdefault(route_key(draft), draft)
    return Listing(items=tuple(found.values())) if found else None


def _t37(found: T37Settings) -> T37Changes:
    return T37Changes(
        enabled=found.enabled,
        domain=found.domain,
        allowed_senders=found.allowed_senders,
        cover_page_enabled=found.cover_page_enabled,
        cover_page_name=found.cover_page_name,
        priority=found.priority,
        receipt=found.receipt or None,
        receipt_attachment=found.receipt_attachment or None,
    )


def _modem(found: ModemSettings) -> ModemToBe:
    return ModemToBe(
        number=found.number,
        changes=ModemChanges(
            enabled=found.enabled,
            country_code=found.country_code,
            answer_on=found.answer_on,
            max_extension_digits=found.max_extension_digits,
            routing=found.routing or None,
            init_string=found.init_string,
            block_inbound=found.block_inbound,
            block_outbound=found.block_outbound,
        ),
    )
