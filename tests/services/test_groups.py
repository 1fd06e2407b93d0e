"""Groups of contacts for whoever may, put on record, and nobody's change lost."""

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.audit import Outcome
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import (
    ChangedMeanwhile,
    DeviceNotThere,
    Forbidden,
    InvalidRequest,
)
from ffgateway.domain.groups import GroupChanges, GroupDraft, GroupFilter
from ffgateway.domain.records import RecordId
from ffgateway.domain.versions import etag_of
from ffgateway.ffws.people import Contact
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, House

READER = Caller(
    principal=Principal(id="key_r", name="Reader", scopes=frozenset({Scope.DIRECTORY_READ}))
)
ANY = GroupFilter()
ONE = RecordId("admin", 1)


@pytest.fixture
async def device(home: House, box: Simulator) -> Device:
    """An appliance with three contacts of the administrator's."""
    for name in ("Ada", "Bea", "Cid"):
        box.appliance.contacts.add("admin", Contact(name=name, fax_number="555-0100"))
    return await home.register(box)


async def names(home: House, device: Device, **more: str | None) -> list[str]:
    known = await home.groups.list(
        READER, device.id, owner=more.get("owner"), wanted=ANY, cursor=None, limit=100
    )
    return [group.name for group in known.value.items]


async def test_without_an_owner_it_is_the_gateways_own_account(home: House, device: Device) -> None:
    await home.groups.create(ANN, device.id, GroupDraft(name="Nurses"), owner=None)
    assert await names(home, device) == await names(home, device, owner="admin") == ["Nurses"]
    assert await names(home, device, owner="global") == []


async def test_pages_lead_on_to_the_last(home: House, device: Device) -> None:
    for number in range(5):
        draft = GroupDraft(name=f"group {number}")
        await home.groups.create(ANN, device.id, draft, owner=None)
    found, cursor = [], None
    for _ in range(3):
        known = await home.groups.list(
            READER, device.id, owner=None, wanted=ANY, cursor=cursor, limit=2
        )
        found.append([group.name for group in known.value.items])
        cursor = known.value.next
    assert found == [["group 0", "group 1"], ["group 2", "group 3"], ["group 4"]]
    assert cursor is None


async def test_an_edit_changes_what_is_given_and_nothing_else(home: House, device: Device) -> None:
    members = (ONE, RecordId("admin", 2))
    draft = GroupDraft(name="Nurses", description="All", members=members)
    made = (await home.groups.create(ANN, device.id, draft, owner="admin")).value
    await home.groups.edit(ANN, device.id, made.id, GroupChanges(description="Most"))
    found = (await home.groups.get(READER, device.id, made.id)).value
    assert (found.name, found.description, found.members) == ("Nurses", "Most", members)
    await home.groups.edit(ANN, device.id, made.id, GroupChanges(members=()))
    assert (await home.groups.get(READER, device.id, made.id)).value.members == ()


async def test_what_was_changed_meanwhile_is_not_changed_back(home: House, device: Device) -> None:
    made = await home.groups.create(ANN, device.id, GroupDraft(name="Nurses"), owner=None)
    seen = etag_of(made.value)
    await home.groups.edit(ANN, device.id, ONE, GroupChanges(name="Doctors"), seen=seen)
    with pytest.raises(ChangedMeanwhile):
        await home.groups.edit(ANN, device.id, ONE, GroupChanges(name="Porters"), seen=seen)
    with pytest.raises(ChangedMeanwhile):
        await home.groups.remove(ANN, device.id, ONE, seen=seen)
    assert await names(home, device) == ["Doctors"]
    await home.groups.remove(ANN, device.id, ONE)
    assert await names(home, device) == []


async def test_every_change_is_on_record_before_and_after(home: House, device: Device) -> None:
    await home.groups.create(ANN, device.id, GroupDraft(name="Nurses"), owner=None)
    await home.groups.edit(ANN, device.id, ONE, GroupChanges(name="Doctors"))
    await home.groups.remove(ANN, device.id, ONE)
    with pytest.raises(DeviceNotThere):
        await home.groups.remove(ANN, device.id, ONE)
    told = [
        (line.action, line.outcome)
        for line in await home.audit(device.id)
        if line.action.startswith("group.")
    ]
    assert told == [
        (f"group.{act}", outcome)
        for act, end in [
            ("create", Outcome.DONE),
            ("edit", Outcome.DONE),
            ("delete", Outcome.DONE),
            ("delete", Outcome.FAILED),
        ]
        for outcome in (Outcome.ASKED, end)
    ]


async def test_a_reader_changes_nothing(home: House, device: Device, box: Simulator) -> None:
    asked = len(box.requests)
    for change in (
        home.groups.create(READER, device.id, GroupDraft(name="x"), owner=None),
        home.groups.edit(READER, device.id, ONE, GroupChanges(name="x")),
        home.groups.remove(READER, device.id, ONE),
    ):
        with pytest.raises(Forbidden):
            await change
    assert len(box.requests) == asked


FLAWED = [
    (GroupDraft(name=" "), None, "name"),
    (GroupDraft(name="x"), "..", "owner"),
    (GroupDraft(name="x"), "a/b", "owner"),
    (GroupDraft(name="x", members=(ONE,) * 1001), None, "members"),
]


@pytest.mark.parametrize(("draft", "owner", "field"), FLAWED)
async def test_what_is_wrong_is_named_before_anything_is_sent(
    home: House, device: Device, draft: GroupDraft, owner: str | None, field: str
) -> None:
    with pytest.raises(InvalidRequest) as wrong:
        await home.groups.create(ANN, device.id, draft, owner=owner)
    assert wrong.value.field == field
    assert wrong.value.cure
    assert await home.acts(device.id) == ["device.register"]


async def test_groups_are_sorted_by_what_they_have(home: House, device: Device) -> None:
    with pytest.raises(InvalidRequest) as wrong:
        await home.groups.list(
            ANN,
            device.id,
            owner=None,
            wanted=GroupFilter(order="colour"),
            cursor=None,
            limit=1,
        )
    assert wrong.value.field == "order"
