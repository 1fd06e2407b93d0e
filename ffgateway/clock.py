"""Now and sleep, so that tests can own time."""

import asyncio
from datetime import UTC, datetime


class Clock:
    """The machine's own clock. Tests pass one of their own with the same three methods."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards, for measuring waits."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait; other tasks go on."""
        await asyncio.sleep(seconds)
