"""Dialects: which operations a family of firmware has and how it spells them; what a model can do.

An operation whose wire form is a guess is corrected here by an owner of an appliance, with data
and not with code: an override says what was seen, and its evidence becomes `observed`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ffgateway.ffws.errors import FfwsError
from ffgateway.ffws.paths import CHANNELS, OPERATIONS, Evidence, Operation


class UnknownDialect(FfwsError):
    """A dialect nobody defined, or an override of something that is not there.

    `operation` is the one whose override makes no sense, or `""`.
    """

    def __init__(self, reason: str, *, operation: str = "") -> None:
        super().__init__(f"{operation}: {reason}" if operation else reason)
        self.operation = operation
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The operations that a family of firmware has, by name, and what it calls elements.

    `renames` maps the name of an operation to a mapping from our name of an element to the
    appliance's. It is empty unless someone saw another spelling.
    """

    name: str
    operations: Mapping[str, Operation]
    renames: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def has(self, operation: str, *, model: str = "") -> bool:
        """Whether the operation is there, on that model if one is given.

        A model that nobody described is taken to have whatever is documented for any.
        """
        found = self.operations.get(operation)
        if found is None:
            return False
        known = model_of(model)
        return known is None or not found.models or known.name in found.models


FAXFINDER_3: Final = Dialect(name="faxfinder-3", operations=OPERATIONS)
"""Firmware 3.0.4 and later: all of the guide S000578 v1.1.02."""

FAXFINDER_2: Final = Dialect(
    name="faxfinder-2",
    operations={name: each for name, each in OPERATIONS.items() if each.since < (3,)},
)
"""Before 3.0.4: without what the guide says requires it."""

_DIALECTS: Final = {dialect.name: dialect for dialect in (FAXFINDER_3, FAXFINDER_2)}


def dialect_named(name: str) -> Dialect:
    """Find a built-in dialect. Raises `UnknownDialect`."""
    try:
        return _DIALECTS[name]
    except KeyError:
        known = ", ".join(_DIALECTS)
        raise UnknownDialect(f"{name}: no such dialect (there are {known})") from None


_FIRMWARE: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,5}")


def firmware_of(text: str) -> tuple[int, ...]:
    """`"3.5.2"` as numbers that compare; `()` for a text that is no version."""
    found = _FIRMWARE.fullmatch(text.strip())
    return tuple(map(int, found[0].split("."))) if found else ()


def gated(dialect: Dialect, model: str, firmware: str, operation: str) -> str | None:
    """Why an appliance has not got an operation, or None if it may have it.

    What nobody knows closes no gate: a model that nobody described and a firmware that nobody gave
    have whatever is documented. `user.get` and what has no `since` is in every firmware.
    """
    found = dialect.operations.get(operation)
    if found is None:
        return f"{dialect.name} has no {operation}"
    if not dialect.has(operation, model=model):
        return f"an {model} has no {operation}"
    version = firmware_of(firmware)
    if version and version < found.since:
        since = ".".join(map(str, found.since))
        return f"{operation} needs firmware {since}, and it has {firmware}"
    return None


_METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE"})
_PLACES: Final = re.compile(r"\{([^{}]*)\}")
_PATH: Final = re.compile(r"(/[A-Za-z0-9_.~{}-]+)+/?")
_LONGEST_PATH: Final = 200
_ELEMENT: Final = re.compile("[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_MOST_ELEMENTS: Final = 200
_STREAMED: Final = frozenset({"fax.schedule"})
"""Operations whose request is streamed past us and never held whole: no element can be renamed."""


def with_overrides(dialect: Dialect, overrides: Mapping[str, Mapping[str, object]]) -> Dialect:
    """Return the dialect with what an operator saw put over it.

    An override maps the name of an operation to `path`, `method` and `elements` (renames), each of
    which may be left out; the operation's evidence becomes observed. It may bring back an operation
    that the dialect, a model or a firmware has not: somebody saw it there. Raises
    `UnknownDialect`, which names what it does not know.
    """
    operations, renames = dict(dialect.operations), dict(dialect.renames)
    for name, override in overrides.items():
        built_in = operations.get(name, OPERATIONS.get(name))
        if built_in is None:
            raise UnknownDialect("no such operation", operation=name)
        unknown = sorted(set(override) - {"path", "method", "elements"})
        if unknown:
            raise UnknownDialect(
                f"{unknown[0]} is not one of path, method, elements", operation=name
            )
        operations[name] = replace(
            built_in,
            path=_path(built_in, override.get("path", built_in.path)),
            method=_method(built_in, override.get("method", built_in.method)),
            evidence=Evidence.OBSERVED,
            source="observed by an operator, in an override",
            since=(),
            models=frozenset(),
        )
        if "elements" in override:
            renames[name] = _elements(built_in, override["elements"])
    return replace(dialect, operations=operations, renames=renames)


def _path(operation: Operation, path: object) -> str:
    """A path must have the places of the one it replaces, or a request could not be filled in."""
    name = operation.name
    if not isinstance(path, str) or not path.startswith("/"):
        raise UnknownDialect("path must start with /", operation=name)
    places, wanted = set(_PLACES.findall(path)), set(_PLACES.findall(operation.path))
    if len(path) > _LONGEST_PATH or not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise UnknownDialect("path must be nothing but a path, unescaped", operation=name)
    if places != wanted or set("{}") & set(_PLACES.sub("", path)):
        raise UnknownDialect(
            f"path must have {sorted(wanted)}, it has {sorted(places)}", operation=name
        )
    return path


def _method(operation: Operation, method: object) -> str:
    if not isinstance(method, str) or method not in _METHODS:
        raise UnknownDialect(
            f"method must be one of {', '.join(sorted(_METHODS))}", operation=operation.name
        )
    return method


def _elements(operation: Operation, elements: object) -> dict[str, str]:
    name = operation.name
    if not isinstance(elements, Mapping) or len(elements) > _MOST_ELEMENTS:
        raise UnknownDialect("elements must map names to names", operation=name)
    if elements and name in _STREAMED:
        raise UnknownDialect(
            "elements cannot be renamed, its documents are streamed", operation=name
        )
    names = {str(ours): str(theirs) for ours, theirs in elements.items()}
    for each in (*names, *names.values()):
        if not _ELEMENT.fullmatch(each):
            raise UnknownDialect(f"{each!r} is not an element name", operation=name)
    if len(set(names.values())) < len(names):
        raise UnknownDialect("elements must have names of their own", operation=name)
    return names


MEGABYTE: Final = 10**6
"""The guide prints `MB` without saying which. The smaller reading is the one that is always safe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a model can do. `lines` is None where no public text gives the number."""

    name: str
    kind: str  # modem or channel
    lines: int | None
    request_limit: int  # bytes of a schedule_fax
    orders: bool  # whether lists of people take `order`
    evidence: Evidence  # of `lines`; the limits are all documented


def _model(name: str, lines: int | None, megabytes: int, evidence: Evidence) -> Model:
    return Model(
        name=name,
        kind="channel" if name in CHANNELS else "modem",
        lines=lines,
        request_limit=megabytes * MEGABYTE,
        orders=megabytes == 36,
        evidence=evidence,
    )


MODELS: Final[Mapping[str, Model]] = {
    model.name: model
    for model in (
        # 2 MB and 5 MB: the one-page reference for FFx30. Lines: by the name, as for FFx20 where
        # the vendor prints them.
        _model("FF130", 1, 2, Evidence.INFERRED),
        _model("FF230", 2, 2, Evidence.INFERRED),
        _model("FF430", 4, 5, Evidence.INFERRED),
        _model("FF830", 8, 5, Evidence.INFERRED),
        # 36 MB: guide, Scheduling a Fax. An example of the guide reads modem 8.
        _model("FF240", 2, 36, Evidence.INFERRED),
        _model("FF440", 4, 36, Evidence.INFERRED),
        _model("FF840", 8, 36, Evidence.INFERRED),
        _model("FF240-IP", None, 36, Evidence.INFERRED),
    )
}
"""Every model by name. An expansion module gives up to 24 modems: ask, do not count on `lines`."""


_MODEL: Final = re.compile(r"\s*(FF\d+(?:-IP)?)(?![A-Z0-9-])", re.IGNORECASE)


def model_of(text: str) -> Model | None:
    """The model that somebody wrote down, or None for one that nobody described.

    In any case of the letters, and without its revision: clients have met an `FF240.R1`.
    """
    found = _MODEL.match(text)
    return MODELS.get(found[1].upper()) if found else None
