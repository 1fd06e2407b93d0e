"""Appliances over HTTP."""

from datetime import timedelta

from starlette.responses import Response

from ffgateway.domain.devices import Device, DeviceDraft, Trust
from ffgateway.rest.answers import Json
from ffgateway.rest.bodies import Paged
from ffgateway.rest.devices_shapes import (
    DevicePatch,
    DeviceRequest,
    device_out,
    device_status_out,
    overrides_of,
)
from ffgateway.rest.operations import Asked, page_answer, told, version_of
from ffgateway.services.devices import DeviceChanges
from ffgateway.services.gateway import Gateway


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """A page of the fleet."""
    query = asked.query_as(Paged)
    page = await gateway.devices.list(asked.caller, cursor=query.cursor, limit=query.limit)
    return page_answer(asked, page, device_out)


async def register(gateway: Gateway, asked: Asked) -> Response:
    """Take an appliance in."""
    body = asked.body_as(DeviceRequest)
    draft = DeviceDraft(
        name=body.name,
        url=body.url,
        username=body.username,
        password=body.password,
        model=body.model,
        zone=body.zone,
        dialect=body.dialect,
        trust=Trust(ca_pem=body.ca_pem or "", fingerprint=body.fingerprint or ""),
        poll_busy=timedelta(seconds=body.poll_busy_seconds),
        poll_idle=timedelta(seconds=body.poll_idle_seconds),
        firmware=body.firmware,
        overrides=overrides_of(body.overrides),
        pools=tuple(body.pools),
        weight=body.weight,
        submissions_at_once=body.submissions_at_once,
        regions=tuple(body.regions),
        clients=tuple(body.clients),
        region=body.region,
        dial_plan=body.dial_plan.plan(),
    )
    device = await gateway.devices.register(asked.caller, draft)
    where = {"Location": f"/v1/devices/{device.id}"}
    return Json(device_out(device), status_code=201, headers=where)


async def show(gateway: Gateway, asked: Asked) -> Response:
    """One appliance."""
    return _shown(await gateway.devices.get(asked.caller, asked.id))


async def update(gateway: Gateway, asked: Asked) -> Response:
    """Change an appliance."""
    body = asked.body_as(DevicePatch)
    changes = DeviceChanges(
        name=body.name,
        url=body.url,
        username=body.username,
        password=body.password,
        model=body.model,
        zone=body.zone,
        dialect=body.dialect,
        ca_pem=body.ca_pem,
        fingerprint=body.fingerprint,
        enabled=body.enabled,
        poll_busy=_length(body.poll_busy_seconds),
        poll_idle=_length(body.poll_idle_seconds),
        firmware=body.firmware,
        overrides=None if body.overrides is None else overrides_of(body.overrides),
        pools=None if body.pools is None else tuple(body.pools),
        weight=body.weight,
        submissions_at_once=body.submissions_at_once,
        regions=None if body.regions is None else tuple(body.regions),
        clients=None if body.clients is None else tuple(body.clients),
        region=body.region,
        dial_plan=None if body.dial_plan is None else body.dial_plan.plan(),
    )
    return _shown(
        await gateway.devices.update(asked.caller, asked.id, changes, seen=asked.if_match)
    )


def _shown(device: Device) -> Response:
    return Json(device_out(device), headers=version_of(device.version))


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


async def retire(gateway: Gateway, asked: Asked) -> Response:
    """Take an appliance out."""
    await gateway.devices.retire(asked.caller, asked.id, seen=asked.if_match)
    return Response(status_code=204)


async def drain(gateway: Gateway, asked: Asked) -> Response:
    """Give an appliance nothing new."""
    return Json(device_out(await gateway.devices.drain(asked.caller, asked.id)))


async def resume(gateway: Gateway, asked: Asked) -> Response:
    """Give an appliance faxes again."""
    return Json(device_out(await gateway.devices.resume(asked.caller, asked.id)))


async def check(gateway: Gateway, asked: Asked) -> Response:
    """Look at an appliance now."""
    return Json(device_out(await gateway.devices.check(asked.caller, asked.id)))


async def status(gateway: Gateway, asked: Asked) -> Response:
    """Ask an appliance for its lines."""
    return told(asked, await gateway.devices.status(asked.caller, asked.id), device_status_out)
