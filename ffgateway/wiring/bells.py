"""Who is woken by what, here and in the other gateways on the same database."""

from dataclasses import dataclass

from ffgateway.services.leasing import Leasing
from ffgateway.store.signals import LOST, Signals
from ffgateway.workers.loops import Batcher, Dispatcher, Overseer, Replayer, Submitter, Tailer
from ffgateway.workers.poller import Poller


@dataclass(frozen=True, slots=True, kw_only=True)
class Loops:
    """The loops that somebody rings for."""

    submitter: Submitter
    poller: Poller
    overseer: Overseer
    batcher: Batcher
    replayer: Replayer
    dispatcher: Dispatcher
    tailer: Tailer


class Bells:
    """What services ring when something changed.

    Services are made before the loops that run them, so the loops are hung up afterwards; nothing
    rings before that, because nothing runs.
    """

    loops: Loops

    def __init__(self, leasing: Leasing, signals: Signals) -> None:
        self._leasing = leasing
        self._signals = signals

    def hang(self, loops: Loops) -> None:
        """Say which loops there are."""
        self.loops = loops

    def settled(self) -> None:
        """An appliance may be free, or known again; a batch became faxes."""
        self.loops.submitter.wake()

    def taken(self, device_id: str) -> None:
        """An appliance took a fax: whoever looks at it looks often."""
        if self._leasing.looks_at(device_id):
            self.loops.poller.look_often(device_id)
        else:
            self._signals.say("look", device_id)

    def look_at(self, device_id: str) -> None:
        """Something at an appliance wants a look soon."""
        self.loops.poller.look_soon(device_id)
        if not self._leasing.looks_at(device_id):
            self._signals.say("look", device_id)

    def promised(self) -> None:
        """A fax was accepted."""
        self.loops.submitter.wake()
        self._signals.say("promised")

    def faxes_changed(self) -> None:
        """Faxes were called off, decided, or are to be stopped."""
        self._see_to_faxes()
        self._signals.say("faxes")

    def let_go(self) -> None:
        """A number may be dialled again."""
        self.loops.overseer.wake()
        self.promised()

    def batched(self) -> None:
        """There is a batch, or one was called off."""
        self.loops.batcher.wake()

    def webhooks_changed(self) -> None:
        """An endpoint is new or different, or there is a replay."""
        self.loops.replayer.wake()
        self.loops.dispatcher.endpoints_changed()
        self._signals.say("webhooks")

    def fleet_changed(self) -> None:
        """An appliance is new, different or gone."""
        self._see_to_fleet()
        self._signals.say("fleet")

    def heard(self, topic: str, about: str) -> None:
        """Another gateway on this database did something; or (`LOST`) it may have."""
        if topic in {"told", LOST}:
            self.loops.dispatcher.wake()
            self.loops.tailer.wake()
        if topic == "look":
            self.loops.poller.look_soon(about)
        if topic == "promised":
            self.loops.submitter.wake()
        if topic in {"webhooks", LOST}:
            self.loops.dispatcher.endpoints_changed()
        if topic in {"faxes", LOST}:
            self._see_to_faxes()
        if topic in {"fleet", LOST}:
            self._see_to_fleet()

    def _see_to_faxes(self) -> None:
        self.loops.submitter.wake()
        self.loops.poller.look_everywhere()  # one may be to be stopped there, another wait for it

    def _see_to_fleet(self) -> None:
        self.loops.poller.fleet_changed()
        self.loops.submitter.wake()
