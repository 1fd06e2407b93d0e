"""How far an appliance's clock is from ours. Pure: times come in as arguments.

An appliance shows whole seconds, and when it read its clock is only known to lie between our
request and its answer. Only what cannot be explained by that is an offset.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

GRAIN: Final = timedelta(seconds=1)
"""What an appliance cuts off when it shows a time."""


class KnownBy(StrEnum):
    """What showed an appliance's clock."""

    CURRENT_TIME = "current_time"  # of its status: the element is documented, its form is not
    CREATED = "created"  # of the entry of a fax that we had just handed over: documented


class Verdict(StrEnum):
    """What one more sight of a clock changes."""

    NOTHING = "nothing"
    SKEWED = "skewed"
    RIGHT = "right"


def offset(shown: datetime, *, before: datetime, after: datetime) -> timedelta:
    """How far ahead of ours a clock is that showed this between two moments of ours; behind: negative."""
    if shown > after:
        return shown - after
    if shown + GRAIN < before:
        return shown + GRAIN - before
    return timedelta(0)


def judge(off: timedelta, *, too_far: timedelta, skewed: bool) -> Verdict:
    """What an offset changes, given whether the clock counts as wrong already.

    Beyond `too_far` an episode begins; it ends at half of that, and between the two nothing changes.
    """
    if not skewed and abs(off) > too_far:
        return Verdict.SKEWED
    if skewed and abs(off) < too_far / 2:
        return Verdict.RIGHT
    return Verdict.NOTHING
