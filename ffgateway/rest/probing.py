"""A probe of an appliance over HTTP."""

from pydantic import Field
from starlette.responses import Response

from ffgateway.domain.probing import Finding, Probe
from ffgateway.rest.answers import Json, Out
from ffgateway.rest.operations import ASKS_DEVICE, Asked, Operation, below_device
from ffgateway.services.gateway import Gateway


class FindingOut(Out):
    """One operation, asked and compared. Elements are paths: `about/model`."""

    operation: str = Field(examples=["about.get"])
    evidence: str = Field(description="How it was known before.", examples=["stand-in"])
    path: str = Field(description="As it was tried, or its template.")
    verdict: str = Field(
        description="`as-believed`, `differs`, `empty` (the path is right, its elements were not"
        " seen), `lacks`, `refused`, `unreadable`, `silent` or `not-asked`."
    )
    status: int | None
    milliseconds: int | None
    unknown: list[str] = Field(description="Elements seen that the dialect does not know.")
    missing: list[str] = Field(description="Elements expected and not seen.")
    reason: str
    sample: str | None = Field(
        description="The answer with names, numbers, addresses, credentials and serials replaced."
    )


class ProbeOut(Out):
    """Every operation that reads, asked of an appliance."""

    device_id: str
    model: str
    firmware: str
    findings: list[FindingOut]


def probe_out(probe: Probe) -> ProbeOut:
    """A probe as JSON."""
    return ProbeOut(
        device_id=probe.device_id,
        model=probe.model,
        firmware=probe.firmware,
        findings=[_finding(each) for each in probe.findings],
    )


def _finding(finding: Finding) -> FindingOut:
    return FindingOut(
        operation=finding.operation,
        evidence=finding.evidence.value,
        path=finding.path,
        verdict=finding.verdict.value,
        status=finding.status,
        milliseconds=finding.milliseconds,
        unknown=list(finding.unknown),
        missing=list(finding.missing),
        reason=finding.reason,
        sample=finding.sample,
    )


async def run(gateway: Gateway, asked: Asked) -> Response:
    """Ask an appliance for everything that can be read."""
    return Json(probe_out(await gateway.probing.probe(asked.caller, asked.id)))


OPERATIONS: tuple[Operation, ...] = (
    below_device("POST", "/probe", "probeDevice", "Compare an appliance with what is known of it",
        act=run, scope="devices:admin", tag="devices", answer=ProbeOut, errors=ASKS_DEVICE),
)  # fmt: skip
"""What of this room is routed."""
