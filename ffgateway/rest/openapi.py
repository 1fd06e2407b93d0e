"""The OpenAPI 3.1 document, written from the same table that routes are made of.

Schemas are pydantic's own, so what is published is what is checked. Custom formats name what no
pattern can: `cursor` (one a page gave), `pem-certificate`, `document` (base64 of a PDF or a text).
"""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ffgateway import __version__
from ffgateway.domain.faxes import MAX_RECIPIENTS
from ffgateway.rest import bodies, problems
from ffgateway.rest.operations import Operation
from ffgateway.rest.table import OPERATIONS
from ffgateway.services.faxes import FAX_NUMBER

Schema = dict[str, Any]

_ID = "01KARTX5RB4PSM9QE3V7Z0H2CD"
_TAGS = {
    "faxes": "Send faxes and follow them.",
    "devices": "The appliances.",
    "webhooks": "Endpoints that are told what happens.",
    "events": "The log of everything that happens; its positions are cursors.",
    "audit": "Who did what.",
    "keys": "Who may come in.",
    "gateway": "The gateway itself.",
}
_MEANING = {
    400: "The request cannot be read.",
    401: "There is no key, or it is not known.",
    403: "The key lacks the scope.",
    404: "There is no such thing.",
    409: "The present state does not allow this.",
    413: "The request is too large.",
    415: "The body is of a type that is not read here.",
    422: "Something in the request is not valid; `field` says what.",
    500: "A fault of the gateway.",
    501: "The appliance does not have this function.",
    502: "The appliance refused, or is not who it should be.",
    503: "The appliance does not answer: it certainly did not act.",
    504: "The appliance gave no readable answer: it may have acted.",
}
_DONE = {200: "Done.", 201: "Made.", 202: "Promised, and kept durably.", 204: "Done; no body."}
_HEADERS: dict[str, Schema] = {
    "Location": {"description": "Where the new thing is.", "schema": {"type": "string"}},
    "Link": {
        "description": 'The next page, `rel="next"` (RFC 8288); absent on the last one.',
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {"schema": {"type": "string"}, "description": "RFC 6750."},
}
_EXAMPLES: dict[str, Schema] = {
    "FaxRequest": {
        "recipients": [{"fax_number": "+16125550100", "name": "Ada"}],
        "documents": [
            {"name": "letter.txt", "content_type": "text/plain", "content": "SGVsbG8sIHdvcmxkLgo="}
        ],
        "client_reference": "PO-4711",
    },
    "Reschedule": {"at": "2026-11-24T09:00:00Z"},
    "DeviceRequest": {
        "name": "front desk",
        "url": "https://192.0.2.10",
        "username": "gateway",
        "password": "…",
        "model": "FF240",
        "zone": "America/Chicago",
    },
    "DevicePatch": {"enabled": False},
    "WebhookRequest": {"url": "https://receiver.example/faxes", "events": ["fax.*"]},
    "KeyRequest": {"name": "billing", "scopes": ["faxes:send"]},
}


_STREAMED: Schema = {
    "type": "object",
    "description": "One event of the stream; `data` is an `EventOut` as JSON.",
    "required": ["id", "event", "data"],
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
}


def document(webhooks: Mapping[str, Schema] | None = None) -> Schema:
    """Write the document; `webhooks` goes into its section of that name as it is."""
    components = _schemas()
    paths: dict[str, Schema] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, components)
    paths |= _open_paths()
    written: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": "ffgateway",
            "version": __version__,
            "summary": "One address in front of a fleet of FaxFinder appliances.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key: `ffgw_…`."}
            },
            "schemas": {
                name: schema
                for name, schema in sorted(components.items())
                if name not in _query_names()
            },
            "responses": {str(status): _problem(status) for status in _MEANING},
        },
    }
    if webhooks is not None:
        written["webhooks"] = dict(webhooks)
    return written


# Schemas ----------------------------------------------------------------------------------------


def _models() -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    used: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for one in OPERATIONS:
        used[one.query, "validation"] = None
        if one.body is not None:
            used[one.body, "validation"] = None
        if one.answer is not None:
            used[one.answer, "serialization"] = None
    used[bodies.FaxSettings, "validation"] = None
    return list(used)


def _schemas() -> dict[str, Schema]:
    _, written = models_json_schema(_models(), ref_template="#/components/schemas/{model}")
    schemas: dict[str, Schema] = written["$defs"]
    for name, example in _EXAMPLES.items():
        schemas[name]["examples"] = [example]
    schemas["FaxForm"] = _form(schemas.pop("FaxSettings"))
    schemas["Problem"] = problems.SCHEMA
    return schemas


def _query_names() -> frozenset[str]:
    return frozenset(one.query.__name__ for one in OPERATIONS)


def _form(settings: Schema) -> Schema:
    """The fields of a form: those of the JSON body, numbers also as `to`, documents as files."""
    properties = {name: _without_null(one) for name, one in settings["properties"].items()}
    number = {"type": "string", "pattern": FAX_NUMBER, "maxLength": 40}
    properties["to"] = {
        "type": "array",
        "items": number,
        "minItems": 1,
        "maxItems": MAX_RECIPIENTS,
        "description": "Numbers, instead of `recipients`.",
    }
    properties["documents"] = {
        "type": "array",
        "items": {"type": "string", "format": "binary"},
        "minItems": 1,
        "maxItems": 20,
        "description": "The files, each with its type.",
    }
    forms = []  # they exclude each other, as each refuses what only the other has
    for present, absent in (("to", "recipients"), ("recipients", "to")):
        fields = {name: one for name, one in properties.items() if name != absent}
        forms.append(
            {
                "type": "object",
                "properties": fields,
                "required": [present, "documents"],
                "additionalProperties": False,
            }
        )
    return {
        "title": "FaxForm",
        "description": "A fax as a form, its documents as files.",
        "anyOf": forms,
    }


def _without_null(schema: Schema) -> Schema:
    """A parameter or form field is absent, never null; nor is null the default of one."""
    kept = {key: value for key, value in schema.items() if (key, value) != ("default", None)}
    kinds = [one for one in kept.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) == 1:
        del kept["anyOf"]
        kept = {**kinds[0], **kept}
    return kept


# Operations -------------------------------------------------------------------------------------


def _operation(one: Operation, schemas: Mapping[str, Schema]) -> Schema:
    written: Schema = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": one.summary,
        "description": f"Needs the scope `{one.scope}`.",
        "parameters": _parameters(one, schemas),
        "responses": _responses(one),
    }
    if one.body is not None:
        written["requestBody"] = {"required": True, "content": _content(one)}
    return written


def _content(one: Operation) -> Schema:
    name = one.body.__name__ if one.body else ""
    content: Schema = {"application/json": {"schema": _ref(name)}}
    if one.form:
        encoding: Schema = {
            field: {"contentType": "application/json"}
            for field in ("recipients", "sender", "cover_page")
        }
        encoding["documents"] = {"contentType": "application/pdf, text/plain"}
        content["multipart/form-data"] = {"schema": _ref("FaxForm"), "encoding": encoding}
    return content


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameters(one: Operation, schemas: Mapping[str, Schema]) -> list[Schema]:
    parameters: list[Schema] = []
    if one.id_of:
        shape = {"type": "string", "pattern": rf"^{one.id_of}_[0-9A-HJKMNP-TV-Z]{{26}}$"}
        example = f"{one.id_of}_{_ID}"
        parameters.append(
            {"name": "id", "in": "path", "required": True, "schema": shape, "example": example}
        )
    for name, given in schemas[one.query.__name__].get("properties", {}).items():
        schema = _without_null(given)
        parameter: Schema = {"name": name, "in": "query", "required": False, "schema": schema}
        if "description" in schema:
            parameter["description"] = schema.pop("description")
        parameters.append(parameter)
    if one.media == "text/event-stream":
        position = {"type": "string", "pattern": "^[0-9]{1,18}$"}
        parameters.append(
            {
                "name": "Last-Event-ID",
                "in": "header",
                "required": False,
                "description": "The position of the last event seen; it goes before `after`.",
                "schema": position,
            }
        )
    return parameters


def _responses(one: Operation) -> Schema:
    done: Schema = {"description": _DONE[one.status]}
    if one.answer is not None:
        shape = _ref(_component_name(one.answer))
        if one.media == "text/event-stream":
            done["description"] = "Server-Sent Events; `id` is the position, `data` one event."
            shape = _STREAMED
        done["content"] = {one.media: {"schema": shape}}
    if one.headers:
        done["headers"] = {name: _HEADERS[name] for name in one.headers}
    statuses = {401, 403, 422, 500, *one.errors}
    if one.id_of:
        statuses.add(404)
    if one.body is not None:
        statuses |= {400, 413, 415}
    refs = {str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses}
    return {str(one.status): done, **dict(sorted(refs.items()))}


def _component_name(model: type[BaseModel]) -> str:
    """Pydantic's name of a model's component: letters, digits, and `_` for the rest."""
    return re.sub(r"[^A-Za-z0-9.\-_]", "_", model.__name__)


def _problem(status: int) -> Schema:
    example = {
        "type": "/problems/not-found",
        "title": "There is no such thing",
        "status": 404,
        "detail": "There is no fax of that id.",
        "code": "not-found",
        "instance": f"/v1/faxes/fax_{_ID}",
        "request_id": "4f1c2d3e",
    }
    body: Schema = {"schema": _ref("Problem")}
    if status == 404:
        body["example"] = example
    written: Schema = {
        "description": _MEANING[status],
        "content": {problems.MEDIA_TYPE: body},
    }
    if status == 401:
        written["headers"] = {"WWW-Authenticate": _HEADERS["WWW-Authenticate"]}
    return written


# What answers without a key -----------------------------------------------------------------------


def _open_paths() -> dict[str, Schema]:
    """Health is described; pages for people are not operations."""
    status = {
        "type": "object",
        "properties": {"status": {"type": "string"}},
        "required": ["status"],
    }
    answer = {"description": "Yes.", "content": {"application/json": {"schema": status}}}
    no = {**answer, "description": "Not now."}
    fault = {"$ref": "#/components/responses/500"}
    return {
        "/livez": _health("isAlive", "Does it live?", {"200": answer, "500": fault}),
        "/readyz": _health("isReady", "Can it work?", {"200": answer, "500": fault, "503": no}),
    }


def _health(name: str, summary: str, responses: Schema) -> Schema:
    return {
        "get": {
            "operationId": name,
            "tags": ["gateway"],
            "summary": summary,
            "security": [],
            "responses": responses,
        }
    }
