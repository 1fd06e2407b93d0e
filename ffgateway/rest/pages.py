"""Pages for people: the landing page, and the documents of the API. All from here: no other host is asked."""

import base64
import hashlib
import html
import re
from importlib.util import find_spec
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

_NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    f"img-src 'self' data:; {_NOTHING_ELSE}"
)
"""The documents: files of ours, nothing inline. Swagger UI draws its signs from data: URLs."""

STRICT = f"default-src 'none'; style-src {{styles}}; img-src data:; {_NOTHING_ELSE}"
"""Pages of ours alone: no script, and of styles only what stands in them, by its digest."""

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
<li><a href="/docs/webhooks">Receiving webhooks</a>, in several languages</li>
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


SNIPPETS = {
    "Python": "python.txt",
    "Node.js": "verify.mjs",
    "Java": "Webhooks.java",
    "C#": "Webhooks.cs",
}
"""Receivers in several languages: the files in `snippets/`, which tests run over deliveries of ours."""

RECEIVERS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ffgateway: receiving webhooks</title>
<link rel="icon" href="data:,">
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem }}
pre {{ font-size: .85rem; line-height: 1.35; overflow-x: auto; border: 1px solid; padding: 1rem }}
</style>
</head>
<body>
<h1>Receiving webhooks</h1>
<p>Deliveries are signed as <a href="https://www.standardwebhooks.com">Standard Webhooks</a> says, so any of its
libraries will do.
What to keep to, whichever you take:</p>
<ul>
<li>Verify the bytes of the body as they came. JSON that was read and written again has another signature.</li>
<li>Know several keys: while one replaces another both sign, and one signature that holds is enough.
<code>whsec_</code> is a secret that you share (<code>v1</code>), <code>whpk_</code> a public key (<code>v1a</code>,
Ed25519) that <code>GET /v1/webhooks/{{id}}/keys</code> shows at any time.</li>
<li>Refuse what was signed more than five minutes ago or in the future, by <code>webhook-timestamp</code>.</li>
<li>An event may come again. <code>webhook-id</code> stays the same: keep it, in one transaction with what you do.</li>
<li>Answer 2xx within 15 seconds, and work afterwards. 410, or the header <code>webhook-delivery: disable</code>, ends
everything; <code>webhook-delivery: abort-message</code> ends this event; 429 and 503 with <code>Retry-After</code>
are obeyed.</li>
<li>CloudEvents in the binary form have their attributes in <code>ce-</code> headers, and no signature holds those: what
they say is as sure as your TLS. The structured form is signed as a whole.</li>
</ul>
{snippets}
</body>
</html>
"""


def receivers() -> str:
    """The page for people who receive webhooks."""
    folder = Path(__file__).parent / "snippets"
    parts = (
        f"<h2>{html.escape(name)}</h2>\n<pre><code>{html.escape((folder / file).read_text('utf-8'))}</code></pre>"
        for name, file in SNIPPETS.items()
    )
    return RECEIVERS.format(snippets="\n".join(parts))


def page(text: str) -> Response:
    """A page under the policy for pages."""
    policy = POLICY if text is DOCS else STRICT.format(styles=_digests(text))
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})


def _digests(text: str) -> str:
    """Each style of a page as its policy names it (CSP 3, section 2.3.1); `'none'` when there is none."""
    styles = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in styles)
    return " ".join(f"'sha256-{one}'" for one in digests) or "'none'"


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
