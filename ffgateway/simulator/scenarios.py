"""Magic numbers: the last four digits of the number dialled choose what the call comes to.

All of them lie in 0100-0199, so that after `555-` they fall into the block of North American
numbers kept for fiction and can never reach a person. Any other number answers and receives.

| ends in | what happens |
|---|---|
| 0100 | sent at once: no dialling, no transmission time |
| 0118 | sent, and the far machine faxes the same pages back a while later |
| 0119 | sent, and what the far machine faxes back breaks off on its last page |
| 0121 ... 0129 | page 1 ... 9 fails on every try |
| 0130 | page 1 fails on the first try, the second is sent |
| 0140 | rings, nobody answers |
| 0144 | answered, but not by a fax: no carrier |
| 0145 | fails, and its modem alone tells the cause |
| 0150 | sent, each page ten times slower |
| 0160 | stays pending for ever |
| 0170 | sent, then gone from every list; still there by its key |
| 0171 | sent, then forgotten altogether |
| 0180 | needs approval |
| 0186 | busy twice, then sent |
| 0187 | busy for ever |
| 0190 | dead |
| 0199 | the appliance restarts during the first call |

The table `SCENARIOS` is the source; a test holds this text to it. That an appliance fails in
these ways is documented, how it words them is not: the texts in `TEXTS` are plain words of our
own, but for those of `sent` (documented).
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final


class Outcome(StrEnum):
    """What one call comes to."""

    SENT = "sent"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    NO_CARRIER = "no carrier"
    PAGE_FAILED = "page failed"
    NO_DIAL_TONE = "no dial tone"  # of a line that was spoilt, never of a number
    UNEXPLAINED = "unexplained"
    DEAD = "dead"
    RESTART = "restart"


class Ending(StrEnum):
    """What a call that comes in amounts to."""

    OK = "ok"
    FAIL = "fail"  # breaks off in the middle of a page; the pages before it are good
    BUSY = "busy"  # finds every line engaged: the appliance never learns of it


TEXTS: Final = {
    Outcome.SENT: "Successfully sent fax",  # documented
    # The rest are inferred: no failure text of a real appliance is public. "Busy", "No Carrier"
    # and "No dial tone" are words of the modem screen of an older family.
    Outcome.BUSY: "Busy",
    Outcome.NO_ANSWER: "No answer",
    Outcome.NO_CARRIER: "No Carrier",
    Outcome.PAGE_FAILED: "Page {page} failed",
    Outcome.NO_DIAL_TONE: "No dial tone",
    Outcome.UNEXPLAINED: "Fax failed",
    Outcome.DEAD: "Fax could not be processed",
    Outcome.RESTART: "Interrupted by restart",
}


class Memory(Enum):
    """How long the appliance shows a fax once it is complete."""

    LISTED = "in lists"
    BY_KEY = "by its key alone"
    NONE = "not at all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One call as the script has it. `page` is the page that fails, when one does."""

    outcome: Outcome
    page: int = 0


SENT: Final = Try(outcome=Outcome.SENT)
NO_DIAL_TONE: Final = Try(outcome=Outcome.NO_DIAL_TONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a number does. `tries` are the calls in order; the last one repeats."""

    suffix: str
    name: str
    what: str
    tries: tuple[Try, ...] = (SENT,)
    pace: float = 1.0  # every duration of the call is multiplied by this
    approval: bool = False
    held: bool = False  # never dialled
    memory: Memory = Memory.LISTED
    fax_back: Ending | None = None  # what comes in afterwards, if anything does
    modem: tuple[tuple[str, str], ...] = ()  # told besides the documented times (stand-ins)

    def call(self, number: int) -> Try:
        """Return what call `number` of this fax, counted from 1, comes to."""
        return self.tries[min(number, len(self.tries)) - 1]


def _always(outcome: Outcome) -> tuple[Try, ...]:
    return (Try(outcome=outcome),)


def _page_fails(page: int) -> Scenario:
    return Scenario(
        suffix=f"012{page}",
        name=f"page {page} fails",
        what=f"page {page} fails on every try (the last page, when the fax is shorter)",
        tries=(Try(outcome=Outcome.PAGE_FAILED, page=page),),
    )


NORMAL: Final = Scenario(suffix="", name="sent", what="any other number: dialled, answered, sent")

SCENARIOS: Final = {
    scenario.suffix: scenario
    for scenario in (
        Scenario(
            suffix="0100",
            name="sent at once",
            what="no dialling and no transmission time",
            pace=0.0,
        ),
        Scenario(
            suffix="0118",
            name="faxes back",
            what="sent, then the far machine faxes the same pages back",
            fax_back=Ending.OK,
        ),
        Scenario(
            suffix="0119",
            name="faxes back and breaks off",
            what="sent, then the far machine faxes back and breaks off on its last page",
            fax_back=Ending.FAIL,
        ),
        *(_page_fails(page) for page in range(1, 10)),
        Scenario(
            suffix="0130",
            name="page fails once",
            what="page 1 fails on the first try, the second is sent",
            tries=(Try(outcome=Outcome.PAGE_FAILED, page=1), SENT),
        ),
        Scenario(
            suffix="0140",
            name="no answer",
            what="rings and nobody answers, on every try",
            tries=_always(Outcome.NO_ANSWER),
        ),
        Scenario(
            suffix="0144",
            name="no carrier",
            what="answered by something that is not a fax, on every try",
            tries=_always(Outcome.NO_CARRIER),
        ),
        Scenario(
            suffix="0145",
            name="fails unexplained",
            what="fails on every try; the text says nothing, the modem's hang-up cause does",
            tries=_always(Outcome.UNEXPLAINED),
            modem=(("hangup", "27"),),
        ),
        Scenario(suffix="0150", name="slow", what="sent, ten times slower", pace=10.0),
        Scenario(suffix="0160", name="stays pending", what="pending for ever", held=True),
        Scenario(
            suffix="0170",
            name="vanishes",
            what="sent, then in no list; still there by its key",
            memory=Memory.BY_KEY,
        ),
        Scenario(
            suffix="0171",
            name="forgotten",
            what="sent, then forgotten altogether: 404 by its key as well",
            memory=Memory.NONE,
        ),
        Scenario(
            suffix="0180",
            name="needs approval",
            what="waits in approval_pending until somebody approves it",
            approval=True,
        ),
        Scenario(
            suffix="0186",
            name="busy twice",
            what="busy on the first two tries, then sent",
            tries=(Try(outcome=Outcome.BUSY), Try(outcome=Outcome.BUSY), SENT),
        ),
        Scenario(
            suffix="0187",
            name="busy for ever",
            what="busy on every try",
            tries=_always(Outcome.BUSY),
        ),
        Scenario(
            suffix="0190",
            name="dead",
            what="dead after the first call",
            tries=_always(Outcome.DEAD),
        ),
        Scenario(
            suffix="0199",
            name="restarts",
            what="the appliance restarts during the first call, the next one is sent",
            tries=(Try(outcome=Outcome.RESTART), SENT),
        ),
    )
}


def scenario_for(number: str) -> Scenario:
    """Return what dialling `number` leads to, by its last four digits."""
    digits = "".join(filter(str.isdecimal, number))
    return SCENARIOS.get(digits[-4:], NORMAL)


def numbers_table() -> list[tuple[str, str, str]]:
    """Return the rows of `ffgateway simulate --numbers`: suffix, name, what happens."""
    return [
        (scenario.suffix or "other", scenario.name, scenario.what)
        for scenario in (*SCENARIOS.values(), NORMAL)
    ]
