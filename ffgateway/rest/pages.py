"""Pages for people: the landing page, and the documents of the API. All from here: no other host is asked."""

from importlib.util import find_spec
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""Swagger UI writes styles into its elements and draws its signs from data: URLs; the rest is ours."""

START = """window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    presets: [SwaggerUIBundle.presets.apis],
    deepLinking: true,
    validatorUrl: null,
  });
};
"""

DOCS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ffgateway: the REST API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/assets/swagger.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""

LANDING = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ffgateway</title>
<link rel="icon" href="data:,">
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }</style>
</head>
<body>
<h1>ffgateway</h1>
<p>One address in front of a fleet of FaxFinder appliances.</p>
<ul>
<li><a href="/docs">The REST API</a>, also as <a href="/openapi.json">OpenAPI</a></li>
<li><a href="/graphql">GraphQL</a></li>
<li><a href="/livez">Does it live?</a> <a href="/readyz">Can it work?</a></li>
</ul>
</body>
</html>
"""

_FILES = {
    "swagger.css": ("swagger_style.css", "text/css"),
    "swagger.js": ("swagger_bundle.js", "text/javascript"),
}
"""What is served, and which file of the `offapi` package it is."""


def page(text: str) -> Response:
    """A page under the policy for pages."""
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY})


def asset(name: str) -> Response:
    """A file that the page of the documents needs. Raises `HTTPException`."""
    if name == "start.js":
        return Response(START, media_type="text/javascript")
    if name not in _FILES:
        raise HTTPException(404, "There is no such file.")
    file, kind = _FILES[name]
    # found without importing the package, which would read all its files into memory
    spec = find_spec("offapi")
    places = list(spec.submodule_search_locations or ()) if spec else []
    caching = {"Cache-Control": "public, max-age=86400"}
    return FileResponse(Path(places[0]) / file, media_type=kind, headers=caching)
