"""Which entries of an appliance belong to which request of ours, and which could.

Entries and faxes come in, what they prove goes out. A FAXKEY is one request: all its entries are
ours or none is. What could be ours must be kept apart until it is known, because a fax that is
taken for somebody else's would be sent again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ffgateway.domain.changes import Sighting
from ffgateway.domain.faxes import Fax, Stage, Submission, dialled


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
        number = dialled(fax.recipient.fax_number)
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


def may_be(
    submission: Submission, faxes: Iterable[Fax], group: tuple[Sighting, ...], *, username: str
) -> bool:
    """Whether these entries, all of one FAXKEY, may turn out to be those of a request in doubt.

    While its exchange goes on, everything that came after it left may be: its answer will say,
    in whatever way the appliance writes numbers and names. Once there is no answer, what `found`
    would take when the rest of the FAXKEY has shown.
    """
    if submission.fax_key:
        return group[0].fax_key == submission.fax_key
    if submission.stage is Stage.SUBMITTING:
        return group[0].fax_key > submission.floor_key
    return _of_it(submission, group, username) and _dialled(group) <= _numbers(faxes)


def _of_it(submission: Submission, group: tuple[Sighting, ...], username: str) -> bool:
    return all(
        one.fax_key > submission.floor_key and one.username in {"", username} for one in group
    )


def _numbers(faxes: Iterable[Fax]) -> Counter[str]:
    return Counter(dialled(fax.recipient.fax_number) for fax in faxes)


def _dialled(group: Iterable[Sighting]) -> Counter[str]:
    return Counter(dialled(one.fax_number) for one in group)
