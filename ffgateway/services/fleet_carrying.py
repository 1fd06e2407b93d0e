"""One step of a plan, carried out on one appliance."""

from dataclasses import replace

from ffgateway.devices import configuration, groups, people
from ffgateway.devices.client import Appliance
from ffgateway.domain.configuration import InboundRoute, ModemSettings, RouteDraft, T37Settings
from ffgateway.domain.directory import Contact, ContactDraft, User, UserDraft
from ffgateway.domain.errors import DeviceNotThere
from ffgateway.domain.fanout import ContactKey, contact_key
from ffgateway.domain.fleet_steps import Act, GroupToBe, Step
from ffgateway.domain.groups import Group, GroupDraft
from ffgateway.domain.records import GLOBAL, RecordId
from ffgateway.services.fleet_reading import Reading


class Carrying:
    """Carries steps out, in their order, on one appliance. `passwords` are by user name."""

    def __init__(self, passwords: dict[str, str]) -> None:
        self._passwords = passwords
        self._books: dict[str, dict[ContactKey, RecordId]] = {}

    async def do(self, box: Appliance, step: Step) -> None:
        """Do what the step says. Raises a `DeviceError`."""
        if step.act is Act.REMOVE:
            await _remove(box, step)
        elif isinstance(step.subject, GroupToBe):
            await self._put_group(box, step.owner, step.subject)
        elif isinstance(step.subject, User | UserDraft):
            password = self._passwords.get(step.subject.username, "")
            await _put_user(box, step.subject, password)
        else:
            await _put(box, step)

    async def _put_group(self, box: Appliance, owner: str, group: GroupToBe) -> None:
        keys, there = group.wanted.members, group.there
        members = None if keys is None else await self._members(box, owner, keys)
        if there is None:
            draft = GroupDraft(
                name=group.wanted.name,
                description=group.wanted.description or "",
                members=members or (),
            )
            await groups.create_group(box, owner, draft)
        else:
            await groups.edit_group(box, group.wanted.of(there, members))

    async def _members(
        self, box: Appliance, owner: str, keys: tuple[ContactKey, ...]
    ) -> tuple[RecordId, ...]:
        own, common = await self._book(box, owner), await self._book(box, GLOBAL)
        found = []
        for key in dict.fromkeys(keys):
            member = own.get(key) or common.get(key)
            if member is None:
                raise DeviceNotThere(box.device.id, f"There is no contact {key[0]} <{key[1]}>.")
            found.append(member)
        return tuple(found)

    async def _book(self, box: Appliance, owner: str) -> dict[ContactKey, RecordId]:
        """A list as it is now: its contacts were put there by the steps before."""
        if owner not in self._books:
            book: dict[ContactKey, RecordId] = {}
            for one in await Reading(box).contacts(owner):
                book.setdefault(contact_key(one.name, one.fax_number), one.id)
            self._books[owner] = book
        return self._books[owner]


async def _put_user(box: Appliance, subject: User | UserDraft, password: str) -> None:
    if isinstance(subject, UserDraft):
        await people.add_user(box, replace(subject, password=password))
    else:
        await people.edit_user(box, subject, password=password)


async def _put(box: Appliance, step: Step) -> None:
    match step.subject:
        case Contact() as contact:
            await people.edit_contact(box, contact)
        case ContactDraft() as draft:
            await people.add_contact(box, step.owner, draft)
        case InboundRoute() as route:
            await configuration.edit_inbound_route(box, route)
        case RouteDraft() as wanted:
            await configuration.add_inbound_route(box, wanted)
        case T37Settings() as settings:
            await configuration.edit_t37_settings(box, settings)
        case ModemSettings() as modem:
            await configuration.edit_modem_setting(box, modem)
        case other:
            raise TypeError(f"{type(other).__name__} is not put anywhere")


async def _remove(box: Appliance, step: Step) -> None:
    match step.subject:
        case Contact() as contact:
            await people.delete_contact(box, contact.id)
        case Group() as group:
            await groups.delete_group(box, group.id)
        case InboundRoute() as route:
            await configuration.delete_inbound_route(box, route.id)
        case other:
            raise TypeError(f"{type(other).__name__} is not removed")
