"""Entries asked for by their keys, and by those whose they are.

A user of an appliance sees only their own faxes, unless they are an administrator there (guide). So
what somebody handed over as another user may be missing from the list of the device's own user: it
is looked for as the one who handed it over. Nothing is concluded about a fax whose owner the
appliance refuses just now.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from ffgateway.devices.client import SHOWN, Appliance
from ffgateway.domain.changes import Sighting, unexplained
from ffgateway.domain.errors import DeviceSilent, DeviceUserRefused
from ffgateway.services.appliances import Appliances
from ffgateway.store.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the owners of faxes were shown, and the faxes by id whose owners could not be asked."""

    sightings: tuple[Sighting, ...] = ()
    unasked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told of an appliance's entries, by their keys; `news` are those worth comparing.

    `unasked` are faxes whose owners could not be asked. `fell`: its keys are below some that were
    known before. They may have begun anew: then an entry to another number is another fax's.
    """

    listed: dict[tuple[str, str], Sighting]
    news: Collection[tuple[str, str]]
    unasked: frozenset[str]
    fell: bool


async def as_owners(appliances: Appliances, device_id: str, faxes: Iterable[Standing]) -> Shown:
    """Look for faxes as those who handed them over. Raises the `DeviceError` of no user's own."""
    by_owner: dict[str, list[Standing]] = defaultdict(list)
    for fax in faxes:
        by_owner[fax.acted_as].append(fax)
    found: list[Sighting] = []
    unasked = set[str]()
    for name, theirs in by_owner.items():
        box = await appliances.of(device_id, name)
        shown = None if box.refused_lately else await _shown(box, theirs)
        if shown is None:
            unasked |= {fax.id for fax in theirs}
        else:
            found += shown
    return Shown(sightings=tuple(found), unasked=frozenset(unasked))


async def _shown(box: Appliance, faxes: list[Standing]) -> list[Sighting] | None:
    """What is shown of these; None when the user is refused."""
    wanted = {fax.place for fax in faxes}
    try:
        own = await box.own(complete_limit=SHOWN)
    except DeviceUserRefused:
        return None
    found = {one.place: one for one in own if one.place in wanted}
    rest = [fax for fax in faxes if fax.place not in found]
    found |= {one.place: one for one in await asked_for(box, rest)}
    failed = [one for one in found.values() if unexplained(one)]
    found |= {one.place: one for one in await modems_of(box, failed)}
    return list(found.values())


async def asked_for(appliance: Appliance, missing: Iterable[Standing]) -> list[Sighting]:
    """What an appliance shows by its key of entries that its list has not: many of a FAXKEY at once."""
    by_key: dict[str, list[Standing]] = defaultdict(list)
    for fax in missing:
        by_key[fax.fax_key].append(fax)
    found: list[Sighting] = []
    for fax_key, faxes in by_key.items():
        if len(faxes) > 1:
            shown = await appliance.entries(fax_key) or ()
            wanted = {fax.entry_key for fax in faxes}
            found += [one for one in shown if one.entry_key in wanted]
        elif one := await appliance.entry(fax_key, faxes[0].entry_key):
            found.append(one)
    return found


async def modems_of(appliance: Appliance, failed: list[Sighting]) -> list[Sighting]:
    """The same entries with what the modem told of them; without those that it tells nothing of.

    What stands there beyond two times is not public, so nothing is lost where it cannot be read.
    """
    told: list[Sighting] = []
    for fax_key in sorted({one.fax_key for one in failed}):
        try:
            shown = await appliance.entries(fax_key, modem=True) or ()
        except DeviceSilent:
            continue
        known = {one.place: one.modem for one in shown}
        told += [
            replace(one, modem=modem)
            for one in failed
            if one.fax_key == fax_key and (modem := known.get(one.place))
        ]
    return told
