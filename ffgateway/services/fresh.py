"""What records of appliances were a moment ago: by tags alone, so that who has one need not ask again.

Kept in memory by each gateway for itself, for so long as a look counts as fresh; a change through this
gateway ends that at once. What somebody changes elsewhere (on the appliance's own pages, through
another gateway) is seen when that time is over, and by whoever asks without a tag at once.
"""

from collections import OrderedDict
from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.domain.versions import matches

MOST = 10_000
"""Records that are remembered; the one longest unasked for gives way."""


class Fresh:
    """Tags of records by device and place. `keep` nothing: nothing is remembered."""

    def __init__(self, clock: Clock, *, keep: timedelta) -> None:
        self._clock = clock
        self._keep = keep.total_seconds()
        self._tags: OrderedDict[tuple[str, str], tuple[str, int, float]] = OrderedDict()
        self._changes: dict[str, int] = {}

    def mark(self, device_id: str) -> int:
        """Take this before a look: its tag is not remembered when a change came between."""
        return self._changes.get(device_id, 0)

    def remember(self, device_id: str, place: str, tag: str, *, mark: int) -> None:
        """Keep the tag of what was just looked at."""
        if self._keep and mark == self.mark(device_id):
            self._tags[device_id, place] = tag, mark, self._clock.monotonic() + self._keep
            self._tags.move_to_end((device_id, place))
            if len(self._tags) > MOST:
                self._tags.popitem(last=False)

    def known(self, device_id: str, place: str, seen: str) -> str | None:
        """The tag of the record, when it is fresh and one of those `seen` (as `If-None-Match` has them)."""
        tag, mark, until = self._tags.get((device_id, place), ("", 0, 0.0))
        fresh = mark == self.mark(device_id) and self._clock.monotonic() < until
        return tag if tag and fresh and matches(tag, seen) else None

    def forget(self, device_id: str) -> None:
        """Remember nothing of an appliance: something about it is changed."""
        self._changes[device_id] = self.mark(device_id) + 1
