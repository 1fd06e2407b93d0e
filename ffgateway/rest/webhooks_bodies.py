"""What comes in about webhook endpoints."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from ffgateway.domain.receivers import LONGEST_OVERLAP, OVERLAP, KeyVersion
from ffgateway.rest.addresses import WEBHOOK_URL
from ffgateway.rest.bodies import ONE_LINE, Glob, Line, Strict, Whole
from ffgateway.services.subscriptions import EndpointChanges

_SIXTY_FOUR = "[A-Za-z0-9+/]"
SECRET = (
    rf"^whsec_(({_SIXTY_FOUR}{{4}}){{8,21}}|({_SIXTY_FOUR}{{4}}){{8,21}}{_SIXTY_FOUR}{{2}}=="
    rf"|({_SIXTY_FOUR}{{4}}){{8,20}}{_SIXTY_FOUR}{{3}}=)$"
)
"""`whsec_` and the base64 of 24 to 64 bytes."""


Url = Annotated[
    str,
    StringConstraints(pattern=ONE_LINE, min_length=1, max_length=2048),
    Field(
        description="Public http(s). Private, loopback and reserved addresses, and `localhost`,"
        " only where the operator allows them (`FFGATEWAY_WEBHOOK_ALLOW`); a name is looked up"
        " and judged now and again at each delivery.",
        examples=["https://receiver.example/faxes"],
        json_schema_extra={"pattern": WEBHOOK_URL},
    ),
]
Globs = Annotated[list[Glob], Field(min_length=1, max_length=50, examples=[["fax.*"]])]
Secret = Annotated[
    str,
    StringConstraints(pattern=SECRET, max_length=96),
    Field(description="Your own `v1` secret; one is made without. Random bytes, please."),
]


class WebhookRequest(Strict):
    """An endpoint and the events it wants."""

    url: Url
    events: Globs
    description: Line = ""
    secret: Secret | None = None
    signatures: list[KeyVersion] = Field(
        default=[KeyVersion.V1],
        min_length=1,
        max_length=2,
        description="`v1`: HMAC-SHA256 with a shared secret; `v1a`: Ed25519, verified with the"
        " public key that is shown. Without `v1` there is no secret to share.",
    )


class WebhookPatch(Strict):
    """What to change of an endpoint; what is absent or null stays."""

    url: Url | None = None
    events: Globs | None = None
    description: Line | None = None

    def changes(self) -> EndpointChanges:
        """The changes that it stands for."""
        return EndpointChanges(
            url=self.url,
            events=None if self.events is None else tuple(self.events),
            description=self.description,
        )


class RotateRequest(Strict):
    """Which kind of key is to be replaced, or begun with."""

    version: KeyVersion = KeyVersion.V1
    secret: Secret | None = None
    overlap_seconds: Annotated[
        int,
        Whole,
        Field(
            ge=0,
            le=int(LONGEST_OVERLAP.total_seconds()),
            description="How long the keys of that version go on signing beside the new one.",
        ),
    ] = int(OVERLAP.total_seconds())

    @property
    def overlap(self) -> timedelta:
        """The same as a span of time."""
        return timedelta(seconds=self.overlap_seconds)
