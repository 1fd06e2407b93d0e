"""Pages of other origins: which may read what the gateway answers. None, unless an operator lists them.

A key travels in `Authorization`, which a page has to set itself: there is nothing that a browser would
send along by itself, so credentials in the sense of CORS are never allowed, and `*` is safe.
"""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

METHODS = "GET, HEAD, POST, PATCH, PUT, DELETE, QUERY"
FIELDS = (
    "Authorization, Content-Type, Accept, Idempotency-Key, If-Match, If-None-Match, Prefer,"
    " Last-Event-ID, X-Request-Id"
)
SHOWN = (
    "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, Preference-Applied, Allow,"
    " Idempotency-Replayed, X-Request-Id, X-FFWS-Evidence, X-Audit-Until, Deprecation, Sunset,"
    " WWW-Authenticate, Content-Disposition"
)
"""What a page may read besides the few fields that it always may."""

KEPT = "600"
"""Seconds that a browser keeps what it was told."""


@dataclass(frozen=True, slots=True)
class Cors:
    """The origins that are let in: `https://app.example`, or `*` for every one."""

    origins: frozenset[str] = frozenset()

    def headers(self, scope: Scope) -> dict[str, str]:
        """What goes with every answer to a page of another origin."""
        if not self.origins:
            return {}
        origin = Headers(scope=scope).get("origin", "")
        told = {"Vary": "Origin"}
        if "*" in self.origins:
            told = {"Access-Control-Allow-Origin": "*"}
        elif origin in self.origins:
            told["Access-Control-Allow-Origin"] = origin
        else:
            return told
        return told | {"Access-Control-Expose-Headers": SHOWN}

    def preflight(self, scope: Scope) -> Response | None:
        """The answer to a browser that asks before it asks; None for anything else."""
        asked = Headers(scope=scope)
        allowed = "Access-Control-Allow-Origin" in self.headers(scope)
        if scope["method"] != "OPTIONS" or "access-control-request-method" not in asked:
            return None
        if "origin" not in asked or not allowed:
            return None
        told = {
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": FIELDS,
            "Access-Control-Max-Age": KEPT,
        }
        return Response(status_code=204, headers=told)
