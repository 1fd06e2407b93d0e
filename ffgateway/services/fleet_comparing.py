"""One appliance beside what a document wants of it: the plan that leads from the one to the other."""

from dataclasses import replace
from datetime import timedelta

from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import GatewayError
from ffgateway.domain.fleet_document import Wanted
from ffgateway.domain.fleet_plan import plan
from ffgateway.domain.fleet_steps import DevicePlan
from ffgateway.services.asking import Asking
from ffgateway.services.fleet_checks import check_steps, check_wanted
from ffgateway.services.fleet_reading import Reading
from ffgateway.services.spreading import TO_READ, TO_WRITE


async def compared(asking: Asking, caller: Caller, device: Device, wanted: Wanted) -> DevicePlan:
    """What it would take on one appliance; an appliance that cannot be asked has a problem."""

    async def read(box: Appliance) -> DevicePlan:
        return await planned(box, wanted)

    patient = replace(caller, patience=caller.patience or _patience(wanted))
    try:
        check_wanted(wanted)
        return await asking.read(patient, scope_of(wanted), "fleet.plan", device.id, read)
    except GatewayError as no:
        return DevicePlan(device_id=device.id, device_name=device.name, problem=no)


async def planned(box: Appliance, wanted: Wanted) -> DevicePlan:
    """Read what there is, and plan. Raises a `DeviceError`, or `InvalidRequest` for what cannot be."""
    found = await Reading(box).found(wanted)
    steps = plan(wanted, found)
    check_steps(steps)
    return DevicePlan(
        device_id=box.device.id,
        device_name=box.device.name,
        steps=steps,
        evidence=found.evidence,
    )


def scope_of(wanted: Wanted) -> Scope:
    """A scope that reading it needs; whoever lets somebody ask has seen to the rest."""
    return Scope.DIRECTORY_READ if wanted.of_people else Scope.DEVICES_READ


def _patience(wanted: Wanted) -> timedelta:
    """How long an appliance may take to say what it has: longer, the more it is asked."""
    return TO_READ + TO_WRITE * (len(wanted.users) + len(wanted.contacts) + len(wanted.groups))
