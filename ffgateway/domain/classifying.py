"""From an appliance's words, its modem's facts and the modem's hang-up cause to a code of `failures.KINDS`.

The rules are data. FFWS does not promise a hang-up cause, so every rule works on text alone; what no
rule matches is `unclassified`. In order: words, then the cause, then words among the modem's facts,
then the state.
"""

import re
from collections.abc import Iterable
from typing import Final

from ffgateway.domain.failures import Hangup

Facts = tuple[tuple[str, str], ...]
"""What a modem told of its calls: names and texts. Two names are public, neither of them a cause."""

WORDS: Final[tuple[tuple[str, str], ...]] = (
    # in order: the first phrase found in a text, without case, decides
    # how calls end that never became a fax
    ("no dial tone", "no_dial_tone"),
    ("no dialtone", "no_dial_tone"),
    ("no loop current", "no_dial_tone"),
    ("busied out", "no_dial_tone"),
    ("no answer", "no_answer"),
    ("no carrier", "not_a_fax"),
    ("not a fax", "not_a_fax"),
    ("no fax tone", "not_a_fax"),
    ("waiting for initial communication", "not_a_fax"),  # T.30
    ("waiting for the first message", "no_answer"),  # T.30
    ("network busy", "congestion"),
    ("fast busy", "congestion"),
    ("all circuits", "congestion"),
    ("congestion", "congestion"),
    ("busy", "busy"),
    ("black list", "destination_blocked"),
    ("blacklist", "destination_blocked"),
    ("invalid number", "number_invalid"),
    ("number is invalid", "number_invalid"),
    ("invalid fax number", "number_invalid"),
    ("unassigned", "number_unassigned"),
    ("not in service", "number_unassigned"),
    # what the far machine says of itself and of us (T.30)
    ("far end is not compatible", "incompatible"),
    ("far end cannot receive", "incompatible"),
    ("far end is not able", "incompatible"),
    ("incompatible", "incompatible"),
    ("dcn while waiting for a dis", "refused"),
    ("not acceptable", "refused"),
    ("refused by", "refused"),
    ("rejected by the far", "refused"),
    ("dcn from remote after sending a page", "far_end_hung_up"),
    ("dcn after", "far_end_hung_up"),
    ("hung up", "far_end_hung_up"),
    # how calls break off
    ("disconnected", "dropped"),
    ("call dropped", "dropped"),
    ("lost carrier", "dropped"),
    ("train", "training_failed"),
    ("dcs or tcf", "handshake_failed"),  # T.30
    ("waiting for dis", "handshake_failed"),  # T.30
    ("unexpected message", "handshake_failed"),  # T.30
    ("negotiat", "handshake_failed"),
    ("handshak", "handshake_failed"),
    ("while receiving", "receive_failed"),
    ("receive error", "receive_failed"),
    # the document, and whoever decides about it
    ("password", "password_protected"),
    ("too many pages", "too_many_pages"),
    ("too large", "too_large"),
    ("too big", "too_large"),
    ("cannot be opened", "unreadable"),
    ("corrupt", "unreadable"),
    ("convert", "conversion_failed"),
    ("conversion", "conversion_failed"),
    ("unsupported", "unsupported_type"),
    ("content type", "unsupported_type"),
    ("not approved", "approval_denied"),
    ("approval denied", "approval_denied"),
    ("disk full", "device_full"),
    ("no space", "device_full"),
    ("receiver ready", "page_failed"),  # T.30
    ("page", "page_failed"),
)  # fmt: skip
"""Phrases and codes. "T.30" are completion texts of the open T.30 engines; the rest are plain words,
some of them seen on Multi-Tech's older screens. No failure text of a real appliance is public."""

CAUSES: Final[tuple[tuple[int, int, str], ...]] = (
    (1, 1, "not_a_fax"),
    (3, 3, "no_dial_tone"),
    (5, 5, "not_a_fax"),
    (11, 11, "no_answer"),
    (20, 20, "handshake_failed"),
    (21, 21, "incompatible"),
    (22, 26, "handshake_failed"),
    (27, 27, "training_failed"),
    (28, 28, "handshake_failed"),
    (40, 47, "page_failed"),
    (50, 58, "page_failed"),
    (70, 74, "receive_failed"),
    (90, 94, "receive_failed"),
    (100, 103, "receive_failed"),
)
"""First, last and code: Multi-Tech's Class 2 list, by what is printed."""

CAUSES_2_1: Final[tuple[tuple[int, int, str], ...]] = ((4, 4, "no_answer"),)
"""What Class 2.1 has besides."""

RECEIVING: Final = 0xA0
"""Where Class 2.1 begins to count what Class 2 counts from 100 on."""

NAMED: Final[tuple[tuple[re.Pattern[str], str, int], ...]] = (
    # how a text names a cause; which list it is from; in which base it is printed
    (re.compile(r"\+?fhng\s*[:=]?\s*(\d{1,3})\b", re.IGNORECASE), "class2", 10),
    (re.compile(r"\+?fhs\s*[:=]?\s*([0-9a-f]{1,2})\b", re.IGNORECASE), "class2.1", 16),
    (re.compile(r"\bhang[- _]?up(?:[- _]\w+)?\s*[:=#]?\s*(\d{1,3})\b", re.IGNORECASE), "", 10),
)


def hangup_in(text: str) -> Hangup | None:
    """The hang-up cause that a text names, with the list it is from; "" where it does not say which."""
    for pattern, scheme, base in NAMED:
        if found := pattern.search(text):
            return Hangup(scheme=scheme, code=int(found[1], base))
    return None


def cause(text: str, modem: Facts = ()) -> Hangup | None:
    """The hang-up cause in an appliance's text or in what its modem told, the latest call last."""
    told = [hangup_in(f"{name}: {value}") for name, value in modem]
    return hangup_in(text) or next((one for one in reversed(told) if one is not None), None)


def code_for(
    text: str,
    *,
    state: str = "failed",
    modem: Facts = (),
    hangup: Hangup | None = None,
    documents: Iterable[str] = (),
) -> str:
    """Name the failure behind an appliance's words. `documents` are names that only we gave them.

    A text that names one of these and nothing else that is known is about that document.
    """
    if code := _by_words(text):
        return code
    known = hangup or cause(text, modem)
    if known is not None and (code := _by_cause(known)):
        return code
    for _, value in reversed(modem):
        if code := _by_words(value):
            return code
    if any(name and name.casefold() in text.casefold() for name in documents):
        return "conversion_failed"
    return "device_gave_up" if state.casefold() == "dead" else "unclassified"


def _by_words(text: str) -> str | None:
    folded = text.casefold()
    return next((code for phrase, code in WORDS if phrase in folded), None)


def _by_cause(hangup: Hangup) -> str | None:
    newer = hangup.scheme == "class2.1"
    number = _as_printed(hangup.code) if newer else hangup.code
    table = (*CAUSES, *CAUSES_2_1) if newer else CAUSES
    return next((code for first, last, code in table if first <= number <= last), None)


def _as_printed(code: int) -> int:
    """A Class 2.1 cause by the number that Class 2 prints for it: the same digits, read as decimal."""
    if code >= RECEIVING:
        return 100 + code - RECEIVING
    digits = f"{code:x}"
    return int(digits) if digits.isdecimal() else -1
