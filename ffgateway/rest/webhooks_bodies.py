"""What comes in about webhook endpoints."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ffgateway.domain.receivers import (
    LONGEST_OVERLAP,
    MOST_HEADERS,
    OVERLAP,
    Basic,
    Bearer,
    BodyFormat,
    ClientCredentials,
    Credentials,
    Include,
    KeyVersion,
    Unasked,
)
from ffgateway.rest.addresses import WEBHOOK_URL
from ffgateway.rest.bodies import ONE_LINE, Glob, Line, Strict, Whole
from ffgateway.services.endpoint_changes import FASTEST, SLOWEST, EndpointChanges

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
Rate = Annotated[
    Annotated[float, Field(ge=SLOWEST, le=FASTEST, allow_inf_nan=False)]
    | Annotated[float, Field(ge=0, le=0)],
    Field(description="Deliveries a second at most; 0 for as many as it answers."),
]
Headers = Annotated[
    dict[
        Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")],
        Annotated[str, StringConstraints(pattern=r"^[!-~]([ \t!-~]{0,4094}[!-~])?$")],
    ],
    Field(
        max_length=MOST_HEADERS,
        description="Sent with every delivery; the whole set, and never shown again. None of those"
        " that HTTP, the signature or CloudEvents need; Authorization is in `auth`.",
        json_schema_extra={"format": "receiver-headers", "additionalProperties": False},
    ),
]
Word = Annotated[str, StringConstraints(pattern=ONE_LINE, min_length=1, max_length=1000)]
Told = Annotated[str, StringConstraints(pattern=ONE_LINE, max_length=1000)]


class NoAuth(Strict):
    """Nothing beside the signature."""

    kind: Literal["none"]

    def credentials(self) -> Credentials:
        """What it stands for."""
        return Unasked()


class BasicAuth(Strict):
    """A user name and password."""

    kind: Literal["basic"]
    username: Annotated[Word, StringConstraints(pattern=r"^[^:\u0000-\u001F\u007F\uFFFE\uFFFF]+$")]
    password: Word

    def credentials(self) -> Credentials:
        """What it stands for."""
        return Basic(username=self.username, password=self.password)


class BearerAuth(Strict):
    """A token that does not change."""

    kind: Literal["bearer"]
    token: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,4096}$")]

    def credentials(self) -> Credentials:
        """What it stands for."""
        return Bearer(token=self.token)


class OAuth2Auth(Strict):
    """OAuth 2.0 client credentials; the client names itself by Basic at `token_url`."""

    kind: Literal["oauth2"]
    token_url: Url
    client_id: Word
    client_secret: Word
    scope: Told = ""
    audience: Told = ""

    def credentials(self) -> Credentials:
        """What it stands for."""
        return ClientCredentials(
            token_url=self.token_url,
            client_id=self.client_id,
            client_secret=self.client_secret,
            scope=self.scope,
            audience=self.audience,
        )


Auth = Annotated[
    NoAuth | BasicAuth | BearerAuth | OAuth2Auth,
    Field(discriminator="kind", description="How we are let in. Secrets are never shown again."),
]
Including = Annotated[
    list[Include],
    Field(
        max_length=10,
        description="What events tell beyond the thin form: phone `numbers`, `names`, and `subjects`"
        " of cover pages. Needs the scope `faxes:read`.",
    ),
]


class WebhookPatch(Strict):
    """What to change of an endpoint; what is absent or null stays."""

    url: Url | None = None
    events: Globs | None = None
    description: Line | None = None
    ordered: Annotated[
        bool | None,
        Field(description="Whether the events of one subject wait for each other. True at first."),
    ] = None
    rate_per_second: Rate | None = None
    body: Annotated[
        BodyFormat | None,
        Field(description="Our envelope (`standard`, at first), or CloudEvents 1.0."),
    ] = None
    include: Including | None = None
    headers: Headers | None = None
    auth: Auth | None = None

    def changes(self) -> EndpointChanges:
        """The changes that it stands for."""
        return EndpointChanges(
            url=self.url,
            events=None if self.events is None else tuple(self.events),
            description=self.description,
            ordered=self.ordered,
            rate_per_second=self.rate_per_second,
            body=self.body,
            include=None if self.include is None else tuple(self.include),
            headers=self.headers,
            credentials=None if self.auth is None else self.auth.credentials(),
        )


class WebhookRequest(WebhookPatch):
    """An endpoint, the events it wants, and how it is spoken to."""

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
    handshake: bool = Field(
        default=False,
        description="Ask it first whether it wants events (CloudEvents HTTP 1.1 Web Hooks); without"
        " `WebHook-Allowed-Origin` in its answer it is not registered.",
    )


class RotateRequest(Strict):
    """Which kind of key is to be replaced, or begun with."""

    version: KeyVersion = KeyVersion.V1
    secret: Secret | None = None
    overlap_seconds: Annotated[
        int,
        Field(
            ge=0,
            le=int(LONGEST_OVERLAP.total_seconds()),
            description="How long the keys of that version go on signing beside the new one.",
        ),
        Whole,
    ] = int(OVERLAP.total_seconds())

    @property
    def overlap(self) -> timedelta:
        """The same as a span of time."""
        return timedelta(seconds=self.overlap_seconds)
