"""The fleet as a document over HTTP. Plans and results are 200 whatever each appliance made of it."""

from collections.abc import Iterable
from typing import Final

from starlette.responses import Response

from ffgateway.domain.evidence import Evidence
from ffgateway.domain.fanout import weakest
from ffgateway.rest.answers import Json
from ffgateway.rest.fleet_answers import (
    AppliedOut,
    ExportOut,
    PlanOut,
    applied_out,
    export_out,
    plan_out,
)
from ffgateway.rest.fleet_shapes import ApplyRequest, ExportQuery, PlanRequest
from ffgateway.rest.operations import Asked, Operation, applied
from ffgateway.services.gateway import Gateway


async def export(gateway: Gateway, asked: Asked) -> Response:
    """What appliances are like."""
    query = asked.query_as(ExportQuery)
    found = await gateway.fleet.export(
        asked.caller,
        tuple(query.device) or None,
        users=tuple(query.user),
        owners=tuple(query.owner),
    )
    return _answer(asked, export_out(found), (one.evidence for one in found))


async def plan(gateway: Gateway, asked: Asked) -> Response:
    """What it would take."""
    plans = await gateway.fleet.plan(asked.caller, asked.body_as(PlanRequest).document())
    return _answer(asked, plan_out(plans), (one.evidence for one in plans))


async def apply(gateway: Gateway, asked: Asked) -> Response:
    """Do what it takes."""
    body = asked.body_as(ApplyRequest)
    results = await gateway.fleet.apply(asked.caller, body.document(), passwords=body.passwords())
    return _answer(asked, applied_out(results), (one.evidence for one in results))


def _answer(asked: Asked, answer: object, grades: Iterable[Evidence | None]) -> Response:
    grade = weakest(*grades)
    headers = {} if grade is None else {"X-FFWS-Evidence": grade.value}
    return Json(answer, headers=headers | applied(asked))


_READS: Final = (
    "user.get",
    "contact.list",
    "group.list",
    "inbound_route.list",
    "t37_settings.get",
    "modem_settings.list",
)
_WRITES: Final = (
    "user.verify", "user.add", "user.edit",
    "contact.add", "contact.edit", "contact.delete",
    "group.create", "group.edit", "group.delete",
    "inbound_route.add", "inbound_route.edit", "inbound_route.delete",
    "t37_settings.edit", "modem_settings.edit",
)  # fmt: skip

OPERATIONS: tuple[Operation, ...] = (
    Operation(method="GET", path="/v1/fleet/export", name="exportFleet", tag="fleet",
        summary="What appliances are like, as a document", act=export, scope="devices:read",
        scope_too="directory:read",
        query=ExportQuery, answer=ExportOut, errors=(404,), functions=_READS),
    Operation(method="POST", path="/v1/fleet/plan", name="planFleet", tag="fleet",
        summary="What a document would change; nothing is", act=plan, scope="devices:read",
        body=PlanRequest, answer=PlanOut, errors=(404, 409), patient=True, functions=_READS),
    Operation(method="POST", path="/v1/fleet/apply", name="applyFleet", tag="fleet",
        summary="Bring appliances to what a document says", act=apply, scope="devices:admin",
        body=ApplyRequest, answer=AppliedOut, errors=(404, 409), functions=(*_READS, *_WRITES)),
)  # fmt: skip
"""What of this room is routed. What is about people needs the scope of the directory as well."""
