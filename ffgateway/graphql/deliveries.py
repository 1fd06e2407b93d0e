"""Over GraphQL: endpoints paused and resumed, and where what they are told has got to."""

import strawberry

from ffgateway.graphql.checks import line
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import mutation
from ffgateway.graphql.webhooks import Webhook, show_webhook


@strawberry.type(description="The endpoint as it is afterwards.")
class WebhookStatePayload:
    """Of pausing and resuming."""

    webhook: Webhook | None
    user_errors: list[UserError]


@strawberry.type
class DeliveryMutations:
    """Pausing and resuming."""

    @mutation("Send an endpoint nothing for a while; what is for it is kept.")
    async def pause_webhook(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        reason: str | None = None,
    ) -> WebhookStatePayload:
        """Pause."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def pause() -> Webhook:
            why = line(reason, "reason")
            return show_webhook(
                await gateway.subscriptions.pause(caller, line(id, "id"), reason=why)
            )

        webhook, wrong = await settled(pause())
        return WebhookStatePayload(webhook=webhook, user_errors=wrong)

    @mutation("Send an endpoint what waits for it, whoever paused or disabled it.")
    async def resume_webhook(self, info: Info, id: strawberry.ID) -> WebhookStatePayload:  # noqa: A002
        """Resume."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def resume() -> Webhook:
            return show_webhook(await gateway.subscriptions.resume(caller, line(id, "id")))

        webhook, wrong = await settled(resume())
        return WebhookStatePayload(webhook=webhook, user_errors=wrong)
