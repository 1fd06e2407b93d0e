"""From what is there to what is wanted: which steps, in which order, and when there are none."""

from dataclasses import replace

import pytest

from ffgateway.domain.configuration import (
    Destination,
    DestinationType,
    InboundRoute,
    ModemChanges,
    ModemSettings,
    RouteDraft,
    RouteScope,
    T37Changes,
    T37Settings,
)
from ffgateway.domain.directory import Contact, User, UserChanges
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.fanout import WantedContact, WantedGroup, contact_key
from ffgateway.domain.fleet_document import Listing, ModemToBe, UserToBe, Wanted
from ffgateway.domain.fleet_plan import plan
from ffgateway.domain.fleet_steps import Act, Found, changes, tag_of
from ffgateway.domain.groups import Group
from ffgateway.domain.records import RecordId


def at(number: int, owner: str = "global") -> RecordId:
    return RecordId(owner, number)


ADA = Contact(id=at(1), name="Ada", fax_number="555-0101", organization="Ward 3")
BEA = Contact(id=at(2), name="Bea", fax_number="555-0102")
WARD = Group(id=at(1), name="Ward", description="Third floor", members=(at(1), at(2)))
DESK = InboundRoute(
    id=4,
    name="Desk",
    scope=RouteScope.EXTENSION,
    extension="204",
    destinations=(
        Destination(type=DestinationType.USER, value="pat"),
        Destination(type=DestinationType.TRASH),
    ),
)
FOUND = Found(
    users={"pat": User(username="pat", name="Pat"), "kim": None},
    contacts={"global": (ADA, BEA)},
    groups={"global": (WARD,)},
    inbound_routes=(DESK,),
    t37_settings=T37Settings(enabled=True, domain="fax.example.com"),
    modem_settings={1: ModemSettings(number=1, routing="pbx")},
)
A, B = (WantedContact(name=one.name, fax_number=one.fax_number) for one in (ADA, BEA))
SAME = Wanted(
    users=(UserToBe(username="pat", changes=UserChanges(name="Pat")),),
    contacts=(Listing(owner="global", items=(replace(A, fax_number="5550101"), B), prune=True),),
    groups=(
        Listing(
            owner="global", items=(WantedGroup(name="Ward", members=(B.key, A.key)),), prune=True
        ),
    ),
    inbound_routes=Listing(
        items=(
            RouteDraft(
                name="Desk",
                scope=RouteScope.EXTENSION,
                extension="204",
                destinations=tuple(reversed(DESK.destinations)),
            ),
        ),
        prune=True,
    ),
    t37_settings=T37Changes(enabled=True),
    modem_settings=(ModemToBe(number=1, changes=ModemChanges(routing="pbx")),),
)


def told(wanted: Wanted, found: Found = FOUND) -> list[str]:
    return [
        " ".join(
            [
                step.act.value,
                step.name,
                *(f"{d.field}={d.before}>{d.after}" for d in step.differences),
            ]
        )
        for step in changes(plan(wanted, found))
    ]


def test_what_is_as_it_should_be_takes_no_step() -> None:
    steps = plan(SAME, FOUND)
    assert changes(steps) == ()
    assert {step.act for step in steps} == {Act.UNCHANGED}
    assert len(steps) == 7


def test_nothing_wanted_is_nothing_done() -> None:
    assert plan(Wanted(), FOUND) == ()


CASES: dict[str, tuple[Wanted, list[str]]] = {
    "a user who is not there is made": (
        Wanted(users=(UserToBe(username="kim", changes=UserChanges(name="Kim", priority=2)),)),
        ["add kim name=>Kim priority=>2"],
    ),
    "a user changes by what is given": (
        Wanted(users=(UserToBe(username="pat", changes=UserChanges(organization="Desk")),)),
        ["change pat organization=>Desk"],
    ),
    "a contact with another number is another contact": (
        Wanted(contacts=(Listing(owner="global", items=(replace(A, fax_number="555-0199"),)),)),
        ["add Ada <555-0199>"],
    ),
    "only what is pruned is removed": (
        Wanted(contacts=(Listing(owner="global", items=(A,), prune=True),)),
        ["remove Bea <555-0102>"],
    ),
    "a list of somebody else is another list": (
        Wanted(contacts=(Listing(owner="pat", items=(A,), prune=True),)),
        ["add Ada <555-0101>"],
    ),
    "a group is emptied": (
        Wanted(groups=(Listing(owner="global", items=(WantedGroup(name="Ward", members=()),)),)),
        ["change Ward members=Ada <5550101>, Bea <5550102>>"],
    ),
    "a group may have members that are made with it": (
        Wanted(
            contacts=(Listing(owner="global", items=(replace(A, name="Cy"),)),),
            groups=(
                Listing(
                    owner="global",
                    items=(WantedGroup(name="New", members=(contact_key("Cy", "5550101"),)),),
                ),
            ),
        ),
        ["add Cy <555-0101>", "add New members=>Cy <5550101>"],
    ),
    "members go before groups, and groups before the contacts in them": (
        Wanted(
            contacts=(Listing(owner="global", prune=True),),
            groups=(Listing(owner="global", prune=True),),
        ),
        [
            "remove Ward description=Third floor> members=Ada <5550101>, Bea <5550102>>",
            "remove Ada <555-0101> organization=Ward 3>",
            "remove Bea <555-0102>",
        ],
    ),
    "a route leads elsewhere": (
        Wanted(
            inbound_routes=Listing(
                items=(
                    RouteDraft(
                        name="Desk",
                        scope=RouteScope.EXTENSION,
                        extension="204",
                        destinations=DESK.destinations[:1],
                    ),
                )
            )
        ),
        ["change extension 204 destinations=user:pat, trash>user:pat"],
    ),
    "settings change by what is given": (
        Wanted(
            t37_settings=T37Changes(enabled=False, allowed_senders=("a@example.com",)),
            modem_settings=(ModemToBe(number=1, changes=ModemChanges(answer_on=3)),),
        ),
        [
            "change T.37 enabled=yes>no allowed_senders=>a@example.com",
            "change modem 1 answer_on=>3",
        ],
    ),
}


@pytest.mark.parametrize(("wanted", "steps"), CASES.values(), ids=CASES)
def test_the_steps_lead_to_what_is_wanted(wanted: Wanted, steps: list[str]) -> None:
    assert told(wanted) == steps


def test_of_records_that_are_the_same_the_oldest_counts_and_pruning_ends_the_others() -> None:
    twice = replace(FOUND, contacts={"global": (ADA, replace(ADA, id=at(9)), BEA)})
    both = Listing(owner="global", items=(A, B))
    assert told(Wanted(contacts=(both,)), twice) == []
    pruned = plan(Wanted(contacts=(replace(both, prune=True),)), twice)
    (step,) = changes(pruned)
    assert (step.act, step.subject) == (Act.REMOVE, replace(ADA, id=at(9)))


IMPOSSIBLE = {
    "groups[0].items[0].members[0]": Wanted(
        groups=(
            Listing(owner="global", items=(WantedGroup(name="Ward", members=(("Nobody", "1"),)),)),
        )
    ),
    "groups[0].items[0].members[1]": Wanted(  # the contact is about to be removed
        contacts=(Listing(owner="global", items=(A,), prune=True),),
        groups=(
            Listing(owner="global", items=(WantedGroup(name="Ward", members=(A.key, B.key)),)),
        ),
    ),
    "modem_settings[0].number": Wanted(modem_settings=(ModemToBe(number=7),)),
}


@pytest.mark.parametrize("place", IMPOSSIBLE)
def test_what_cannot_be_is_named(place: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        plan(IMPOSSIBLE[place], FOUND)
    assert refused.value.field == place


def test_plans_that_change_the_same_have_the_same_tag() -> None:
    change = Wanted(t37_settings=T37Changes(domain="other.example.com"))
    more = replace(SAME, t37_settings=change.t37_settings)
    assert tag_of(plan(change, FOUND)) == tag_of(plan(more, FOUND))
    assert tag_of(plan(change, FOUND)) != tag_of(plan(SAME, FOUND))
