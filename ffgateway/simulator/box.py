"""An appliance, its time and its faults: what every part of the server holds on to."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.faults import Fault, Faults, Kind

REMEMBERED = 10_000
"""Requests that are kept in mind."""


class SimulatedTime:
    """Somebody's seconds, stretched by `speed` and put on from `start`; they can be jumped over.

    `speed` is simulated seconds for one of the clock's; 0 leaves all movement to `jump`.
    """

    def __init__(self, *, start: datetime, clock: Callable[[], float], speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self._start = start
        self._since = clock()
        self._frozen = False

    @property
    def now(self) -> datetime:
        """The present on the appliance."""
        if self._frozen:
            return self._start
        return self._start + timedelta(seconds=(self._clock() - self._since) * self._speed)

    def jump(self, over: timedelta) -> None:
        """Be later by so much. Lost on a frozen clock."""
        if not self._frozen:
            self._start += over

    def freeze(self) -> None:
        """Stand still."""
        self._settle()
        self._frozen = True

    def thaw(self) -> None:
        """Go on from where it stood: the appliance is then late by as long as it was frozen."""
        self._settle()
        self._frozen = False

    def _settle(self) -> None:
        self._start, self._since = self.now, self._clock()


@dataclass(slots=True, kw_only=True)
class Box:
    """One simulated unit as the server sees it. `sleep` takes real seconds."""

    appliance: Appliance
    time: SimulatedTime
    sleep: Callable[[float], Awaitable[None]]
    faults: Faults = field(default_factory=Faults)
    refusing: bool = False  # a restart cuts connections instead of answering 503
    requests: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    """Method and path of each request of the web service, the last ones: for tests to count."""
    _late: list[tuple[datetime, Callable[[], Awaitable[None]]]] = field(default_factory=list)

    def catch_up(self) -> None:
        """Bring the appliance to the present."""
        self.appliance.advance(self.time.now)

    def advance(self, over: timedelta) -> None:
        """Jump over some simulated time; everything in between happens."""
        self.time.jump(over)
        self.catch_up()

    def put(self, fault: Fault) -> None:
        """Put a fault in wait, or let it befall the appliance at once if it is of that kind."""
        self.catch_up()
        if fault.kind is Kind.FROZEN_CLOCK:
            self.time.freeze()
        elif fault.kind is Kind.REBOOT:
            self.refusing = fault.refuse
            self.appliance.sending.restart(timedelta(seconds=fault.seconds))
        else:
            self.faults.add(fault)

    def later(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        """Put off what a request asked for by simulated seconds."""
        self._late.append((self.time.now + timedelta(seconds=seconds), act))

    async def act_late(self) -> None:
        """Do what was put off until now. Nobody can tell before the next request, which calls this."""
        due = [one for one in self._late if one[0] <= self.appliance.now]
        self._late = [one for one in self._late if one[0] > self.appliance.now]
        for _, act in due:
            await act()

    def clear_faults(self) -> None:
        """Let everything go well again. A restart under way takes its time."""
        self.faults.clear()
        self.time.thaw()

    def reset(self) -> None:
        """Forget every fax and every fault."""
        self.clear_faults()
        self.catch_up()
        self.appliance.reset()
