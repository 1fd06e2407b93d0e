"""What became of a fax, in plain words; and the operator's decision where nobody else can tell."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field, StringConstraints
from starlette.responses import Response

from ffgateway.rest.answers import Json, Out
from ffgateway.rest.bodies import Filled, Strict
from ffgateway.rest.faxes_shapes import FaxOut, fax_out
from ffgateway.rest.operations import ASKS_DEVICE, FAX_KEY, Asked, Operation
from ffgateway.services.deciding import Decision, Outcome
from ffgateway.services.gateway import Gateway


class DecisionBody(Strict):
    """What an operator knows of a fax in doubt."""

    outcome: Annotated[
        Outcome,
        Field(
            strict=False,
            description="`sent`: the appliance has it under `fax_key`, and it is followed from now on."
            " `not_sent`: it goes out again. `delivered`, `failed`: that was its end.",
        ),
    ]
    reason: Annotated[Filled, Field(description="How that is known; put on record.")]
    fax_key: Annotated[
        str, StringConstraints(pattern=f"^({FAX_KEY.pattern})?$"), Field(examples=["0000001B"])
    ] = ""


class StepOut(Out):
    """Something that happened."""

    at: datetime
    text: str
    detail: str


class ExplanationOut(Out):
    """Where a fax is, why, what comes next and what may be done; for people."""

    summary: str
    reason: str
    next: str
    advice: str
    call_phase: str | None = Field(description="How far the call got that failed.")
    steps: list[StepOut]


class ContenderOut(Out):
    """A fax on the appliance that could be the one in doubt."""

    fax_key: str
    entry_keys: list[str]
    created_at: datetime | None = Field(description="By the appliance's clock.")
    pages: int
    states: list[str]


class Contenders(Out):
    """What could be a fax in doubt and cannot be told apart."""

    items: list[ContenderOut]


async def explain(gateway: Gateway, asked: Asked) -> Response:
    """Tell a fax's story."""
    found = await gateway.deciding.explain(asked.caller, asked.id)
    return Json(ExplanationOut.model_validate(found))


async def contenders(gateway: Gateway, asked: Asked) -> Response:
    """Say what could be it."""
    found = await gateway.deciding.contenders(asked.caller, asked.id)
    return Json(Contenders(items=[ContenderOut.model_validate(one) for one in found]))


async def decide(gateway: Gateway, asked: Asked) -> Response:
    """Settle it."""
    body = asked.body_as(DecisionBody)
    decision = Decision(outcome=body.outcome, reason=body.reason, fax_key=body.fax_key)
    return Json(fax_out(await gateway.deciding.decide(asked.caller, asked.id, decision)))


def _of_fax(path: str, name: str, summary: str, **more: object) -> Operation:
    return Operation(
        path=f"/v1/faxes/{{id}}{path}", name=name, summary=summary, tag="faxes", id_of="fax",
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


OPERATIONS: Final[tuple[Operation, ...]] = (
    _of_fax("/explain", "explainFax", "Its story in plain words", method="GET", act=explain,
        scope="faxes:read", answer=ExplanationOut),
    _of_fax("/contenders", "listFaxContenders", "What could be a fax in doubt", method="GET",
        act=contenders, scope="faxes:read", answer=Contenders),
    _of_fax("/decide", "decideFax", "Settle a fax in doubt", method="POST", act=decide,
        scope="devices:admin", body=DecisionBody, answer=FaxOut, errors=(409, *ASKS_DEVICE)),
)  # fmt: skip
