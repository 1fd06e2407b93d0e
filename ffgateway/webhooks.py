"""For receivers of ffgateway's webhooks: tell whether a delivery is genuine, and whether it is new.

The standard library alone, and nothing else of this package: the file may be copied as it is. It
follows Standard Webhooks 1.0, so any other library for that will do as well.

    event = verify(request.body, request.headers, SECRET)
    if guard.first_time(event["id"]):
        handle(event)

Verify the bytes as they came in: JSON that was parsed and written again has another signature.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

TOLERANCE = timedelta(minutes=5)
"""How far a delivery's time may be from ours: clocks differ, and old ones may be replays."""

SHORTEST_KEY = 24
"""Bytes of a secret (Standard Webhooks 1.0). Anyone could sign with an empty one."""


class WebhookError(Exception):
    """The delivery is not to be trusted; answer 400 and do nothing. Never raised itself."""


class MissingHeader(WebhookError):
    """One of the three headers is absent or empty: it is no delivery at all."""


class BadTimestamp(WebhookError):
    """`webhook-timestamp` is not a number of seconds."""


class StaleTimestamp(WebhookError):
    """The delivery was signed too long ago, or in the future: a replay, or a clock that is wrong."""


class NoMatchingSignature(WebhookError):
    """None of the signatures was made with one of the secrets over this body."""


class NotAnEvent(WebhookError):
    """The signature is right and the body is not a JSON object all the same."""


def verify(
    body: bytes,
    headers: Mapping[str, str],
    secrets: str | Sequence[str],
    *,
    tolerance: timedelta = TOLERANCE,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return the event in `body`, once a signature in the headers proves where it comes from.

    `secrets` are `whsec_…`; several while one replaces another. Header names are compared without
    regard to case. Raises a `WebhookError` for a delivery that is not to be trusted, and
    `ValueError` for a secret that is none.
    """
    keys = [_key(secret) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    given = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp, signatures = (
        _header(given, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    _check_time(timestamp, tolerance=tolerance, now=now or datetime.now(UTC))
    message = f"{message_id}.{timestamp}.".encode(errors="replace") + body
    if not _matches(signatures, [hmac.digest(key, message, "sha256") for key in keys]):
        raise NoMatchingSignature("no signature was made with a known secret")
    try:
        event = json.loads(body)
    except ValueError as flaw:
        raise NotAnEvent(f"the body is not JSON: {flaw}") from flaw
    if not isinstance(event, dict):
        raise NotAnEvent("the body is JSON, but not an object")
    return event


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as flaw:
        raise ValueError("a webhook secret is whsec_ and base64") from flaw
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"a webhook secret has at least {SHORTEST_KEY} bytes, this has {len(key)}")
    return key


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise MissingHeader(f"the header {name} is missing")
    return value


def _check_time(timestamp: str, *, tolerance: timedelta, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadTimestamp("webhook-timestamp is not a number of seconds")
    away = abs(now.timestamp() - int(timestamp))
    if away > tolerance.total_seconds():
        raise StaleTimestamp(f"the delivery was signed {away:.0f} s from now")


def _matches(header: str, expected: Sequence[bytes]) -> bool:
    """Compare every signature with every one expected, in a time that tells nothing."""
    found = False
    for entry in header.split():
        version, _, signature = entry.partition(",")
        if version != "v1":
            continue  # of another scheme, for other receivers
        for digest in expected:
            given = signature.encode(errors="replace")
            found |= hmac.compare_digest(given, base64.b64encode(digest))
    return found


class ReplayGuard:
    """Remembers the ids of the last `kept` events, so that each is handled once.

    An event comes again when your answer was lost or late. This one forgets when the process ends
    and knows nothing of other processes: a unique key in your database does better. May be used
    from several threads.
    """

    def __init__(self, *, kept: int = 10_000) -> None:
        self._kept = kept
        self._seen: dict[str, None] = {}  # in order of arrival
        self._lock = Lock()

    def first_time(self, event_id: str) -> bool:
        """Say whether the id is new, and remember it. The one longest here makes room."""
        with self._lock:
            if event_id in self._seen:
                return False
            self._seen[event_id] = None
            if len(self._seen) > self._kept:
                del self._seen[next(iter(self._seen))]
            return True

    def forget(self, event_id: str) -> None:
        """Let the event come again: handling it failed."""
        with self._lock:
            self._seen.pop(event_id, None)
