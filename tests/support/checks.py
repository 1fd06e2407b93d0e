"""A check of ours for schemathesis, beside its own, over REST and GraphQL alike.

An appliance that is out of reach, refuses or lacks a function is no fault of the gateway's: over REST
that is 501 to 504, over GraphQL an entry in `errors` or `userErrors`. But the one that lives speaks as the
gateway does: where they do not understand each other, one of the two is wrong, and no such answer is let pass.
Nor is one that shows it lost: where a request took its account away, all that came after would prove nothing.
"""

import json
from collections.abc import Iterator
from typing import Any

import schemathesis

from ffgateway.domain.errors import (
    DeviceAuthFailed,
    DeviceSilent,
    DeviceUnreachable,
    DeviceUntrusted,
)
from tests.support.living import LIVING

NEVER = frozenset(
    one.code for one in (DeviceSilent, DeviceAuthFailed, DeviceUnreachable, DeviceUntrusted)
)
"""What is never said of the one that lives."""

PATIENCE = "did not answer within", "was not done within"
"""What is said where it is the caller who would not wait any longer."""


@schemathesis.check
def the_living_appliance_is_understood(
    _context: schemathesis.CheckContext,
    response: schemathesis.Response,
    _case: schemathesis.Case[Any],
) -> None:
    """No answer says that the appliance gave none, none that could be read, or lets us in no more."""
    kind = "".join(response.headers.get("content-type", ())).partition(";")[0]
    if not kind.endswith(("/json", "+json")) or not any(
        code.encode() in response.content for code in NEVER
    ):
        return
    for said in _told(json.loads(response.content)):
        assert any(words in said for words in PATIENCE), said


def _told(answer: Any) -> Iterator[str]:
    """What is said of a loss of the living one, wherever it is in an answer."""
    if isinstance(answer, list):
        for one in answer:
            yield from _told(one)
    if isinstance(answer, dict):
        text = str(answer.get("detail") or answer.get("message") or "")
        extensions = answer.get("extensions") or {}
        code = answer.get("code") or extensions.get("code")
        of = answer.get("device_id") or extensions.get("deviceId")
        if code in NEVER and (of == LIVING or "living" in text):
            yield text
        for one in answer.values():
            yield from _told(one)
