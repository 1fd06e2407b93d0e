"""The OpenAPI 3.1 document, written from the same table that routes are made of.

Schemas are pydantic's own, so what is published is what is checked. Custom formats name what no
pattern can: `cursor` (one a page gave), `pem-certificate`, `document` (base64 of a PDF or a text).
"""

import re
from collections.abc import Mapping, Sequence

import orjson
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ffgateway import __version__
from ffgateway.domain.preferences import LONGEST
from ffgateway.rest import fax_bodies, problems
from ffgateway.rest.batches_shapes import BatchRequest, BatchSettings
from ffgateway.rest.bounds import bound
from ffgateway.rest.forms import DOCUMENT, batch_form, fax_form, without_null
from ffgateway.rest.links import links_of
from ffgateway.rest.operations import Operation
from ffgateway.rest.table import OPERATIONS
from ffgateway.rest.wording import (
    BODIES,
    DESCRIPTION,
    DONE,
    EXAMPLES,
    HEADERS,
    ID,
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    MEANING,
    RATE,
    SOONER,
    TAGS,
    Schema,
)
from ffgateway.services.documents import ACCEPTED
from ffgateway.services.functions import FUNCTIONS

_STREAMED: Schema = {
    "type": "object",
    "description": "One event of the stream; `data` is an `EventOut` as JSON.",
    "required": ["id", "event", "data"],
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
}


def document(
    webhooks: Mapping[str, Schema] | None = None, operations: Sequence[Operation] = OPERATIONS
) -> Schema:
    """Write the document; `webhooks` goes into its section of that name as it is."""
    components = _schemas(operations)
    paths: dict[str, Schema] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, components)
    paths |= _open_paths()
    written: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": "ffgateway",
            "version": __version__,
            "summary": "One address in front of a fleet of FaxFinder appliances.",
            "description": DESCRIPTION,
            "contact": {"name": "Whoever runs this gateway"},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {
                "url": "/",
                "x-internal": False,
                "description": "This gateway, in production or wherever it runs.",
            }
        ],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
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
            "responses": {str(status): _problem(status) for status in MEANING},
        },
    }
    if webhooks is not None:
        written["webhooks"] = dict(webhooks)
    whole: Schema = orjson.loads(
        orjson.dumps(written)
    )  # its parts are shared with what is no document
    bound(whole)
    return whole


# Schemas ----------------------------------------------------------------------------------------


def _models(operations: Sequence[Operation]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    used: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for one in (*OPERATIONS, *operations):
        used[one.query, "validation"] = None
        if one.body is not None:
            used[one.body, "validation"] = None
        if one.answer is not None:
            used[one.answer, "serialization"] = None
    used[fax_bodies.FaxSettings, "validation"] = None
    used[BatchSettings, "validation"] = None
    return list(used)


def _schemas(operations: Sequence[Operation]) -> dict[str, Schema]:
    """Schemas of all operations, and of those that are no part of the table."""
    models = _models(operations)
    _, written = models_json_schema(models, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Schema] = written["$defs"]
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
    schemas["FaxForm"] = fax_form(schemas.pop("FaxSettings"))
    schemas["BatchForm"] = batch_form(schemas.pop("BatchSettings"))
    schemas["Problem"] = problems.SCHEMA
    return schemas


def _query_names() -> frozenset[str]:
    return frozenset(one.query.__name__ for one in OPERATIONS)


# Operations -------------------------------------------------------------------------------------


def _operation(one: Operation, schemas: Mapping[str, Schema]) -> Schema:
    written: Schema = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": one.summary,
        "description": _description(one),
        "parameters": _parameters(one, schemas),
        "responses": _responses(one),
    }
    if one.ending is not None:
        written["deprecated"] = True
    if one.body is not None:
        written["requestBody"] = {"required": True, "content": _content(one)}
    return written


def _description(one: Operation) -> str:
    """The scope, and of each function of the appliance how it is known."""
    said = [one.needs.told()]
    if one.form:
        said.append(BODIES)
    for name in one.functions:
        function = FUNCTIONS[name]
        known = (
            f"Asks the appliance for `{name}` ({function.evidence.value}: {function.source})."
            if function.source
            else f"Asks the appliance for `{name}`, a **stand-in**: no wire form of it is public,"
            " so this is a form of this project's own making until an override says better."
        )
        said.append(known)
    return "\n\n".join(said)


def _content(one: Operation) -> Schema:
    name = one.body.__name__ if one.body else ""
    content: Schema = {"application/json": {"schema": _ref(name)}}
    if one.form:
        encoding: Schema = {
            field: {"contentType": "application/json"}
            for field in ("recipients", "sender", "cover_page")
        }
        encoding["documents"] = {"contentType": "application/pdf, text/plain"}
        if name == BatchRequest.__name__:
            encoding["recipients"] = {"contentType": "text/csv"}
        else:
            for kind in ACCEPTED:  # the document itself, its settings in the query
                content[kind] = {"schema": {**DOCUMENT}}
        form = name.replace("Request", "Form")
        content["multipart/form-data"] = {"schema": _ref(form), "encoding": encoding}
    return content


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameters(one: Operation, schemas: Mapping[str, Schema]) -> list[Schema]:
    parameters: list[Schema] = []
    if one.id_of:
        shape = {"type": "string", "pattern": rf"^{one.id_of}_[0-9A-HJKMNP-TV-Z]{{26}}$"}
        example = f"{one.id_of}_{ID}"
        parameters.append(
            {"name": "id", "in": "path", "required": True, "schema": shape, "example": example}
        )
    for name, place in one.places.items():
        parameters.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": place.description,
                "schema": {"type": "string", "pattern": f"^{place.pattern}$"},
                "example": place.example,
            }
        )
    asked = schemas[one.query.__name__]
    for name, given in asked.get("properties", {}).items():
        schema = without_null(given)
        as_json = schema.pop(fax_bodies.AS_JSON, False)
        written = {"content": {"application/json": {"schema": schema}}}
        needed = name in asked.get("required", ())
        parameter: Schema = {"name": name, "in": "query", "required": needed}
        parameter |= written if as_json else {"schema": schema}
        if "description" in schema:
            parameter["description"] = schema.pop("description")
        parameters.append(parameter)
    parameters.extend(_header_parameters(one))
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


def _header_parameters(one: Operation) -> list[Schema]:
    found: list[Schema] = []
    if one.method == "POST":
        found.append(IDEMPOTENCY_KEY)
    if one.conditional:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": False,
                "description": "The ETag that was read; with another version nothing is written.",
                "schema": {"type": "string", "pattern": '^("[0-9a-f]{32}"|\\*)$'},
            }
        )
    if one.tagged:
        found.append(IF_NONE_MATCH)
    if one.hears_patience or one.minimal:
        wanted = (
            "`return=minimal`: without the record in the answer"
            if one.minimal
            else "`wait=N`: how many seconds to wait for the appliance"
        )
        found.append(
            {
                "name": "Prefer",
                "in": "header",
                "required": False,
                "description": f"{wanted} (RFC 7240). What cannot be read is ignored.",
                "schema": {"type": "string", "format": "preferences", "maxLength": LONGEST},
                "example": "return=minimal" if one.minimal else "wait=10",
            }
        )
    return found


_BARE: dict[str, Schema] = {
    "application/pdf": {"type": "string", "format": "binary"},
    "application/x-ndjson": {"type": "string"},
    "application/fhir+ndjson": {"type": "string"},
    "text/csv": {"type": "string"},
}
"""Answers that are no JSON."""


def _responses(one: Operation) -> Schema:
    done: Schema = {"description": DONE[one.status]}
    if one.answer is not None:
        shape = _ref(_component_name(one.answer))
        if one.media == "text/event-stream":
            done["description"] = "Server-Sent Events; `id` is the position, `data` one event."
            shape = _STREAMED
        done["content"] = {one.media: {"schema": shape}}
    for bare in (one.media, *one.other_media):
        if bare in _BARE:
            done.setdefault("content", {})[bare] = {"schema": _BARE[bare]}
    done["headers"] = {name: HEADERS[name] for name in (*_headers(one), *RATE)}
    links = links_of(one, OPERATIONS)
    if links:
        done["links"] = links
    good = {str(one.status): done, **_bodiless(one)}
    if one.sooner is not None:
        good[str(one.sooner)] = {**done, "description": SOONER}
    refs = {str(status): {"$ref": f"#/components/responses/{status}"} for status in _failures(one)}
    return {**dict(sorted(good.items())), **dict(sorted(refs.items()))}


def _headers(one: Operation) -> list[str]:
    headers = [*one.headers]
    if one.functions:
        headers.append("X-FFWS-Evidence")
    if one.tagged and "ETag" not in headers:
        headers.append("ETag")
    if one.hears_patience or one.minimal:
        headers.append("Preference-Applied")
    if one.ending is not None:
        headers += [name for name in one.ending.headers() if name not in headers]
    if one.method == "POST":
        headers.append("Idempotency-Replayed")
    return headers


def _bodiless(one: Operation) -> dict[str, Schema]:
    """What is answered without a body to who has it, or does not want it."""
    status, *more = (304,) if one.tagged else (204, "Preference-Applied") if one.minimal else (0,)
    headers = {name: HEADERS[name] for name in ("ETag", *more, *RATE)}
    return {str(status): {"description": DONE[status], "headers": headers}} if status else {}


def _failures(one: Operation) -> set[int]:
    statuses = {401, 403, 414, 422, 429, 431, 500, 503, 507, *one.errors}
    if one.conditional:
        statuses.add(428)
    if one.id_of:
        statuses.add(404)
    if one.method == "POST":
        statuses.add(409)  # for its Idempotency-Key, if for nothing else
    if one.body is not None:
        statuses |= {400, 408, 413, 415}
    return statuses


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
        "instance": f"/v1/faxes/fax_{ID}",
        "request_id": "4f1c2d3e",
    }
    body: Schema = {"schema": _ref("Problem")}
    if status == 404:
        body["example"] = example
    written: Schema = {
        "description": MEANING[status],
        "content": {problems.MEDIA_TYPE: body},
    }
    headers = [*(RATE if status < 500 else ())]
    if status == 401:
        headers.append("WWW-Authenticate")
    if status in {409, 429, 503, 507}:
        headers.append("Retry-After")
    if headers:
        written["headers"] = {name: HEADERS[name] for name in headers}
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
    no = {**_problem(503), "description": "Not now."}
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
            "description": "For who watches over this gateway. It needs no key and costs nothing.",
            "security": [],
            "responses": responses,
        }
    }
