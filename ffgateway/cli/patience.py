"""A client that takes nothing is not waited for: what every protocol of the gateway's server does then."""

import asyncio
import logging
from collections.abc import Callable
from typing import ClassVar

log = logging.getLogger(__name__)


class Patience(asyncio.Protocol):
    """Lets go of a client when there was no room for more on its way for too long."""

    patience: ClassVar[float]
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    client: tuple[str, int] | None
    _waiting: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """There is no more room."""
        super().pause_writing()
        self._wait(self.patience, self.let_go)

    def resume_writing(self) -> None:
        """There is room again."""
        self._stop()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop()
        super().connection_lost(exc)

    def let_go(self) -> None:
        """Hang up. What was not taken is lost to the client, which knows what it took."""
        self._note()
        self.transport.abort()

    def _note(self) -> None:
        log.warning("listener.slow", extra={"client": self.client, "seconds": self.patience})

    def _wait(self, seconds: float, act: Callable[[], None]) -> None:
        self._waiting = self.loop.call_later(seconds, act)

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
