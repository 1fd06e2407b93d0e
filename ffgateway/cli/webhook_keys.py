"""`ffgateway webhooks keys` and its like: what signs the deliveries to an endpoint."""

from typing import Annotated, Any

import typer

from ffgateway.cli.api import api, given
from ffgateway.cli.output import JsonOption, say, show, show_fields, show_table

WebhookId = Annotated[str, typer.Argument(metavar="ID", help="whk_…")]
Version = Annotated[str, typer.Option(help="v1 (a shared secret) or v1a (a public key).")]
OwnSecret = Annotated[
    str | None, typer.Option(help="Your own whsec_… secret; one is made without.")
]


def keys(webhook_id: WebhookId, as_json: JsonOption = False) -> None:
    """List the keys that sign what an endpoint gets, with their public keys."""
    with api() as gateway:
        found = gateway.get(f"/v1/webhooks/{webhook_id}/keys")
    show(found["items"], as_json=as_json, people=_table)


def rotate(
    *,
    webhook_id: WebhookId,
    version: Version = "v1",
    secret: OwnSecret = None,
    overlap: Annotated[
        int | None, typer.Option(help="Seconds that old keys sign on; a day without.", min=0)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Replace a signing key, or begin with one of another version. A secret is shown this once."""
    body = given(version=version, secret=secret, overlap_seconds=overlap)
    with api() as gateway:
        made = gateway.post(f"/v1/webhooks/{webhook_id}/rotate-secret", body)
    show(made, as_json=as_json, people=show_fields)


def end(
    webhook_id: WebhookId, key_id: Annotated[str, typer.Argument(metavar="KEY", help="sgn_…")]
) -> None:
    """End a signing key at once, as when it has leaked."""
    with api() as gateway:
        gateway.delete(f"/v1/webhooks/{webhook_id}/keys/{key_id}")
    say(f"{key_id} signs no more")


def _table(found: list[dict[str, Any]]) -> None:
    columns = ("id", "version", "public_key", "created_at", "expires_at")
    rows = [[one.get(column) for column in columns] for one in found]
    show_table(columns, rows, empty="no keys")
