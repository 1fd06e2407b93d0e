"""How a number may be written, and the one that an appliance dials for it. Pure: no lists of numbers here.

What country a number belongs to is found out elsewhere (`services.numbers`); this is the rule that
an appliance's telephone line needs: what stands before a number to get out of the house, out of
the country, or to the next town. Which characters an appliance takes in a number is not public;
digits, and commas for pauses, are inferred from what its pages show.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FAX_NUMBER: Final = r"^\+?\(?[0-9]([ ().-]{0,2}[0-9]){2,19}$"
"""3 to 20 digits as people write them, `+1 (312) 555-0100`: two separators may follow each other."""

LONGEST_NUMBER: Final = 40
"""Characters of one, whatever stands between its digits."""

HOW_TO_WRITE: Final = "Use 3 to 20 digits, like +1 (312) 555-0100 or 3125550100."
"""What to do about one that is written in another way."""

_FAX_NUMBER = re.compile(FAX_NUMBER[1:-1], re.ASCII)


def well_written(number: str) -> bool:
    """Whether a text is a number, wherever it may be dialled: the one rule for every way in."""
    return len(number) <= LONGEST_NUMBER and _FAX_NUMBER.fullmatch(number) is not None


class Kind(StrEnum):
    """How a number is dialled."""

    EXTENSION = "extension"  # inside the house
    LOCAL = "local"  # of the same town: without what stands before the town's own number
    NATIONAL = "national"
    INTERNATIONAL = "international"
    AS_GIVEN = "as_given"  # nothing is known of the line: its digits, as they were written


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPlan:
    """What a line needs before a number. Empty: nothing.

    `outside` gets a line out of the house (`9,` with a pause), `international` leaves the country
    (`011`, `00`), `national` stands before numbers of the own country (`1`, `0`). Numbers with at
    most `extension_digits` digits are inside the house and get nothing.
    """

    outside: str = ""
    international: str = ""
    national: str = ""
    extension_digits: int = 0


NO_PLAN = DialPlan()
"""A line that needs nothing before a number, or of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A number taken apart: `+` country code and national number, as E.164 has them.

    `local`: it lacks its town, so it can be dialled from there alone and has no E.164.
    """

    country: int
    national: str
    domestic: bool  # of the appliance's own country
    local: bool = False

    @property
    def e164(self) -> str:
        """The number as the whole world may write it."""
        return f"+{self.country}{self.national}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """What an appliance is to dial, and why it looks so."""

    text: str
    kind: Kind
    e164: str | None = None


def dial(number: str, parsed: Parsed | None, plan: DialPlan) -> Dialled:
    """Write a number for a line. `parsed` is None where its country is not known.

    With a plan that says nothing, such a number is left exactly as it was written.
    """
    digits = "".join(char for char in number if char.isdigit())
    if not number.startswith("+") and len(digits) <= plan.extension_digits:
        return Dialled(text=digits, kind=Kind.EXTENSION)
    if parsed is None:
        text = plan.outside + digits if plan.outside else number
        return Dialled(text=text, kind=Kind.AS_GIVEN)
    if parsed.local:
        return Dialled(text=plan.outside + parsed.national, kind=Kind.LOCAL)
    if parsed.domestic:
        text = plan.outside + plan.national + parsed.national
        return Dialled(text=text, kind=Kind.NATIONAL, e164=parsed.e164)
    text = f"{plan.outside}{plan.international}{parsed.country}{parsed.national}"
    return Dialled(text=text, kind=Kind.INTERNATIONAL, e164=parsed.e164)
