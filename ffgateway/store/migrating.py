"""Bring a database up to the tables of this version, with the migrations that ship beside the package.

Alembic is loaded when there is something for it to do: most starts find the database as they left it.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

import ffgateway
from ffgateway.store.all_tables import METADATA
from ffgateway.store.engines import Engines

LOCK = 7_316_201_199
"""Any number that nobody else locks by in the same database."""


def migrations() -> Path:
    """The folder of migrations: inside the installed package, beside it in a checkout."""
    package = Path(ffgateway.__file__).parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


def newest() -> str:
    """The revision that this version works with: the number that the last of its files begins with."""
    return max(path.name[:4] for path in (migrations() / "versions").glob("[0-9]*.py"))


async def upgrade(engines: Engines, *, to: str = "head") -> None:
    """Run whatever migrations the database has not seen. Does nothing when it is up to date."""
    if to == "head":
        async with engines.reading.connect() as connection:
            if await connection.run_sync(_revision) == newest():
                return
    async with engines.writing.begin() as connection:
        await connection.run_sync(_upgrade, to)


async def differences(engines: Engines) -> list[object]:
    """What the tables in code have that the database has not, or the other way round."""
    async with engines.reading.connect() as connection:
        return await connection.run_sync(_differences)


def _revision(connection: Connection) -> str | None:
    """Where the database stands; None when nothing has been done to it yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations()))
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        # of several gateways that start at once one does it, and the others find it done
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    command.upgrade(config, to)


def _differences(connection: Connection) -> list[object]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))
