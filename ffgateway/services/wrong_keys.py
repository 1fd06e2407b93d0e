"""Wrong keys are counted, by address and in all; beyond a number they are not even looked up.

A key that was right here before is never refused for the wrong ones of others: whoever floods the
gateway shuts out the keys it has not seen yet, from the same address or, in all, for a moment.
Memory is bounded, and nothing of a wrong key is kept.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

from ffgateway.clock import Clock
from ffgateway.domain.errors import TooManyWrongKeys

CROWD: Final = 10_000
"""Addresses, and right keys, that are remembered; the oldest go first."""


PAUSE: Final = 0.025
"""Seconds that who is not looked up waits for the answer: one after another, forty a second are no load."""

PAUSED: Final = 200
"""How many wait so at a time; those beyond are answered at once, since waiting takes memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """So many wrong keys at once, then one every so many seconds."""

    at_once: int
    every: float


PER_MINUTE: Final = 30
"""Wrong keys of one address that are looked up in a minute, where nobody says otherwise."""


def of_address(per_minute: int) -> Pace:
    """The pace of one address: two thirds of a minute's at once, the rest one by one."""
    return Pace(at_once=max(per_minute * 2 // 3, 1), every=60 / per_minute)


def in_all(per_minute: int) -> Pace:
    """The pace of everybody: what a database answers beside its work, one index is read for each."""
    each = of_address(per_minute)
    return Pace(at_once=each.at_once * 10, every=each.every / 40)


OF_ADDRESS: Final = of_address(PER_MINUTE)
IN_ALL: Final = in_all(PER_MINUTE)


class WrongKeys:
    """The counts of this process.

    Kept as one moment for each address: when its last wrong key will be forgotten (GCRA, the
    generic cell rate algorithm). `per_minute` is of one address; 0: all are looked up. `pause` is how
    long those who are not wait for being told.
    """

    def __init__(self, clock: Clock, *, per_minute: int = PER_MINUTE, pause: float = 0) -> None:
        self._clock = clock
        self._pause = pause
        self._paused = 0
        self._paces = (of_address(per_minute), in_all(per_minute)) if per_minute else None
        self._forgotten: OrderedDict[str, float] = OrderedDict()
        self._all_forgotten = 0.0
        self._right: OrderedDict[str, None] = OrderedDict()

    def admit(self, found: str, *, address: str) -> None:
        """Let a key be looked up, given its digest. Raises `TooManyWrongKeys`."""
        if found in self._right or self._paces is None:
            return
        now, (each, everybody) = self._clock.monotonic(), self._paces
        by_address = _wait(self._forgotten.get(_network(address), 0.0), each, now=now)
        wait = max(by_address, _wait(self._all_forgotten, everybody, now=now))
        if wait > 0:
            raise TooManyWrongKeys(retry_after=max(1, math.ceil(wait)))

    async def pause(self) -> None:
        """Keep who was not admitted waiting, so that who asks in a row asks slowly."""
        if not self._pause or self._paused >= PAUSED:
            return
        self._paused += 1
        try:
            await self._clock.sleep(self._pause)
        finally:
            self._paused -= 1

    def right(self, found: str) -> None:
        """Remember that a key was right."""
        self._right[found] = None
        self._right.move_to_end(found)
        if len(self._right) > CROWD:
            self._right.popitem(last=False)

    def wrong(self, found: str, *, address: str) -> None:
        """Count a key that was wrong, or is right no more."""
        self._right.pop(found, None)
        if self._paces is None:
            return
        now, network, (each, everybody) = self._clock.monotonic(), _network(address), self._paces
        self._all_forgotten = max(self._all_forgotten, now) + everybody.every
        self._forgotten[network] = max(self._forgotten.get(network, 0.0), now) + each.every
        self._forgotten.move_to_end(network)
        if len(self._forgotten) > CROWD:
            self._forgotten.popitem(last=False)


def _wait(forgotten: float, pace: Pace, *, now: float) -> float:
    """Seconds until one more fits, none or less when it does; rounded, since sums of parts are not exact."""
    return round(forgotten - now - (pace.at_once - 1) * pace.every, 6)


def _network(address: str) -> str:
    """Whose address it is: with IPv6 somebody has a /64 of them."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(int(found) >> 64) if isinstance(found, IPv6Address) else address
