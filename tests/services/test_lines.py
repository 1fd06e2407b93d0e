"""The status functions as a service: for whom, and how they are known."""

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.errors import DeviceOperationUnsupported, Forbidden, NotFound
from ffgateway.domain.evidence import Evidence
from ffgateway.domain.lines import OutboundClass, Section
from ffgateway.simulator.running import Simulator, running
from tests.support.calling import call
from tests.support.clock import NOON
from tests.support.gateway import ANN, House

NOBODY = Caller(principal=Principal(id="key_eve", name="Eve", scopes=frozenset({Scope.FAXES_READ})))


async def test_every_part_of_the_status_comes_with_its_grade(home: House, box: Simulator) -> None:
    device = await home.register(box)
    call(box)
    (await home.send("555-1234"), await home.submit())
    box.advance(4)
    section = await home.lines.section(ANN, device.id, Section.MODEM)
    modems = await home.lines.modems(ANN, device.id)
    modem = await home.lines.modem(ANN, device.id, 2)
    inbound = await home.lines.inbound(ANN, device.id)
    outbound = await home.lines.outbound(ANN, device.id, which=OutboundClass.SENDING, most=5)
    assert {one.evidence for one in (section, modems, modem, inbound, outbound)} == {
        Evidence.DOCUMENTED
    }
    assert section.value.lines is not None
    assert (section.value.lines.receiving, section.value.lines.sending) == (1, 1)
    assert [one.idle for one in modems.value] == [False, False, True, True]
    assert modem.value == modems.value[1]
    assert [one.remote_id for one in inbound.value] == ["555-7777"]
    assert [one.fax_number for one in outbound.value] == ["555-1234"]


async def test_channels_are_for_the_model_that_has_them(home: House, box: Simulator) -> None:
    async with running(model="FF240-IP", speed=0, start=NOON) as other:
        by_channel = await home.register(other, "ip", model="FF240-IP")
        by_modem = await home.register(box)
        every = await home.lines.channels(ANN, by_channel.id)
        assert (await home.lines.channel(ANN, by_channel.id, 3)).value == every.value[2]
        with pytest.raises(DeviceOperationUnsupported):
            await home.lines.channels(ANN, by_modem.id)
        with pytest.raises(DeviceOperationUnsupported):
            await home.lines.modem(ANN, by_channel.id, 1)


async def test_without_the_scope_nothing_is_asked(home: House, box: Simulator) -> None:
    device = await home.register(box)
    with pytest.raises(Forbidden):
        await home.lines.modems(NOBODY, device.id)
    assert not box.requests
    with pytest.raises(NotFound):
        await home.lines.modems(ANN, "dev_none")
