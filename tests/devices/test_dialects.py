"""One appliance that spells or lacks things: what it is sent, and what never leaves."""

from collections.abc import Awaitable, Callable

import pytest

from ffgateway.devices import configuration, lines, people
from ffgateway.devices.client import Appliance
from ffgateway.devices.lacking import LEARNT_FOR
from ffgateway.domain.directory import ContactDraft
from ffgateway.domain.errors import DeviceOperationUnsupported, DeviceSilent
from ffgateway.domain.evidence import Evidence
from ffgateway.simulator.running import running
from tests.devices.speaking import opened
from tests.support.clock import NOON
from tests.support.nouns import a_device
from tests.support.receiver import Answer, receiving

Call = Callable[[Appliance], Awaitable[object]]
SYSTEM = b"""<response><message>Success</message><system><product_name>FF240.R1</product_name>
<firmware_version>3.5.2</firmware_version></system></response>"""
OVERRIDES = {
    "about.get": {"path": "/system/about", "elements": {"about": "system", "model": "product_name"}}
}


async def test_an_override_is_where_and_how_an_appliance_is_asked() -> None:
    async with receiving() as appliance:
        appliance.answer(Answer(body=SYSTEM))
        async with opened(appliance.url, overrides=OVERRIDES) as box:
            known = await configuration.about(box)
    assert (known.value.model, known.evidence) == ("FF240.R1", Evidence.OBSERVED)
    assert [call.path for call in appliance.received] == ["/ffws/v1/system/about"]


async def test_what_is_sent_is_spelt_the_appliances_way() -> None:
    renames = {"contact.add": {"elements": {"contact": "person", "name": "full_name"}}}
    added = (
        b"<response><message>Created</message><person><full_name>Ada</full_name>"
        b"<contact_url>/ffws/v1/contacts/admin/7</contact_url></person></response>"
    )
    async with receiving() as appliance:
        appliance.answer(Answer(body=added))
        async with opened(appliance.url, overrides=renames) as box:
            known = await people.add_contact(
                box, "admin", ContactDraft(name="Ada & Co", fax_number="1")
            )
    (call,) = appliance.received
    assert b"<person>" in call.body
    assert b"<full_name>Ada &amp; Co</full_name>" in call.body
    assert b"<contact>" not in call.body
    assert call.headers["content-length"] == str(len(call.body))
    assert (known.value.name, str(known.value.id)) == ("Ada", "admin~7")


async def test_an_answer_that_cannot_be_respelt_is_silence() -> None:
    async with receiving() as appliance:
        appliance.answer(Answer(body=b"<html>"))
        async with opened(appliance.url, overrides=OVERRIDES) as box:
            with pytest.raises(DeviceSilent):
                await configuration.about(box)


@pytest.mark.parametrize(
    ("model", "firmware", "call"),
    [
        ("FF840", "", lines.channels),
        ("FF240-IP", "", lines.modems),
        ("FF130", "", lines.modems),
        ("FF230", "", configuration.modem_settings),
        ("FF240", "2.2.9.2", lines.inbound),
        ("FF240", "3.0.3", lines.whole),
    ],
)
async def test_what_a_model_or_firmware_has_not_is_never_asked_for(
    model: str, firmware: str, call: Call
) -> None:
    async with running(model=model) as box, opened(box.url, model=model, firmware=firmware) as ours:
        with pytest.raises(DeviceOperationUnsupported) as refused:
            await call(ours)
    assert box.requests == ()
    assert "override" in str(refused.value.cure)


async def test_a_firmware_told_by_the_appliance_counts_where_the_record_has_none() -> None:
    async with running(model="FF240", firmware=(2, 2)) as box, opened(box.url, model="FF240") as us:
        await configuration.about(us)
        assert us.lacks("status.combined") is not None
        async with opened(box.url, model="FF240", firmware="3.5.2") as told:
            await configuration.about(told)
            assert told.lacks("status.combined") is None


class Seconds:
    """Monotonic seconds, moved by a test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_an_unknown_model_is_asked_once_for_what_it_has_not() -> None:
    seconds = Seconds()
    async with receiving() as appliance:
        appliance.answer(Answer(status=404))
        box = Appliance(a_device(url=appliance.url, model="FF9000"), "pw", monotonic=seconds)
        for _ in range(3):
            with pytest.raises(DeviceOperationUnsupported):
                await configuration.about(box)
        assert len(appliance.received) == 1
        assert box.lacks("about.get", learnt=False) is None
        seconds.now += LEARNT_FOR
        with pytest.raises(DeviceOperationUnsupported):
            await configuration.about(box)
        assert len(appliance.received) == 2
        await box.close()


@pytest.mark.parametrize("model", ["FF9000", "FF240"])
async def test_no_appliance_is_taken_to_lack_faxes_and_a_known_model_nothing(model: str) -> None:
    async with receiving() as appliance:
        appliance.answer(Answer(status=404))
        async with opened(appliance.url, model=model) as box:
            for _ in range(2):
                with pytest.raises(DeviceOperationUnsupported):
                    await box.look()
                if model == "FF240":
                    with pytest.raises(DeviceOperationUnsupported):
                        await configuration.about(box)
            paths = [call.path.partition("?")[0] for call in appliance.received]
    assert paths.count("/ffws/v1/ofax") == 2
    assert paths.count("/ffws/v1/about") == (2 if model == "FF240" else 0)


async def test_a_good_answer_is_never_taken_for_a_lack() -> None:
    async with running(speed=0, start=NOON) as box, opened(box.url, model="FF9000") as us:
        for _ in range(2):
            await us.look()
            await configuration.about(us)
    assert [path for _, path in box.requests].count("/ffws/v1/about") == 2
