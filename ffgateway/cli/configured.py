"""The settings and the database they name, or one line about what is wrong with either."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ffgateway.cli.output import Trouble

if TYPE_CHECKING:
    from ffgateway.settings import Settings


def settings() -> "Settings":
    """Read the settings from the environment. Raises `Trouble` naming every variable at fault."""
    from pydantic import ValidationError

    from ffgateway.settings import Settings

    try:
        return Settings()
    except ValidationError as wrong:
        flaws = (
            f"FFGATEWAY_{'_'.join(map(str, flaw['loc'])).upper()}: {flaw['msg'].removeprefix('Value error, ')}"
            for flaw in wrong.errors(include_url=False, include_input=False)
        )
        raise Trouble("; ".join(flaws)) from None


@contextmanager
def database() -> Iterator[None]:
    """For work on the database itself. Raises `Trouble` when it, or the key to it, cannot be had."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, OSError) as gone:
        first = str(gone).partition("\n")[0]
        raise Trouble(f"FFGATEWAY_DATABASE_URL: {first or type(gone).__name__}") from gone
    except ValueError as wrong:
        raise Trouble(str(wrong)) from wrong
