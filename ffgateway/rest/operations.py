"""What an operation of the REST surface is: one entry of the table that routing and OpenAPI share.

An act is a function of the gateway and the request in readable form; it returns a response or
raises an error that `problems` translates.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response

from ffgateway.domain.access import Caller
from ffgateway.domain.errors import Unauthenticated
from ffgateway.domain.pages import Page
from ffgateway.rest.answers import Json
from ffgateway.rest.bodies import NoQuery, Query, Strict
from ffgateway.services.gateway import Gateway

M = TypeVar("M", bound=BaseModel)
Noun = TypeVar("Noun")
Out = TypeVar("Out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that was let in and read: by whom, for which thing (`id`, "" for none), with what."""

    caller: Caller
    request: Request
    id: str
    query: Query
    body: Strict | None

    def query_as(self, model: type[M]) -> M:
        """The query, of the model that the operation names."""
        return _as(self.query, model)

    def body_as(self, model: type[M]) -> M:
        """The body, of the model that the operation names."""
        return _as(self.body, model)


def _as(value: object, model: type[M]) -> M:
    if not isinstance(value, model):
        raise TypeError(f"{model.__name__} is not what this operation reads")
    return value


Act = Callable[[Gateway, Asked], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path.

    `id_of` is the prefix of the ids in the path. `errors` are the statuses beyond those that every
    operation of its kind can have. `form` says that the act reads the body itself.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    act: Act
    scope: str
    status: int = 200
    query: type[Query] = NoQuery
    body: type[Strict] | None = None
    form: bool = False
    answer: type[BaseModel] | None = None
    media: str = "application/json"
    id_of: str = ""
    errors: tuple[int, ...] = ()
    headers: tuple[str, ...] = field(default=())


async def caller_of(gateway: Gateway, request: Request) -> Caller:
    """Say who asks. Raises `Unauthenticated`; the scheme's name is case-insensitive (RFC 9110, 11.1)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("There is no key.", cure="Send `Authorization: Bearer ffgw_…`.")
    principal = await gateway.keys.authenticate(token.strip())
    request.state.principal = principal.id
    return Caller(
        principal=principal,
        request_id=getattr(request.state, "request_id", ""),
        address=request.client.host if request.client else "",
    )


def page_answer(asked: Asked, page: Page[Noun], write: Callable[[Noun], Out]) -> Response:
    """A page as JSON, with the way to the next one also as a `Link` (RFC 8288)."""
    items = [write(one) for one in page.items]
    link = {} if page.next is None else next_link(asked, cursor=page.next)
    return Json({"items": items, "next_cursor": page.next}, headers=link)


def next_link(asked: Asked, **changed: str) -> dict[str, str]:
    """The header that leads on: this very request with other parameters."""
    url: URL = asked.request.url
    kept = [pair for pair in asked.request.query_params.multi_items() if pair[0] not in changed]
    return {"Link": f'<{url.path}?{urlencode([*kept, *changed.items()])}>; rel="next"'}
