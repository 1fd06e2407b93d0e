"""GraphQL over HTTP, the request: what is asked, by which method, and what its client can read.

After the GraphQL-over-HTTP draft, and RFC draft-ietf-httpbis-safe-method-w-body for QUERY. A body is
`application/json` and nothing else: what a form on a strange page can send is refused (the guard
against forged requests; nor does anything let a client in but the `Authorization` header, which no
page can send to another host unasked). Each flaw is a `Refused` with the status to answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from ffgateway.domain.document_errors import DocumentTooLarge
from ffgateway.graphql.documents import Documents

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
STREAM = "text/event-stream"

OFFERED = (JSON, RESPONSE, STREAM)
"""What an answer can be, the first for whoever reads anything."""


LARGEST = 4 << 20
"""Bytes of a body. It is in memory while it is run, three times over: what is larger goes by REST."""


class Refused(Exception):
    """A request that is not run at all."""

    def __init__(
        self, status: int, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One operation that somebody wants run."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


async def read(request: Request, documents: Documents) -> Asked:
    """Read the operation from the query (GET, HEAD) or the body.

    Raises `Refused`, and `NotFound` for a `documentId` that is not known.
    """
    if request.method in {"GET", "HEAD"}:
        return asked(_of_query(request), documents)
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = re.search(r'charset\s*=\s*"?([^";\s]+)', parameters, re.IGNORECASE)
    if kind.strip().lower() != JSON or (charset and charset[1].lower() not in {"utf-8", "utf8"}):
        raise Refused(415, f"Operations come as {JSON}, in UTF-8.", headers={"Accept-Query": JSON})
    return asked(_of_json(await _body(request), "The body"), documents)


async def _body(request: Request) -> bytes:
    """The body, whole. Raises `DocumentTooLarge` as soon as it is more than `LARGEST`."""
    body = bytearray()
    declared = request.headers.get("content-length", "")
    if not declared.isdecimal() or int(declared) <= LARGEST:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST:
                break
        else:
            return bytes(body)
    raise DocumentTooLarge(
        f"The request has more than {LARGEST} bytes, and an operation is read whole.",
        field="documents",
        cure="Send it by POST /v1/faxes (the file itself, a form or JSON), which streams documents of"
        " any size that an appliance takes; what comes of it is here as fax(id:).",
    )


def _of_query(request: Request) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, text in request.query_params.multi_items():
        if name in given:
            raise Refused(400, f"{name} is there twice.")
        given[name] = text or None
    for name in ("variables", "extensions"):
        if given.get(name) is not None:
            given[name] = _of_json(given[name], name)
    return given


def _of_json(text: str | bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as flaw:
        raise Refused(400, f"{what} is not JSON: {flaw.msg}") from flaw


def asked(given: object, documents: Documents) -> Asked:
    """Read the parameters of one operation. Raises as `read` does."""
    if isinstance(given, list):
        raise Refused(400, "One operation at a time: batches of them are not run.")
    if not isinstance(given, dict):
        raise Refused(400, "An operation is an object, with the document in query.")
    for name, kind, said in (
        ("query", str, "a string"),
        ("documentId", str, "a string"),
        ("operationName", str, "a string"),
        ("variables", dict, "an object"),
        ("extensions", dict, "an object"),
    ):
        if not isinstance(given.get(name), kind | None):
            raise Refused(400, f"{name} must be {said}.")
    query, document_id = given.get("query"), given.get("documentId")
    if bool(query) == bool(document_id):
        raise Refused(400, "An operation has a query, or a documentId in its place.")
    return Asked(
        query=query or documents.text(document_id or ""),
        operation_name=given.get("operationName"),
        variables=given.get("variables"),
        extensions=given.get("extensions"),
    )


def wants_page(request: Request) -> bool:
    """Whether a browser came by, for the page, and asks for no operation."""
    named = {"query", "documentId"} & set(request.query_params)
    return not named and any(kind == "text/html" for kind, _ in _accepted(request))


def media(request: Request) -> str:
    """The kind of answer that its client likes best. Raises `Refused` (406) when there is none."""
    accepted = _accepted(request)
    refused = {kind for kind, weight in accepted if not weight}
    best, most = "", 0.0
    for kind, weight in accepted:
        covered = (one for one in OFFERED if _covers(kind, one) and one not in refused)
        chosen = next(covered, "")
        if chosen and weight > most:
            best, most = chosen, weight
    if not best:
        raise Refused(406, f"Answers are {JSON}, {RESPONSE} or {STREAM}.")
    if best == STREAM and request.method != "POST":
        raise Refused(406, "Streams are asked for by POST.")
    return best


def _covers(accepted: str, offered: str) -> bool:
    return accepted in {offered, "*/*", offered.partition("/")[0] + "/*"}


def _accepted(request: Request) -> list[tuple[str, float]]:
    """Media types and their weights, as they come; anything, when nothing is said (RFC 9110, 12.5.1)."""
    lines = ", ".join(request.headers.getlist("accept")) or "*/*"
    found = []
    for part in lines.split(","):
        kind, _, parameters = part.partition(";")
        weight = re.search(r"(?:^|;)\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)", parameters, re.IGNORECASE)
        found.append((kind.strip().lower(), float(weight[1]) if weight else 1.0))
    return found
