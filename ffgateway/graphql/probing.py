"""A probe of an appliance, in GraphQL."""

import strawberry

from ffgateway.domain import probing
from ffgateway.domain.evidence import Evidence
from ffgateway.graphql.checks import line
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import mutation

strawberry.enum(
    probing.Verdict,
    name="ProbeVerdict",
    description="How an operation compares with what is believed of it.",
)


@strawberry.type(description="One operation, asked and compared. Elements are paths: about/model.")
class Finding:
    """A finding."""

    operation: str
    evidence: Evidence = strawberry.field(description="How it was known before.")
    path: str = strawberry.field(description="As it was tried, or its template.")
    verdict: probing.Verdict
    status: int | None
    milliseconds: int | None
    unknown: list[str] = strawberry.field(
        description="Elements seen that the dialect does not know."
    )
    missing: list[str] = strawberry.field(description="Elements expected and not seen.")
    reason: str | None
    sample: str | None = strawberry.field(
        description="The answer with names, numbers, addresses, credentials, serials replaced."
    )


@strawberry.type(description="Every operation that reads, asked of an appliance.")
class Probe:
    """A probe."""

    device_id: strawberry.ID
    model: str | None
    firmware: str | None
    findings: list[Finding]


@strawberry.type(description="What a probe found.")
class ProbePayload:
    """Of `probeDevice`."""

    probe: Probe | None
    user_errors: list[UserError]


def show_probe(probe: probing.Probe) -> Probe:
    """A probe for GraphQL."""
    return Probe(
        device_id=strawberry.ID(probe.device_id),
        model=probe.model or None,
        firmware=probe.firmware or None,
        findings=[
            Finding(
                operation=one.operation,
                evidence=one.evidence,
                path=one.path,
                verdict=one.verdict,
                status=one.status,
                milliseconds=one.milliseconds,
                unknown=list(one.unknown),
                missing=list(one.missing),
                reason=one.reason or None,
                sample=one.sample,
            )
            for one in probe.findings
        ],
    )


@strawberry.type
class ProbeMutations:
    """A look at everything."""

    @mutation("Ask an appliance for everything that can be read; nothing is changed there.")
    async def probe_device(self, info: Info, id: strawberry.ID) -> ProbePayload:  # noqa: A002
        """Probe."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def run() -> Probe:
            return show_probe(await gateway.probing.probe(caller, line(id, "id")))

        probe, wrong = await settled(run())
        return ProbePayload(probe=probe, user_errors=wrong)
