"""For receivers of ffgateway's webhooks: tell whether a delivery is genuine, and whether it is new.

The standard library alone, and nothing else of this package: the file may be copied as it is. It
follows Standard Webhooks 1.0, so any other library for that will do as well.

    event = verify(request.body, request.headers, SECRET)
    if guard.first_time(request.headers["webhook-id"]):
        handle(event)

Verify the bytes as they came in: JSON that was parsed and written again has another signature.

An endpoint signs with shared secrets (`whsec_…`), with keys whose public half (`whpk_…`) is shown,
or both; give `verify` whichever you have. Public keys take some milliseconds each (Ed25519 in plain
Python): where that is too long, verify `v1a` with a library in C.
"""

import base64
import binascii
import hashlib
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

    `secrets` are `whsec_…` or public keys, `whpk_…`; several while one replaces another. Header
    names are compared without regard to case. Of bodies as CloudEvents with headers ("binary") the
    signature holds the body and `webhook-id`, and nothing of the `ce-` headers.

    Raises a `WebhookError` for a delivery that is not to be trusted, and `ValueError` for a secret
    that is none.
    """
    known = [secrets] if isinstance(secrets, str) else secrets
    keys = [_key(secret) for secret in known if not secret.startswith("whpk_")]
    public = [_public(secret) for secret in known if secret.startswith("whpk_")]
    given = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp, signatures = (
        _header(given, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    _check_time(timestamp, tolerance=tolerance, now=now or datetime.now(UTC))
    message = f"{message_id}.{timestamp}.".encode(errors="replace") + body
    shared = _matches(signatures, [hmac.digest(key, message, "sha256") for key in keys])
    if not shared and not any(_signed_by(key, signatures, message) for key in public):
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


def _public(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whpk_"), validate=True)
    except binascii.Error as flaw:
        raise ValueError("a public key of a webhook is whpk_ and base64") from flaw
    if len(key) != 32 or _point(key) is None:
        raise ValueError("that is no public key of Ed25519")
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


def _signed_by(key: bytes, header: str, message: bytes) -> bool:
    """Whether one of the `v1a` signatures was made with the private half of a public key."""
    for entry in header.split()[:MOST_SIGNATURES]:
        version, _, signature = entry.partition(",")
        if version != "v1a":
            continue
        try:
            given = base64.b64decode(signature, validate=True)
        except ValueError:
            continue
        if ed25519(key, message, given):
            return True
    return False


# Ed25519 (RFC 8032, section 5.1): verifying needs no secret, so it need not be done in constant time.

MOST_SIGNATURES = 16
"""Of one delivery that are looked at: each costs some milliseconds."""

_PRIME = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _PRIME) % _PRIME
_ROOT_OF_MINUS_ONE = pow(2, (_PRIME - 1) // 4, _PRIME)

_Point = tuple[int, int, int, int]
"""X, Y, Z and T of extended homogeneous coordinates: x = X/Z, y = Y/Z, x*y = T/Z."""

_NEUTRAL: _Point = (0, 1, 1, 0)


def ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) of `message` was made with the private half of `key` (32 bytes)."""
    point = _point(key) if len(key) == 32 else None
    if point is None or len(signature) != 64:
        return False
    first, second = signature[:32], int.from_bytes(signature[32:], "little")
    if second >= _ORDER:
        return False
    hashed = hashlib.sha512(first + key + message).digest()
    x, y, z, t = point
    # R = s*B - h*A, both products in one pass over the bits
    found = _sum_of_products(
        second, _BASE, int.from_bytes(hashed, "little") % _ORDER, (-x % _PRIME, y, z, -t % _PRIME)
    )
    return _written(found) == first


def _point(text: bytes) -> _Point | None:
    """Read a point from 32 bytes, None when there is no such one (section 5.1.3)."""
    number = int.from_bytes(text, "little")
    y, odd = number & ((1 << 255) - 1), number >> 255
    if y >= _PRIME:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _PRIME) % _PRIME
    x = pow(square, (_PRIME + 3) // 8, _PRIME)
    if x * x % _PRIME != square:
        x = x * _ROOT_OF_MINUS_ONE % _PRIME
    if x * x % _PRIME != square or (x == 0 and odd):
        return None
    if x & 1 != odd:
        x = _PRIME - x
    return (x, y, 1, x * y % _PRIME)


def _written(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _PRIME)
    odd = x * inverse % _PRIME & 1
    return (y * inverse % _PRIME | odd << 255).to_bytes(32, "little")


def _add(one: _Point, other: _Point) -> _Point:
    """Section 5.1.4."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % _PRIME
    b = (one[1] + one[0]) * (other[1] + other[0]) % _PRIME
    c = 2 * one[3] * other[3] * _D % _PRIME
    d = 2 * one[2] * other[2] % _PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _PRIME, g * h % _PRIME, f * g % _PRIME, e * h % _PRIME)


def _sum_of_products(one: int, by: _Point, other: int, with_: _Point) -> _Point:
    """one*by + other*with_."""
    both, total = _add(by, with_), _NEUTRAL
    for bit in reversed(range(max(one.bit_length(), other.bit_length()))):
        total = _add(total, total)
        match one >> bit & 1, other >> bit & 1:
            case 1, 1:
                total = _add(total, both)
            case 1, 0:
                total = _add(total, by)
            case 0, 1:
                total = _add(total, with_)
    return total


_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_Y = 4 * pow(5, -1, _PRIME) % _PRIME
_BASE: _Point = (_X, _Y, 1, _X * _Y % _PRIME)


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
