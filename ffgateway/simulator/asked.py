"""A request of the web service, once it is known who asks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.people import User
from ffgateway.simulator.refusals import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request whose user is known."""

    box: Appliance
    user: User
    place: Mapping[str, str]  # the words of the path
    query: Mapping[str, str]
    body: bytes = field(repr=False)

    def number(self, name: str, default: int) -> int:
        """Return a number of the query; what is not one is refused with 400 (inferred)."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not text.isdecimal() or not text.isascii() or len(text) > 9:
            raise Refused(400, f"{name} is not a number")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return whether the query says `true`; everything else is false (inferred)."""
        return self.query.get(name, "").lower() == "true"

    @property
    def keys(self) -> tuple[str, str | None]:
        """FAXKEY and ENTRYKEY of the path; lower-case digits are taken as well (inferred)."""
        entry_key = self.place.get("entry_key")
        return self.place["fax_key"].upper(), entry_key.upper() if entry_key else None

    @property
    def line(self) -> int | None:
        """The number of a line in the path."""
        text = self.place.get("number")
        if text is None:
            return None
        if not text.isdecimal() or not text.isascii() or len(text) > 9:
            raise Refused(404, "No such line")
        return int(text)


_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def moment(text: str, *, name: str = "at") -> datetime | None:
    """Read a time of a query: naive, UTC; `now` is None."""
    if text == "now":
        return None
    try:
        if _AT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass  # a day that does not exist is refused like any other text
    raise Refused(400, f"{name} is not a time")
