"""Names for new things: a prefix that says what it is, and a ULID that sorts by time of birth."""

from datetime import datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that an id can be read over the telephone."""


def new_id(prefix: str, *, at: datetime, entropy: bytes) -> str:
    """Return `prefix_` and 26 characters: 48 bits of milliseconds, then 80 bits of `entropy` (10 bytes)."""
    number = (int(at.timestamp() * 1000) << 80) | int.from_bytes(entropy[:10], "big")
    digits = "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
    return f"{prefix}_{digits}"
