"""The settings, or one line about what is wrong with them."""

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
            f"FFGATEWAY_{'_'.join(map(str, flaw['loc'])).upper()}: {flaw['msg']}"
            for flaw in wrong.errors(include_url=False, include_input=False)
        )
        raise Trouble("; ".join(flaws)) from None
