"""Which entries of an appliance belong to which request of ours, and which could.

Entries and faxes come in, what they prove goes out. A FAXKEY is one request: all its entries are
ours or none is. What could be ours must be kept apart until it is known, because a fax that is
taken for somebody else's would be sent again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ffgateway.domain.changes import Sighting
from ffgateway.domain.faxes import Fax, dialled
from ffgateway.domain.submissions import Contender, Stage, Submission

TAIL = 7
"""Digits at the end of a number that stay when an appliance writes it its own way.

What comes before may be a prefix for an outside line, a country, or a nought in its place.
"""

CLOCK = timedelta(minutes=1)
"""How far an appliance's clock is trusted while nothing shows how it goes."""

TICK = timedelta(seconds=2)
"""How far it is trusted once an entry of ours has shown how it goes: it tells whole seconds."""

Group = tuple[Sighting, ...]
"""The entries of one FAXKEY."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Recipients and entries that belong together, and what was left over on either side."""

    pairs: tuple[tuple[Fax, Sighting], ...]
    faxes: tuple[Fax, ...]
    sightings: tuple[Sighting, ...]


def paired(faxes: Iterable[Fax], sightings: Iterable[Sighting]) -> Pairing:
    """Give each fax its entry among the entries of its own request.

    The number dialled decides; one number asked for twice is told apart by the order of the
    entries, which is that of the recipients (inferred). When just as many are left on both sides,
    an appliance that writes numbers its own way is at work, and the order alone decides.
    """
    left = sorted(sightings, key=lambda one: (one.fax_key, one.entry_key))
    pairs: list[tuple[Fax, Sighting]] = []
    without: list[Fax] = []
    for fax in faxes:
        number = dialled(fax.number)
        mine = next((one for one in left if dialled(one.fax_number) == number), None)
        if mine is None:
            without.append(fax)
        else:
            left.remove(mine)
            pairs.append((fax, mine))
    if len(without) == len(left):
        pairs += zip(without, left, strict=True)
        without, left = [], []
    return Pairing(pairs=tuple(pairs), faxes=tuple(without), sightings=tuple(left))


def by_fax_key(sightings: Iterable[Sighting]) -> dict[str, tuple[Sighting, ...]]:
    """The entries of each FAXKEY, the lowest key first."""
    groups: dict[str, list[Sighting]] = defaultdict(list)
    for one in sightings:
        groups[one.fax_key].append(one)
    return {key: tuple(groups[key]) for key in sorted(groups)}


def found(
    submission: Submission, faxes: Iterable[Fax], group: tuple[Sighting, ...], *, username: str
) -> bool:
    """Whether these entries, all of one FAXKEY, are what a request without an answer would have made.

    They came after it left (keys rise), belong to the account that was used, and go to the same
    numbers, none missing.
    """
    return _of_it(submission, group, username) and _numbers(faxes) == _dialled(group)


def resembles(submission: Submission, faxes: Iterable[Fax], group: Group, *, username: str) -> bool:
    """Whether these entries are like `found`, but for the way in which numbers are written."""
    return _of_it(submission, group, username) and _tails(_numbers(faxes)) == _tails(
        _dialled(group)
    )


def may_be(
    submission: Submission, faxes: Iterable[Fax], group: tuple[Sighting, ...], *, username: str
) -> bool:
    """Whether these entries, all of one FAXKEY, may turn out to be those of a request in doubt.

    While its exchange goes on, everything that came after it left may be: its answer will say,
    in whatever way the appliance writes numbers and names. Once there is no answer, what `found`
    or `resembles` would take when the rest of the FAXKEY has shown.
    """
    if submission.fax_key:
        return group[0].fax_key == submission.fax_key
    if submission.stage is Stage.SUBMITTING:
        return group[0].fax_key > submission.floor_key
    return _of_it(submission, group, username) and _tails(_dialled(group)) <= _tails(
        _numbers(faxes)
    )


def _of_it(submission: Submission, group: tuple[Sighting, ...], username: str) -> bool:
    return all(
        one.fax_key > submission.floor_key and one.username in {"", username} for one in group
    )


def _numbers(faxes: Iterable[Fax]) -> Counter[str]:
    return Counter(dialled(fax.number) for fax in faxes)


def _dialled(group: Iterable[Sighting]) -> Counter[str]:
    return Counter(dialled(one.fax_number) for one in group)


def _tails(numbers: Counter[str]) -> Counter[str]:
    tails: Counter[str] = Counter()
    for number, times in numbers.items():
        tails[number[-TAIL:]] += times
    return tails


def alike(fax: Fax, sighting: Sighting) -> bool:
    """Whether an entry goes to the number of a fax, however either is written."""
    return tail(fax.number) == tail(sighting.fax_number)


def tail(number: str) -> str:
    """What stays of a number however it is written."""
    return dialled(number)[-TAIL:]


# Several that could be it -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """How an appliance's clock goes beside ours: ahead by something between these."""

    least: timedelta
    most: timedelta


NOTHING_LEARNT = Skew(least=-CLOCK, most=CLOCK)


def skew_of(group: Group, known: Submission) -> Skew | None:
    """Learn how the clock goes from entries that are known to come from a request of ours.

    They were made between the moment at which it left and that at which its exchange ended.
    """
    made = _made(group)
    if made is None or known.sent_at is None or known.ended_at is None:
        return None
    return Skew(least=made - known.ended_at - TICK, most=made - known.sent_at + TICK)


def told_apart(
    submission: Submission,
    groups: Iterable[Group],
    *,
    skew: Skew,
    settle_after: timedelta,
    pages: int | None,
) -> tuple[Group, ...]:
    """Which of several FAXKEYs that could each be a request are left once times and pages are held against it.

    An appliance's clock may be wrong, and pages are counted differently: so neither rules out the
    last one that is left. A FAXKEY that shows no time, or no pages yet, may be it.
    """
    left = tuple(groups)
    near = tuple(
        group for group in left if _in_time(submission, group, skew=skew, settle_after=settle_after)
    )
    left = near or left
    if pages is None or any(one.pages == 0 for group in left for one in group):
        return left
    same = tuple(group for group in left if {one.pages for one in group} == {pages})
    return same or left


def _in_time(submission: Submission, group: Group, *, skew: Skew, settle_after: timedelta) -> bool:
    made = _made(group)
    if made is None or submission.sent_at is None:
        return True
    ended = (submission.ended_at or submission.sent_at) + settle_after
    return submission.sent_at + skew.least <= made <= ended + skew.most


def _made(group: Group) -> datetime | None:
    return min((one.created_at for one in group if one.created_at is not None), default=None)


def pages_of(submission: Submission) -> int | None:
    """How many pages the entries of a request will show; None while that is not known."""
    counts = [getattr(document, "pages", None) for document in submission.draft.documents]
    if not all(counts):
        return None
    return sum(map(int, filter(None, counts))) + submission.draft.cover_page.enabled


def contender(group: Group) -> Contender:
    """What a person is shown of a FAXKEY that could be a request."""
    return Contender(
        fax_key=group[0].fax_key,
        entry_keys=tuple(one.entry_key for one in group),
        created_at=_made(group),
        pages=max(one.pages for one in group),
        states=tuple(sorted({one.state for one in group})),
    )
