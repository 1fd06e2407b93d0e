"""What is to be × what is there → the steps between them, in the order they can be done in.

Users come first, because routes may lead to them; contacts before the groups that have them as
members, and groups lose members before those are removed. Nothing here asks an appliance anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ffgateway.domain.configuration import RouteDraft
from ffgateway.domain.directory import Contact, ContactDraft, User, UserDraft
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.fanout import (
    ContactKey,
    WantedContact,
    WantedGroup,
    contact_key,
    route_key,
    route_to_be,
)
from ffgateway.domain.fleet_document import Listing, Section, Wanted
from ffgateway.domain.fleet_steps import Act, Found, GroupToBe, Step, Subject, differences
from ffgateway.domain.groups import Group
from ffgateway.domain.records import GLOBAL, RecordId


def plan(wanted: Wanted, found: Found) -> tuple[Step, ...]:
    """The steps from what is found to what is wanted, the ones that change nothing among them.

    Raises `InvalidRequest` for what cannot be: a member who is not there, a modem that is not.
    """
    return (
        *_users(wanted, found),
        *(step for one in wanted.contacts for step in _contacts(one, found)),
        *(step for n, one in enumerate(wanted.groups) for step in _groups(n, one, wanted, found)),
        *(step for one in wanted.groups for step in _spare_groups(one, found)),
        *(step for one in wanted.contacts for step in _spare_contacts(one, found)),
        *_routes(wanted, found),
        *_t37(wanted, found),
        *_modems(wanted, found),
    )


# The sections -------------------------------------------------------------------------------------


def _users(wanted: Wanted, found: Found) -> Iterator[Step]:
    for one in wanted.users:
        there = found.users.get(one.username)
        if there is None:
            blank = User(username=one.username)
            to_be = one.changes.of(blank)
            draft = UserDraft(
                password="",  # comes beside the document, when the step is done
                **{name: getattr(to_be, name) for name in User.__slots__},
            )
            yield _step(Act.ADD, Section.USERS, one.username, draft, before=blank, after=to_be)
        else:
            after = one.changes.of(there)
            yield _kept(Section.USERS, one.username, after, before=there, after=after)


def _contacts(listing: Listing[WantedContact], found: Found) -> Iterator[Step]:
    there = _book(found.contacts.get(listing.owner, ()))
    for one in listing.items:
        known, name = there.get(one.key), _contact_name(one.name, one.fax_number)
        if known is None:
            draft = one.draft()
            blank = ContactDraft(name=one.name, fax_number=one.fax_number)
            yield _step(
                Act.ADD, Section.CONTACTS, name, draft, listing.owner, before=blank, after=draft
            )
        else:
            after = one.of(known)
            yield _kept(Section.CONTACTS, name, after, listing.owner, before=known, after=after)


def _groups(
    number: int, listing: Listing[WantedGroup], wanted: Wanted, found: Found
) -> Iterator[Step]:
    there = {one.name.strip(): one for one in reversed(found.groups.get(listing.owner, ()))}
    names = _names(found)
    for index, one in enumerate(listing.items):
        _must_be_there(one, listing.owner, f"groups[{number}].items[{index}]", wanted, found)
        known = there.get(one.name.strip())
        subject = GroupToBe(wanted=one, there=known)
        before = _Group() if known is None else _shown(known, names)
        after = _Group(
            description=before.description if one.description is None else one.description,
            members=before.members if one.members is None else _members(one.members),
        )
        if known is None:
            yield _step(
                Act.ADD,
                Section.GROUPS,
                one.name,
                subject,
                listing.owner,
                before=before,
                after=after,
            )
        else:
            yield _kept(
                Section.GROUPS, one.name, subject, listing.owner, before=before, after=after
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """A group for people: its members by name, in order of names."""

    description: str = ""
    members: tuple[str, ...] = ()


def _shown(group: Group, names: Mapping[RecordId, ContactKey]) -> _Group:
    members = tuple(sorted({_named(one, names) for one in group.members}))
    return _Group(description=group.description, members=members)


def _named(member: RecordId, names: Mapping[RecordId, ContactKey]) -> str:
    return _contact_name(*names[member]) if member in names else str(member)


def _members(keys: Iterable[ContactKey]) -> tuple[str, ...]:
    return tuple(sorted({_contact_name(*key) for key in keys}))


def _names(found: Found) -> dict[RecordId, ContactKey]:
    return {
        one.id: contact_key(one.name, one.fax_number)
        for contacts in found.contacts.values()
        for one in contacts
    }


def _must_be_there(
    group: WantedGroup, owner: str, place: str, wanted: Wanted, found: Found
) -> None:
    known = set().union(*(_keys_to_be(one, wanted, found) for one in {owner, GLOBAL}))
    for index, key in enumerate(group.members or ()):
        if key not in known:
            raise InvalidRequest(
                f"There is no contact {_contact_name(*key)} to be a member of {group.name}.",
                field=f"{place}.members[{index}]",
                cure="Put it into the contacts of the group's own list, or the global one.",
            )


def _keys_to_be(owner: str, wanted: Wanted, found: Found) -> set[ContactKey]:
    """The contacts that a list has once everything is done."""
    listing = next((one for one in wanted.contacts if one.owner == owner), Listing())
    keys = {one.key for one in listing.items}
    return keys if listing.prune else keys | _book(found.contacts.get(owner, ())).keys()


def _spare_groups(listing: Listing[WantedGroup], found: Found) -> Iterator[Step]:
    if not listing.prune:
        return
    names = _names(found)
    kept = {one.name.strip() for one in listing.items}
    for one in found.groups.get(listing.owner, ()):
        if one.name.strip() in kept:
            kept.discard(one.name.strip())  # a second one of that name is one too many
            continue
        yield _step(
            Act.REMOVE, Section.GROUPS, one.name, one, listing.owner,
            before=_shown(one, names), after=_Group(),
        )  # fmt: skip


def _spare_contacts(listing: Listing[WantedContact], found: Found) -> Iterator[Step]:
    if not listing.prune:
        return
    kept = {one.key for one in listing.items}
    for one in found.contacts.get(listing.owner, ()):
        key = contact_key(one.name, one.fax_number)
        if key in kept:
            kept.discard(key)
            continue
        name = _contact_name(one.name, one.fax_number)
        blank = ContactDraft(name=one.name, fax_number=one.fax_number)
        yield _step(Act.REMOVE, Section.CONTACTS, name, one, listing.owner, before=one, after=blank)


def _routes(wanted: Wanted, found: Found) -> Iterator[Step]:
    listing = wanted.inbound_routes
    if listing is None:
        return
    section = Section.INBOUND_ROUTES
    there = {route_key(one): one for one in reversed(found.inbound_routes)}
    for one in listing.items:
        known, name = there.get(route_key(one)), _route_name(one)
        if known is None:
            blank = RouteDraft(name="", scope=one.scope, line=one.line, extension=one.extension)
            yield _step(Act.ADD, section, name, one, before=blank, after=one)
        else:
            after = route_to_be(one, known)
            yield _kept(section, name, after, before=known, after=after)
    if not listing.prune:
        return
    kept = {route_key(one) for one in listing.items}
    for route in found.inbound_routes:
        if route_key(route) in kept:
            kept.discard(route_key(route))
            continue
        blank = RouteDraft(name="", scope=route.scope, line=route.line, extension=route.extension)
        yield _step(Act.REMOVE, section, _route_name(route), route, before=route, after=blank)


def _t37(wanted: Wanted, found: Found) -> Iterator[Step]:
    if wanted.t37_settings is None or found.t37_settings is None:
        return
    after = wanted.t37_settings.over(found.t37_settings)
    yield _kept(Section.T37_SETTINGS, "T.37", after, before=found.t37_settings, after=after)


def _modems(wanted: Wanted, found: Found) -> Iterator[Step]:
    for index, one in enumerate(wanted.modem_settings):
        there = found.modem_settings.get(one.number)
        if there is None:
            raise InvalidRequest(
                f"There is no modem {one.number}.",
                field=f"modem_settings[{index}].number",
                cure="Leave it out of the document.",
            )
        after = one.changes.over(there)
        yield _kept(Section.MODEM_SETTINGS, f"modem {one.number}", after, before=there, after=after)


# Steps --------------------------------------------------------------------------------------------


def _kept(
    section: Section,
    name: str,
    subject: Subject,
    owner: str = "",
    *,
    before: object,
    after: object,
) -> Step:
    """A step about a record that is there: a change, or none."""
    act = Act.UNCHANGED if before == after else Act.CHANGE
    return _step(act, section, name, subject, owner, before=before, after=after)


def _step(
    act: Act,
    section: Section,
    name: str,
    subject: Subject,
    owner: str = "",
    *,
    before: object,
    after: object,
) -> Step:
    return Step(
        act=act,
        section=section,
        name=name,
        owner=owner,
        differences=differences(before, after),
        subject=subject,
    )


def _book(contacts: Iterable[Contact]) -> dict[ContactKey, Contact]:
    """Contacts by key. Of several that are the same the oldest counts."""
    found: dict[ContactKey, Contact] = {}
    for one in contacts:
        found.setdefault(contact_key(one.name, one.fax_number), one)
    return found


def _contact_name(name: str, fax_number: str) -> str:
    return f"{name.strip()} <{fax_number}>"


def _route_name(route: RouteDraft) -> str:
    if route.line is not None:
        return f"line {route.line}"
    return f"extension {route.extension}" if route.extension else "every fax"
