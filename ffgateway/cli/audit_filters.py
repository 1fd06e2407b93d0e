"""Which rows of the audit log a command is about: its options, and the query that they come to."""

from typing import Annotated, Any

import typer

from ffgateway.domain.audit import Kind, Outcome

Resource = Annotated[str | None, typer.Option(help="Only what was done to this.")]
By = Annotated[str | None, typer.Option(help="Only what this key did.")]
Action = Annotated[str | None, typer.Option(help="Only this act, fax.send.")]
Ended = Annotated[Outcome | None, typer.Option(help="Only what ended so.")]
OfKind = Annotated[Kind | None, typer.Option(help="Only calls, or only acts.")]
Request = Annotated[str | None, typer.Option(help="Only what came of this request.")]
Since = Annotated[str | None, typer.Option(help="From 2026-12-24T00:00:00Z on.")]
Until = Annotated[str | None, typer.Option(help="Before 2026-12-25T00:00:00Z.")]


def query(
    *,
    resource: str | None,
    principal: str | None,
    action: str | None,
    outcome: Outcome | None,
    kind: Kind | None,
    request: str | None,
    since: str | None,
    until: str | None,
) -> dict[str, Any]:
    """The parameters of `GET /v1/audit` and of `/v1/audit/export`; None for what is not asked."""
    return {
        "resource": resource,
        "principal_id": principal,
        "action": action,
        "outcome": outcome.value if outcome else None,
        "kind": kind.value if kind else None,
        "request_id": request,
        "since": since,
        "until": until,
    }
