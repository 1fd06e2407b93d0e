"""What a probe found: each function that reads, asked of a real appliance and held against the dialect."""

from dataclasses import dataclass
from enum import StrEnum

from ffgateway.domain.evidence import Evidence


class Verdict(StrEnum):
    """How an operation compares with what is believed of it."""

    AS_BELIEVED = "as-believed"  # answered, with the elements that are known
    DIFFERS = "differs"  # answered, and elements are new or missing
    EMPTY = "empty"  # answered, with nothing in it: the path is right, its elements were not seen
    LACKS = "lacks"  # 404, 405 or 501: no such path, method or section there
    REFUSED = "refused"  # 401, 403 and other refusals, which prove nothing of the form
    UNREADABLE = "unreadable"  # answered with what is not FFWS
    SILENT = "silent"  # no answer, or trouble of the appliance's own
    NOT_ASKED = "not-asked"  # the model, the firmware, or nothing to ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One operation. `status` and `milliseconds` are None when nothing was asked or answered."""

    operation: str
    evidence: Evidence  # before the probe
    path: str  # as it was tried, or its template when it was not
    verdict: Verdict
    status: int | None = None
    milliseconds: int | None = None
    unknown: tuple[str, ...] = ()  # elements seen that the dialect does not know
    missing: tuple[str, ...] = ()  # elements expected and not seen
    reason: str = ""
    sample: str | None = None  # the answer, scrubbed; None for what is no XML or very long


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Every operation that reads, in the order of the table."""

    device_id: str
    model: str
    firmware: str  # as the record has it, else as the appliance says; "" when neither does
    findings: tuple[Finding, ...]
