"""What failures there are, and what people can do about each. The raw words are always kept beside the code.

How an appliance's words become one of these is in `classifying`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """Whose trouble it is."""

    LINE = "line"
    FAR_END = "far_end"
    PROTOCOL = "protocol"
    DOCUMENT = "document"
    POLICY = "policy"
    DEVICE = "device"
    GATEWAY = "gateway"
    UNCLASSIFIED = "unclassified"


class RetryClass(StrEnum):
    """How soon another try makes sense."""

    NEVER = "never"
    SHORT = "short"  # minutes
    LONG = "long"  # an hour or more
    LIMITED = "limited"  # twice at the most: a person may be answering
    OTHER_LINE = "other_line"
    OTHER_DEVICE = "other_device"
    LOWER_SETTINGS = "lower_settings"
    AFTER_CHANGE = "after_change"
    OPERATOR = "operator"


CHANGED_FIRST = frozenset({RetryClass.NEVER, RetryClass.AFTER_CHANGE, RetryClass.LOWER_SETTINGS})
"""After these the same fax fails again. An appliance is told no resolution and no page size with a fax
(nothing that is public of `schedule_fax` names them), so lower settings are for whoever makes the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of failure: what it is called, when to retry, what to do."""

    code: str
    category: Category
    retry: RetryClass
    message: str
    next_step: str


def _kinds(category: Category, rows: Iterable[tuple[str, RetryClass, str, str]]) -> list[Kind]:
    return [
        Kind(code=code, category=category, retry=retry, message=message, next_step=step)
        for code, retry, message, step in rows
    ]


_R = RetryClass
KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        *_kinds(
            Category.LINE,
            [
                ("busy", _R.SHORT, "The number was engaged.",
                 "Try again in a few minutes, or ask the recipient for a second line."),
                ("no_answer", _R.LONG, "Nobody answered.",
                 "Try again in an hour; check the number with the recipient."),
                ("no_dial_tone", _R.OTHER_LINE, "The appliance's line had no dial tone.",
                 "Check the telephone line of the appliance."),
                ("congestion", _R.SHORT, "The telephone network was congested.",
                 "Try again in a few minutes."),
                ("dropped", _R.SHORT, "The call was lost on the way.", "Try again in a few minutes."),
            ],
        ),
        *_kinds(
            Category.FAR_END,
            [
                ("not_a_fax", _R.LIMITED, "No fax machine answered.",
                 "Check the number: a person or a voice mailbox may be answering."),
                ("number_invalid", _R.NEVER, "The number has a form that cannot be dialled.",
                 "Correct the number."),
                ("number_unassigned", _R.NEVER, "The number is not in service.",
                 "Ask the recipient for the present number."),
                ("incompatible", _R.LOWER_SETTINGS, "The far machine cannot take pages like these.",
                 "Send it once more, made at a lower resolution or for another page size."),
                ("refused", _R.NEVER, "The far machine refused the fax.",
                 "Ask the recipient whether your number must be allowed there."),
            ],
        ),
        *_kinds(
            Category.PROTOCOL,
            [
                ("training_failed", _R.OTHER_LINE, "The machines found no speed that the line carries.",
                 "Try another line, or a lower speed."),
                ("handshake_failed", _R.SHORT, "The machines did not come to terms.",
                 "Try again in a few minutes."),
                ("page_failed", _R.SHORT, "A page did not get through.",
                 "Try again; the pages before it may have arrived."),
                ("far_end_hung_up", _R.SHORT, "The far machine hung up between pages.",
                 "Try again; the pages before may have arrived."),
                ("receive_failed", _R.SHORT, "The fax could not be received.",
                 "Ask the sender to send it again."),
            ],
        ),
        *_kinds(
            Category.DOCUMENT,
            [
                ("unsupported_type", _R.NEVER, "The appliance cannot convert this kind of document.",
                 "Send a PDF."),
                ("unreadable", _R.NEVER, "The document could not be opened.",
                 "Save it anew and send it again."),
                ("password_protected", _R.NEVER, "The document is protected by a password.",
                 "Remove the password and send it again."),
                ("conversion_failed", _R.NEVER, "The appliance could not turn the document into pages.",
                 "Save it as a plain PDF and send it again."),
                ("too_large", _R.NEVER, "The document is larger than the appliance accepts.",
                 "Split it, or lower the resolution of its pictures."),
                ("too_many_pages", _R.NEVER, "The document has more pages than the appliance accepts.",
                 "Split it."),
            ],
        ),
        *_kinds(
            Category.POLICY,
            [
                ("suppressed", _R.AFTER_CHANGE, "Faxes to this number are suppressed.",
                 "Lift the suppression if the number is right."),
                ("approval_denied", _R.AFTER_CHANGE, "The fax was not approved.",
                 "Talk to whoever approves faxes."),
                ("destination_blocked", _R.AFTER_CHANGE, "Faxes to this destination are not allowed.",
                 "Ask an administrator to allow it."),
                ("outside_hours", _R.AFTER_CHANGE, "Faxes may not go out at this hour.",
                 "Schedule it for the allowed hours."),
            ],
        ),
        *_kinds(
            Category.DEVICE,
            [
                ("device_unreachable", _R.OTHER_DEVICE, "The appliance did not answer.",
                 "Check its power and network."),
                ("device_auth_failed", _R.OTHER_DEVICE, "The appliance refused its credentials.",
                 "Correct the user name and password of the device."),
                ("device_user_refused", _R.AFTER_CHANGE,
                 "The appliance refused the user that the fax was to go out as.",
                 "Set the user's present password (POST /v1/devices/{id}/acting-users); then send it again."),
                ("device_rejected", _R.OTHER_DEVICE, "The appliance refused the fax.",
                 "Read the appliance's own words in `device.text`; send again, if need be elsewhere."),
                ("device_gave_up", _R.OTHER_DEVICE, "The appliance gave the fax up.",
                 "Look at the appliance's own log; send again, if need be elsewhere."),
                ("device_full", _R.OTHER_DEVICE, "The appliance has no room left.",
                 "Clear its queue, or send through another one."),
                ("no_route", _R.OPERATOR, "No appliance can take this fax.",
                 "Register an appliance, or bring one back."),
            ],
        ),
        *_kinds(
            Category.GATEWAY,
            [
                ("expired", _R.OPERATOR, "The fax did not go out before its deadline.",
                 "Send it again if it is still wanted."),
                ("lost", _R.OPERATOR, "What became of the fax could not be found out.",
                 "Ask the recipient, then send it again if it did not arrive."),
                ("document_lost", _R.OPERATOR, "The document that was kept cannot be read any more.",
                 "Send it again, with the document."),
                ("internal", _R.OPERATOR, "The gateway failed.", "Report it with the fax's id."),
            ],
        ),
        *_kinds(
            Category.UNCLASSIFIED,
            [
                ("unclassified", _R.SHORT, "The fax failed for a reason that no rule knows.",
                 "Read the appliance's own words in `device.text`, and send us the sample."),
            ],
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """The modem's cause. Class 2 prints it in decimal, Class 2.1 in hexadecimal: keep the scheme."""

    scheme: str  # class2, class2.1; "" where nobody said
    code: int  # as a number, whatever base it was printed in


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a fax failed. Status says where it is, failure says why; `device_*` is the appliance's own word."""

    category: Category
    code: str
    retry_class: RetryClass
    message: str
    next_step: str
    attempts: int = 0
    pages_confirmed: int = 0
    device_id: str | None = None
    device_state: str = ""
    device_text: str = ""
    hangup: Hangup | None = None

    @property
    def retryable(self) -> bool:
        """Whether sending the same fax again can help without anything being changed."""
        return self.retry_class not in CHANGED_FIRST


def failure(
    code: str,
    *,
    attempts: int = 0,
    pages_confirmed: int = 0,
    device_id: str | None = None,
    device_state: str = "",
    device_text: str = "",
    hangup: Hangup | None = None,
) -> Failure:
    """Make the failure of a code in `KINDS`."""
    kind = KINDS[code]
    return Failure(
        category=kind.category,
        code=code,
        retry_class=kind.retry,
        message=kind.message,
        next_step=kind.next_step,
        attempts=attempts,
        pages_confirmed=pages_confirmed,
        device_id=device_id,
        device_state=device_state,
        device_text=device_text,
        hangup=hangup,
    )


CALL_PHASES: tuple[tuple[str, frozenset[str]], ...] = (
    ("before the call", frozenset({"no_dial_tone", "number_invalid", "congestion"})),
    ("dialling", frozenset({"busy", "no_answer", "not_a_fax", "number_unassigned"})),
    ("negotiating", frozenset({"training_failed", "handshake_failed", "incompatible", "refused"})),
    ("sending pages", frozenset({"page_failed", "far_end_hung_up", "dropped", "receive_failed"})),
)
"""How far a call gets that fails so (T.30's phases A, B and C with D)."""


def call_phase(code: str) -> str | None:
    """How far the call got; None where there was none."""
    return next((phase for phase, codes in CALL_PHASES if code in codes), None)
