"""How a webhook endpoint is spoken to: the keys that sign, credentials, headers, and what is told.

What is secret is held apart from the endpoint's record, sealed by the store, and opened only to
send; the `Outline` of it has nothing that must not be shown.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from ffgateway.domain.errors import InvalidRequest


class KeyVersion(StrEnum):
    """Of Standard Webhooks: `v1` is HMAC-SHA256 with a shared secret, `v1a` is Ed25519."""

    V1 = "v1"
    V1A = "v1a"


OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)
"""How long an old key signs beside the new one unless, and at most when, the caller says."""

MOST_KEYS = 6
"""Live keys of one endpoint. Each adds a signature to every delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """One key of an endpoint. `secret` is `whsec_…` or `whsk_…`, and empty in what is only listed."""

    id: str
    subscription_id: str
    version: KeyVersion
    created_at: datetime
    public: str = ""  # `whpk_…` of a `v1a` key
    expires_at: datetime | None = None  # None: until it is replaced
    secret: str = field(default="", repr=False)


class BodyFormat(StrEnum):
    """What a delivery looks like: our envelope, or CloudEvents 1.0 as one JSON text or with headers."""

    STANDARD = "standard"
    CLOUDEVENTS = "cloudevents"
    CLOUDEVENTS_BINARY = "cloudevents-binary"


class Include(StrEnum):
    """What an endpoint may be told beyond the thin event: what could say who faxes whom about what."""

    NUMBERS = "numbers"
    NAMES = "names"
    SUBJECTS = "subjects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a thin event leaves out of one thing: fields for its `data`, by what they could say."""

    numbers: Mapping[str, str | None] = field(default_factory=dict)
    names: Mapping[str, str | None] = field(default_factory=dict)
    subjects: Mapping[str, str | None] = field(default_factory=dict)

    def of(self, include: Iterable[Include]) -> dict[str, str | None]:
        """The fields that were asked for."""
        wanted = (getattr(self, one.value) for one in include)
        return {name: value for fields in wanted for name, value in fields.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """No credentials: whoever signs rightly is let in."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basic:
    """A user name and password (RFC 7617)."""

    kind: Literal["basic"] = "basic"
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A token that does not change (RFC 6750)."""

    kind: Literal["bearer"] = "bearer"
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """Tokens fetched from `token_url` (RFC 6749, section 4.4), the client's name and secret by Basic."""

    kind: Literal["oauth2"] = "oauth2"
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    audience: str = ""  # not of the RFC; some servers want it


Credentials = Unasked | Basic | Bearer | ClientCredentials


_SECRET = ("password", "token", "client_secret")

SHORTEST_SECRET = 8
"""Characters of a header's value that is taken for a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What is sent along to be let in. All of it is secret, the values of the headers too."""

    credentials: Credentials = field(default_factory=Unasked)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown, should an answer repeat it.

        Not the values of headers that are too short to be secret: `1` is in every answer.
        """
        held = [getattr(self.credentials, name, "") for name in _SECRET]
        values = [one for one in self.headers.values() if len(one) >= SHORTEST_SECRET]
        return tuple(one for one in (*held, *values) if one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What may be shown of an `Access`."""

    kind: str = "none"  # `none`, `basic`, `bearer`, `oauth2`
    username: str = ""
    token_url: str = ""
    client_id: str = ""
    scope: str = ""
    audience: str = ""
    header_names: tuple[str, ...] = ()


PLAIN = Outline()
"""Of an endpoint that lets everybody in."""


def outline(access: Access) -> Outline:
    """Leave out what is secret."""
    shown = ("kind", "username", "token_url", "client_id", "scope", "audience")
    told = {name: getattr(access.credentials, name, "") for name in shown}
    return Outline(**told, header_names=tuple(access.headers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What an endpoint answered when it was asked whether it wants our events.

    CloudEvents HTTP 1.1 Web Hooks, section 4. `rate` is in requests a minute, None for no limit.
    """

    at: datetime
    origin: str  # the name we gave; every delivery repeats it
    rate: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Everything secret that sending to one endpoint takes: the keys that sign now, and its access."""

    keys: tuple[SigningKey, ...]
    access: Access = Access()


# Checks ---------------------------------------------------------------------------------------

MOST_HEADERS = 20

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
"""A field name (RFC 9110, section 5.1)."""

_VALUE = re.compile(r"[!-~]([ \t!-~]{0,4094}[!-~])?")
"""A field value in ASCII: nothing that could end the line, no blanks at its ends."""

_VISIBLE = re.compile(r"[!-~]{1,4096}")
_UNSEEN = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")

_OURS = (
    "accept accept-encoding authorization content-encoding content-length content-type cookie date"
    " expect host user-agent"
)
_HOP_BY_HOP = (
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer"
    " transfer-encoding upgrade"
)
"""RFC 9110, section 7.6.1, and what HTTP/1.1 used to have."""

_TAKEN = frozenset(f"{_OURS} {_HOP_BY_HOP}".split())
_FAMILIES = ("webhook-", "ce-", "content-", "proxy-", "sec-")


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise `InvalidRequest` for a header that is ours, that ends at the next hop, or is no header."""
    if len(headers) > MOST_HEADERS:
        raise InvalidRequest(
            "Too many headers.", field="headers", cure=f"Use at most {MOST_HEADERS}."
        )
    seen = set[str]()
    for name, value in headers.items():
        lower = name.lower()
        if not _TOKEN.fullmatch(name) or lower in seen:
            raise InvalidRequest(
                f"{name[:100]!r} is not the name of a header, or is there twice.",
                field="headers",
                cure="Use letters, digits and hyphens.",
            )
        if lower in _TAKEN or lower.startswith(_FAMILIES):
            raise InvalidRequest(
                f"The header {name} is not yours to set.",
                field=f"headers.{name}",
                cure="For Authorization use `auth`."
                if lower == "authorization"
                else "Leave it out.",
            )
        if not _VALUE.fullmatch(value):
            raise InvalidRequest(
                f"The value of {name} cannot be sent.",
                field=f"headers.{name}",
                cure="Use 1 to 4096 printable ASCII characters on one line.",
            )
        seen.add(lower)


def check_credentials(credentials: Credentials) -> None:
    """Raise `InvalidRequest` for what no header could carry. The token's URL is for the guard."""
    match credentials:
        case Basic(username=username, password=password):
            _check_text(username, "auth.username", without=":")
            _check_text(password, "auth.password")
        case Bearer(token=token):
            if not _VISIBLE.fullmatch(token):
                raise InvalidRequest(
                    "The token cannot be sent.",
                    field="auth.token",
                    cure="Use 1 to 4096 printable ASCII characters without blanks.",
                )
        case ClientCredentials() as client:
            _check_text(client.client_id, "auth.client_id")
            _check_text(client.client_secret, "auth.client_secret")
            for name in ("scope", "audience"):
                if getattr(client, name):
                    _check_text(getattr(client, name), f"auth.{name}")


def _check_text(text: str, field: str, *, without: str = "") -> None:
    if not 1 <= len(text) <= 1000 or _UNSEEN.search(text) or (without and without in text):
        raise InvalidRequest(
            "The text is empty, too long, or has a character that cannot be sent.",
            field=field,
            cure=f"Use 1 to 1000 characters on one line{without and f', without {without!r}'}.",
        )


def check_overlap(overlap: timedelta) -> None:
    """Raise `InvalidRequest` unless it is 0 to 7 days."""
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidRequest(
            "An old key signs for 0 to 7 days beside the new one.",
            field="overlap_seconds",
            cure=f"Use 0 to {LONGEST_OVERLAP.days * 86400}.",
        )
