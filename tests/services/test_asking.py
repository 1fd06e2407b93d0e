"""The one way to a function of an appliance: scope, patience, and the record of every change."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.audit import Outcome
from ffgateway.domain.errors import DeviceRefused, DeviceSilent, Forbidden, NotFound
from ffgateway.simulator.running import running
from tests.support.gateway import ANN, House

NOBODY = Caller(principal=Principal(id="key_no", name="Nobody", scopes=frozenset()))


async def _name(appliance: Appliance) -> str:
    return appliance.device.name


async def _never(_: Appliance) -> str:
    await asyncio.Event().wait()
    return ""


async def _refused(appliance: Appliance) -> str:
    raise DeviceRefused(appliance.device.id, "no such thing here")


async def test_whoever_may_is_answered_and_whoever_may_not_is_on_record(house: House) -> None:
    async with running() as box:
        device = await house.register(box)
        asked = await house.asking.read(ANN, Scope.DEVICES_READ, "about.get", device.id, _name)
        assert asked == "one"
        with pytest.raises(Forbidden):
            await house.asking.read(NOBODY, Scope.DEVICES_READ, "about.get", device.id, _name)
    (*_, denied) = await house.audit(device.id)
    assert (denied.action, denied.outcome) == ("about.get", Outcome.DENIED)


async def test_a_device_that_is_not_there_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        await house.asking.read(ANN, Scope.DEVICES_READ, "about.get", "dev_none", _name)


async def test_patience_ends_a_read_with_the_name_of_the_device(house: House) -> None:
    hasty = replace(ANN, patience=timedelta(0))
    async with running() as box:
        device = await house.register(box)
        with pytest.raises(DeviceSilent, match="one did not answer within 0 s") as error:
            await house.asking.read(hasty, Scope.DEVICES_READ, "about.get", device.id, _never)
    assert error.value.device_id == device.id


async def test_a_change_is_on_record_before_it_leaves_and_once_it_is_done(house: House) -> None:
    async with running() as box:
        device = await house.register(box)
        await house.asking.change(
            ANN, Scope.DEVICES_ADMIN, "contact.add", device.id, _name, contact="Ada"
        )
    found = [one for one in await house.audit(device.id) if one.action == "contact.add"]
    assert [one.outcome for one in found] == [Outcome.ASKED, Outcome.DONE]
    assert all(one.detail["contact"] == "Ada" for one in found)


async def test_a_change_that_was_refused_is_on_record_with_the_appliances_words(
    house: House,
) -> None:
    async with running() as box:
        device = await house.register(box)
        with pytest.raises(DeviceRefused):
            await house.asking.change(ANN, Scope.DEVICES_ADMIN, "contact.add", device.id, _refused)
    failed = (await house.audit(device.id))[-1]
    assert failed.outcome is Outcome.FAILED
    assert failed.detail["answer"] == "no such thing here"
