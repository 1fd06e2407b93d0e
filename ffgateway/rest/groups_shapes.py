"""Groups of contacts as JSON: what comes in, what goes out."""

from typing import Annotated

from pydantic import Field, StringConstraints

from ffgateway.domain.groups import MOST_MEMBERS, Group, GroupChanges, GroupDraft, GroupFilter
from ffgateway.domain.records import OWNER, RecordId, record_id
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import Filled, Line, Paged, Query, Strict

Owner = Annotated[
    Annotated[str, StringConstraints(pattern=f"^{OWNER}$")] | None,
    Field(
        description="A user of the appliance, or `global` for the list for everybody; without it"
        " the account that the gateway uses."
    ),
]
Record = Annotated[
    str,
    StringConstraints(pattern=f"^{OWNER}~[0-9]{{1,9}}$"),
    Field(examples=["admin~1", "global~3"]),
]
Members = Annotated[
    list[Record],
    Field(max_length=MOST_MEMBERS, description="Contacts of the group's list, or global ones."),
]


class OwnerQuery(Query):
    """Whose list."""

    owner: Owner = None


class GroupQuery(Paged):
    """Which groups."""

    owner: Owner = None
    name: Annotated[Line, Field(description="A part of the name.")] = ""
    description: Annotated[Line, Field(description="A part of the description.")] = ""
    order: Annotated[
        Annotated[str, StringConstraints(pattern="^(name|description)$")] | None,
        Field(description="Sorted by it, where the appliance sorts: no FFx30 does."),
    ] = None

    def wanted(self) -> GroupFilter:
        """The filter that it stands for."""
        return GroupFilter(name=self.name, description=self.description, order=self.order or "")


class GroupRequest(Strict):
    """A group to be made."""

    name: Filled
    description: Line = ""
    members: Members = Field(default=[])

    def draft(self) -> GroupDraft:
        """The group that it stands for."""
        return GroupDraft(
            name=self.name, description=self.description, members=_members(self.members)
        )


class GroupPatch(Strict):
    """What to change of a group; what is absent or null stays. `members` is the whole new list."""

    name: Filled | None = None
    description: Line | None = None
    members: Members | None = None

    def changes(self) -> GroupChanges:
        """The changes that it stands for."""
        return GroupChanges(
            name=self.name,
            description=self.description,
            members=None if self.members is None else _members(self.members),
        )


def _members(texts: list[str]) -> tuple[RecordId, ...]:
    return tuple(record_id(text, field=f"members[{n}]") for n, text in enumerate(texts))


class GroupOut(Out):
    """A group of contacts."""

    id: str
    owner: str = Field(description="A user of the appliance, or `global`.")
    name: str
    description: str
    members: list[str] = Field(description="Contacts, as `OWNER~N`.")


def group_out(group: Group) -> GroupOut:
    """A group as JSON."""
    return GroupOut(
        id=str(group.id),
        owner=group.id.owner,
        name=group.name,
        description=group.description,
        members=[str(each) for each in group.members],
    )


class GroupIds(Out):
    """Which groups a list has."""

    ids: list[str]


def group_ids_out(found: tuple[RecordId, ...]) -> GroupIds:
    """Identifiers as JSON."""
    return GroupIds(ids=[str(each) for each in found])
