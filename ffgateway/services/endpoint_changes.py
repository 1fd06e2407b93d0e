"""What is set about an endpoint, and what is to be different: read, checked, applied."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from yarl import URL

from ffgateway.delivery.destinations import Destinations
from ffgateway.domain.differing import Differences, changed
from ffgateway.domain.errors import AddressRefused, Conflict, InvalidRequest
from ffgateway.domain.receivers import (
    Access,
    BodyFormat,
    ClientCredentials,
    Credentials,
    Include,
    check_credentials,
    check_headers,
    outline,
)
from ffgateway.domain.subscriptions import Subscription

TOLD: Final = (
    *("id", "events", "description", "ordered", "rate_per_second", "include", "body"),
    *("outline", "consent", "state", "paused_by", "pause_reason"),
)
"""What is told of an endpoint besides its address."""

UNASKED: Final = Access()
"""The access to an endpoint that lets everybody in."""

SLOWEST, FASTEST = 0.01, 1000.0
"""Deliveries a second that an endpoint may be limited to; 0 stands for no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointChanges:
    """What is to be different about an endpoint; None leaves a thing as it is.

    A rate of 0 is no limit. `headers` are the whole new set; `credentials` are secret.
    """

    url: str | None = None
    events: tuple[str, ...] | None = None
    description: str | None = None
    ordered: bool | None = None
    rate_per_second: float | None = None
    body: BodyFormat | None = None
    include: tuple[Include, ...] | None = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    credentials: Credentials | None = None

    def applied_to(self, subscription: Subscription, access: Access) -> Subscription:
        """The endpoint as it is to be, with the access that is to be its."""
        same = ("url", "events", "description", "ordered", "body")
        fresh = {name: value for name in same if (value := getattr(self, name)) is not None}
        if self.rate_per_second is not None:
            fresh["rate_per_second"] = self.rate_per_second or None
        if self.include is not None:
            fresh["include"] = tuple(one for one in Include if one in self.include)
        return replace(subscription, **fresh, outline=outline(access))

    def access(self, before: Access) -> Access:
        """The access as it is to be. Names of headers are kept in lower case."""
        headers = before.headers if self.headers is None else self.headers
        return Access(
            credentials=self.credentials or before.credentials,
            headers={name.lower(): value for name, value in headers.items()},
        )

    def check_move(self, before: Subscription, access: Access) -> None:
        """Raise `Conflict` when what lets us in at one host would be sent to another by itself.

        Whoever may change the address need not know what is sealed, and must not learn it so.
        """
        if self.url is None or _origin(self.url) == _origin(before.url):
            return
        kept = []
        if access.headers and self.headers is None:
            kept.append("headers")
        if access.credentials.kind != "none" and self.credentials is None:
            kept.append("auth")
        if kept:
            raise Conflict(
                "What is secret goes to no other host by itself.",
                field="url",
                cure=f"Say with the new address what {' and '.join(kept)} shall be.",
            )

    async def check(self, destinations: Destinations) -> None:
        """Raise `InvalidRequest` for what cannot be."""
        if self.url is not None:
            await destinations.check(self.url)
        rate = self.rate_per_second
        if rate is not None and rate != 0 and not SLOWEST <= rate <= FASTEST:
            raise InvalidRequest(
                f"{rate} is out of range.",
                field="rate_per_second",
                cure=f"Use {SLOWEST} to {FASTEST:g}, or 0 for no limit.",
            )
        if self.headers is not None:
            check_headers(self.headers)
        if self.credentials is not None:
            check_credentials(self.credentials)
        if isinstance(self.credentials, ClientCredentials):
            try:
                await destinations.check(self.credentials.token_url)
            except AddressRefused as no:
                raise AddressRefused(no.detail, field="auth.token_url", cure=no.cure) from no


def differing(
    before: Subscription | None,
    after: Subscription | None,
    *,
    held: Access = UNASKED,
    access: Access = UNASKED,
) -> Differences:
    """What differs of an endpoint, for the record; of the access to it only that it does."""
    pairs = {
        "headers": (held.headers, access.headers),
        "auth": (held.credentials, access.credentials),
    }
    secrets = [name for name, (was, now_is) in pairs.items() if was != now_is]
    return changed(before and _told(before), after and _told(after), secrets=secrets)


def _told(subscription: Subscription) -> dict[str, object]:
    """What people set about an endpoint, as the record has it.

    Who reads the record need not know the address, which is all that some receivers ask for: the
    host is told, and of the whole a digest, which shows whether it was a given one.
    """
    digest = hashlib.sha256(subscription.url.encode()).hexdigest()[:16]
    scheme, host, port = _origin(subscription.url)
    told: dict[str, object] = {name: getattr(subscription, name) for name in TOLD}
    return told | {"url": f"{scheme}://{host}:{port}/… sha256:{digest}"}


def _origin(url: str) -> tuple[str, str | None, int | None]:
    read = URL(url)
    return read.scheme, read.raw_host, read.port


NONE = EndpointChanges()
"""An endpoint as it is without anything being said about it."""
