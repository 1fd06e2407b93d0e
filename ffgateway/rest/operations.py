"""What an operation of the REST surface is: one entry of the table that routing and OpenAPI share.

An act is a function of the gateway and the request in readable form; it returns a response or
raises an error that `problems` translates.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response

from ffgateway.domain import preferences
from ffgateway.domain.access import Caller, Needs, Scope
from ffgateway.domain.audit import Call
from ffgateway.domain.errors import TooManyWrongKeys, Unauthenticated
from ffgateway.domain.evidence import Known
from ffgateway.domain.pages import Page
from ffgateway.domain.records import OWNER
from ffgateway.domain.versions import etag_of
from ffgateway.rest.answers import Json
from ffgateway.rest.bodies import NoQuery, Query, Strict
from ffgateway.services.gateway import Gateway

LONGEST_ID = 64
"""Characters of a path that the record takes for an id of ours."""

LIGHT, HEAVY = 1, 10
"""What it costs to look at what the gateway has; and to change something, or to ask an appliance."""

M = TypeVar("M", bound=BaseModel)
Noun = TypeVar("Noun")
Out = TypeVar("Out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that was let in and read: by whom, for which thing (`id`, "" for none), with what.

    `key` is the `Idempotency-Key` of a POST.
    """

    caller: Caller
    request: Request
    id: str
    query: Query
    body: Strict | None
    key: str | None = None

    def place(self, name: str) -> str:
        """A word of the path other than the id; its form was checked."""
        return str(self.request.path_params[name])

    @property
    def if_match(self) -> str | None:
        """The version that the caller saw, as `domain.versions.expect` reads it."""
        given = self.request.headers.getlist("if-match")
        return ",".join(given) if given else None

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


@dataclass(frozen=True, slots=True)
class Link:
    """Where an answer leads: an operation by name, and its parameters as OpenAPI's runtime expressions."""

    operation: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A word of a path: the whole of it must match `pattern`, or there is no such thing."""

    pattern: str
    description: str
    example: str


USERNAME: Final = Place(pattern=OWNER, description="A user of the appliance.", example="admin")
RECORD: Final = Place(
    pattern=f"{OWNER}~[0-9]{{1,9}}",
    description="`OWNER~N`: whose list, and the number in it; `global~N` in the one for everybody.",
    example="admin~1",
)
LINE: Final = Place(pattern="[1-9][0-9]{0,2}", description="A modem or channel.", example="1")
ROUTE: Final = Place(pattern="[0-9]{1,9}", description="The number of the route.", example="1")
FAX_KEY: Final = Place(
    pattern="[0-9A-F]{8}", description="The appliance's key of a fax.", example="0000001B"
)
ENTRY_KEY: Final = Place(
    pattern="[0-9A-F]{4}", description="The key of one recipient's entry.", example="0000"
)

COVER_PAGE: Final = Place(
    pattern="[A-Za-z0-9_-][A-Za-z0-9._ -]{0,99}",
    description="The name of a cover page, with or without `.pdf`.",
    example="default",
)

ASKS_DEVICE: Final = (404, 501, 502, 503, 504)
"""What every operation may answer that asks an appliance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """That an operation is to go: deprecated `since` (RFC 9745), gone at `sunset` (RFC 8594), `link` says more."""

    since: datetime
    sunset: datetime | None = None
    link: str = ""

    def headers(self) -> dict[str, str]:
        """How HTTP says so, with every answer of the operation."""
        found = {"Deprecation": f"@{int(self.since.timestamp())}"}
        if self.sunset is not None:
            found["Sunset"] = format_datetime(self.sunset.astimezone(UTC), usegmt=True)
        if self.link:
            found["Link"] = f'<{self.link}>; rel="deprecation"; type="text/html"'
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path.

    `id_of` is the prefix of the ids in the path, `places` its other words. `errors` are the
    statuses beyond those that every operation of its kind can have. `form` says that the act reads
    the body itself. `functions` are those of the appliance that it may use: how they are known is
    part of the documentation and of the answer. `conditional` honours `If-Match`, `patient` the
    client's `Prefer: wait=` where that is not a matter of course.
    `other_media` are types beside `media` that the client may choose.
    `sooner` is the status, with the same answer, when what was promised is done already within that
    patience. `links` are those that `links_of` cannot find by itself.
    `ending` is for one that clients should leave.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    act: Act
    scope: str
    scope_too: str = ""
    scope_instead: str = ""
    status: int = 200
    query: type[Query] = NoQuery
    body: type[Strict] | None = None
    form: bool = False
    answer: type[BaseModel] | None = None
    media: str = "application/json"
    other_media: tuple[str, ...] = ()
    id_of: str = ""
    errors: tuple[int, ...] = ()
    headers: tuple[str, ...] = field(default=())
    places: Mapping[str, Place] = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    conditional: bool = False
    patient: bool = False
    sooner: int | None = None
    links: tuple[Link, ...] = ()
    ending: Ending | None = None

    @property
    def cost(self) -> int:
        """What it takes out of the caller's budget, a page's items apart: as much as over GraphQL."""
        return LIGHT if self.method == "GET" and not self.functions else HEAVY

    @property
    def tagged(self) -> bool:
        """Whether it shows one thing, whose tag a client may have (`If-None-Match`)."""
        single = self.answer is not None and "items" not in self.answer.model_fields
        return self.method == "GET" and single and self.media == "application/json"

    @property
    def lasting(self) -> bool:
        """Whether that is a record of an appliance, which need not be asked for anew at once."""
        return self.tagged and bool(self.functions) and "ETag" in self.headers

    @property
    def minimal(self) -> bool:
        """Whether its answer may be left out (`Prefer: return=minimal`): who changes something knows it."""
        return self.method == "PATCH" and self.answer is not None

    @property
    def needs(self) -> Needs:
        """The scopes that it takes: `scope`, and `scope_too`; or the one `instead`."""
        named = [Scope(one) for one in (self.scope, self.scope_too) if one]
        return Needs(*named, instead=Scope(self.scope_instead) if self.scope_instead else None)

    @property
    def hears_patience(self) -> bool:
        """Whether the client may say how long it waits for an appliance: it can in every read."""
        return self.patient or (bool(self.functions) and self.method == "GET")


def below_device(method: str, path: str, name: str, summary: str, **more: Any) -> Operation:
    """An operation below `/v1/devices/{id}`; its tag is the first word of `path`.

    With `functions` come the answers that an appliance may cause; PATCH and DELETE with a `Place`
    and a readable record behind it should be `conditional`.
    """
    errors = (*more.pop("errors", ()), *(ASKS_DEVICE if more.get("functions") else ()))
    if more.get("conditional"):
        errors = (*errors, 412)
    return Operation(
        method=method,
        path=f"/v1/devices/{{id}}{path}",
        name=name,
        tag=more.pop("tag", path.split("/")[1]),
        summary=summary,
        id_of="dev",
        errors=errors,
        **more,
    )


async def caller_of(gateway: Gateway, request: Request, operation: str) -> Caller:
    """Say who asks, for an operation by name; a wrong key is on record.

    Raises `Unauthenticated`; the scheme's name is case-insensitive (RFC 9110, 11.1).
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("There is no key.", cure="Send `Authorization: Bearer ffgw_…`.")
    request_id = getattr(request.state, "request_id", "")
    address = request.client.host if request.client else ""
    operation = f"rest:{operation}"
    try:
        principal = await gateway.keys.authenticate(token.strip(), address=address)
    except (Unauthenticated, TooManyWrongKeys):
        await gateway.recording.refused(operation, request_id=request_id, address=address)
        raise
    request.state.principal = principal.id
    call = Call(operation, resource=str(request.path_params.get("id", ""))[:LONGEST_ID])
    return Caller(principal=principal, request_id=request_id, address=address, call=call)


def charge(gateway: Gateway, request: Request, caller: Caller, cost: int) -> None:
    """Take the price of a request. What is left is told with the answer, whatever that is.

    Raises `QuotaExceeded`.
    """
    standing = gateway.quotas.spend(caller.principal.id, cost)
    if standing is not None:
        tell(request, standing.headers())


def tell(request: Request, headers: Mapping[str, str]) -> None:
    """Have headers sent with the answer, whatever that will be."""
    request.state.headers = {**getattr(request.state, "headers", {}), **headers}


def patient(caller: Caller, request: Request, operation: Operation) -> Caller:
    """The caller with the patience it asks for, where that can mean anything."""
    if operation.hears_patience or operation.minimal:
        prefer = preferences.checked(request.headers.get("prefer", ""))
    if operation.tagged:
        preferences.checked(request.headers.get("if-none-match", ""), "If-None-Match")
    if not operation.hears_patience:
        return caller
    return replace(caller, patience=preferences.wait(prefer))


def told(
    asked: Asked,
    known: Known[Noun],
    write: Callable[[Noun], object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An appliance's answer as JSON, with the grade of how we know it (`X-FFWS-Evidence`).

    For a single record add `headers=version_of(record)`.
    """
    return Json(
        write(known.value),
        status_code=status,
        headers={**graded(known), **applied(asked), **(headers or {})},
    )


def told_page(asked: Asked, known: Known[Page[Noun]], write: Callable[[Noun], object]) -> Response:
    """A page of an appliance's list, with its grade."""
    answer = page_answer(asked, known.value, write)
    answer.headers.update({**graded(known), **applied(asked)})
    return answer


def graded(known: Known[Any]) -> dict[str, str]:
    """The header that says how the answer's form is known."""
    return {"X-FFWS-Evidence": known.evidence.value}


def applied(asked: Asked) -> dict[str, str]:
    """The header that says which preference was heard (RFC 7240, section 3)."""
    patience = asked.caller.patience
    return {} if patience is None else {"Preference-Applied": f"wait={patience.seconds}"}


def version_of(record: object) -> dict[str, str]:
    """The header with the version of a record."""
    return {"ETag": etag_of(record)}


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
