"""What the limits of a key may be."""

import re
from typing import Final

from ffgateway.domain.access import Limits
from ffgateway.domain.acting import check_actor
from ffgateway.domain.devices import POOL
from ffgateway.domain.errors import InvalidRequest

NUMBERS: Final = r"^\+[1-9][0-9]{0,14}$"
"""How a number in E.164 begins."""

MOST: Final = 10**9
"""The highest cap that can be given."""


def checked(limits: Limits) -> Limits:
    """The same limits. Raises `InvalidRequest` for those that nothing could fit."""
    for pool in limits.pools:
        if not re.fullmatch(POOL[1:-1], pool, re.ASCII):
            raise InvalidRequest(
                f"{pool[:100]!r} is no name of a pool.",
                field="limits.pools",
                cure="Use lower case letters, digits and hyphens.",
            )
    for number in limits.numbers:
        if not re.fullmatch(NUMBERS[1:-1], number, re.ASCII):
            raise InvalidRequest(
                f"{number[:100]!r} is not how a number in E.164 begins.",
                field="limits.numbers",
                cure="Use a plus and the digits of the country and the town, such as +4930.",
            )
    if limits.acts_as:
        check_actor(limits.acts_as, field="limits.acts_as")
    if limits.acts_as_only and not limits.acts_as:
        raise InvalidRequest(
            "Nobody is named that it could act as.",
            field="limits.acts_as",
            cure="Say whom, or leave `acts_as_only` out.",
        )
    for field in ("faxes_per_day", "pages_per_day"):
        cap = getattr(limits, field)
        if cap is not None and not 0 <= cap <= MOST:
            raise InvalidRequest(
                "That is no number of them.", field=f"limits.{field}", cure=f"Use 0 to {MOST}."
            )
    return limits
