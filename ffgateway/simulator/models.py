"""What each model of the family is: how many lines, how large a request, which firmware.

Data only: what the wire room knows of the models, and what a box needs besides. A value that no
public text gives says so beside it.
"""

from dataclasses import dataclass
from typing import Final

from ffgateway.ffws.dialects import MODELS as WIRE_MODELS

STATUS_SINCE: Final = (3, 0, 4)
"""Firmware that brought the status functions (documented on each of their pages)."""
RECIPIENTS_LIMIT: Final = 400
"""Recipients of one fax (documented). What an appliance answers beyond it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model. `channels` is True where lines are IP channels rather than modems."""

    name: str
    lines: int
    request_limit: int  # bytes
    firmware: tuple[int, ...]
    channels: bool = False
    orders: bool = True  # whether lists of people can be sorted (documented: no FFx30 does)

    @property
    def host(self) -> str:
        """What a unit of this model calls itself in its own URLs until told otherwise."""
        return self.name.lower()


IP_CHANNELS: Final = 4
"""How many channels an FF240-IP has is not public: a stand-in."""
OLD_FIRMWARE: Final = (2, 2, 9, 2)
"""Seen in public on an FF230; that the other FFx30 run the same is inferred."""
FIRMWARE: Final = (3, 5, 2)
"""Seen in public on an FF240; that its siblings run the same is inferred."""

MODELS: Final = {
    wire.name: Model(
        name=wire.name,
        lines=IP_CHANNELS if wire.lines is None else wire.lines,
        request_limit=wire.request_limit,
        firmware=OLD_FIRMWARE if wire.name.endswith("30") else FIRMWARE,
        channels=wire.kind == "channel",
        orders=wire.orders,
    )
    for wire in WIRE_MODELS.values()
}


def model_named(name: str) -> Model:
    """Return the model called `name`, in any case of the letters.

    Raises `ValueError` with the known names for one that does not exist.
    """
    model = MODELS.get(name.upper())
    if model is None:
        raise ValueError(f"no model {name!r}; there are {', '.join(MODELS)}")
    return model
