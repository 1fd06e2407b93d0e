"""What a change changed: each field that differs, as it was and as it is now, for the audit log.

Nothing secret comes here by itself: a field that no repr shows is passed over, and of one that is
named as a secret it is said that there is another value, and never which.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from ffgateway.domain.faxes import Fax
from ffgateway.domain.records import RecordId

OF_THE_ROW: Final = frozenset({"created_at", "created_by", "updated_at", "revision"})
"""What a row says already: when, and by whom."""

HIDDEN: Final = {"secret": True}
"""All that is told of a secret."""

OF_A_FAX: Final = (
    *("status", "device_id", "dialled", "fax_key", "entry_key", "attempt", "pages", "send_at"),
    *("hold_reason", "cancelled_by", "retried_as", "reschedule_to", "deadline"),
)
"""What is told of a fax that moves on, besides why it failed. What it is made of stays."""

Differences = dict[str, dict[str, Any]]


def changed(
    before: object, after: object, /, *names: str, secrets: Sequence[str] = ()
) -> Differences:
    """The fields of two records that differ, by name; a part of a part is `dial_plan.outside`.

    Each side is a dataclass or a mapping; None stands for a record that is not there yet, or is not
    any more. `names` are the fields that matter, all without. `secrets` were given another value.
    """
    old, new = dict(_fields(before, names)), dict(_fields(after, names))
    told = {
        name: {"before": old.get(name), "after": new.get(name)}
        for name in old | new
        if old.get(name) != new.get(name) and not (_empty(old.get(name)) and _empty(new.get(name)))
    }
    return told | {name: dict(HIDDEN) for name in secrets}


def moved_on(before: Fax, after: Fax, /) -> Differences:
    """What differs of a fax that moves on. Written out, as thousands move on at a time."""
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in OF_A_FAX]
    was, now_is = (one.failure and one.failure.code for one in (before, after))
    pairs.append(("failure", was, now_is))
    return {
        name: {"before": _plain(was), "after": _plain(now_is)}
        for name, was, now_is in pairs
        if was != now_is and not (_empty(was) and _empty(now_is))
    }


def _fields(record: object, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for name, value in _values(record):
        if name in OF_THE_ROW or (names and name not in names):
            continue
        if _has_parts(value):
            yield from ((f"{name}.{part}", plain) for part, plain in _fields(value, ()))
        else:
            yield name, _plain(value)


def _values(record: object) -> Iterator[tuple[str, Any]]:
    if isinstance(record, Mapping):
        yield from record.items()
    elif is_dataclass(record):
        yield from ((one.name, getattr(record, one.name)) for one in fields(record) if one.repr)


def _has_parts(value: object) -> bool:
    return is_dataclass(value) and not isinstance(value, RecordId)


def _plain(value: Any) -> Any:
    """A value as JSON has it, the same whenever it is the same."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, RecordId):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(_plain(one) for one in value)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping) or is_dataclass(value):
        return {name: _plain(one) for name, one in _values(value)}
    return value


def _empty(value: object) -> bool:
    return value is None or value in ("", [], {})
