"""Numbers of several countries, as the lines of several countries dial them."""

import pytest

from ffgateway.domain.dialling import DialPlan
from ffgateway.domain.errors import InvalidNumber
from ffgateway.domain.faxes import FaxStatus
from ffgateway.services.devices import DeviceChanges
from ffgateway.services.numbers import dialled_on, known_region
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, SETTLE, House
from tests.support.nouns import a_device

US = DialPlan(outside="9,", international="011", national="1", extension_digits=4)
DE = DialPlan(outside="0", international="00", national="0", extension_digits=3)
GB = DialPlan(international="00", national="0")
PLANS = {
    "US": US,
    "DE": DE,
    "GB": GB,
    "FR": GB,
    "CH": GB,
    "AU": DialPlan(international="0011", national="0"),
}


@pytest.mark.parametrize(
    ("region", "number", "text", "e164"),
    [
        ("US", "(312) 555-0123", "9,13125550123", "+13125550123"),
        ("US", "+1 312-555-0123", "9,13125550123", "+13125550123"),
        ("US", "011 49 30 12345678", "9,011493012345678", "+493012345678"),
        ("US", "+44 20 7946 0958", "9,011442079460958", "+442079460958"),
        ("US", "555-0123", "9,5550123", None),  # in the same town
        ("US", "4711", "4711", None),
        ("DE", "030 12345678", "003012345678", "+493012345678"),
        ("DE", "+49 (30) 12345678", "003012345678", "+493012345678"),
        ("DE", "+1 312 555 0123", "00013125550123", "+13125550123"),
        ("DE", "112", "112", None),
        ("GB", "020 7946 0958", "02079460958", "+442079460958"),
        ("GB", "+353 1 234 5678", "0035312345678", "+35312345678"),
        ("FR", "01 23 45 67 89", "0123456789", "+33123456789"),
        ("CH", "044 668 18 00", "0446681800", "+41446681800"),
        ("AU", "(02) 9374 4000", "0293744000", "+61293744000"),
        ("AU", "+64 9 300 1234", "00116493001234", "+6493001234"),
    ],
)
def test_a_number_is_dialled_as_its_country_does(
    region: str, number: str, text: str, e164: str | None
) -> None:
    device = a_device(region=region, dial_plan=PLANS[region])
    dialled = dialled_on(device, number, field="fax_number")
    assert (dialled.text, dialled.e164) == (text, e164)


@pytest.mark.parametrize(
    "number", ["12345", "+1 555 0123", "+1 312 555 01234567", "312555012345678"]
)
def test_a_number_that_the_country_cannot_have_is_refused_by_its_place(number: str) -> None:
    with pytest.raises(InvalidNumber) as refused:
        dialled_on(a_device(region="US"), number, field="recipients[3].fax_number")
    assert refused.value.field == "recipients[3].fax_number"


def test_without_a_country_a_number_is_dialled_as_it_was_written() -> None:
    assert dialled_on(a_device(), "555-0100", field="x").text == "555-0100"
    assert known_region("US")
    assert not known_region("XX")


async def test_the_appliance_gets_what_its_line_needs_and_the_fax_keeps_both(
    house: House, box: Simulator
) -> None:
    await house.register(box, region="US", dial_plan=US)
    (fax,) = await house.send("312-555-0123")
    assert (await house.fax(fax)).dialled == ""
    await house.submit()
    sent = await house.fax(fax)
    assert (sent.recipient.fax_number, sent.dialled) == ("312-555-0123", "9,13125550123")
    assert list(box.state()["numbers"]) == ["9,13125550123"]


async def test_a_lost_answer_is_settled_by_the_number_that_was_dialled(
    home: House, box: Simulator
) -> None:
    device = await home.register(box, region="US", dial_plan=US)
    (fax,) = await home.send("+44 20 7946 0958")
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await home.submit()
    for _ in range(3):
        home.clock.advance(SETTLE)
        box.advance(30)
        await home.look(device)
    assert (await home.fax(fax)).status is FaxStatus.DELIVERED
    assert box.state()["numbers"]["9,011442079460958"]["accepted"] == 1


async def test_a_number_that_no_appliance_could_dial_is_not_promised(
    home: House, box: Simulator
) -> None:
    await home.register(box, region="US", dial_plan=US)
    with pytest.raises(InvalidNumber) as refused:
        await home.send("312-555-0123", "12345")
    assert refused.value.field == "recipients[1].fax_number"
    await home.register(box, "two", region="GB")
    with pytest.raises(InvalidNumber):
        await home.send("12")
    await home.register(box, "three", region="DE")  # where numbers may be as short
    await home.send("12345")


async def test_one_that_only_the_chosen_appliance_cannot_dial_fails_and_the_others_go_on(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    good, bad = await home.send("312-555-0123", "12345")
    await home.devices.update(ANN, device.id, DeviceChanges(region="US"))
    await home.submit()
    ends = [await home.fax(fax) for fax in (good, bad)]
    assert [one.status for one in ends] == [FaxStatus.PREPARING, FaxStatus.FAILED]
    assert ends[1].failure is not None
    assert ends[1].failure.code == "number_invalid"


async def test_a_request_of_which_nothing_is_left_does_not_leave(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send("12345")
    await home.devices.update(ANN, device.id, DeviceChanges(region="US"))
    assert await home.submit() == 0
    assert (await home.fax(fax)).status is FaxStatus.FAILED
    assert ("POST", "/ffws/v1/ofax") not in box.requests


async def test_a_number_goes_by_the_line_that_has_it(
    home: House, box: Simulator, second: Simulator
) -> None:
    """Each is one that only the other's country could have."""
    french = await home.register(box, "paris", region="FR", dial_plan=GB)
    american = await home.register(second, "boston", region="US", dial_plan=US)
    for number, device in (("1 23 45 67 89", french), ("312-555-0123", american)):
        (fax,) = await home.send(number)
        await home.submit()
        chosen = await home.fax(fax)
        assert chosen.device_id == device.id, chosen.placement
        assert any(number in reason for reason in chosen.placement)
        assert chosen.dialled == dialled_on(device, number, field="to").text


async def test_recipients_that_one_line_lacks_go_by_themselves_over_another(
    home: House, box: Simulator, second: Simulator
) -> None:
    await home.register(box, "paris", region="FR", dial_plan=GB)
    american = await home.register(second, "boston", region="US", dial_plan=US)
    numbers = ("312-555-0123", "1 23 45 67 89", "312-555-0124")
    faxes = await home.send(*numbers)
    seen = await home.submission(faxes[0])
    (warning,) = (await home.previewing.preview(ANN, seen.draft)).warnings
    assert warning.startswith("recipients[1].fax_number: ")
    assert warning.endswith("It would go by another appliance.")
    await home.submit()
    await home.submit()
    sent = [await home.fax(fax) for fax in faxes]
    assert [fax.status for fax in sent] == [FaxStatus.PREPARING] * 3
    assert [fax.device_id == american.id for fax in sent] == [True, False, True]
    assert {fax.promised_in for fax in sent} == {faxes[0].submission_id}
    with pytest.raises(InvalidNumber):  # another one is not asked for
        await home.send("1 23 45 67 89", device_id=american.id)
