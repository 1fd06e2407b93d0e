"""The address books of an appliance: by owner and number, one sequence of numbers for all of them.

Names, numbers and texts of refusals are this project's choice where the guide has none, and say
so. The global list is for everybody to read; who may write to it is a setting of the appliance.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any, Final

from ffgateway.ffws.groups import Place
from ffgateway.ffws.paths import GLOBAL_LIST
from ffgateway.ffws.people import CONTACT_FIELDS, Contact
from ffgateway.simulator.people import User, Users
from ffgateway.simulator.refusals import Refused

NO_LIMIT: Final = 10**9


class Contacts:
    """Every address book."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._contacts: dict[Place, Contact] = {}
        self._numbers = count(1)

    def __contains__(self, place: object) -> bool:
        return place in self._contacts

    def of(self, owner: str) -> tuple[Contact, ...]:
        """Return one address book, the oldest entry first."""
        return tuple(one for place, one in self._contacts.items() if place.owner == owner)

    def one(self, place: Place) -> Contact:
        """Return an entry; 404 for one that is not there."""
        found = self._contacts.get(place)
        if found is None:
            raise Refused(404, "Contact not found")
        return found

    def add(self, owner: str, contact: Contact) -> Contact:
        """Take an entry in. That a name and a fax number are needed is inferred."""
        _check(contact)
        place = Place(owner, next(self._numbers))
        self._contacts[place] = replace(contact, place=place)
        return self._contacts[place]

    def change(self, place: Place, given: Mapping[str, Any]) -> Contact:
        """Change what is given of an entry; what a request leaves out stays (inferred)."""
        changed = replace(self.one(place), **given)
        _check(changed)
        self._contacts[place] = changed
        return changed

    def remove(self, place: Place) -> None:
        """Forget an entry."""
        self.one(place)
        del self._contacts[place]

    def may_read(self, user: User, owner: str) -> None:
        """Refuse whoever may not see a list: 403 before 404, as for users (inferred)."""
        if owner == GLOBAL_LIST or user.admin or user.username == owner:
            self._must_exist(owner)
            return
        raise Refused(403, "Permission denied")

    def may_write(self, user: User, owner: str, *, global_open: bool) -> None:
        """Refuse whoever may not change a list.

        That the global list is written like a user's, by administrators, and by others where the
        appliance's setting allows them, is inferred from that setting's name.
        """
        if owner == GLOBAL_LIST and not user.admin and not global_open:
            raise Refused(403, "Permission denied")
        self.may_read(user, owner)

    def _must_exist(self, owner: str) -> None:
        if owner != GLOBAL_LIST and owner not in self._users:
            raise Refused(404, "User not found")


def selected(
    found: tuple[Contact, ...], query: Mapping[str, str], *, orders: bool
) -> tuple[Contact, ...]:
    """Search and sort a list: parts of texts, all of which must be there (documented).

    Ascending, by the exact letters, by one of the four fields: inferred. FFx30 does not sort
    (documented); that it refuses to with 400 is inferred.
    """
    for name in CONTACT_FIELDS:
        part = query.get(name, "")
        found = tuple(one for one in found if part in getattr(one, name))
    order = query.get("order", "")
    if not order:
        return found
    if not orders or order not in CONTACT_FIELDS:
        raise Refused(400, "Cannot order by that")
    return tuple(sorted(found, key=lambda one: str(getattr(one, order))))


def _check(contact: Contact) -> None:
    if not contact.name or not contact.fax_number:
        raise Refused(400, "A contact needs a name and a fax number")
