"""When a line fails more than its siblings do. Pure: time comes in as an argument.

A single line cannot be judged by its failures: a list of dead numbers makes every line look bad. So
the last tries over one line are held against those over its siblings on the same appliance with
Fisher's exact test, one-sided: were failures dealt out without regard to the line, how likely is it
that this one has as many, or more? A test after each try is many tests, hence the low threshold:
with four equal lines over which every tenth try fails, a false alarm was raised once in twenty thousand
tries (6 in 120,000 simulated ones; `test_equal_lines_seldom_raise_an_alarm` holds the order of it).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import comb
from typing import Final

from ffgateway.domain.failures import KINDS, Category

RECENT: Final = 40
"""Tries over a line that count: the last ones."""

WITHIN: Final = timedelta(days=7)
"""How old they may be."""

FEWEST: Final = 10
"""Tries over the line, and over all its siblings, below which nothing is said of it."""

STANDS_OUT: Final = 0.0005
"""The probability below which a line stands out."""

LIKE_OTHERS: Final = 0.1
"""The probability above which it does no more, by the tries since it stood out."""

THE_CALLED: Final = frozenset({"busy", "no_answer", "congestion"})
"""Failures of category `line` that tell of the number that was called, or of the network."""

THE_LINE: Final = frozenset({Category.LINE, Category.PROTOCOL, Category.UNCLASSIFIED})
"""Categories in which a line may have had its part."""


class Verdict(StrEnum):
    """What one more try changes."""

    NOTHING = "nothing"
    DEGRADED = "degraded"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTry:
    """One try over a line, as far as it tells of the line."""

    at: datetime
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord:
    """What is remembered of one line (a modem or channel) of an appliance; the newest try is last."""

    device_id: str
    number: int
    tries: tuple[LineTry, ...] = ()
    degraded_since: datetime | None = None

    def with_try(self, one: LineTry) -> "LineRecord":
        """The same line after one more try."""
        kept = [each for each in self.tries if each.at > one.at - WITHIN]
        return replace(self, tries=(*kept, one)[-RECENT:])

    def judged(self, verdict: Verdict, *, at: datetime) -> "LineRecord":
        """The same line after a verdict. One that is well again begins anew, with what showed it."""
        if verdict is Verdict.DEGRADED:
            return replace(self, degraded_since=at)
        if verdict is Verdict.RECOVERED:
            return replace(self, degraded_since=None, tries=self.telling())
        return self

    def telling(self) -> tuple[LineTry, ...]:
        """The tries it is judged by: all, or once it is degraded the last few since."""
        since = self.degraded_since
        if since is None:
            return self.tries
        return tuple(one for one in self.tries if one.at > since)[-FEWEST:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A line beside its siblings: the four counts, and how likely it is that chance dealt them so."""

    failed: int
    tried: int
    others_failed: int
    others_tried: int
    probability: float


def tells_of_line(code: str | None) -> bool | None:
    """Whether the line failed in a try that ended so (None: delivered); None when it does not say."""
    if code is None:
        return False
    kind = KINDS.get(code)
    category = kind.category if kind else Category.UNCLASSIFIED
    return True if category in THE_LINE and code not in THE_CALLED else None


def fisher(failed: int, tried: int, others_failed: int, others_tried: int) -> float:
    """The chance that a line has at least `failed` of all failures, were they dealt out blindly.

    The upper tail of the hypergeometric distribution.
    """
    all_failed, everything = failed + others_failed, tried + others_tried
    ways = sum(
        comb(all_failed, count) * comb(everything - all_failed, tried - count)
        for count in range(failed, min(tried, all_failed) + 1)
    )
    return ways / comb(everything, tried)


def judge(line: LineRecord, siblings: Iterable[LineRecord]) -> tuple[Verdict, Comparison]:
    """Hold a line, after a try, against its siblings. Well again only by tries since it was not."""
    mine = line.telling()
    theirs = [one for each in siblings if each.degraded_since is None for one in each.tries]
    if line.tries:
        theirs = [one for one in theirs if one.at > line.tries[-1].at - WITHIN]
    found = _compared(mine, theirs)
    if min(found.tried, found.others_tried) < FEWEST:
        return Verdict.NOTHING, found
    if line.degraded_since is None:
        bad = found.probability < STANDS_OUT
        return (Verdict.DEGRADED if bad else Verdict.NOTHING), found
    well = found.probability > LIKE_OTHERS
    return (Verdict.RECOVERED if well else Verdict.NOTHING), found


def _compared(mine: Iterable[LineTry], theirs: Iterable[LineTry]) -> Comparison:
    ours, others = [one.failed for one in mine], [one.failed for one in theirs]
    return Comparison(
        failed=sum(ours),
        tried=len(ours),
        others_failed=sum(others),
        others_tried=len(others),
        probability=fisher(sum(ours), len(ours), sum(others), len(others)),
    )
