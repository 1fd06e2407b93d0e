"""Operations of the wire as functions in our words."""

from ffgateway.domain.devices import Overrides
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.evidence import Evidence, Function
from ffgateway.ffws.dialects import UnknownDialect, dialect_named, firmware_of, with_overrides
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


def check_overrides(dialect: str, overrides: Overrides) -> None:
    """Raise `InvalidRequest` naming the override that makes no sense."""
    try:
        with_overrides(dialect_named(dialect), overrides)
    except UnknownDialect as wrong:
        field = f"overrides.{wrong.operation}" if wrong.operation else "dialect"
        raise InvalidRequest(
            f"{wrong.reason[:1].upper()}{wrong.reason[1:]}.",
            field=field,
            cure="An override has any of path, method and elements (ours: theirs).",
        ) from None


def check_firmware(firmware: str) -> None:
    """Raise `InvalidRequest` for what is no version; an empty one is not known."""
    if firmware and not firmware_of(firmware):
        raise InvalidRequest(
            f"{firmware!r} is not a version.", field="firmware", cure="Use numbers: 3.5.2."
        )
