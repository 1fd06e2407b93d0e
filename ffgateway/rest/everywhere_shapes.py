"""Changes for many appliances as JSON: what comes in, what goes out."""

from typing import Annotated, Literal

from pydantic import Field

from ffgateway.domain.configuration import RouteDraft
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.fanout import (
    MOST_DEVICES,
    MOST_THINGS,
    DeviceResult,
    WantedContact,
    WantedGroup,
    WantedUser,
    contact_key,
)
from ffgateway.domain.groups import MOST_MEMBERS
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import DeviceId, Filled, Line, Strict
from ffgateway.rest.configuration_shapes import RouteRequest
from ffgateway.rest.directory_shapes import Password, Username
from ffgateway.rest.groups_shapes import Owner

Devices = Annotated[
    Annotated[list[DeviceId], Field(min_length=1, max_length=MOST_DEVICES)] | Literal["all"],
    Field(description="Which appliances; `all` is the whole fleet."),
]


class EverywhereRequest(Strict):
    """A change for many appliances."""

    devices: Devices

    def chosen(self) -> tuple[str, ...] | None:
        """The devices by id; None for all of them."""
        return None if self.devices == "all" else tuple(self.devices)


class WantedContactBody(Strict):
    """A contact that is to be there, found by name and the digits of the fax number.

    What is absent or null stays as it is where the contact is there already.
    """

    name: Filled
    fax_number: Filled
    phone_number: Line | None = None
    organization: Line | None = None


class ContactsEverywhere(EverywhereRequest):
    """Contacts that are to be in a list of many appliances."""

    owner: Owner = None
    contacts: Annotated[list[WantedContactBody], Field(min_length=1, max_length=MOST_THINGS)]

    def wanted(self) -> tuple[WantedContact, ...]:
        """The contacts that it stands for."""
        return tuple(
            WantedContact(
                name=one.name,
                fax_number=one.fax_number,
                phone_number=one.phone_number,
                organization=one.organization,
            )
            for one in self.contacts
        )


class MemberBody(Strict):
    """A contact that is there, of the group's list or the global one."""

    name: Filled
    fax_number: Filled


class WantedGroupBody(Strict):
    """A group that is to be there, found by its name; `members` are all that it is to have.

    What is absent or null stays as it is where the group is there already.
    """

    name: Filled
    description: Line | None = None
    members: Annotated[list[MemberBody], Field(max_length=MOST_MEMBERS)] | None = None


class GroupsEverywhere(EverywhereRequest):
    """Groups that are to be in a list of many appliances."""

    owner: Owner = None
    groups: Annotated[list[WantedGroupBody], Field(min_length=1, max_length=MOST_THINGS)]

    def wanted(self) -> tuple[WantedGroup, ...]:
        """The groups that it stands for."""
        return tuple(
            WantedGroup(
                name=one.name,
                description=one.description,
                members=None
                if one.members is None
                else tuple(contact_key(each.name, each.fax_number) for each in one.members),
            )
            for one in self.groups
        )


class WantedUserBody(Strict):
    """A user that is to be there, found by the user name.

    What is absent or null stays as it is where the user is there already; making one needs a
    password.
    """

    username: Username
    password: Password | None = None
    name: Line | None = None
    email_address: Line | None = None
    phone_number: Line | None = None
    fax_number: Line | None = None
    organization: Line | None = None


class UsersEverywhere(EverywhereRequest):
    """Users that are to be on many appliances."""

    users: Annotated[list[WantedUserBody], Field(min_length=1, max_length=MOST_THINGS)]

    def wanted(self) -> tuple[WantedUser, ...]:
        """The users that it stands for."""
        return tuple(
            WantedUser(
                username=one.username,
                password=one.password.get_secret_value() if one.password else None,
                name=one.name,
                email_address=one.email_address,
                phone_number=one.phone_number,
                fax_number=one.fax_number,
                organization=one.organization,
            )
            for one in self.users
        )


class RoutesEverywhere(EverywhereRequest):
    """Routes that are to be on many appliances, found by scope, line and extension."""

    routes: Annotated[list[RouteRequest], Field(min_length=1, max_length=MOST_THINGS)]

    def wanted(self) -> tuple[RouteDraft, ...]:
        """The routes that it stands for."""
        return tuple(one.draft() for one in self.routes)


class RefusalOut(Out):
    """One thing that an appliance would not have."""

    index: int = Field(description="Its place in the request.")
    code: str
    detail: str


class EndOut(Out):
    """Why it ended on an appliance before everything was tried."""

    code: str
    detail: str
    cure: str | None


class DeviceResultOut(Out):
    """What became of the change on one appliance; the counts and refusals add up to what was asked."""

    device_id: str
    device_name: str
    outcome: str = Field(
        description="`done`: all of it is there. `refused`: some of it is not, by the appliance's"
        " word. `unreachable`: it did not answer; what is counted is done, nothing else."
        " `silent`: it stopped answering in the middle of a change and may have acted; asking"
        " again does nothing twice.",
        examples=["done", "refused", "unreachable", "silent"],
    )
    created: int
    changed: int
    unchanged: int
    refusals: list[RefusalOut]
    left: int = Field(description="Not tried, or not known to be done.")
    evidence: Evidence | None = Field(
        description="The weakest grade of how its answers are known; null when it gave none."
    )
    problem: EndOut | None


class EverywhereOut(Out):
    """What became of the change on each appliance."""

    results: list[DeviceResultOut]


def everywhere_out(results: tuple[DeviceResult, ...]) -> EverywhereOut:
    """Results as JSON."""
    return EverywhereOut(results=[_result_out(one) for one in results])


def _result_out(result: DeviceResult) -> DeviceResultOut:
    return DeviceResultOut(
        device_id=result.device_id,
        device_name=result.device_name,
        outcome=result.outcome.value,
        created=result.created,
        changed=result.changed,
        unchanged=result.unchanged,
        refusals=[RefusalOut.model_validate(one) for one in result.refusals],
        left=result.left,
        evidence=result.evidence,
        problem=EndOut(code=result.code, detail=result.detail, cure=result.cure or None)
        if result.code
        else None,
    )
