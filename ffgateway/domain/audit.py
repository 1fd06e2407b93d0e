"""The audit log's lines. They are added, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How an act ended."""

    ASKED = "asked"  # of an appliance; the line after it says how that ended
    DONE = "done"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to which thing, when, and how it ended.

    `number` rises by one for each line; it is 0 until the line is stored. `detail` holds changed
    fields; never a secret, never a byte of a document.
    """

    at: datetime
    principal_id: str
    principal_name: str
    action: str  # `fax.send`, `device.register`, `webhook.delivered`, …
    resource: str  # the id of the thing, "" when there is none
    outcome: Outcome = Outcome.DONE
    request_id: str = ""
    address: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
