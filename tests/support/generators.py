"""What schemathesis cannot guess from a format's name: documents that are documents, and so on."""

import base64
import re
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import schemathesis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import strategies
from pydantic import BaseModel, TypeAdapter, ValidationError

from ffgateway.domain.pages import offset_cursor, write_cursor
from ffgateway.ffws.paths import OPERATIONS
from ffgateway.rest.bodies import Moment
from ffgateway.rest.devices_shapes import OverrideBody
from ffgateway.rest.exchange_shapes import RawBody
from ffgateway.rest.fax_bodies import SendQuery
from tests.support import checks  # noqa: F401  # whoever loads this holds to them
from tests.support.documents import pdf
from tests.support.living import LIVING, SOMEBODY, SPARE

moments: TypeAdapter[datetime] = TypeAdapter(Moment)
DEVICE = re.compile("dev_[0-9A-HJKMNP-TV-Z]{26}")
FEW, LATER = 20, "2099-01-01T00:00:00Z"
"""A fax to more numbers than a few is for later: sending hundreds keeps the gateway from answering."""

THERE = (
    ("contact_id", "admin~1", "admin~9"),
    ("group_id", "admin~1", "admin~2"),
    ("fax_key", "0000001B", "00000001"),
)
"""Places in a path: the example of the document, and what is there on the seeded appliance."""

NUMBER = "555-0100"
CURSOR = write_cursor("7")
KEYS = (f"of our own {number}" for number in count())
DOCUMENT = pdf(1)

PLAIN = DOCUMENT.replace(b"%\xe2\xe3\xcf\xd3", b"%....").decode("ascii")
"""The same as text: the comment that marks a PDF as binary is nothing but that (ISO 32000-1, 7.5.2).

Schemathesis cannot hold bytes to a schema. A form into which a link has put a value is looked at
again, and with bytes in it is taken for a wrong one, whatever else it says.
"""


def certificate() -> str:
    """A self-signed certificate in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "appliance")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


just = strategies.just
PDF = base64.b64encode(DOCUMENT).decode()
schemathesis.openapi.format("document", just(PDF))
schemathesis.openapi.format("cursor", just(CURSOR))
schemathesis.openapi.format("pem-certificate", just(certificate()))
schemathesis.openapi.format(
    "iana-time-zone", strategies.sampled_from(["UTC", "America/Chicago", "Europe/Berlin"])
)
schemathesis.openapi.format("binary", just(PLAIN))
schemathesis.openapi.format("recipients-csv", just("fax_number,name\n5550100,Ada\n"))
schemathesis.openapi.media_type("text/csv", just(b"fax_number,name\n5550100,Ada\n"))
schemathesis.openapi.media_type("application/pdf", just(DOCUMENT))
schemathesis.openapi.media_type("text/plain", just(b"A page of text."))


PREVIEW = "/v1/faxes:preview"


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: Any
) -> None:
    """Put in what a document cannot say, where what is there is well-formed."""
    path, places = case.operation.path, case.path_parameters
    _spare(path, case)
    _new_key(case)
    if isinstance(case.body, dict):
        _sensible(path, case.body)
    if path in {"/v1/faxes", PREVIEW, "/v1/batches"} and isinstance(case.body, dict):
        numbers: Any = case.body.get("recipients") or case.body.get("to")
        if isinstance(numbers, list) and len(numbers) > FEW:
            case.body.setdefault("send_at", LATER)
    if path in {"/v1/faxes", PREVIEW} and case.method == "POST":
        _settings_where_they_belong(case)
    if not path.startswith("/v1/devices/{id}/"):
        return
    for name, example, there in THERE:
        if places.get(name) == example:
            places[name] = there
    if case.query.get("cursor") == CURSOR:
        case.query["cursor"] = offset_cursor(7)
    start, end = case.query.get("start"), case.query.get("end")
    if _is_moment(start) and _is_moment(end) and _moment(end) < _moment(start):
        case.query["start"], case.query["end"] = end, start
    if "/groups" in path and isinstance(case.body, dict):
        # a member is of the group's own list, which the body does not name, or of everybody's
        members: Any = case.body.get("members")
        if isinstance(members, list):
            case.body["members"] = [_of_everybody(one) for one in members]


def _settings_where_they_belong(case: schemathesis.Case[Any]) -> None:
    """Leave a well-formed query to a body that is a document, and see to it that it has a number."""
    query = case.query
    if not _is(SendQuery, dict(query)):
        return
    if case.media_type not in {"application/pdf", "text/plain"}:
        query.clear()
        return
    if query.get("recipients") is not None:
        query.pop("to", None)
    elif not query.get("to"):
        query["to"] = [NUMBER]
    if len(query.get("to") or ()) > FEW:
        query.setdefault("send_at", LATER)


def _new_key(case: schemathesis.Case[Any]) -> None:
    """Use no key twice where all is right: it belongs to its first request."""
    headers: Any = case.headers
    if case.meta is None or not case.meta.generation.mode.is_positive or not headers:
        return
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = f'"{next(KEYS)}"'


def _spare(path: str, case: schemathesis.Case[Any]) -> None:
    """Let nothing change or retire the appliance that lives, nor the account used on it."""
    places, body = case.path_parameters, case.body
    if path == "/v1/devices/{id}" and case.method in {"PATCH", "DELETE"}:
        if places.get("id") == LIVING:
            places["id"] = SPARE
    elif path.endswith("/users/{username}") and case.method == "PATCH":
        if places.get("username") == "admin":
            places["username"] = SOMEBODY
    elif path.startswith("/v1/fleet/") and isinstance(body, dict):
        _at_home(body)


def _at_home(body: dict[str, Any]) -> None:
    chosen = body.get("devices")
    if isinstance(chosen, list) and all(DEVICE.fullmatch(str(one)) for one in chosen):
        body["devices"] = [LIVING, SPARE][: len(chosen)]
    users = body.get("users")
    for one in users if isinstance(users, list) else ():
        if isinstance(one, dict) and one.get("username") == "admin":
            one["username"] = SOMEBODY


def _moment(text: Any) -> datetime:
    at: datetime = moments.validate_python(text)
    return at


def _is_moment(value: Any) -> bool:
    try:
        return bool(_moment(value))
    except ValidationError:
        return False


def _sensible(path: str, body: dict[str, Any]) -> None:
    """Leave out what is well-formed and goes with nothing else in the body."""
    overrides = body.get("overrides")
    if path in {"/v1/devices", "/v1/devices/{id}"} and isinstance(overrides, dict):
        for name, one in overrides.items():
            if name in OPERATIONS and _is(OverrideBody, one):
                one.pop("path", None)  # must have the places of the one that it replaces
                one.pop("elements", None)  # must not give two the same name
    if path == "/v1/batches":
        _plainly(body)
    if path.startswith("/v1/webhooks"):
        _speakable(body)
    documents: Any = body.get("documents")
    for one in documents if isinstance(documents, list) else ():
        if isinstance(one, dict) and one.get("content") == PDF:
            _said_rightly(one)
    if path == "/v1/devices/{id}/ffws" and _is(RawBody, body):
        # one body at most, and none for what has none
        forms = [form for form in ("xml", "json") if body.get(form) is not None]
        for form in forms[0 if body["method"] in {"GET", "DELETE"} else 1 :]:
            body.pop(form)


def _speakable(body: dict[str, Any]) -> None:
    """Ask no server of the world for its consent, and bring a secret for what it is for alone."""
    if body.get("handshake") is True:
        body.pop("handshake")
    kinds: Any = body.get("signatures", [body.get("version", "v1")])
    if isinstance(body.get("secret"), str) and isinstance(kinds, list) and "v1" not in kinds:
        body.pop("secret")


def _said_rightly(document: dict[str, Any]) -> None:
    """Call a PDF one, where it is called something else that there is."""
    if document.get("content_type") == "text/plain":
        document["content_type"] = "application/pdf"


def _plainly(body: dict[str, Any]) -> None:
    """Leave out texts of recipients where there is no cover page to put them on."""
    cover, recipients = body.get("cover_page"), body.get("recipients")
    if isinstance(cover, dict) and cover.get("enabled") is True:
        return
    for one in recipients if isinstance(recipients, list) else ():
        if isinstance(one, dict):
            for text in ("subject", "comments"):
                if isinstance(one.get(text), str):
                    one.pop(text)


def _is(model: type[BaseModel], value: Any) -> bool:
    try:
        model.model_validate(value)
    except ValidationError:
        return False
    return True


def _of_everybody(member: Any) -> Any:
    known = isinstance(member, str) and re.fullmatch(r"[A-Za-z0-9._@-]{1,64}~[0-9]{1,9}", member)
    return f"global~{member.rpartition('~')[2]}" if known else member


@schemathesis.hook
def map_path_parameters(
    context: schemathesis.HookContext, path_parameters: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Ask the appliance that lives: an id at random is that of nothing. Wrong ids stay wrong."""
    below = context.operation is not None and context.operation.path.startswith("/v1/devices/{id}/")
    given = str((path_parameters or {}).get("id"))
    if path_parameters and below and DEVICE.fullmatch(given):
        path_parameters["id"] = LIVING
    return path_parameters
