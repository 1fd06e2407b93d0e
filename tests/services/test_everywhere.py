"""One change on many appliances: done once however often it is asked for, and answered for by each."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.audit import Outcome
from ffgateway.domain.configuration import (
    Destination,
    DestinationType,
    RouteDraft,
    RouteScope,
)
from ffgateway.domain.errors import Forbidden, InvalidRequest, NotFound
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.fanout import (
    DeviceResult,
    Reach,
    WantedContact,
    WantedGroup,
    WantedUser,
    contact_key,
)
from ffgateway.services.spreading import MOST_REFUSALS
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.people import Role, User
from ffgateway.simulator.running import Simulator, running
from tests.support.gateway import ANN, House

ADA = WantedContact(name="Ada", fax_number="555-0101", organization="Ward 3")
BEA = WantedContact(name="Bea", fax_number="+1 312 555 0102", phone_number="555-0202")
BOTH = (ADA, BEA)
KEYS = tuple(one.key for one in BOTH)
READER = Caller(
    principal=Principal(id="key_r", name="Reader", scopes=frozenset({Scope.DIRECTORY_READ}))
)
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
async def units(home: House) -> AsyncIterator[list[Simulator]]:
    """Three appliances of the fleet: one, two and three."""
    async with AsyncExitStack() as stack:
        found = [await stack.enter_async_context(running(speed=0)) for _ in range(3)]
        for box, name in zip(found, ("one", "two", "three"), strict=True):
            await home.register(box, name)
        yield found


def contacts_of(box: Simulator, owner: str = "admin") -> list[tuple[str, str, str, str]]:
    return [
        (one.name, one.fax_number, one.organization, one.phone_number)
        for one in box.appliance.contacts.of(owner)
    ]


def counts(result: DeviceResult) -> tuple[int, int, int, int, int]:
    return (
        result.created,
        result.changed,
        result.unchanged,
        len(result.refusals),
        result.left,
    )


async def apply(
    home: House, *wanted: WantedContact, owner: str | None = None, caller: Caller = ANN
) -> dict[str, DeviceResult]:
    results = await home.everywhere.contacts(caller, None, wanted, owner=owner)
    return {result.device_name: result for result in results}


async def test_contacts_are_made_where_they_are_missing_and_once(
    home: House, units: list[Simulator]
) -> None:
    first = await apply(home, *BOTH)
    again = await apply(home, *BOTH)
    for name, box in zip(("one", "two", "three"), units, strict=True):
        assert (first[name].outcome, counts(first[name])) == (Reach.DONE, (2, 0, 0, 0, 0))
        assert (again[name].outcome, counts(again[name])) == (Reach.DONE, (0, 0, 2, 0, 0))
        assert contacts_of(box) == [
            ("Ada", "555-0101", "Ward 3", ""),
            ("Bea", "+1 312 555 0102", "", "555-0202"),
        ]


async def test_a_contact_is_known_by_its_name_and_the_digits_of_its_number(
    home: House, units: list[Simulator]
) -> None:
    await apply(home, ADA)
    other = replace(ADA, fax_number="555 0199")
    respelt = replace(ADA, fax_number="(555) 0101", organization="Ward 4", phone_number="7")
    done = await apply(home, other, respelt)
    assert counts(done["one"]) == (1, 1, 0, 0, 0)
    # the number stays as it was written, or two spellings would take turns
    assert contacts_of(units[0]) == [
        ("Ada", "555-0101", "Ward 4", "7"),
        ("Ada", "555 0199", "Ward 3", ""),
    ]


async def test_what_is_not_said_stays_and_what_is_empty_is_emptied(
    home: House, units: list[Simulator]
) -> None:
    await apply(home, BEA, replace(ADA, phone_number="7"))
    silent = WantedContact(name="Bea", fax_number=BEA.fax_number)
    done = await apply(home, silent, replace(ADA, phone_number=""))
    assert counts(done["two"]) == (0, 1, 1, 0, 0)
    assert [phone for *_, phone in contacts_of(units[1])] == ["555-0202", ""]


async def test_only_the_chosen_appliances_are_asked(home: House, units: list[Simulator]) -> None:
    device = (await home.devices.list(ANN, cursor=None, limit=9)).items[0]  # the newest
    (result,) = await home.everywhere.contacts(ANN, (device.id, device.id), BOTH, owner="global")
    assert (result.device_name, counts(result)) == ("three", (2, 0, 0, 0, 0))
    assert [len(contacts_of(box, "global_contact_list")) for box in units] == [0, 0, 2]
    assert [len(box.requests) for box in units[:2]] == [0, 0]


async def test_each_appliance_answers_for_itself(home: House, units: list[Simulator]) -> None:
    await home.register(NOWHERE, "down")
    await home.register(units[0], "locked", password="wrong")
    units[1].put(Fault(kind=Kind.CUT_AFTER, method="POST"))  # it acts, and says nothing
    units[2].put(Fault(kind=Kind.CUT_BEFORE, method="GET", times=99))
    done = await apply(home, *BOTH)
    assert {name: (result.outcome, result.code) for name, result in done.items()} == {
        "one": (Reach.DONE, ""),
        "two": (Reach.SILENT, "device-silent"),
        "three": (Reach.UNREACHABLE, "device-silent"),  # it was only asked what it has
        "down": (Reach.UNREACHABLE, "device-unreachable"),
        "locked": (Reach.REFUSED, "device-auth-failed"),
    }
    assert counts(done["two"]) == counts(done["down"]) == (0, 0, 0, 0, 2)
    assert done["locked"].cure
    assert done["down"].evidence is None
    assert done["one"].evidence is Evidence.DOCUMENTED
    units[2].box.clear_faults()
    again = await apply(home, *BOTH)
    assert counts(again["two"]) == (1, 0, 1, 0, 0)
    assert [len(contacts_of(box)) for box in units] == [2, 2, 2]


async def test_what_one_appliance_refuses_is_told_by_its_place_and_the_rest_goes_on(
    home: House, units: list[Simulator]
) -> None:
    units[0].put(Fault(kind=Kind.UNAUTHORIZED, method="POST"))
    done = await apply(home, *BOTH)
    assert (done["one"].outcome, counts(done["one"])) == (Reach.REFUSED, (0, 0, 0, 0, 2))
    bad = WantedGroup(name="Nurses", members=(contact_key("Nobody", "1"),))
    good = WantedGroup(name="Doctors", members=KEYS)
    await apply(home, *BOTH)
    results = await home.everywhere.groups(ANN, None, (bad, good), owner=None)
    for result in results:
        assert (result.outcome, counts(result)) == (Reach.REFUSED, (1, 0, 0, 1, 0))
        (refusal,) = result.refusals
        assert (refusal.index, refusal.code) == (0, "device-not-there")
        assert "Nobody" in refusal.detail


async def test_an_appliance_that_refuses_everything_is_let_be(
    home: House, units: list[Simulator]
) -> None:
    missing = (contact_key("Nobody", "1"),)
    wanted = tuple(WantedGroup(name=f"g{n}", members=missing) for n in range(MOST_REFUSALS + 5))
    for result in await home.everywhere.groups(ANN, None, wanted, owner=None):
        assert (result.outcome, counts(result)) == (Reach.REFUSED, (0, 0, 0, MOST_REFUSALS, 5))
    assert all(method == "GET" for box in units for method, _ in box.requests)


async def test_an_appliance_that_hangs_costs_the_patience_asked_for_and_nobody_elses(
    home: House, units: list[Simulator]
) -> None:
    units[0].put(Fault(kind=Kind.LATENCY, seconds=600, times=99))
    units[1].put(Fault(kind=Kind.LATE_ANSWER, method="POST", seconds=600))
    hasty = replace(ANN, patience=timedelta(seconds=1))
    done = await apply(home, *BOTH, caller=hasty)
    assert {name: result.outcome for name, result in done.items()} == {
        "one": Reach.UNREACHABLE,
        "two": Reach.SILENT,
        "three": Reach.DONE,
    }
    assert "within 1 s" in done["one"].detail
    assert counts(done["two"]) == (0, 0, 0, 0, 2)


async def test_groups_have_the_members_that_were_given_and_no_others(
    home: House, units: list[Simulator]
) -> None:
    await apply(home, ADA)
    await apply(home, BEA, owner="global")
    both = WantedGroup(name="Nurses", description="All", members=KEYS)

    async def counted(wanted: WantedGroup) -> set[tuple[int, ...]]:
        results = await home.everywhere.groups(ANN, None, (wanted,), owner=None)
        return {counts(result) for result in results}

    assert await counted(both) == {(1, 0, 0, 0, 0)}
    assert await counted(replace(both, members=KEYS[::-1])) == {(0, 0, 1, 0, 0)}
    assert await counted(WantedGroup(name="Nurses")) == {(0, 0, 1, 0, 0)}
    assert await counted(WantedGroup(name="Nurses", members=KEYS[:1])) == {(0, 1, 0, 0, 0)}
    (group,) = units[0].appliance.groups.of("admin")
    assert (group.description, [one.owner for one in group.members]) == ("All", ["admin"])


async def test_users_are_made_changed_and_left_alone(home: House, units: list[Simulator]) -> None:
    eve = WantedUser(username="eve", password="secret-e", name="Eve")

    async def counted(wanted: WantedUser) -> set[tuple[int, ...]]:
        results = await home.everywhere.users(ANN, None, (wanted,))
        return {counts(result) for result in results}

    assert await counted(eve) == {(1, 0, 0, 0, 0)}
    assert await counted(eve) == {(0, 0, 1, 0, 0)}
    assert await counted(replace(eve, password=None)) == {(0, 0, 1, 0, 0)}
    assert await counted(replace(eve, name="Eva")) == {(0, 1, 0, 0, 0)}
    assert await counted(replace(eve, password="other", name=None)) == {(0, 1, 0, 0, 0)}
    found = units[2].appliance.users.authenticate("eve", "other")
    assert found is not None
    assert found.name == "Eva"


async def test_routes_are_known_by_what_they_go_by(home: House, units: list[Simulator]) -> None:
    mail = Destination(type=DestinationType.EMAIL, value="ward@example.com")
    trash = Destination(type=DestinationType.TRASH)
    ward = RouteDraft(
        name="Ward", scope=RouteScope.EXTENSION, extension="204", destinations=(mail, trash)
    )

    async def counted(wanted: RouteDraft) -> set[tuple[int, ...]]:
        results = await home.everywhere.routes(ANN, None, (wanted,))
        assert {result.evidence for result in results} == {Evidence.STAND_IN}
        return {counts(result) for result in results}

    assert await counted(ward) == {(1, 0, 0, 0, 0)}
    assert await counted(replace(ward, destinations=(trash, mail))) == {(0, 0, 1, 0, 0)}
    assert await counted(replace(ward, name="Ward 3", destinations=(mail,))) == {(0, 1, 0, 0, 0)}
    assert await counted(replace(ward, extension="205")) == {(1, 0, 0, 0, 0)}
    two = replace(ward, scope=RouteScope.LINE, extension="", line=2)
    assert await counted(two) == {(1, 0, 0, 0, 0)}
    found = units[0].appliance.configuration.routes()
    assert [(route.name, len(route.destinations)) for route in found] == [
        ("Ward 3", 1),
        ("Ward", 2),
        ("Ward", 2),
    ]


async def test_a_route_that_leads_nowhere_is_named_before_anything_is_sent(
    home: House, units: list[Simulator]
) -> None:
    trash = (Destination(type=DestinationType.TRASH),)
    good = RouteDraft(name="all", scope=RouteScope.GLOBAL, destinations=trash)
    for bad, field in (
        (replace(good, destinations=()), "routes[1].destinations"),
        (replace(good, line=1), "routes[1].line"),
        (replace(good, name=" "), "routes[1].name"),
    ):
        with pytest.raises(InvalidRequest) as wrong:
            await home.everywhere.routes(ANN, None, (good, bad))
        assert wrong.value.field == field
    clerk = Principal(id="key_c", name="Clerk", scopes=frozenset({Scope.DIRECTORY_ADMIN}))
    with pytest.raises(Forbidden):
        await home.everywhere.routes(Caller(principal=clerk), None, (good,))
    assert all(len(box.requests) == 0 for box in units)


async def test_nobody_is_made_without_a_password(home: House, units: list[Simulator]) -> None:
    results = await home.everywhere.users(ANN, None, (WantedUser(username="eve", name="Eve"),))
    assert [result.outcome for result in results] == [Reach.REFUSED] * len(units)
    assert results[0].refusals[0].code == "invalid-request"
    assert "eve" in results[0].refusals[0].detail


async def test_firmware_without_the_function_says_so_before_anything_is_sent(
    home: House, box: Simulator
) -> None:
    await home.register(box, dialect="faxfinder-2")
    eve = WantedUser(username="eve", password="x")
    (old,) = await home.everywhere.users(ANN, None, (eve,))
    assert (old.outcome, old.code) == (Reach.REFUSED, "device-operation-unsupported")
    assert [method for method, _ in box.requests] == ["GET"]


async def test_where_the_gateways_account_is_no_administrator_others_lists_are_refused(
    home: House,
) -> None:
    users = [User(username="admin", password="admin", role=Role.USER)]
    async with running(speed=0, users=users) as box:
        await home.register(box)
        done = await apply(home, ADA, owner="bob")
        assert (done["one"].outcome, done["one"].code) == (Reach.REFUSED, "device-refused")


async def test_it_is_on_record_with_each_appliance(home: House, units: list[Simulator]) -> None:
    units[0].put(Fault(kind=Kind.UNAUTHORIZED))
    await apply(home, *BOTH)
    lines = [line for line in await home.audit() if line.action == "contact.apply"]
    assert len({line.resource for line in lines}) == len(units)
    assert sorted(line.outcome for line in lines) == sorted(
        [Outcome.ASKED] * 3 + [Outcome.DONE] * 2 + [Outcome.FAILED]
    )
    assert all(line.detail["things"] == 2 for line in lines)
    ended = [line for line in lines if line.outcome is not Outcome.ASKED]
    assert sorted(line.detail["counts"]["created"] for line in ended) == [0, 2, 2]


async def test_whoever_may_only_read_changes_nothing(home: House, units: list[Simulator]) -> None:
    with pytest.raises(Forbidden):
        await apply(home, ADA, caller=READER)
    assert all(len(box.requests) == 0 for box in units)


@pytest.mark.parametrize(
    ("wanted", "owner", "field"),
    [
        ((), None, "contacts"),
        ((ADA,) * 501, None, "contacts"),
        ((ADA, replace(BEA, name=" ")), None, "contacts[1].name"),
        ((replace(BEA, fax_number=""),), None, "contacts[0].fax_number"),
        ((ADA,), "a/b", "owner"),
    ],
)
async def test_what_is_wrong_with_the_request_is_named_before_anything_is_sent(
    home: House, wanted: tuple[WantedContact, ...], owner: str | None, field: str
) -> None:
    with pytest.raises(InvalidRequest) as wrong:
        await home.everywhere.contacts(ANN, None, wanted, owner=owner)
    assert (wrong.value.field, bool(wrong.value.cure)) == (field, True)


async def test_a_device_that_is_not_there_ends_it_before_it_begins(
    home: House, units: list[Simulator]
) -> None:
    (device, *_) = (await home.devices.list(ANN, cursor=None, limit=9)).items
    with pytest.raises(NotFound) as missing:
        await home.everywhere.contacts(ANN, (device.id, "dev_none"), BOTH, owner=None)
    assert missing.value.field == "devices[1]"
    assert all(len(box.requests) == 0 for box in units)


async def test_an_empty_fleet_has_nothing_to_do(home: House) -> None:
    assert await home.everywhere.contacts(ANN, None, BOTH, owner=None) == ()
    with pytest.raises(InvalidRequest) as wrong:
        await home.everywhere.contacts(ANN, (), BOTH, owner=None)
    assert wrong.value.field == "devices"


async def test_what_is_named_twice_is_one_thing(home: House, units: list[Simulator]) -> None:
    respelt = replace(ADA, fax_number="555 01 01")
    done = await apply(home, ADA, respelt, replace(ADA, organization="Ward 4"))
    assert counts(done["one"]) == (1, 1, 1, 0, 0)
    assert contacts_of(units[0]) == [("Ada", "555-0101", "Ward 4", "")]
    twice = (WantedGroup(name="Nurses"), WantedGroup(name="Nurses", members=KEYS[:1]))
    for result in await home.everywhere.groups(ANN, None, twice, owner=None):
        assert counts(result) == (1, 1, 0, 0, 0)
    eve = WantedUser(username="eve", password="secret-e")
    for result in await home.everywhere.users(ANN, None, (eve, replace(eve, password=None))):
        assert counts(result) == (1, 0, 1, 0, 0)
