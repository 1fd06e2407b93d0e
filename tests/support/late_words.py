"""An appliance that forgets a fax until its end is decided without it, and then shows another end."""

from dataclasses import replace
from datetime import timedelta

from ffgateway.domain.devices import Device
from ffgateway.domain.faxes import Fax
from ffgateway.domain.overseeing import DECIDED_AFTER
from ffgateway.simulator.running import Simulator
from ffgateway.simulator.scenarios import Memory
from tests.support.gateway import House


async def lost(house: House, box: Simulator, device: Device) -> Fax:
    """A fax that was sent, of which the appliance says nothing more, so that it was given up."""
    (fax,) = await house.send("612-555-0171", deadline=house.clock.now() + timedelta(hours=2))
    await house.submit()
    await house.look(device)
    box.advance(600)  # sent, and forgotten, also by its log
    box.appliance.placed.clear()
    for _ in range(3):
        await house.look(device)
    house.clock.advance(timedelta(hours=2) + DECIDED_AFTER + timedelta(seconds=60))
    await house.overseeing.step()
    return await house.fax(fax)


async def shown_again(house: House, box: Simulator, device: Device, fax: Fax) -> Fax:
    """The same once the appliance's list has it again, as sent."""
    for entry in box.appliance.entries:
        entry.scenario = replace(entry.scenario, memory=Memory.LISTED)
    for _ in range(2):
        await house.look(device)
    return await house.fax(fax)
