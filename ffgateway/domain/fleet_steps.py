"""The steps between what is to be and what is there: what they are, and how they are told of.

A step is one record of one appliance. It tells people which fields differ, and has the record as it
is to be for whoever carries it out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from typing import Any, Final

from ffgateway.domain.configuration import (
    Destination,
    InboundRoute,
    ModemSettings,
    RouteDraft,
    T37Settings,
)
from ffgateway.domain.directory import Contact, ContactDraft, User, UserDraft
from ffgateway.domain.errors import GatewayError
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.fanout import Reach, WantedGroup
from ffgateway.domain.fleet_document import Section
from ffgateway.domain.groups import Group
from ffgateway.domain.versions import etag_of


class Act(StrEnum):
    """What a step does."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field, as people read it; "" where there is nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupToBe:
    """A group as it is to be; its members are found among the contacts when it is written."""

    wanted: WantedGroup
    there: Group | None = None


Subject = (
    User
    | UserDraft
    | Contact
    | ContactDraft
    | Group
    | GroupToBe
    | InboundRoute
    | RouteDraft
    | T37Settings
    | ModemSettings
)
"""What a step writes: a record that is there as it is to be, a draft of one that is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that is to be done, or that is as it should be. `name` is for people."""

    act: Act
    section: Section
    name: str
    owner: str = ""
    differences: tuple[Difference, ...] = ()
    subject: Subject = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an appliance has of what a document names. A user that is not there is None."""

    users: Mapping[str, User | None] = field(default_factory=dict)
    contacts: Mapping[str, tuple[Contact, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    inbound_routes: tuple[InboundRoute, ...] = ()
    t37_settings: T37Settings | None = None
    modem_settings: Mapping[int, ModemSettings] = field(default_factory=dict)
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePlan:
    """What one appliance needs; `problem` when that could not be found out."""

    device_id: str
    device_name: str
    steps: tuple[Step, ...] = ()
    evidence: Evidence | None = None
    problem: GatewayError | None = None

    @property
    def tag(self) -> str:
        """The tag of this very plan: `tag_of` its steps."""
        return tag_of(self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceApplied:
    """What became of a plan on one appliance: its steps, and how many of its changes are done.

    They are done in order, so what comes behind the first `done` changes was not touched.
    """

    device_id: str
    device_name: str
    outcome: Reach
    steps: tuple[Step, ...] = ()
    done: int = 0
    evidence: Evidence | None = None
    problem: GatewayError | None = None


def changes(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps that change something."""
    return tuple(step for step in steps if step.act is not Act.UNCHANGED)


def tag_of(steps: Iterable[Step]) -> str:
    """A tag that two plans share when they change the same things in the same way."""
    return etag_of(
        [
            [
                step.act,
                step.section,
                step.owner,
                step.name,
                [_plain(one) for one in step.differences],
            ]
            for step in changes(steps)
        ]
    )


def _plain(one: Difference) -> tuple[str, str, str]:
    return one.field, one.before, one.after


_NO_MATTER: Final = frozenset({"id", "username", "password", "number", "scope"})
"""What a record is found by, and what nobody can read: no difference is ever in these."""


def differences(before: object, after: object) -> tuple[Difference, ...]:
    """Which fields two records of the same fields do not share."""
    if not is_dataclass(after) or not is_dataclass(before):
        raise TypeError("records are dataclasses")
    names = [one.name for one in fields(after) if one.name not in _NO_MATTER]
    pairs = [(name, _text(getattr(before, name)), _text(getattr(after, name))) for name in names]
    return tuple(
        Difference(field=name, before=old, after=new) for name, old, new in pairs if old != new
    )


def _text(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Destination):
        return f"{value.type}:{value.value}" if value.value else value.type.value
    if isinstance(value, tuple):
        return ", ".join(_text(one) for one in value)
    return str(value)
