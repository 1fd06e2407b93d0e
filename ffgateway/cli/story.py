"""The story that `ffgateway demo` tells: which faxes, what must become of each, and whether it did.

Pure: what was seen comes in, what is wrong with it goes out. The numbers end in digits that mean
something to a simulated appliance; `ffgateway simulate --numbers` lists them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

BRIEF: Final = frozenset({"fax.device_queued"})
"""What an appliance with a free line passes through in no time: no look is sure to see it, and
what was not seen is not told."""

_PLACED: Final = ("fax.accepted", "fax.queued", "fax.submitting", "fax.submitted")
_BUSY: Final = ("fax.sending", "fax.attempt_failed", "fax.retry_scheduled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One fax of the story. `cancel_at` is the event upon which it is called off."""

    reference: str
    title: str
    number: str
    way: Literal["REST", "GraphQL"]
    events: tuple[str, ...]
    dialled: int
    received: int  # times the far end got every page
    failure: str | None = None
    max_tries: int = 3
    try_interval: int = 10  # of the appliance's seconds
    cancel_at: str | None = None

    @property
    def outcome(self) -> str:
        """The status that it must end in."""
        return self.events[-1].removeprefix("fax.")


STORY: Final = (
    Part(
        reference="demo-1",
        title="arrives",
        number="+13125550110",
        way="REST",
        events=(*_PLACED, "fax.sending", "fax.delivered"),
        dialled=1,
        received=1,
    ),
    Part(
        reference="demo-2",
        title="arrives",
        number="+13125550111",
        way="GraphQL",
        events=(*_PLACED, "fax.sending", "fax.delivered"),
        dialled=1,
        received=1,
    ),
    Part(
        reference="demo-3",
        title="busy twice, then arrives",
        number="+13125550186",
        way="REST",
        events=(*_PLACED, *_BUSY, *_BUSY, "fax.sending", "fax.delivered"),
        dialled=3,
        received=1,
    ),
    Part(
        reference="demo-4",
        title="busy for ever",
        number="+13125550187",
        way="REST",
        events=(*_PLACED, *_BUSY, "fax.sending", "fax.failed"),
        dialled=2,
        received=0,
        failure="busy",
        max_tries=2,
    ),
    Part(
        reference="demo-5",
        title="called off while it is sent",
        number="+13125550150",
        way="REST",
        events=(*_PLACED, "fax.sending", "fax.cancel_requested", "fax.cancelled"),
        dialled=1,
        received=0,
        cancel_at="fax.sending",
    ),
    Part(
        reference="demo-6",
        title="called off before it is dialled",
        number="+13125550160",
        way="GraphQL",
        events=(*_PLACED, "fax.device_queued", "fax.cancel_requested", "fax.cancelled"),
        dialled=0,
        received=0,
        cancel_at="fax.device_queued",
    ),
)

Event = Mapping[str, Any]


def ended(events: Sequence[Event]) -> bool:
    """Whether the last of a fax's events is an end."""
    return bool(events) and events[-1]["type"] in {"fax.delivered", "fax.failed", "fax.cancelled"}


def told(part: Part, events: Sequence[Event]) -> tuple[str, ...]:
    """Name the types of a fax's events, leaving out a brief one that its part does not ask for."""
    kinds = (str(event["type"]) for event in events)
    return tuple(kind for kind in kinds if kind in part.events or kind not in BRIEF)


def flaws(part: Part, events: Sequence[Event], tally: Mapping[str, int]) -> list[str]:
    """Say what is wrong with a fax: with its events, in the order of arrival, or with its calls.

    `tally` is what the appliances say of its number: `accepted`, `dialled`, `received`.
    """
    wrong = []
    seen = told(part, events)
    if seen != part.events:
        wrong.append(f"expected {_short(part.events)}; seen {_short(seen)}")
    sequence = [event["sequence"] for event in events]
    if sequence != list(range(1, len(events) + 1)):
        wrong.append(f"webhooks came in the order {sequence}")
    code = (events[-1]["data"].get("failure") or {}).get("code") if events else None
    if code != part.failure:
        wrong.append(f"expected the failure {part.failure}; seen {code}")
    for what, expected in {
        "accepted": 1,
        "dialled": part.dialled,
        "received": part.received,
    }.items():
        if tally.get(what, 0) != expected:
            wrong.append(f"{what} {tally.get(what, 0)} times on the appliances, not {expected}")
    return [f"{part.reference}, {part.title}: {flaw}" for flaw in wrong]


def _short(events: Sequence[str]) -> str:
    return " → ".join(event.removeprefix("fax.") for event in events) or "nothing"
