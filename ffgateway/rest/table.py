"""Every operation on one screen: what is routed, and what the OpenAPI document says."""

from typing import Any

from ffgateway.rest import (
    acting,
    audit,
    batches,
    bodies,
    configuration,
    deciding,
    deliveries,
    devices,
    devices_shapes,
    directory,
    entries,
    event_types,
    everywhere,
    exchange,
    exports,
    fax_bodies,
    faxes,
    fleet,
    groups,
    history,
    holdings,
    inbound,
    keys,
    lines,
    logs,
    preview,
    probing,
    receipts,
    replays,
    resources,
    signing,
    suppressions,
    webhooks,
)
from ffgateway.rest.answers import Items
from ffgateway.rest.devices_shapes import DeviceOut, DeviceStatusOut
from ffgateway.rest.faxes_shapes import Accepted, FaxOut
from ffgateway.rest.history_shapes import AuditOut, EventOut, Events, FaxEvents
from ffgateway.rest.operations import ASKS_DEVICE, Link, Operation
from ffgateway.rest.webhooks_bodies import WebhookPatch, WebhookRequest
from ffgateway.rest.webhooks_shapes import AttemptOut, AttemptQuery, NewWebhook, Pinged, WebhookOut


def _op(method: str, path: str, name: str, summary: str, **more: Any) -> Operation:
    tag = path.split("/")[2]
    id_of = {"faxes": "fax", "devices": "dev", "webhooks": "whk"}.get(tag, "")
    return Operation(
        method=method, path=path, name=name, tag=tag, summary=summary,
        id_of=id_of if "{id}" in path else "", **more,
    )  # fmt: skip


_READ, _SEND = {"scope": "faxes:read"}, {"scope": "faxes:send"}
_LOOK, _RULE = {"scope": "devices:read"}, {"scope": "devices:admin"}
_HOOK, _LOG = {"scope": "webhooks:admin"}, {"scope": "audit:read"}
_TO_FAX = ("getFax", "cancelFax", "rescheduleFax", "resendFax", "listFaxEvents")
_FIRST = tuple(Link(name, {"id": "$response.body#/faxes/0/id"}) for name in _TO_FAX)
_ANEW = tuple(Link(name, {"id": "$response.body#/id"}) for name in _TO_FAX)
_DEVICE_OF = (Link("getDevice", {"id": "$response.body#/device_id"}),)
_FAX, _DEVICE, _WEBHOOK = "/v1/faxes", "/v1/devices", "/v1/webhooks"

_MAIN: tuple[Operation, ...] = (
    _op("POST", _FAX, "sendFax", "Send a fax to one or more recipients", act=faxes.send, **_SEND,
        status=202, query=fax_bodies.SendQuery, body=fax_bodies.FaxRequest, form=True, answer=Accepted, errors=(404,),
        headers=("Location",), links=_FIRST, patient=True, sooner=201),
    Operation(method="POST", path="/v1/faxes:preview", name="previewFax", tag="faxes",
        summary="What would become of a fax, without sending it", act=preview.preview, scope="faxes:send",
        query=fax_bodies.SendQuery, body=fax_bodies.FaxRequest, form=True, answer=preview.PreviewOut,
        errors=(404,)),
    _op("GET", _FAX, "listFaxes", "Faxes, the newest first", act=faxes.browse, **_READ,
        query=fax_bodies.FaxQuery, answer=Items[FaxOut], headers=("Link",)),
    _op("GET", f"{_FAX}/{{id}}", "getFax", "One fax", act=faxes.show, **_READ, answer=FaxOut,
        links=_DEVICE_OF),
    _op("POST", f"{_FAX}/{{id}}/cancel", "cancelFax", "Call a fax off", act=faxes.cancel, **_SEND,
        answer=FaxOut, errors=(409, *ASKS_DEVICE)),
    _op("POST", f"{_FAX}/{{id}}/reschedule", "rescheduleFax", "Give a fax another time",
        act=faxes.reschedule, **_SEND, body=fax_bodies.Reschedule, answer=FaxOut,
        errors=(409, *ASKS_DEVICE)),
    _op("POST", f"{_FAX}/{{id}}/resend", "resendFax", "Send a finished fax once more",
        act=faxes.resend, **_SEND, status=202, answer=FaxOut, errors=(409,),
        headers=("Location",), links=_ANEW),
    _op("GET", f"{_FAX}/{{id}}/events", "listFaxEvents", "The story of one fax", act=faxes.events,
        **_READ, answer=FaxEvents),
    _op("GET", _DEVICE, "listDevices", "The fleet", act=devices.browse, **_LOOK,
        query=bodies.Paged, answer=Items[DeviceOut], headers=("Link",)),
    _op("POST", _DEVICE, "registerDevice", "Take an appliance in", act=devices.register, **_RULE,
        status=201, body=devices_shapes.DeviceRequest, answer=DeviceOut, errors=(409,),
        headers=("Location",)),
    _op("GET", f"{_DEVICE}/{{id}}", "getDevice", "One appliance", act=devices.show, **_LOOK,
        answer=DeviceOut, headers=("ETag",)),
    _op("PATCH", f"{_DEVICE}/{{id}}", "updateDevice", "Change an appliance", act=devices.update,
        **_RULE, body=devices_shapes.DevicePatch, answer=DeviceOut, headers=("ETag",), conditional=True,
        errors=(409, 412)),
    _op("DELETE", f"{_DEVICE}/{{id}}", "retireDevice", "Take an appliance out", act=devices.retire,
        **_RULE, status=204, conditional=True, errors=(409, 412)),
    _op("POST", f"{_DEVICE}/{{id}}/drain", "drainDevice", "Give an appliance nothing new",
        act=devices.drain, **_RULE, answer=DeviceOut),
    _op("POST", f"{_DEVICE}/{{id}}/resume", "resumeDevice", "Give an appliance faxes again",
        act=devices.resume, **_RULE, answer=DeviceOut),
    _op("POST", f"{_DEVICE}/{{id}}/check", "checkDevice", "Look at an appliance now",
        act=devices.check, **_LOOK, answer=DeviceOut, errors=ASKS_DEVICE),
    _op("GET", f"{_DEVICE}/{{id}}/status", "getDeviceStatus", "An appliance's lines, now",
        act=devices.status, **_LOOK, answer=DeviceStatusOut, errors=ASKS_DEVICE,
        functions=("status.combined",)),
    _op("GET", _WEBHOOK, "listWebhooks", "The endpoints", act=webhooks.browse, **_HOOK,
        query=bodies.Paged, answer=Items[WebhookOut], headers=("Link",)),
    _op("POST", _WEBHOOK, "createWebhook", "Register an endpoint", act=webhooks.create, **_HOOK,
        status=201, errors=(409,), body=WebhookRequest, answer=NewWebhook, headers=("Location", "ETag")),
    _op("GET", f"{_WEBHOOK}/{{id}}", "getWebhook", "One endpoint", act=webhooks.show, **_HOOK,
        answer=WebhookOut, headers=("ETag",)),
    _op("PATCH", f"{_WEBHOOK}/{{id}}", "updateWebhook", "Change an endpoint", act=webhooks.update,
        **_HOOK, body=WebhookPatch, answer=WebhookOut, headers=("ETag",), conditional=True,
        errors=(409, 412)),
    _op("POST", f"{_WEBHOOK}/{{id}}/handshake", "askWebhookConsent",
        "Ask an endpoint whether it wants events", act=webhooks.handshake, **_HOOK,
        answer=WebhookOut, headers=("ETag",), errors=(409,)),
    _op("DELETE", f"{_WEBHOOK}/{{id}}", "removeWebhook", "Tell an endpoint nothing more",
        act=webhooks.remove, **_HOOK, status=204,
        conditional=True, errors=(412,)),
    _op("POST", f"{_WEBHOOK}/{{id}}/test", "testWebhook", "Send an endpoint a ping",
        act=webhooks.test, **_HOOK, status=202, answer=Pinged),
    _op("GET", f"{_WEBHOOK}/{{id}}/attempts", "listWebhookAttempts", "Tries at an endpoint",
        act=webhooks.attempts, **_HOOK, query=AttemptQuery, answer=Items[AttemptOut],
        headers=("Link",)),
    _op("GET", "/v1/events", "listEvents", "Events beyond a position", act=history.events, **_READ,
        query=bodies.EventQuery, answer=Events, headers=("Link",), errors=(410,)),
    _op("GET", "/v1/events/stream", "streamEvents", "Events as they happen", act=history.stream,
        **_READ, query=bodies.StreamQuery, answer=EventOut, media="text/event-stream",
        errors=(410,)),
    _op("GET", "/v1/audit", "listAudit", "Who did what", act=history.audit, **_LOG,
        query=bodies.AuditQuery, answer=Items[AuditOut], headers=("Link",)),
)  # fmt: skip

OPERATIONS: tuple[Operation, ...] = (
    *_MAIN,
    *audit.OPERATIONS,
    *keys.OPERATIONS,
    *exports.OPERATIONS,
    *receipts.OPERATIONS,
    *holdings.OPERATIONS,
    *batches.OPERATIONS,
    *acting.OPERATIONS,
    *directory.OPERATIONS,
    *groups.OPERATIONS,
    *configuration.OPERATIONS,
    *logs.OPERATIONS,
    *resources.OPERATIONS,
    *lines.OPERATIONS,
    *inbound.OPERATIONS,
    *everywhere.OPERATIONS,
    *fleet.OPERATIONS,
    *entries.OPERATIONS,
    *exchange.OPERATIONS,
    *probing.OPERATIONS,
    *deciding.OPERATIONS,
    *suppressions.OPERATIONS,
    *event_types.OPERATIONS,
    *deliveries.OPERATIONS,
    *signing.OPERATIONS,
    *replays.OPERATIONS,
)
"""All of them. What asks an appliance is listed beside the acts of its room."""
