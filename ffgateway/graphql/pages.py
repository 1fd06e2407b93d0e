"""The page at /graphql, and the files it loads. None of it needs a key, and none of it is secret.

GraphiQL when `make assets` has fetched it; otherwise a plain page of our own that says so. Scripts
are files from this server: the policy allows nothing inline and nothing from elsewhere.
"""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

PAGE = Path(__file__).parent / "page"
ASSETS = Path(__file__).parent / "assets"

OWN = ("console.js", "graphiql-start.js", "page.css")
FETCHED = (
    "graphiql.min.js",
    "graphiql.min.css",
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphql-ws.min.js",
)

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
)
PLAIN_POLICY = _POLICY + "style-src 'self'"
GRAPHIQL_POLICY = _POLICY + (
    "style-src 'self' 'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='"
)
"""The digest is of the one style that GraphiQL writes into the page: what keeps it still behind a dialog or a
menu (react-remove-scroll-bar, with no scroll bar to make up for). All else is set by script, or stands in files."""


def page(assets: Path = ASSETS) -> Response:
    """GraphiQL when all of its files are there, else the plain page."""
    complete = all((assets / name).is_file() for name in FETCHED)
    return FileResponse(
        PAGE / ("graphiql.html" if complete else "plain.html"),
        headers={
            "Content-Security-Policy": GRAPHIQL_POLICY if complete else PLAIN_POLICY,
            "Cache-Control": "no-cache",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept",
        },
    )


async def asset(request: Request) -> Response:
    """A file of the page, by name. Raises 404 for every other one."""
    name = request.path_params["name"]
    folder = PAGE if name in OWN else ASSETS
    if name not in (*OWN, *FETCHED) or not (folder / name).is_file():
        raise HTTPException(404)
    return FileResponse(
        folder / name,
        headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"},
    )
