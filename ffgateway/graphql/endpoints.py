"""Registering webhook endpoints and changing them, over GraphQL."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from ffgateway.domain import receivers, subscriptions
from ffgateway.graphql.checks import line
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import mutation
from ffgateway.graphql.webhooks import Webhook, show_webhook
from ffgateway.services.subscriptions import EndpointChanges, check_globs


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


@strawberry.input(description="What to change of an endpoint; what is absent or null stays.")
class UpdateWebhookInput:
    """Changes to an endpoint."""

    url: str | None = None
    events: list[str] | None = None
    description: str | None = None


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


def _globs(events: Sequence[str]) -> tuple[str, ...]:
    check_globs(tuple(events))
    return tuple(events)


def _changes(given: UpdateWebhookInput) -> EndpointChanges:
    return EndpointChanges(
        url=None if given.url is None else line(given.url, "url", required=True, longest=2048),
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
    ) -> CreateWebhookPayload:
        """Create an endpoint."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def create() -> tuple[subscriptions.Subscription, str]:
            return await gateway.subscriptions.create(
                caller,
                url=line(url, "url", required=True, longest=2048),
                events=_globs(events),
                description=line(description, "description"),
                secret=None if secret is None else line(secret, "secret"),
                signatures=[receivers.KeyVersion.V1] if signatures is None else signatures,
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
