"""What any way out promises: one event goes in, and how it went comes out.

A send that fails is an outcome, not an error: it is the everyday case, and it is recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from ffgateway.delivery.signing import Signer
from ffgateway.domain.events import Event
from ffgateway.domain.receivers import Access, BodyFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where one event is carried, and what proves there that it is ours."""

    url: str
    secrets: Sequence[str]  # each signs: during a rotation there are several
    body: BodyFormat = BodyFormat.STANDARD
    access: Access = field(default_factory=Access)
    origin: str = ""  # the name under which it consented to be told; "" when it was not asked
    signers: dict[str, Signer] = field(default_factory=dict, init=False, compare=False)

    def __repr__(self) -> str:
        """Say where, without the secrets."""
        return f"Target({self.url})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long each part of a try took, in milliseconds; None for what was not needed or not ended."""

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None  # from the request's end to the answer's head


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one try went.

    `error` is empty when a whole answer was read; then `status` alone tells. Otherwise it is one
    of the words in `ERRORS`, and `status` is None unless the answer broke off after it.
    """

    delivered: bool
    status: int | None = None
    error: str = ""
    response: str = ""  # the first 4 KiB of the answer, with U+FFFD for what is not UTF-8
    duration_ms: int = 0
    retry_after: timedelta | None = None  # what the receiver asked for, at most 24 h
    gone: bool = False  # 410, or it said `disable`: the receiver wants nothing more, ever
    aborted: bool = False  # it said `abort-message`: it wants this one no more
    slow: bool = False  # 429, 502, 503, 504: it has too much to do, whatever is sent
    address: str = ""  # the concrete address that was called, or the last one tried
    times: Times = field(default_factory=Times)


ERRORS: dict[str, str] = {
    "address-refused": "The URL, or every address that its name leads to, is one that is never called.",
    "dns": "The name of the host leads to no address.",
    "connection-refused": "Nobody listens there.",
    "unreachable": "The network knows no way there, or the system lets nothing through.",
    "tls": "The certificate is not trusted, or no TLS connection came about.",
    "timeout": "The deadline passed before the answer was there as a whole.",
    "cut-off": "The connection ended before the answer was there as a whole.",
    "protocol": "What came back is not HTTP.",
    "oauth": "No access token was to be had; `response` says why, where that is known.",
}
"""Why a try may have no whole answer. The words are stable; the sentences are for people."""


class Sink(Protocol):
    """A way out."""

    async def send(self, target: Target, event: Event) -> Outcome:
        """Carry one event there. Raises nothing for what the other side, or the way there, does."""
        ...
