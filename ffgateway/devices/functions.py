"""Operations of the wire as functions in our words."""

from ffgateway.domain.evidence import Evidence, Function
from ffgateway.ffws.paths import OPERATIONS


def known_functions() -> dict[str, Function]:
    """Every function, by name, as it is known without any override."""
    return {
        name: Function(
            name=name,
            evidence=Evidence(one.evidence.value),
            source=one.source,
            since=one.since,
            models=one.models,
        )
        for name, one in OPERATIONS.items()
    }
