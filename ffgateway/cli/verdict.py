"""What the demonstration proved: the evidence, each promise held against it, and a summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from ffgateway.cli.story import STORY, flaws, told
from ffgateway.domain.events import OF_STATUS

CHANGES_STATUS = frozenset(kind.value for kind in OF_STATUS.values())
"""What the subscription tells of; webhooks tell of the tries that failed as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that was seen. `faxes` are ids by reference; `tallies` are by the digits dialled."""

    faxes: Mapping[str, str]
    events: Mapping[str, Sequence[Mapping[str, Any]]]  # by fax id, in the order of arrival
    received: int
    verified: int
    repeated: int
    changes: Sequence[Mapping[str, Any]]  # from the GraphQL subscription, in order
    tallies: Mapping[str, Mapping[str, int]]
    audit_lines: int


def missing(evidence: Evidence) -> list[str]:
    """Say everything that was not as it should be; nothing when all was."""
    wrong = []
    for part in STORY:
        events = evidence.events.get(evidence.faxes.get(part.reference, ""), ())
        wrong += flaws(part, events, evidence.tallies.get(part.number.lstrip("+"), {}))
    if evidence.verified != evidence.received:
        wrong.append(f"{evidence.received - evidence.verified} webhooks could not be verified")
    by_webhook = sorted(one for one in _marks(evidence) if one[1] in CHANGES_STATUS)
    by_graphql = [(one["position"], one["type"], one["fax"]["id"]) for one in evidence.changes]
    if by_graphql != by_webhook:
        wrong.append(
            f"the GraphQL subscription told of {len(by_graphql)} changes, "
            f"the webhooks of {len(by_webhook)}, and they differ"
        )
    if evidence.audit_lines < len(evidence.faxes):
        wrong.append(f"there are only {evidence.audit_lines} lines in the audit log")
    return wrong


def report(evidence: Evidence, console: Console) -> bool:
    """Print the summary, and what is missing; return whether nothing is."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("fax", "", "expected", "seen", "webhooks", "dialled", "received"):
        table.add_column(heading)
    for part in STORY:
        events = evidence.events.get(evidence.faxes.get(part.reference, ""), ())
        tally = evidence.tallies.get(part.number.lstrip("+"), {})
        seen = told(part, events)[-1:]
        table.add_row(
            part.reference,
            part.title,
            part.outcome,
            seen[0].removeprefix("fax.") if seen else "nothing",
            str(len(events)),
            f"{tally.get('dialled', 0)} of {part.dialled}",
            f"{tally.get('received', 0)} of {part.received}",
        )
    console.print()
    console.print(table)
    console.print(
        f"\nwebhooks  {evidence.received} received, {evidence.verified} verified, "
        f"{evidence.repeated} repeated\n"
        f"GraphQL   {len(evidence.changes)} changes over the subscription\n"
        f"audit     {evidence.audit_lines} lines"
    )
    wrong = missing(evidence)
    for flaw in wrong:
        console.print(f"[red]missing[/]   {flaw}", soft_wrap=True)
    if not wrong:
        console.print("[green]Everything was as expected.[/]")
    return not wrong


def _marks(evidence: Evidence) -> list[tuple[int, str, str]]:
    return [
        (event["position"], event["type"], event["subject"])
        for events in evidence.events.values()
        for event in events
    ]
