"""A word from one gateway to the others on the same database, by PostgreSQL's LISTEN and NOTIFY.

A word is a hint to look now, never the only way to know: whoever misses one finds out a little
later. With SQLite there is nobody to tell.
"""

import asyncio
import logging
from collections.abc import Callable

import asyncpg
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.sql.expression import SelectOfScalar

log = logging.getLogger(__name__)

CHANNEL = "ffgateway"

LOST = "lost"
"""What a listener is told, besides the words themselves, when it may have missed some."""

AGAIN = 2.0
"""Seconds before a listener whose connection broke makes another."""

Hear = Callable[[str, str], None]
"""Is told a topic and what it is about."""


class Signals:
    """Words out and in. `sender` keeps a process from hearing itself; it has no space in it."""

    def __init__(self, engine: AsyncEngine, *, sender: str) -> None:
        self._engine = engine
        self._sender = sender
        self._silent = engine.dialect.name == "sqlite"
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def saying(self, topic: str, about: str = "") -> SelectOfScalar[None]:
        """The statement that says a word with the commit of its transaction."""
        return select(func.pg_notify(CHANNEL, self.word(topic, about)))

    def word(self, topic: str, about: str = "") -> str:
        """A word as it goes through the channel."""
        return f"{self._sender} {topic} {about}"

    def say(self, topic: str, about: str = "") -> None:
        """Have a word said soon, by `speak`."""
        if not self._silent:
            self._waiting.put_nowait((topic, about))

    async def speak(self) -> None:
        """Say what is to be said, for ever. A word that could not be said is dropped: it was a hint."""
        while True:
            words = [await self._waiting.get()]
            while not self._waiting.empty():
                words.append(self._waiting.get_nowait())
            async with self._engine.begin() as connection:
                for topic, about in dict.fromkeys(words):
                    await connection.execute(self.saying(topic, about))

    async def listen(self, hear: Hear) -> None:
        """Tell `hear` every word of others, for ever. A connection that breaks is made again."""
        if self._silent:
            await asyncio.Event().wait()
        dsn = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                await self._listen(dsn, hear)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as broken:
                log.warning("signals.lost", extra={"error": str(broken)})
            await asyncio.sleep(AGAIN)

    async def _listen(self, dsn: str, hear: Hear) -> None:
        gone = asyncio.Event()

        def heard(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            sender, topic, about = str(payload).split(" ", 2)
            if sender != self._sender:
                hear(topic, about)

        connection = await asyncpg.connect(dsn)
        try:
            connection.add_termination_listener(lambda _connection: gone.set())
            await connection.add_listener(CHANNEL, heard)
            hear(LOST, "")
            await gone.wait()
        finally:
            await connection.close(timeout=2)
