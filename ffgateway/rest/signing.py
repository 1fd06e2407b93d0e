"""The signing keys of webhook endpoints over HTTP."""

from datetime import datetime
from typing import Any, Final

from pydantic import Field
from starlette.responses import Response

from ffgateway.domain.receivers import SigningKey
from ffgateway.rest.answers import Json, Out, all_of
from ffgateway.rest.operations import Asked, Operation, Place
from ffgateway.rest.webhooks_bodies import RotateRequest
from ffgateway.services.gateway import Gateway


class SigningKeyOut(Out):
    """A key that signs what an endpoint gets."""

    id: str
    version: str = Field(description="Of Standard Webhooks.", examples=["v1", "v1a"])
    public_key: str | None = Field(description="Of a `v1a` key: `whpk_…`. Null for `v1`.")
    created_at: datetime
    expires_at: datetime | None = Field(description="Null until it is replaced.")


class SigningKeys(Out):
    """Every key that signs now; each signs every delivery."""

    items: list[SigningKeyOut]


class NewSigningKey(SigningKeyOut):
    """A key just made, with the shared secret of a `v1` key: shown once."""

    secret: str | None = Field(description="Null for `v1a`: the private key stays here.")


def key_out(key: SigningKey) -> SigningKeyOut:
    """A key, without its secret."""
    return SigningKeyOut(
        id=key.id,
        version=key.version.value,
        public_key=key.public or None,
        created_at=key.created_at,
        expires_at=key.expires_at,
    )


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """The keys of an endpoint."""
    keys = await gateway.signing.keys(asked.caller, asked.id)
    return Json(SigningKeys(items=all_of(key_out, keys)))


async def rotate(gateway: Gateway, asked: Asked) -> Response:
    """Replace the key of a version; its secret is in this answer and in no other."""
    body = asked.body_as(RotateRequest)
    key = await gateway.signing.rotate(
        asked.caller, asked.id, version=body.version, secret=body.secret, overlap=body.overlap
    )
    return Json(NewSigningKey(**key_out(key).model_dump(), secret=key.secret or None))


async def end(gateway: Gateway, asked: Asked) -> Response:
    """End one key at once."""
    await gateway.signing.end(asked.caller, asked.id, asked.place("key_id"))
    return Response(status_code=204)


_KEY: Final = Place(
    pattern="sgn_[0-9A-HJKMNP-TV-Z]{26}",
    description="A signing key.",
    example="sgn_01KARTX5RB4PSM9QE3V7Z0H2CD",
)
_PATH = "/v1/webhooks/{id}"
_HOOK: dict[str, Any] = {"tag": "webhooks", "scope": "webhooks:admin", "id_of": "whk"}
OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(method="GET", path=f"{_PATH}/keys", name="listWebhookKeys", act=browse, **_HOOK,
        summary="The keys that sign what an endpoint gets", answer=SigningKeys),
    Operation(method="POST", path=f"{_PATH}/rotate-secret", name="rotateWebhookSecret", act=rotate,
        **_HOOK, summary="Replace a signing key; the old one signs on for a while",
        body=RotateRequest, answer=NewSigningKey),
    Operation(method="DELETE", path=f"{_PATH}/keys/{{key_id}}", name="endWebhookKey", act=end,
        **_HOOK, summary="End a signing key at once", status=204, errors=(409,),
        places={"key_id": _KEY}),
)  # fmt: skip
