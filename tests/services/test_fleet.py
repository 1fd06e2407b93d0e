"""The fleet as a document: planned from what is there, applied in order, told of when it drifts."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from ffgateway.devices.configuration import edit_t37_settings, t37_settings
from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.configuration import (
    Destination,
    DestinationType,
    ModemChanges,
    RouteDraft,
    RouteScope,
    T37Changes,
)
from ffgateway.domain.devices import Device
from ffgateway.domain.directory import UserChanges
from ffgateway.domain.errors import Conflict, Forbidden, InvalidRequest, NotFound
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.fanout import Reach, WantedContact, WantedGroup, contact_key
from ffgateway.domain.fleet_document import (
    DeviceWanted,
    Listing,
    ModemToBe,
    Section,
    UserToBe,
    Wanted,
)
from ffgateway.domain.fleet_steps import DeviceApplied, changes
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from tests.support.gateway import ANN, EVERY, House

ADA = WantedContact(name="Ada", fax_number="555-0101", organization="Ward 3")
BEA = WantedContact(name="Bea", fax_number="+1 312 555 0102")
WARD = WantedGroup(name="Ward", description="Third floor", members=(ADA.key, BEA.key))
PAT = UserToBe(username="pat", changes=UserChanges(name="Pat", organization="Front desk"))
TO_PAT = RouteDraft(
    name="Front desk",
    scope=RouteScope.EXTENSION,
    extension="204",
    destinations=(Destination(type=DestinationType.USER, value="pat"),),
)
ALL = Wanted(
    users=(PAT,),
    contacts=(Listing(owner="global", items=(ADA, BEA)),),
    groups=(Listing(owner="global", items=(WARD,)),),
    inbound_routes=Listing(items=(TO_PAT,)),
    t37_settings=T37Changes(enabled=True, domain="fax.example.com"),
    modem_settings=(ModemToBe(number=1, changes=ModemChanges(routing="dtmf_digits")),),
)
PASSWORDS = {"one": {"pat": "s3cret"}}
READER = Caller(
    principal=Principal(
        id="key_r", name="R", scopes=frozenset({Scope.DEVICES_READ, Scope.DIRECTORY_READ})
    )
)
LOOKER = Caller(principal=Principal(id="key_l", name="L", scopes=frozenset({Scope.DEVICES_READ})))


@pytest.fixture
async def box(home: House) -> AsyncIterator[Simulator]:
    """An appliance of the fleet, called one."""
    async with running(speed=0) as found:
        await home.register(found, "one")
        yield found


def document(wanted: Wanted, device: str = "one") -> tuple[DeviceWanted, ...]:
    return (DeviceWanted(device=device, wanted=wanted),)


async def applied(home: House, wanted: Wanted, **passwords: str) -> DeviceApplied:
    known = {"one": passwords} if passwords else {}
    (result,) = await home.fleet.apply(ANN, document(wanted), passwords=known)
    return result


async def acts(home: House, wanted: Wanted) -> list[tuple[str, str, str]]:
    (found,) = await home.fleet.plan(ANN, document(wanted))
    assert found.problem is None, found.problem
    return [(step.act.value, step.section.value, step.name) for step in changes(found.steps)]


async def test_a_plan_names_every_step_and_changes_nothing(home: House, box: Simulator) -> None:
    for _ in range(2):
        assert await acts(home, ALL) == [
            ("add", "users", "pat"),
            ("add", "contacts", "Ada <555-0101>"),
            ("add", "contacts", "Bea <+1 312 555 0102>"),
            ("add", "groups", "Ward"),
            ("add", "inbound_routes", "extension 204"),
            ("change", "t37_settings", "T.37"),
            ("change", "modem_settings", "modem 1"),
        ]


async def test_what_was_applied_leaves_nothing_to_plan(home: House, box: Simulator) -> None:
    result = await applied(home, ALL, pat="s3cret")
    assert (result.outcome, result.done, result.problem) == (Reach.DONE, 7, None)
    assert result.evidence is Evidence.STAND_IN
    assert await acts(home, ALL) == []
    again = await applied(home, ALL, pat="s3cret")
    assert (again.outcome, again.done) == (Reach.DONE, 0)


async def test_each_step_is_on_record_and_no_password_is(home: House, box: Simulator) -> None:
    await applied(home, ALL, pat="s3cret")
    lines = await home.audit()
    assert [one.action for one in lines if one.outcome == "asked"] == [
        "user.add",
        "contact.add",
        "contact.add",
        "group.create",
        "inbound_route.add",
        "t37_settings.edit",
        "modem_settings.edit",
    ]
    assert "s3cret" not in repr(lines)
    async with home.store.reading() as tx:
        (kept,) = await tx.fleet.due(home.clock.now(), most=9)
    assert kept.wanted == ALL
    assert "s3cret" not in repr(kept)


async def test_what_is_not_named_is_left_alone_unless_the_list_is_pruned(
    home: House, box: Simulator
) -> None:
    await applied(home, ALL, pat="s3cret")
    only_bea = Wanted(
        contacts=(Listing(owner="global", items=(BEA,)),),
        groups=(Listing(owner="global"),),
        inbound_routes=Listing(),
    )
    assert await acts(home, only_bea) == []
    pruned = Wanted(
        contacts=(Listing(owner="global", items=(BEA,), prune=True),),
        groups=(Listing(owner="global", prune=True),),
        inbound_routes=Listing(prune=True),
    )
    assert await acts(home, pruned) == [
        ("remove", "groups", "Ward"),
        ("remove", "contacts", "Ada <555-0101>"),
        ("remove", "inbound_routes", "extension 204"),
    ]
    result = await applied(home, pruned)
    assert (result.outcome, result.done) == (Reach.DONE, 3)
    assert [one.name for one in box.appliance.contacts.of("global_contact_list")] == ["Bea"]


async def test_a_change_says_which_fields_differ(home: House, box: Simulator) -> None:
    await applied(home, ALL, pat="s3cret")
    moved = replace(
        ALL,
        contacts=(Listing(owner="global", items=(replace(ADA, organization="Ward 5"),)),),
        groups=(Listing(owner="global", items=(replace(WARD, members=(BEA.key,)),)),),
    )
    (found,) = await home.fleet.plan(ANN, document(moved))
    told = [(step.name, one) for step in changes(found.steps) for one in step.differences]
    assert [(name, one.field, one.before, one.after) for name, one in told] == [
        ("Ada <555-0101>", "organization", "Ward 3", "Ward 5"),
        ("Ward", "members", "Ada <5550101>, Bea <13125550102>", "Bea <13125550102>"),
    ]


async def test_nobody_is_made_without_a_password_and_then_nothing_is_touched(
    home: House, box: Simulator
) -> None:
    result = await applied(home, ALL)
    assert result.outcome is Reach.REFUSED
    assert isinstance(result.problem, InvalidRequest)
    assert (await acts(home, ALL))[0] == ("add", "users", "pat")
    assert len(await acts(home, ALL)) == 7


async def test_a_user_with_another_password_gets_the_one_referred_to(
    home: House, box: Simulator
) -> None:
    await applied(home, ALL, pat="s3cret")
    result = await applied(home, ALL, pat="n3w")
    (step,) = changes(result.steps)
    assert (step.name, [one.field for one in step.differences]) == ("pat", ["password"])
    assert (await applied(home, ALL, pat="n3w")).done == 0


async def test_the_gateway_does_not_lock_itself_out(home: House, box: Simulator) -> None:
    own = Wanted(users=(UserToBe(username="admin"),))
    assert (await applied(home, own, admin="admin")).outcome is Reach.DONE
    result = await applied(home, own, admin="other")
    assert (result.outcome, result.done) == (Reach.REFUSED, 0)
    assert (await applied(home, own, admin="admin")).outcome is Reach.DONE


async def test_the_first_refusal_is_the_last_step_on_that_device_and_others_go_on(
    home: House, box: Simulator
) -> None:
    async with running(speed=0) as other:
        await home.register(other, "two")
        box.put(Fault(kind=Kind.UNAUTHORIZED, method="POST", path="/inbound_routes"))
        results = await home.fleet.apply(
            ANN,
            (*document(ALL), *document(ALL, "two")),
            passwords={"one": {"pat": "s3cret"}, "two": {"pat": "s3cret"}},
        )
        assert [(one.outcome, one.done) for one in results] == [(Reach.REFUSED, 4), (Reach.DONE, 7)]
    assert [step[1] for step in await acts(home, ALL)] == [
        "inbound_routes",
        "t37_settings",
        "modem_settings",
    ]
    assert (await applied(home, ALL, pat="s3cret")).done == 3


async def test_an_appliance_that_does_not_answer_is_left_for_later(home: House) -> None:
    await home.register("http://127.0.0.1:9", "one")
    result = await applied(home, ALL, pat="s3cret")
    assert (result.outcome, result.done, result.steps) == (Reach.UNREACHABLE, 0, ())


async def test_an_answer_that_was_lost_is_looked_into_and_the_step_not_repeated(
    home: House, box: Simulator
) -> None:
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST", path="/contacts/*"))
    wanted = Wanted(contacts=(Listing(owner="global", items=(ADA, BEA)),))
    result = await applied(home, wanted)
    assert (result.outcome, result.done) == (Reach.DONE, 2)
    there = [one.name for one in box.appliance.contacts.of("global_contact_list")]
    assert there == ["Ada", "Bea"]


async def test_a_plan_that_is_out_of_date_is_not_applied(home: House, box: Simulator) -> None:
    (found,) = await home.fleet.plan(ANN, document(ALL))
    await applied(home, Wanted(contacts=ALL.contacts))
    one = DeviceWanted(device="one", wanted=ALL, seen=found.tag)
    (result,) = await home.fleet.apply(ANN, (one,), passwords=PASSWORDS)
    assert result.problem is not None
    assert (result.outcome, result.problem.code) == (Reach.REFUSED, "changed-meanwhile")
    assert len(await acts(home, ALL)) == 5


async def test_what_is_exported_is_what_is_there(home: House, box: Simulator) -> None:
    await applied(home, ALL, pat="s3cret")
    (found,) = await home.fleet.export(ANN, None)
    assert found.omissions == ()
    assert found.wanted.contacts[0].items[0].key == ADA.key
    assert [one.username for one in found.wanted.users] == ["pat"]
    assert found.wanted.groups[0].items[0].members == WARD.members
    assert await acts(home, found.wanted) == []


async def test_a_model_without_modem_settings_says_so_in_the_export(home: House) -> None:
    async with running(speed=0, model="FF240-IP") as box:
        await home.register(box, "one", model="FF240-IP")
        (found,) = await home.fleet.export(ANN, ("one",))
        assert [one.section for one in found.omissions] == [Section.MODEM_SETTINGS]
        result = await applied(home, ALL, pat="s3cret")
        assert result.problem is not None
        assert result.problem.code == "device-operation-unsupported"
        assert (result.done, result.steps) == (0, ())


WRONG = {
    "contacts[0].items[1]": Wanted(
        contacts=(Listing(owner="global", items=(ADA, replace(ADA, fax_number="5550101"))),)
    ),
    "contacts[1]": Wanted(contacts=(Listing(owner="global"), Listing(owner="global"))),
    "groups[0].items[1]": Wanted(groups=(Listing(owner="global", items=(WARD, WARD)),)),
    "inbound_routes.items[1]": Wanted(inbound_routes=Listing(items=(TO_PAT, TO_PAT))),
    "users[1]": Wanted(users=(PAT, PAT)),
    "users[0].username": Wanted(users=(UserToBe(username="global"),)),
    "modem_settings[0].answer_on": Wanted(
        modem_settings=(ModemToBe(number=1, changes=ModemChanges(answer_on=99)),)
    ),
    "t37_settings.domain": Wanted(t37_settings=T37Changes(enabled=True, domain="")),
}


@pytest.mark.parametrize("place", WRONG)
async def test_what_makes_no_sense_is_told_by_its_place_and_not_done(
    home: House, box: Simulator, place: str
) -> None:
    (found,) = await home.fleet.plan(ANN, document(WRONG[place]))
    result = await applied(home, WRONG[place])
    assert (result.outcome, result.done) == (Reach.REFUSED, 0)
    for problem in (found.problem, result.problem):
        assert isinstance(problem, InvalidRequest | Conflict)
        assert problem.field == place


async def test_a_device_is_named_once(home: House, box: Simulator) -> None:
    (device,) = (await home.devices.list(ANN, cursor=None, limit=1)).items
    with pytest.raises(Conflict) as refused:
        await home.fleet.plan(ANN, (*document(ALL), *document(ALL, device.id)))
    assert refused.value.field == "devices[1].device"


async def test_a_password_is_for_somebody_in_the_document(home: House, box: Simulator) -> None:
    result = await applied(home, ALL, pat="s3cret", kim="k1m")
    assert (result.outcome, result.done) == (Reach.REFUSED, 0)


async def test_a_member_nobody_knows_is_named_before_anything_is_done(
    home: House, box: Simulator
) -> None:
    ghost = replace(WARD, members=(contact_key("Ghost", "555"),))
    wanted = Wanted(contacts=ALL.contacts, groups=(Listing(owner="global", items=(ghost,)),))
    result = await applied(home, wanted)
    assert isinstance(result.problem, InvalidRequest)
    assert result.problem.field == "groups[0].items[0].members[0]"
    assert box.appliance.contacts.of("global_contact_list") == ()


async def test_scopes_are_asked_for_what_a_document_is_about(home: House, box: Simulator) -> None:
    people, setup = Wanted(users=(PAT,)), Wanted(t37_settings=T37Changes(enabled=False))
    assert await home.fleet.plan(READER, document(ALL))
    assert await home.fleet.plan(LOOKER, document(setup))
    with pytest.raises(Forbidden):
        await home.fleet.plan(LOOKER, document(people))
    with pytest.raises(Forbidden):
        await home.fleet.export(LOOKER, None)
    with pytest.raises(Forbidden):
        await home.fleet.apply(READER, document(setup))
    with pytest.raises(NotFound):
        await home.fleet.plan(READER, document(ALL, "nine"))


# Drift --------------------------------------------------------------------------------------------


async def look(house: House) -> int:
    house.clock.advance(EVERY.total_seconds())
    return await house.drifting.look()


async def by_hand(house: House, device: Device, *, domain: str) -> None:
    """Somebody changes a setting past the gateway's documents."""
    appliance = await house.appliances.of(device.id)
    before = (await t37_settings(appliance)).value
    await edit_t37_settings(appliance, replace(before, domain=domain))


async def test_drift_is_told_once_until_it_changes_or_heals(house: House) -> None:
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(running(speed=0))
        device = await house.register(box, "one")
        await house.fleet.apply(ANN, document(ALL), passwords=PASSWORDS)
        assert await look(house) == 1
        assert await house.drifting.look() == 0  # not due again yet
        assert await house.story(device) == []

        await by_hand(house, device, domain="other.example.com")
        for _ in range(3):
            await look(house)
        (told,) = await house.told(device.id)
        assert told.type == "device.config_drifted"
        assert (told.data["changes"], told.data["sections"]) == (1, ["t37_settings"])

        await house.fleet.apply(ANN, document(ALL), passwords=PASSWORDS)
        await look(house)
        await by_hand(house, device, domain="other.example.com")
        await look(house)
        assert len(await house.told(device.id)) == 2


async def test_an_appliance_that_does_not_answer_has_not_drifted(home: House) -> None:
    async with running(speed=0) as box:
        device = await home.register(box, "one")
        await applied(home, ALL, pat="s3cret")
    await look(home)
    assert await home.story(device) == []
