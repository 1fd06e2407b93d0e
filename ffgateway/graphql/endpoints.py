"""Registering webhook endpoints and changing them, over GraphQL."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import strawberry

from ffgateway.domain import receivers, subscriptions
from ffgateway.domain.errors import InvalidRequest
from ffgateway.graphql.checks import line
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import mutation, secretive
from ffgateway.graphql.webhooks import Webhook, show_webhook
from ffgateway.services.subscriptions import EndpointChanges, check_globs


@secretive
@strawberry.type(description="The endpoint and its secret, which is never shown again.")
class CreateWebhookPayload:
    """Of `createWebhook`."""

    webhook: Webhook | None
    secret: str | None = strawberry.field(description="Null with V1A signatures alone.")
    user_errors: list[UserError]


@strawberry.type(description="The endpoint as it is afterwards.")
class UpdateWebhookPayload:
    """Of `updateWebhook`."""

    webhook: Webhook | None
    user_errors: list[UserError]


@strawberry.type(description="The endpoint with what it said.")
class AskWebhookConsentPayload:
    """Of `askWebhookConsent`."""

    webhook: Webhook | None
    user_errors: list[UserError]


@strawberry.input(description="A header that is sent with every delivery.")
class HeaderInput:
    """A header."""

    name: str
    value: str = strawberry.field(description="Never shown again.")


@secretive
@strawberry.input(description="A user name and password.")
class BasicAuthInput:
    """For Basic."""

    username: str
    password: str


@secretive
@strawberry.input(description="OAuth 2.0 client credentials; the client names itself by Basic.")
class OAuth2Input:
    """For tokens that expire."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str = ""
    audience: str = ""


@secretive
@strawberry.input(description="How we are let in: one of these. Secrets are never shown again.")
class WebhookAuthInput:
    """Credentials."""

    none: bool | None = strawberry.field(default=None, description="True: by the signature alone.")
    basic: BasicAuthInput | None = None
    bearer: str | None = strawberry.field(default=None, description="A token that does not change.")
    oauth2: OAuth2Input | None = None


@secretive
@strawberry.input(description="How an endpoint is spoken to; what is absent or null stays.")
class WebhookSettingsInput:
    """Settings of an endpoint."""

    ordered: bool | None = None
    rate_per_second: float | None = strawberry.field(
        default=None, description="Deliveries a second at most; 0 for as many as it answers."
    )
    body: receivers.BodyFormat | None = None
    include: list[receivers.Include] | None = strawberry.field(
        default=None, description="Needs the scope `faxes:read`."
    )
    headers: list[HeaderInput] | None = strawberry.field(
        default=None, description="The whole new set."
    )
    auth: WebhookAuthInput | None = None


@strawberry.input(description="What to change of an endpoint; what is absent or null stays.")
class UpdateWebhookInput:
    """Changes to an endpoint."""

    url: str | None = None
    events: list[str] | None = None
    description: str | None = None
    settings: WebhookSettingsInput | None = None


Events = Annotated[list[str], strawberry.argument(description="Globs: `*`, `fax.*`.")]
Seen = Annotated[
    str | None,
    strawberry.argument(description="The `etag` that was read; with another one nothing is done."),
]
Signatures = Annotated[
    list[receivers.KeyVersion] | None,
    strawberry.argument(description="Kinds of signature to begin with; V1 alone without."),
]
OwnSecret = Annotated[
    str | None, strawberry.argument(description="Your own `whsec_…`; one is made without.")
]
Handshake = Annotated[
    bool,
    strawberry.argument(
        description="Ask it first whether it wants events; it is registered if it says so."
    ),
]


def _globs(events: Sequence[str]) -> tuple[str, ...]:
    check_globs(tuple(events))
    return tuple(events)


def _url(url: str, field: str = "url") -> str:
    return line(url, field, required=True, longest=2048)


def _credentials(given: WebhookAuthInput) -> receivers.Credentials:
    """What was given, if it is one thing: GraphQL's own way to say so is unknown to many clients."""
    if sum(1 for one in (given.none, given.basic, given.bearer, given.oauth2) if one) != 1:
        raise InvalidRequest(
            "It is not one way to be let in.",
            field="auth",
            cure="Give one of `none: true`, `basic`, `bearer` and `oauth2`.",
        )
    if given.basic:
        return receivers.Basic(username=given.basic.username, password=given.basic.password)
    if given.bearer:
        return receivers.Bearer(token=given.bearer)
    if given.oauth2:
        client = given.oauth2
        return receivers.ClientCredentials(
            token_url=_url(client.token_url, "auth.token_url"),
            client_id=client.client_id,
            client_secret=client.client_secret,
            scope=client.scope,
            audience=client.audience,
        )
    return receivers.Unasked()


def _settings(given: WebhookSettingsInput | None) -> EndpointChanges:
    given = given or WebhookSettingsInput()
    headers = given.headers
    return EndpointChanges(
        ordered=given.ordered,
        rate_per_second=given.rate_per_second,
        body=given.body,
        include=None if given.include is None else tuple(given.include),
        headers=None if headers is None else {one.name: one.value for one in headers},
        credentials=None if given.auth is None else _credentials(given.auth),
    )


def _changes(given: UpdateWebhookInput) -> EndpointChanges:
    return replace(
        _settings(given.settings),
        url=None if given.url is None else _url(given.url),
        events=None if given.events is None else _globs(given.events),
        description=None if given.description is None else line(given.description, "description"),
    )


@strawberry.type
class EndpointMutations:
    """Endpoints, made and changed."""

    @mutation("Have an endpoint told of events.")
    async def create_webhook(
        self,
        info: Info,
        *,
        url: str,
        events: Events,
        description: str | None = None,
        secret: OwnSecret = None,
        signatures: Signatures = None,
        settings: WebhookSettingsInput | None = None,
        handshake: Handshake = False,
    ) -> CreateWebhookPayload:
        """Create an endpoint."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def create() -> tuple[subscriptions.Subscription, str]:
            return await gateway.subscriptions.create(
                caller,
                url=_url(url),
                events=_globs(events),
                description=line(description, "description"),
                secret=None if secret is None else line(secret, "secret"),
                signatures=[receivers.KeyVersion.V1] if signatures is None else signatures,
                settings=_settings(settings),
                handshake=handshake,
            )

        made, wrong = await settled(create())
        webhook, shown = made or (None, None)
        return CreateWebhookPayload(
            webhook=show_webhook(webhook) if webhook else None,
            secret=shown or None,
            user_errors=wrong,
        )

    @mutation("Change an endpoint.")
    async def update_webhook(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        input: UpdateWebhookInput,  # noqa: A002
        if_match: Seen = None,
    ) -> UpdateWebhookPayload:
        """Update an endpoint."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def update() -> subscriptions.Subscription:
            return await gateway.subscriptions.update(
                caller, line(id, "id"), _changes(input), seen=if_match
            )

        webhook, wrong = await settled(update())
        return UpdateWebhookPayload(
            webhook=show_webhook(webhook) if webhook else None, user_errors=wrong
        )

    @mutation("Ask an endpoint whether it wants events (CloudEvents HTTP 1.1 Web Hooks).")
    async def ask_webhook_consent(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
    ) -> AskWebhookConsentPayload:
        """Ask."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def ask() -> subscriptions.Subscription:
            return await gateway.consenting.renew(caller, line(id, "id"))

        webhook, wrong = await settled(ask())
        return AskWebhookConsentPayload(
            webhook=show_webhook(webhook) if webhook else None, user_errors=wrong
        )
