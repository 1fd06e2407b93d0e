"""What an appliance has in its queue, asked of it now; and what people do with it there."""

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.entries import EntryClass, Listing
from ffgateway.domain.errors import (
    DeviceNotThere,
    DeviceRefused,
    Forbidden,
    InvalidRequest,
)
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.faxes import CancelledBy, FaxStatus, Origin
from ffgateway.services.faxes import FaxFilter
from ffgateway.simulator.people import Role, User, Users
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, House
from tests.support.strangers import put_in

OTHER = "555-0160"
ALL = Listing(all_users=True, complete_limit=100)


async def listed(house: House, device: str, what: Listing = ALL) -> list[str]:
    known = await house.entries.list(ANN, device, what, cursor=None, limit=100)
    return [one.key for one in known.value.items]


async def test_the_list_is_the_appliances_own_with_its_grade(home: House, box: Simulator) -> None:
    device = await home.register(box)
    put_in(box, OTHER)
    known = await home.entries.list(ANN, device.id, ALL, cursor=None, limit=10)
    assert (known.evidence, known.function) == (Evidence.DOCUMENTED, "fax.list")
    (one,) = known.value.items
    assert (one.username, one.agent, one.state) == ("bob", "WebClient", "preprocessing")
    assert (one.recipient.name, one.fax_id) == ("Zoe", None)
    assert one.created_at is not None
    await home.look(device)
    (known_now,) = (await home.entries.list(ANN, device.id, ALL, cursor=None, limit=10)).value.items
    assert known_now.fax_id is not None


@pytest.mark.parametrize(
    ("what", "keys"),
    [
        (Listing(), ["00000003/0000"]),
        (Listing(all_users=True), ["00000003/0000", "00000002/0000", "00000001/0000"]),
        (Listing(all_users=True, of_class=EntryClass.COMPLETE), ["00000001/0000"]),
        (Listing(all_users=True, of_class=EntryClass.SENDING), ["00000002/0000"]),
        (Listing(all_users=True, of_class=EntryClass.PENDING), ["00000003/0000"]),
        (Listing(all_users=True, complete_limit=0), ["00000003/0000", "00000002/0000"]),
    ],
)
async def test_a_list_is_narrowed_as_the_appliance_does_it(
    home: House, box: Simulator, what: Listing, keys: list[str]
) -> None:
    device = await home.register(box)
    put_in(box, "555-0110")
    box.advance(60)
    put_in(box, "555-0112")
    box.advance(3)
    put_in(box, "555-0111", username="admin")
    assert await listed(home, device.id, what) == keys


async def test_pages_go_down_the_keys_and_miss_nothing_that_stays(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    put_in(box, *[OTHER] * 5)
    first = await home.entries.list(ANN, device.id, ALL, cursor=None, limit=2)
    put_in(box, OTHER)  # a newer one belongs to no page that is still to come
    second = await home.entries.list(ANN, device.id, ALL, cursor=first.value.next, limit=2)
    third = await home.entries.list(ANN, device.id, ALL, cursor=second.value.next, limit=2)
    pages = [[one.entry_key for one in page.value.items] for page in (first, second, third)]
    assert pages == [["0004", "0003"], ["0002", "0001"], ["0000"]]
    assert third.value.next is None
    with pytest.raises(InvalidRequest):
        await home.entries.list(ANN, device.id, ALL, cursor="?", limit=2)


async def test_what_the_modem_told_comes_when_asked_for_with_how_its_names_are_known(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    put_in(box, "555-0110")
    box.advance(60)
    for modem_info in (False, True):
        known = await home.entries.of_fax(ANN, device.id, "00000001", "0000", modem_info=modem_info)
        facts = known.value[0].modem
        assert [(one.name, one.evidence) for one in facts] == (
            [("init_time", Evidence.DOCUMENTED), ("connect_time", Evidence.DOCUMENTED)]
            if modem_info
            else []
        )


async def test_a_fax_is_looked_up_whole_or_by_one_entry(home: House, box: Simulator) -> None:
    device = await home.register(box)
    put_in(box, OTHER, OTHER)
    whole = await home.entries.of_fax(ANN, device.id, "00000001")
    assert [one.entry_key for one in whole.value] == ["0000", "0001"]
    one = await home.entries.of_fax(ANN, device.id, "00000001", "0001")
    assert [each.key for each in one.value] == ["00000001/0001"]
    with pytest.raises(DeviceNotThere):
        await home.entries.of_fax(ANN, device.id, "000000FF")


async def test_an_entry_that_nobody_knows_here_is_aborted_on_record(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    put_in(box, OTHER)
    await house.entries.abort(ANN, device.id, "00000001", "0000")
    box.advance(2)
    assert box.state()["faxes"][0]["state"] == "aborted"
    lines = [line for line in await house.audit(device.id) if line.action == "fax_entry.abort"]
    assert [line.outcome.value for line in lines] == ["asked", "done"]
    asked = {"changed": {"abort_asked": {"after": True}}}
    assert lines[0].detail == {"fax_key": "00000001", "entry_key": "0000", **asked}


async def test_a_whole_fax_that_is_known_here_is_being_cancelled_here_too(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    first, second = await house.send(OTHER, OTHER)
    await house.submit()
    await house.entries.abort(ANN, device.id, "00000001")
    for fax in (first, second):
        assert (await house.fax(fax)).status is FaxStatus.CANCELLING
    box.advance(2)
    await house.look(device)
    for fax in (first, second):
        done = await house.fax(fax)
        assert (done.status, done.cancelled_by) == (FaxStatus.CANCELLED, CancelledBy.API)


async def test_one_entry_of_several_is_aborted_alone(home: House, box: Simulator) -> None:
    device = await home.register(box)
    first, second = await home.send(OTHER, OTHER)
    await home.submit()
    await home.entries.abort(ANN, device.id, "00000001", "0001")
    assert (await home.fax(first)).status is FaxStatus.PREPARING
    assert (await home.fax(second)).status is FaxStatus.CANCELLING


async def test_an_entry_is_given_another_time(home: House, box: Simulator) -> None:
    device = await home.register(box)
    put_in(box, OTHER)
    box.advance(2)
    later = home.clock.now().replace(year=2027)
    await home.entries.reschedule(ANN, device.id, "00000001", "0000", later)
    (one,) = (await home.entries.of_fax(ANN, device.id, "00000001")).value
    assert one.due_at == later


async def test_a_finished_entry_that_is_given_another_time_is_another_fax(
    house: House, box: Simulator
) -> None:
    device = await house.register(box)
    (fax,) = await house.send("555-0110")
    await house.submit()
    box.advance(60)
    await house.look(device)
    before = await house.fax(fax)
    assert before.status is FaxStatus.DELIVERED
    house.clock.advance(5)
    await house.entries.reschedule(ANN, device.id, before.fax_key, before.entry_key, None)
    for _ in range(6):
        box.advance(4)
        await house.look(device)
    page = await house.faxes.list(ANN, FaxFilter(origin=Origin.APPLIANCE), cursor=None, limit=10)
    (again,) = page.items
    assert (again.resend_of, again.fax_key) == (fax.id, before.fax_key)
    assert again.status is FaxStatus.DELIVERED
    assert (await house.story(again))[-1] == "fax.delivered"
    assert await house.fax(fax) == before  # an end never changes
    assert box.state()["numbers"]["555-0110"]["received"] == 2


async def test_what_the_appliance_refuses_is_on_record_as_failed(
    house: House, box: Simulator
) -> None:
    box.appliance.users = Users([User(username="admin", password="admin", role=Role.USER)])
    device = await house.register(box)
    put_in(box, OTHER)
    with pytest.raises(DeviceRefused):
        await house.entries.abort(ANN, device.id, "00000001")
    assert (await house.audit(device.id))[-1].outcome.value == "failed"


@pytest.mark.parametrize("act", ["list", "of_fax", "abort", "reschedule"])
async def test_each_act_needs_its_scope(home: House, box: Simulator, act: str) -> None:
    device = await home.register(box)
    principal = Principal(id="key_eve", name="Eve", scopes=frozenset({Scope.DEVICES_READ}))
    eve = Caller(principal=principal)
    with pytest.raises(Forbidden):
        if act == "list":
            await home.entries.list(eve, device.id, ALL, cursor=None, limit=1)
        elif act == "of_fax":
            await home.entries.of_fax(eve, device.id, "00000001")
        elif act == "abort":
            await home.entries.abort(eve, device.id, "00000001")
        else:
            await home.entries.reschedule(eve, device.id, "00000001", "0000", None)
