"""The words of the OpenAPI document: tags, meanings of statuses, headers, examples of bodies."""

from typing import Any

from ffgateway.domain.evidence import Evidence
from ffgateway.domain.preferences import LONGEST

Schema = dict[str, Any]

ID = "01KARTX5RB4PSM9QE3V7Z0H2CD"
TAGS = {
    "faxes": "Send faxes and follow them.",
    "batches": "One thing to many.",
    "devices": "The appliances.",
    "webhooks": "Endpoints that are told what happens.",
    "events": "The log of everything that happens; its positions are cursors.",
    "audit": "Who did what.",
    "keys": "Who may come in.",
    "users": "The accounts of an appliance.",
    "contacts": "The address books of an appliance.",
    "groups": "Groups of an appliance's contacts.",
    "lines": "What an appliance's lines are doing.",
    "logs": "What an appliance remembers of faxes and calls.",
    "suppressions": "Numbers that nothing is sent to.",
    "inbound": "Faxes that come in.",
    "configuration": "How an appliance is set up.",
    "fleet": "One change for many appliances.",
    "gateway": "The gateway itself.",
}
MEANING = {
    400: "The request cannot be read.",
    401: "There is no key, or it is not known, or it has ended.",
    403: "The key lacks the scope, or its limits do not allow this.",
    404: "There is no such thing.",
    408: "The body comes too slowly.",
    409: "The present state does not allow this.",
    410: "The log no longer goes back that far: `oldest_position` says how far it does.",
    412: "The record was changed since it was read; nothing was written.",
    413: "The request is too large.",
    414: "The URL is too long.",
    415: "The body is of a type that is not read here.",
    422: "Something in the request is not valid; `field` says what.",
    428: "It must be said which version is to be changed; only where an operator demands it.",
    429: "The key asked for more in this minute, or sends more on this day, than it may; or too many"
    " wrong keys came from this address. Nothing was done.",
    431: "There are too many header fields, or they are too large.",
    500: "A fault of the gateway.",
    501: "The appliance does not have this function.",
    502: "The appliance refused, or is not who it should be.",
    503: "The appliance does not answer: it certainly did not act; or the database or the spool does not.",
    504: "The appliance gave no readable answer: it may have acted.",
    507: "There is no room for it; nothing of it was kept.",
}
RATE = ("RateLimit", "RateLimit-Policy")
"""Headers of every answer to who has a key, where it was asked for: their words say so."""

DESCRIPTION = """\
Faxes go out through whichever appliance of the fleet can take them, and everything that happens is told by
webhooks, by a stream and in a log. Every failure is `application/problem+json` with a stable `code`; its
`type` leads to a page about it. A POST with an `Idempotency-Key` is done once, however often it is sent.
What is answered is of the type that is named here, whatever `Accept` says (RFC 9110, 12.4.1); where several are
named, `Accept` or `format` chooses.
Custom formats name what no pattern can: `cursor` (one that a page gave), `pem-certificate`, `document`
(base64 of a PDF or a text), `preferences` (RFC 7240), `entity-tags` (RFC 9110)."""
DONE = {
    200: "Done.",
    201: "Made.",
    202: "Promised, and kept durably.",
    204: "Done; no body.",
    304: "As you have it.",
}
BODIES = (
    "The body is JSON with its documents in base64, a form with its documents as files, or one"
    " document itself. The query belongs to the last of these alone: it has the settings and, in"
    " `to` or `recipients`, the numbers; with another body it is refused. Whatever the body, its"
    " documents are stored as they come; besides them it has at most a mebibyte."
)
SOONER = (
    "An appliance took all of it within the patience of `Prefer: wait=N`. Without that header, when"
    " the time is over, and at once when it is not to be soon (held, for later, failed): 202."
)
HEADERS: dict[str, Schema] = {
    "Location": {"description": "Where the new thing is.", "schema": {"type": "string"}},
    "Link": {
        "description": 'The next page, `rel="next"` (RFC 8288); absent on the last one.',
        "schema": {"type": "string"},
    },
    "Deprecation": {
        "description": "Since when clients should leave this (RFC 9745).",
        "schema": {"type": "string", "pattern": "^@[0-9]{1,12}$"},
    },
    "Sunset": {
        "description": "When it will be gone (RFC 8594).",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "The version of the record as it is shown, for `If-Match` and `If-None-Match`.",
        "schema": {"type": "string"},
    },
    "X-Audit-Until": {
        "description": "Up to which row the log is told: the size of the checkpoint.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    },
    "X-FFWS-Evidence": {
        "description": "How the form of the appliance's answer is known; `stand-in` is a form of"
        " this project's own making, until an operator says what the appliance does.",
        "schema": {"type": "string", "enum": [one.value for one in Evidence]},
    },
    "Preference-Applied": {
        "description": "What was heard in `Prefer` (RFC 7240).",
        "schema": {"type": "string"},
    },
    "Idempotency-Replayed": {
        "description": "`true`: the answer that the first request with this key got.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {
        "description": "Seconds, with `quota-exceeded`, `too-many-wrong-keys`, `not-sealed` and"
        " `idempotency-key-in-use` alone.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,10}$"},
    },
    "RateLimit": {
        "description": "What is left of the key's budget (`r`), and the seconds until it is whole again"
        " (`t`), after draft-ietf-httpapi-ratelimit-headers; absent where there is none, and in what"
        " is refused before anybody asks for the key.",
        "schema": {"type": "string", "pattern": '^"[a-z-]{1,40}";r=[0-9]{1,10};t=[0-9]{1,10}$'},
        "example": '"default";r=59988;t=42',
    },
    "RateLimit-Policy": {
        "description": "The budget (`q`), and the seconds that it is for (`w`).",
        "schema": {"type": "string", "pattern": '^"[a-z-]{1,40}";q=[0-9]{1,10};w=[0-9]{1,10}$'},
        "example": '"default";q=60000;w=60',
    },
    "WWW-Authenticate": {"schema": {"type": "string"}, "description": "RFC 6750."},
}
IF_NONE_MATCH: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that you have: when it is still so, the answer is 304 and has no body."
    " A record of an appliance is not asked for again within some seconds then.",
    "schema": {"type": "string", "format": "entity-tags", "maxLength": LONGEST},
    "example": '"0123456789abcdef0123456789abcdef"',
}
IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A string of your choice, new for each thing to be done: the same request sent"
    " again with it is answered again and not done again. With another path or body it is refused"
    " (422, `idempotency-key-reused`); while the first one is still at work, after a wait, too (409,"
    " `idempotency-key-in-use`); and when nobody knows whether that was done (409,"
    " `idempotency-outcome-unknown`).",
    "schema": {
        "type": "string",
        "pattern": '^("([ !#-[\\]-~]|\\\\["\\\\]){1,255}"|[!#-+\\--:<-[\\]-~]{1,255})$',
    },
    "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
}
EXAMPLES: dict[str, Schema] = {
    "FaxRequest": {
        "recipients": [{"fax_number": "+16125550100", "name": "Ada"}],
        "documents": [
            {"name": "letter.txt", "content_type": "text/plain", "content": "SGVsbG8sIHdvcmxkLgo="}
        ],
        "client_reference": "PO-4711",
    },
    "BatchRequest": {
        "recipients": [
            {"fax_number": "+16125550100", "name": "Ada", "client_reference": "PO-1"},
            {"fax_number": "+16125550101", "client_reference": "PO-2"},
        ],
        "documents": [
            {"name": "letter.txt", "content_type": "text/plain", "content": "SGVsbG8sIHdvcmxkLgo="}
        ],
        "client_reference": "recall 7",
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
    "KeyRotation": {"overlap_seconds": 3600},
}
