"""The signing keys of webhook endpoints over GraphQL."""

from datetime import datetime, timedelta

import strawberry

from ffgateway.domain import receivers
from ffgateway.graphql.checks import line, within
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import mutation, secretive

SIGNATURE_VERSION = strawberry.enum(
    receivers.KeyVersion,
    name="SignatureVersion",
    description="Of Standard Webhooks: V1 is HMAC-SHA256, V1A is Ed25519.",
)


@strawberry.type(description="A key that signs what an endpoint gets.")
class SigningKey:
    """A key, without its secret."""

    id: strawberry.ID
    version: receivers.KeyVersion
    public_key: str | None = strawberry.field(description="`whpk_…` of a V1A key.")
    created_at: datetime
    expires_at: datetime | None = strawberry.field(description="Null until it is replaced.")


@secretive
@strawberry.type(description="The new key and, of V1, its secret, which is never shown again.")
class RotateWebhookSecretPayload:
    """Of `rotateWebhookSecret`."""

    key: SigningKey | None
    secret: str | None
    user_errors: list[UserError]


@strawberry.type(description="The key that was ended.")
class EndWebhookKeyPayload:
    """Of `endWebhookKey`."""

    id: strawberry.ID | None
    user_errors: list[UserError]


def show_key(key: receivers.SigningKey) -> SigningKey:
    """A key for GraphQL."""
    return SigningKey(
        id=strawberry.ID(key.id),
        version=key.version,
        public_key=key.public or None,
        created_at=key.created_at,
        expires_at=key.expires_at,
    )


@strawberry.type
class SigningMutations:
    """Replacing and ending keys."""

    @mutation("Replace the signing key of a version; the old one signs on for `overlapSeconds`.")
    async def rotate_webhook_secret(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        version: receivers.KeyVersion = receivers.KeyVersion.V1,
        secret: str | None = None,
        overlap_seconds: int = int(receivers.OVERLAP.total_seconds()),
    ) -> RotateWebhookSecretPayload:
        """Rotate."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def rotate() -> receivers.SigningKey:
            longest = int(receivers.LONGEST_OVERLAP.total_seconds())
            within(overlap_seconds, "overlap_seconds", least=0, most=longest)
            return await gateway.signing.rotate(
                caller,
                line(id, "id"),
                version=version,
                secret=None if secret is None else line(secret, "secret"),
                overlap=timedelta(seconds=overlap_seconds),
            )

        key, wrong = await settled(rotate())
        return RotateWebhookSecretPayload(
            key=show_key(key) if key else None,
            secret=key.secret or None if key else None,
            user_errors=wrong,
        )

    @mutation("End one signing key at once, as when it has leaked.")
    async def end_webhook_key(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        key_id: strawberry.ID,
    ) -> EndWebhookKeyPayload:
        """End a key."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def end() -> strawberry.ID:
            await gateway.signing.end(caller, line(id, "id"), line(key_id, "key_id"))
            return key_id

        gone, wrong = await settled(end())
        return EndWebhookKeyPayload(id=gone, user_errors=wrong)
