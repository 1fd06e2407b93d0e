"""Which version of a record somebody has seen: an entity tag made of what the record says.

An appliance keeps no version of anything, so the tag is a digest of the record itself (RFC 9110,
section 8.8.3). Equal records have equal tags, whoever read them and when.
"""

import hashlib
import json
from dataclasses import asdict, is_dataclass
from typing import Any

from ffgateway.domain.errors import ChangedMeanwhile

_VERSION = 17
"""Characters of a tag, from its quote on, that say which version it is; the others are about how it is shown."""


class Unchanged(Exception):
    """Somebody has the record as it is, so it was not read again. `tag` is its tag."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def etag_of(record: object) -> str:
    """The strong entity tag of a record, quotes included. `record` is a dataclass or plain data."""
    plain: Any = asdict(record) if is_dataclass(record) and not isinstance(record, type) else record
    text = json.dumps(plain, sort_keys=True, ensure_ascii=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def shown_as(version: str | None, shown: bytes) -> str:
    """The tag of a record as it is shown, which may tell of more than what makes a version of it.

    Two that begin alike are the same version: what it is, is what `expect` goes by.
    """
    digest = hashlib.sha256(shown).hexdigest()
    return f'{version[:_VERSION]}{digest[:16]}"' if version else f'"{digest[:32]}"'


def matches(tag: str, seen: str) -> bool:
    """Whether a tag is one of those in `If-None-Match` (RFC 9110, section 13.1.2: weakly)."""
    given = {one.strip().removeprefix("W/") for one in seen.split(",")}
    return tag in given or given == {"*"}


def expect(record: object, seen: str | None) -> None:
    """Raise `ChangedMeanwhile` when somebody who saw another version is about to change it.

    `seen` is what came as `If-Match`: tags separated by commas, `*` for whatever is there, None
    for somebody who does not care. A weak tag matches nothing (RFC 9110, section 13.1.1).
    """
    if seen is None or seen.strip() == "*":
        return
    version = etag_of(record)[:_VERSION]
    if version not in {one.strip()[:_VERSION] for one in seen.split(",")}:
        raise ChangedMeanwhile(
            "The record is not the one that was read.",
            cure="Read it again, and send the new ETag as If-Match.",
        )
