"""Bring a database up to the tables of this version, with the migrations that ship beside the package."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

import ffgateway
from ffgateway.store.audit_tables import AuditRow  # the last of the tables' files: all are known
from ffgateway.store.engines import Engines

LOCK = 7_316_201_199
"""Any number that nobody else locks by in the same database."""


def migrations() -> Path:
    """The folder of migrations: inside the installed package, beside it in a checkout."""
    package = Path(ffgateway.__file__).parent
    inside = package / "migrations"
    return inside if inside.is_dir() else package.parent / "migrations"


async def upgrade(engines: Engines, *, to: str = "head") -> None:
    """Run whatever migrations the database has not seen. Does nothing when it is up to date."""
    async with engines.writing.begin() as connection:
        await connection.run_sync(_upgrade, to)


async def differences(engines: Engines) -> list[object]:
    """What the tables in code have that the database has not, or the other way round."""
    async with engines.reading.connect() as connection:
        return await connection.run_sync(_differences)


def _upgrade(connection: Connection, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations()))
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        # of several gateways that start at once one does it, and the others find it done
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    command.upgrade(config, to)


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, AuditRow.metadata))
