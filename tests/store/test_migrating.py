"""From nothing to the tables of this version, on both databases."""

import subprocess
import sys

from alembic.script import ScriptDirectory

from ffgateway.store.engines import engines
from ffgateway.store.migrating import differences, migrations, newest, upgrade


async def test_an_empty_database_differs_from_the_tables_in_code(empty_database: str) -> None:
    async with engines(empty_database) as opened:
        assert await differences(opened)


async def test_the_migrations_leave_nothing_to_add(empty_database: str) -> None:
    async with engines(empty_database) as opened:
        await upgrade(opened)
        assert await differences(opened) == []


async def test_a_database_that_is_up_to_date_is_left_alone(database: str) -> None:
    async with engines(database) as opened:
        await upgrade(opened)
        assert await differences(opened) == []


def test_the_migrations_ship_beside_the_package() -> None:
    assert list(migrations().glob("versions/*.py"))


def test_the_file_with_the_highest_number_is_the_end_of_the_chain() -> None:
    assert ScriptDirectory(str(migrations())).get_heads() == [newest()]


def test_nothing_that_migrates_is_loaded_for_a_database_that_is_up_to_date(
    sqlite_database: str,
) -> None:
    program = (
        "import asyncio, sys; from ffgateway.app import migrate; "
        "from ffgateway.settings import Settings; "
        f"asyncio.run(migrate(Settings(_env_file=None, database_url={sqlite_database!r}))); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
