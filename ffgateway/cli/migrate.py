"""`ffgateway migrate`."""

import asyncio

from ffgateway.cli.configured import settings
from ffgateway.cli.output import say


def migrate() -> None:
    """Bring the database up to the tables of this version. Serving does so by itself as well."""
    from ffgateway.app import migrate as bring_up_to_date

    asyncio.run(bring_up_to_date(settings()))
    say("the database is up to date")
