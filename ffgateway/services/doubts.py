"""Hand-overs in doubt, and what an appliance shows that may settle them. `reconciling` draws the conclusions."""

from collections.abc import Mapping
from dataclasses import dataclass

from ffgateway.domain.changes import Sighting
from ffgateway.domain.faxes import FINAL, Fax
from ffgateway.domain.submissions import Submission

ROOM = 100
"""Finished faxes of our account asked for besides those in doubt, so that none of these is cut off."""

MOST_ROOM = 3200
"""The most that are asked for when a list does not go back far enough; an entry is about 600 bytes."""

SURELY_WHOLE = 10
"""A list with fewer finished faxes was cut by no limit: this is the default, and none is known below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an appliance shows of the account that made hand-overs which were in doubt when it was asked.

    `own` is its list, which may be cut off. `of_key` has the entries of each FAXKEY that an answer
    named, None for one that it knows no more. `gone` are the highest keys known before a hand-over
    that it knows no more either, while all it lists is below them: its keys may have begun anew.
    `calls` are of its log, the keys of their entries with them.
    """

    own: tuple[Sighting, ...] = ()
    of_key: Mapping[str, tuple[Sighting, ...] | None]
    gone: frozenset[str] = frozenset()
    calls: tuple[Sighting, ...] = ()

    def reaches(self, floor_key: str) -> bool:
        """Whether nothing made after `floor_key` can have been cut off the list.

        Where keys began anew, what is old and what is new can't be told by them.
        """
        return len(self.own) < ROOM if floor_key in self.gone else goes_back(self.own, floor_key)


def goes_back(own: tuple[Sighting, ...], floor_key: str) -> bool:
    """Whether an account's list has all that was made after `floor_key`.

    It keeps the latest (inferred): one that still has a finished fax from before has every one since.
    """
    finished = ended(own)
    return len(finished) < SURELY_WHOLE or any(one.fax_key <= floor_key for one in finished)


def ended(own: tuple[Sighting, ...]) -> tuple[Sighting, ...]:
    """The finished ones of a list: those that its limit counts."""
    return tuple(one for one in own if one.status is None or one.status in FINAL)


Known = Mapping[str, Evidence]
"""By submission: those alone that were in doubt when the appliance was asked, and whose account it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A hand-over that is in doubt, and its faxes that have no entry yet."""

    submission: Submission
    faxes: tuple[Fax, ...]
