"""The groups of an appliance in our nouns, asked over a real socket."""

from collections.abc import AsyncIterator

import pytest

from ffgateway.devices import groups
from ffgateway.devices.client import Appliance
from ffgateway.domain.errors import (
    DeviceNotThere,
    DeviceOperationUnsupported,
    DeviceRefused,
    DeviceSilent,
)
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.groups import Group, GroupDraft, GroupFilter
from ffgateway.domain.records import RecordId
from ffgateway.ffws.people import Contact
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from tests.devices.speaking import opened

GLOBAL_LIST = "global_contact_list"
OWN, EVERYBODYS = RecordId("admin", 1), RecordId("global", 2)


@pytest.fixture
async def unit() -> AsyncIterator[Simulator]:
    """An appliance with a contact of the administrator's and one for everybody."""
    async with running() as box:
        for owner in ("admin", GLOBAL_LIST):
            box.appliance.contacts.add(owner, Contact(name=owner, fax_number="555-0100"))
        yield box


@pytest.fixture
async def box(unit: Simulator) -> AsyncIterator[Appliance]:
    async with opened(unit.url) as appliance:
        yield appliance


async def make(box: Appliance, *names: str, owner: str = "admin") -> None:
    for name in names:
        await groups.create_group(box, owner, GroupDraft(name=name))


async def test_a_group_is_made_read_changed_and_removed(box: Appliance) -> None:
    draft = GroupDraft(name="Nurses", description="All", members=(OWN, EVERYBODYS))
    made = await groups.create_group(box, "admin", draft)
    assert made.value == Group(
        id=RecordId("admin", 1), name="Nurses", description="All", members=(OWN, EVERYBODYS)
    )
    changed = Group(id=made.value.id, name="Doctors", description="", members=(EVERYBODYS,))
    assert (await groups.edit_group(box, changed)).value == changed
    assert (await groups.group(box, changed.id)).value == changed
    await groups.delete_group(box, changed.id)
    assert (await groups.groups(box, "admin", limit=9)).value == ()


async def test_the_global_list_is_called_global(unit: Simulator, box: Appliance) -> None:
    await make(box, "Everybody", owner="global")
    (found,) = (await groups.groups(box, "global", limit=9)).value
    assert str(found.id) == "global~1"
    assert ("POST", f"/ffws/v1/contact_groups/{GLOBAL_LIST}") in unit.requests


@pytest.mark.parametrize(
    ("wanted", "offset", "limit", "names"),
    [
        (GroupFilter(), 0, 2, ["a1", "b"]),
        (GroupFilter(), 1, 2, ["b", "a2"]),
        (GroupFilter(), 3, 2, []),
        (GroupFilter(name="a"), 0, 9, ["a1", "a2"]),
        (GroupFilter(name="a", order="name"), 1, 1, ["a2"]),
        (GroupFilter(description="x"), 0, 9, []),
    ],
)
async def test_a_list_is_searched_and_paged_by_the_appliance(
    box: Appliance, wanted: GroupFilter, offset: int, limit: int, names: list[str]
) -> None:
    await make(box, "a1", "b", "a2")
    known = await groups.groups(box, "admin", wanted=wanted, offset=offset, limit=limit)
    assert [group.name for group in known.value] == names


async def test_identifiers_are_read_out_of_the_list(box: Appliance) -> None:
    await make(box, "a", "b")
    found = await groups.group_ids(box, "admin")
    assert (list(map(str, found.value)), found.evidence) == (
        ["admin~1", "admin~2"],
        Evidence.STAND_IN,
    )


async def test_each_answer_says_how_it_is_known(box: Appliance) -> None:
    await make(box, "a")
    one = RecordId("admin", 1)
    group = await groups.group(box, one)
    assert [
        (await groups.groups(box, "admin", limit=1)).evidence,
        group.evidence,
        (await groups.edit_group(box, group.value)).evidence,
        (await groups.delete_group(box, one)).evidence,
    ] == [Evidence.DOCUMENTED, Evidence.STAND_IN, Evidence.DOCUMENTED, Evidence.INFERRED]


async def test_a_group_that_is_not_there_is_not_there(box: Appliance) -> None:
    none = Group(id=RecordId("admin", 7), name="x", description="", members=())
    for call in (
        groups.group(box, none.id),
        groups.edit_group(box, none),
        groups.delete_group(box, none.id),
    ):
        with pytest.raises(DeviceNotThere):
            await call


async def test_a_list_that_is_not_there_has_no_groups(box: Appliance) -> None:
    """404 means "no groups" in one edition of the guide, and "no such user" in another."""
    assert (await groups.groups(box, "nobody", limit=9)).value == ()
    assert (await groups.group_ids(box, "nobody")).value == ()


async def test_what_the_appliance_refuses_is_said_in_its_words(box: Appliance) -> None:
    draft = GroupDraft(name="x", members=(RecordId("admin", 99),))
    with pytest.raises(DeviceRefused, match="No contact admin/99"):
        await groups.create_group(box, "admin", draft)


@pytest.mark.parametrize("model", ["FF130", "FF230"])
async def test_nothing_is_sent_for_an_order_that_a_model_has_not(
    unit: Simulator, model: str
) -> None:
    async with opened(unit.url, model=model, name="ward") as box:
        with pytest.raises(DeviceOperationUnsupported, match=f"ward does not sort.*{model}"):
            await groups.groups(box, "admin", wanted=GroupFilter(order="name"), limit=9)
    assert list(unit.requests) == []


@pytest.mark.parametrize("model", ["FF240", "FF240-IP", "", "FF999"])
async def test_a_model_that_nobody_knows_is_asked_to_sort(unit: Simulator, model: str) -> None:
    async with opened(unit.url, model=model) as box:
        await groups.groups(box, "admin", wanted=GroupFilter(order="name"), limit=9)


async def test_nothing_is_sent_for_a_group_that_older_firmware_cannot_make(
    unit: Simulator,
) -> None:
    async with opened(unit.url, dialect="faxfinder-2") as box:
        with pytest.raises(DeviceOperationUnsupported):
            await make(box, "x")
        await groups.groups(box, "admin", limit=9)
    assert [method for method, _ in unit.requests] == ["GET"]


async def test_an_answer_that_does_not_name_the_group_may_have_made_it(
    unit: Simulator, box: Appliance
) -> None:
    unit.put(Fault(kind=Kind.EMPTY, path="/contact_groups/admin"))
    with pytest.raises(DeviceSilent):
        await make(box, "x")
    assert [group.name for group in (await groups.groups(box, "admin", limit=9)).value] == ["x"]
