"""Groups of contacts on an appliance, and how one is changed."""

from dataclasses import dataclass, replace
from typing import Final

from ffgateway.domain.records import RecordId

ORDERS: Final = ("name", "description")
"""What a list of groups can be sorted by, where the appliance sorts at all (inferred: its fields)."""


MOST_MEMBERS: Final = 1000
"""Members of a group that are sent. The appliance's own limit is not public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDraft:
    """A group to be. Members are contacts of the same list, or global ones."""

    name: str
    description: str = ""
    members: tuple[RecordId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of an appliance."""

    id: RecordId
    name: str
    description: str
    members: tuple[RecordId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanges:
    """What to change of a group; None leaves a thing as it is. `members` is the whole new list."""

    name: str | None = None
    description: str | None = None
    members: tuple[RecordId, ...] | None = None

    def of(self, group: Group) -> Group:
        """The group as it is to be."""
        return replace(
            group,
            name=group.name if self.name is None else self.name,
            description=group.description if self.description is None else self.description,
            members=group.members if self.members is None else self.members,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFilter:
    """Which groups of a list, by parts of their texts, and in which order; "" is no matter."""

    name: str = ""
    description: str = ""
    order: str = ""
