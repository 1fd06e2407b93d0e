"""A raw exchange: bytes to an appliance and back, with nothing of what they mean."""

from dataclasses import replace
from urllib.parse import quote

from ffgateway.devices.client import Appliance
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.exchange import LARGEST_REPLY, RawAnswer, RawRequest, Reply
from ffgateway.ffws.elements import REQUEST_LIMIT
from ffgateway.ffws.errors import FfwsError, MalformedDocument
from ffgateway.ffws.exchange import CONTENT_TYPE, WireRequest
from ffgateway.ffws.lossless import Node, to_json, to_xml
from ffgateway.ffws.paths import ROOT, Evidence, Operation


def body_of(request: RawRequest) -> bytes:
    """The body as bytes. XML goes as it is, well-formed or not: that may be the question.

    Raises `InvalidRequest` for JSON that is no document.
    """
    if request.json is not None:
        try:
            body = to_xml(request.json)
        except FfwsError as wrong:
            raise InvalidRequest(
                f"That is no document: {wrong}.",
                field="json",
                cure='Every element is {"name", "attributes", "children", "text"}.',
            ) from None
    else:
        body = _encoded(request.xml or "", "xml")
    if len(body) > REQUEST_LIMIT:
        raise InvalidRequest("The body is too large.", field="xml", cure="No appliance takes it.")
    return body


async def exchange(box: Appliance, request: RawRequest, body: bytes) -> RawAnswer:
    """Send a request once, on a fresh connection; any status of the appliance's is an answer."""
    path = "/".join(quote(_checked(part), safe="") for part in request.path.split("/"))
    reply = await box.exchange(
        WireRequest(
            method=request.method,
            path=f"{ROOT}/{path}",
            query=tuple((_checked(name), _checked(value)) for name, value in request.query),
            headers=(("Accept", "*/*"), ("Content-Type", CONTENT_TYPE)),
            operation=_any(request.method),
        ),
        content=body,
        most=LARGEST_REPLY,
    )
    return _told(reply)


def _any(method: str) -> Operation:
    return Operation(
        name="raw",
        method=method,
        path="",
        evidence=Evidence.OBSERVED,
        source="whoever sends it",
        writes=method != "GET",
    )


def _told(reply: Reply) -> RawAnswer:
    told = RawAnswer(
        status=reply.status,
        content_type=reply.content_type,
        size=len(reply.body),
        limited=reply.limited,
    )
    tree = None if reply.limited else _tree(reply.body)
    if tree is None:
        return replace(told, content=reply.body)
    return replace(told, xml=_text(reply.body, tree), json=tree)


def _tree(body: bytes) -> Node | None:
    try:
        return to_json(body)
    except MalformedDocument:
        return None


def _text(body: bytes, tree: Node) -> str:
    """The document as text: the appliance's own where it is UTF-8, else written anew."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return to_xml(tree).decode("utf-8")


def _checked(text: str) -> str:
    _encoded(text, "path")
    return text


def _encoded(text: str, field: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidRequest(
            "It has half a character.", field=field, cure="Use whole ones."
        ) from None
