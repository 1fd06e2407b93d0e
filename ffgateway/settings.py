"""What can be configured: `FFGATEWAY_*` in the environment or in a `.env` file. The only reader of either.

The defaults work on a laptop. Rooms get plain values, never this.
"""

import re
import socket
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ffgateway.domain.access import TOKEN_ALGORITHMS, Grant, Limits, Scope
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.limits import checked
from ffgateway.store.service_keys import keys_in, keys_of


def _parts(listed: str) -> tuple[str, ...]:
    """What a list with commas has in it."""
    return tuple(filter(None, (part.strip() for part in listed.split(","))))


class OidcLimits(BaseModel):
    """What narrows somebody beyond the scopes, as with a key."""

    model_config = ConfigDict(extra="forbid")

    pools: frozenset[str] = frozenset()
    numbers: tuple[str, ...] = ()
    faxes_per_day: int | None = None
    pages_per_day: int | None = None
    acts_as: str = ""
    acts_as_only: bool = False

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        try:
            checked(self.limits())
        except InvalidRequest as flaw:
            raise ValueError(f"{flaw.field}: {flaw.detail}") from None
        return self

    def limits(self) -> Limits:
        """The same for the services."""
        return Limits(**self.model_dump())


class OidcGrant(BaseModel):
    """What a value of the claim lets somebody do."""

    model_config = ConfigDict(extra="forbid")

    scopes: frozenset[Scope]
    limits: OidcLimits = OidcLimits()

    def grant(self) -> Grant:
        """The same for the services."""
        return Grant(scopes=self.scopes, limits=self.limits.limits())


class Settings(BaseSettings):
    """The settings; each field's description is what the README says of it."""

    model_config = SettingsConfigDict(
        env_prefix="FFGATEWAY_", env_file=".env", extra="ignore", env_ignore_empty=True
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=1, le=65535, description="Port to listen on.")
    database_url: str = Field(
        default="sqlite+aiosqlite:///ffgateway.db",
        description="`sqlite+aiosqlite:///FILE`, or `postgresql+asyncpg://USER:PASSWORD@HOST/NAME`.",
    )
    spool_dir: Path = Field(
        default=Path("spool"),
        description="Where documents wait; with `spool_url`, on their way there.",
    )
    spool_url: str = Field(
        default="",
        description="An object store for documents instead: `s3://BUCKET/PREFIX`, `gs://…`, `az://…`.",
    )
    replica: str = Field(
        default="",
        description="The name of this gateway among several on one database; its host and port without.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Base64 of 32 bytes: seals the secrets in the database and the documents in the spool;"
        " after it, with commas between, keys that only open.",
    )
    key_file: Path = Field(
        default=Path("ffgateway.key"),
        description="Where these keys are, a line each, when `secret_key` is not set; made at the first start.",
    )
    bootstrap_key: SecretStr | None = Field(
        default=None, description="An administrator's key (`ffgw_…`) let in at the start."
    )
    webhook_allow: str = Field(
        default="",
        description="CIDRs, comma-separated, that webhooks may reach although they are private.",
    )
    trusted_proxies: str = Field(
        default="",
        description="CIDRs, comma-separated, of proxies: their `X-Forwarded-For` is believed.",
    )
    webhook_proxy: SecretStr | None = Field(
        default=None,
        description="An HTTP proxy for webhooks, `http://[USER:PASSWORD@]HOST:PORT`; it judges what names lead to.",
    )
    external_documents: bool = Field(
        default=False, description="Let appliances fetch documents from URLs themselves."
    )
    document_retention_hours: float = Field(
        default=72, ge=0, description="How long a document outlives the end of its last fax."
    )
    event_retention_days: float = Field(
        default=30, gt=0, description="How long an event, and what became of telling it, is kept."
    )
    listener_patience_seconds: float = Field(
        default=60,
        gt=0,
        description="How long a client may take nothing of what is sent to it before it is let go.",
    )
    idempotency_days: float = Field(
        default=7, gt=0, description="How long an `Idempotency-Key` and its answer are kept."
    )
    fax_deadline_hours: float = Field(
        default=72,
        gt=0,
        description="How long a fax may take from when it may go out; then it is given up.",
    )
    retry_rounds: int = Field(
        default=0,
        ge=0,
        le=5,
        description="How often a failed fax is sent once more, where that can help.",
    )
    faxes_per_line: int = Field(
        default=400,
        ge=1,
        description="Unfinished faxes for each line beyond which an appliance is given nothing but urgent ones.",
    )
    settle_seconds: float = Field(
        default=10,
        ge=0,
        description="How long an appliance may go on working on a request whose connection broke.",
    )
    webhook_deadline_seconds: float = Field(
        default=15, gt=0, le=55, description="How long one try at a webhook may take in all."
    )
    webhook_origin: str = Field(
        default="ffgateway",
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$",
        description="The name in which endpoints are asked whether they want events.",
    )
    drift_seconds: float = Field(
        default=3600,
        ge=0,
        description="How often an appliance is compared with the document last applied to it; 0: never.",
    )
    body_patience_seconds: float = Field(
        default=30,
        gt=0,
        description="How long a request, or a message of a WebSocket, may keep us waiting,"
        " beyond one second for each KiB of it.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins whose pages may read our answers, comma-separated; `*`: all of them.",
    )
    fresh_seconds: float = Field(
        default=5,
        ge=0,
        description="How long a record of an appliance counts as fresh for who asks whether it changed.",
    )
    require_if_match: bool = Field(
        default=False,
        description="Refuse a change over REST that does not say which version was seen (428).",
    )
    wrong_keys_per_minute: int = Field(
        default=30,
        ge=0,
        description="Wrong keys of one address that are looked up in a minute; 0: all.",
    )
    quota_per_minute: int = Field(
        default=60_000,
        ge=0,
        description="What a key may ask for in a minute, in cost; 0: anything.",
    )
    oidc_issuer: str = Field(
        default="",
        description="The issuer of OpenID Connect whose tokens are taken beside keys; none without.",
    )
    oidc_audience: str = Field(
        default="", description="The audience (`aud`) that its tokens must be meant for."
    )
    oidc_algorithms: str = Field(
        default="RS256,ES256",
        description="Algorithms, comma-separated, that they may be signed with.",
    )
    oidc_scope_claim: str = Field(
        default="scope",
        description="The claim that says what somebody may do; dots lead inside: `realm_access.roles`.",
    )
    oidc_grants: dict[str, OidcGrant] = Field(
        default={},
        description="JSON: what a value of that claim lets somebody do, in scopes and limits.",
    )
    graphql_tokens: int = Field(
        default=1000,
        ge=0,
        description="Words and signs of a GraphQL document; 0: any number, as with those below.",
    )
    graphql_depth: int = Field(default=10, ge=0, description="Levels of fields in an operation.")
    graphql_aliases: int = Field(default=15, ge=0, description="Aliases in an operation.")
    graphql_root_fields: int = Field(
        default=20, ge=0, description="Fields at the root of an operation."
    )
    graphql_directives: int = Field(default=50, ge=0, description="Directives in an operation.")
    graphql_nodes: int = Field(
        default=10_000, ge=0, description="Items that the lists of an operation may come to."
    )
    graphql_introspection: bool = Field(
        default=True, description="Let the schema be read over GraphQL."
    )
    graphql_documents: Path | None = Field(
        default=None,
        description="Trusted documents: a folder of `*.graphql`, or a JSON file of texts by SHA-256.",
    )
    clock_skew_seconds: float = Field(
        default=60,
        ge=0,
        description="How far an appliance's clock may be from ours before it is told; 0: never.",
    )
    audit_retention_days: float = Field(
        default=2192, gt=0, description="How long a row of the audit log is kept; six years."
    )
    audit_origin: str = Field(
        default="",
        description="What the audit log is called in its checkpoints; taken at the first start.",
    )
    audit_checkpoint_file: Path | None = Field(
        default=None, description="A file that every signed checkpoint of the audit log goes to."
    )
    audit_syslog: str = Field(
        default="",
        description="Where they go as well: `udp://HOST:PORT`, `tcp://HOST:PORT`, `unix:///dev/log`.",
    )
    metrics_open: bool = Field(default=False, description="Answer `/metrics` without a key.")
    log_format: Literal["text", "json"] = Field(default="text", description="Form of log lines.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Lines below this level are left out."
    )
    log_numbers: bool = Field(
        default=False,
        description="Show telephone numbers in log lines, of which two digits are left.",
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if value and not re.fullmatch(
            r"(https://[^/?#\s]+|http://(localhost|127\.0\.0\.1)(:\d+)?)(/[^?#\s]*)?", value
        ):
            raise ValueError("use https://HOST, with a path if it has one")
        return value

    @field_validator("oidc_algorithms")
    @classmethod
    def _algorithms(cls, value: str) -> str:
        if not {part.strip() for part in value.split(",")} <= set(TOKEN_ALGORITHMS):
            raise ValueError(f"use some of {', '.join(TOKEN_ALGORITHMS)}")
        return value

    @model_validator(mode="after")
    def _for_us(self) -> Self:
        if self.oidc_issuer and not (self.oidc_audience and self.oidc_grants):
            raise ValueError("with oidc_issuer set oidc_audience and oidc_grants, too")
        return self

    @property
    def oidc_allowed(self) -> tuple[str, ...]:
        """`oidc_algorithms`, taken apart."""
        return _parts(self.oidc_algorithms)

    @property
    def oidc_granted(self) -> dict[str, Grant]:
        """`oidc_grants` as the services take them, in their order."""
        return {value: one.grant() for value, one in self.oidc_grants.items()}

    @field_validator("replica")
    @classmethod
    def _word(cls, value: str) -> str:
        if not re.fullmatch("[A-Za-z0-9._:-]{0,200}", value):
            raise ValueError("use letters, digits, dots, colons and hyphens")
        return value

    @field_validator("spool_url")
    @classmethod
    def _store(cls, value: str) -> str:
        if value and not re.match(r"(s3|gs|az)://[^/]|file:///", value):
            raise ValueError("use s3://BUCKET, gs://BUCKET, az://CONTAINER or file:///FOLDER")
        return value

    @field_validator("audit_origin")
    @classmethod
    def _origin(cls, value: str) -> str:
        if not re.fullmatch("[!-*,-~]{0,200}", value):
            raise ValueError("use no spaces, no plus signs and nothing beyond ASCII")
        return value

    @field_validator("audit_syslog")
    @classmethod
    def _syslog(cls, value: str) -> str:
        if value and not re.match(r"(udp|tcp)://[^/]|unix:///", value):
            raise ValueError("use udp://HOST:PORT, tcp://HOST:PORT or unix:///PATH")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        for one in _parts(value):
            if one != "*" and not re.fullmatch(r"https?://[a-z0-9.\[\]:-]+", one):
                raise ValueError("use https://HOST[:PORT] in small letters, without a path, or *")
        return value

    @field_validator("webhook_allow", "trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for text in _parts(value):
            ip_network(text)
        return value

    @field_validator("webhook_proxy")
    @classmethod
    def _proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"http://[^/?#\s]+/?", value.get_secret_value()):
            raise ValueError("use http://HOST:PORT, with USER:PASSWORD@ before it if need be")
        return value

    @property
    def proxy(self) -> str | None:
        """`webhook_proxy`, with its password."""
        return self.webhook_proxy.get_secret_value() if self.webhook_proxy else None

    @property
    def allowed_networks(self) -> tuple[str, ...]:
        """`webhook_allow`, taken apart."""
        return _parts(self.webhook_allow)

    @property
    def proxies(self) -> tuple[str, ...]:
        """`trusted_proxies`, taken apart."""
        return _parts(self.trusted_proxies)

    @property
    def origins(self) -> frozenset[str]:
        """`cors_origins`, taken apart."""
        return frozenset(_parts(self.cors_origins))

    @property
    def replica_name(self) -> str:
        """`replica`, or what no other gateway that runs can have."""
        return self.replica or f"{socket.gethostname()}:{self.port}"

    @property
    def document_retention(self) -> timedelta:
        """`document_retention_hours` as a length of time."""
        return timedelta(hours=self.document_retention_hours)

    @property
    def events_kept(self) -> timedelta:
        """`event_retention_days` as a length of time."""
        return timedelta(days=self.event_retention_days)

    @property
    def idempotency_keep(self) -> timedelta:
        """`idempotency_days` as a length of time."""
        return timedelta(days=self.idempotency_days)

    @property
    def audit_keep(self) -> timedelta:
        """`audit_retention_days` as a length of time."""
        return timedelta(days=self.audit_retention_days)

    @property
    def drift_every(self) -> timedelta:
        """`drift_seconds` as a length of time; nothing for never."""
        return timedelta(seconds=self.drift_seconds)

    @property
    def clock_too_far(self) -> timedelta:
        """`clock_skew_seconds` as a length of time; nothing for never."""
        return timedelta(seconds=self.clock_skew_seconds)

    def service_keys(self) -> tuple[bytes, ...]:
        """The keys for secrets at rest, the one that seals first: from the setting or the key file.

        The file is made if missing. Raises `ValueError` for a key that is not base64 of 32 bytes.
        """
        if self.secret_key is not None:
            return keys_in(self.secret_key.get_secret_value(), where="FFGATEWAY_SECRET_KEY")
        return keys_of(self.key_file)
