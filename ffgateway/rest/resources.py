"""Documents of an appliance over HTTP, passed on as they come."""

from contextlib import AbstractAsyncContextManager, AsyncExitStack

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ffgateway.domain.downloads import Download
from ffgateway.domain.evidence import Known
from ffgateway.rest.operations import (
    ASKS_DEVICE,
    COVER_PAGE,
    ENTRY_KEY,
    FAX_KEY,
    Asked,
    Operation,
    applied,
    below_device,
    graded,
)
from ffgateway.services.gateway import Gateway

PDF = "application/pdf"


class Passed(StreamingResponse):
    """A document that is passed on. One that breaks off breaks the answer off as well."""

    def __init__(self, stack: AsyncExitStack, document: Download, headers: dict[str, str]) -> None:
        super().__init__(document.pieces, media_type=PDF, headers=headers)
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, then let go of the appliance, however it ended."""
        async with self._stack:
            await super().__call__(scope, receive, send)


async def _pass_on(
    asked: Asked, opening: AbstractAsyncContextManager[Known[Download]], *, name: str
) -> Response:
    async with AsyncExitStack() as stack:
        known = await stack.enter_async_context(opening)
        headers = {**graded(known), **applied(asked)}
        headers["Content-Disposition"] = f'inline; filename="{name}"'
        if known.value.length is not None:
            headers["Content-Length"] = str(known.value.length)
        return Passed(stack.pop_all(), known.value, headers)


async def cover_page(gateway: Gateway, asked: Asked) -> Response:
    """A cover page."""
    name = asked.place("name").removesuffix(".pdf")
    opening = gateway.resources.cover_page(asked.caller, asked.id, name)
    return await _pass_on(asked, opening, name=f"{name}.pdf")


async def preview(gateway: Gateway, asked: Asked) -> Response:
    """What an entry of an appliance looks like."""
    fax_key, entry_key = asked.place("fax_key"), asked.place("entry_key")
    opening = gateway.resources.preview(asked.caller, asked.id, fax_key, entry_key)
    return await _pass_on(asked, opening, name=f"{fax_key}-{entry_key}.pdf")


async def fax_preview(gateway: Gateway, asked: Asked) -> Response:
    """What a fax looks like."""
    opening = gateway.resources.fax_preview(asked.caller, asked.id)
    return await _pass_on(asked, opening, name=f"{asked.id}.pdf")


OPERATIONS: tuple[Operation, ...] = (
    below_device("GET", "/cover-pages/{name}", "getCoverPage", "A cover page, as PDF",
        act=cover_page, scope="faxes:read", tag="devices", media=PDF,
        places={"name": COVER_PAGE}, functions=("data.cover_page",)),
    below_device("GET", "/faxes/{fax_key}/{entry_key}/preview", "getDeviceFaxPreview",
        "What an entry looks like, as PDF", act=preview, scope="faxes:read", tag="devices",
        media=PDF, places={"fax_key": FAX_KEY, "entry_key": ENTRY_KEY},
        functions=("data.preview",)),
    Operation(
        method="GET", path="/v1/faxes/{id}/preview", name="getFaxPreview", tag="faxes",
        summary="What a fax looks like on its appliance, as PDF", act=fax_preview,
        scope="faxes:read", id_of="fax", media=PDF, errors=(409, *ASKS_DEVICE),
        functions=("data.preview",)),
)  # fmt: skip
"""What of this room is routed."""
