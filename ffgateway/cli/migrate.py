"""`ffgateway migrate`."""

import asyncio

from ffgateway.cli.configured import database, settings
from ffgateway.cli.output import say


def migrate() -> None:
    """Bring the database up to the tables of this version. Serving does so by itself as well."""
    from ffgateway.app import migrate as bring_up_to_date

    given = settings()
    with database():
        asyncio.run(bring_up_to_date(given))
    say("the database is up to date")
