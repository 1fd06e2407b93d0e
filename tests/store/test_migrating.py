"""From nothing to the tables of this version, on both databases."""

from ffgateway.store.engines import engines
from ffgateway.store.migrating import differences, migrations, upgrade


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
