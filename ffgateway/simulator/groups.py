"""The contact groups of an appliance: by owner and number, one sequence of numbers for all lists.

That a group may hold contacts of its owner and global ones is documented. What an appliance does
with a member that does not exist, and with a member whose contact is deleted, is not: here the
first is refused with 400 and the second leaves the group (both inferred).
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

from ffgateway.ffws.groups import ContactGroup, Place
from ffgateway.ffws.paths import GLOBAL_LIST
from ffgateway.simulator.refusals import Refused


class Groups:
    """Every group. `there` says whether a contact is."""

    def __init__(self, there: Callable[[Place], bool]) -> None:
        self._there = there
        self._groups: dict[Place, ContactGroup] = {}
        self._numbers = count(1)

    def of(self, owner: str) -> tuple[ContactGroup, ...]:
        """Return the groups of one list, the oldest first."""
        return tuple(group for place, group in self._groups.items() if place.owner == owner)

    def one(self, place: Place) -> ContactGroup:
        """Return a group; 404 for one that is not there."""
        found = self._groups.get(place)
        if found is None:
            raise Refused(404, "Group not found")
        return found

    def add(self, owner: str, group: ContactGroup) -> ContactGroup:
        """Take a group in, whatever place its request names."""
        members = self._members(owner, group)
        place = Place(owner, next(self._numbers))
        self._groups[place] = replace(group, place=place, members=members)
        return self._groups[place]

    def replace(self, place: Place, group: ContactGroup) -> None:
        """Put a group where another is, members and all.

        The path says which, not the request's own URL (inferred: the guide's sample has two).
        """
        self.one(place)
        members = self._members(place.owner, group)
        self._groups[place] = replace(group, place=place, members=members)

    def remove(self, place: Place) -> None:
        """Forget a group; its members stay what they are."""
        self.one(place)
        del self._groups[place]

    def drop(self, contact: Place) -> None:
        """Take a contact that is no more out of every group (inferred)."""
        for place, group in self._groups.items():
            kept = tuple(each for each in group.members if each != contact)
            self._groups[place] = replace(group, members=kept)

    def _members(self, owner: str, group: ContactGroup) -> tuple[Place, ...]:
        if not group.name:
            raise Refused(400, "A group needs a name")  # inferred, as for contacts
        for member in group.members:
            if member.owner not in {owner, GLOBAL_LIST} or not self._there(member):
                raise Refused(400, f"No contact {member.owner}/{member.id}")
        return tuple(dict.fromkeys(group.members))
