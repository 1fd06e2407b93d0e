"""REST and GraphQL put in front of the services: the ASGI application, for `app` and for tests."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from ffgateway.delivery.published import webhooks
from ffgateway.graphql.documents import trusted
from ffgateway.graphql.limits import Limits
from ffgateway.graphql.routes import routes as graphql_routes
from ffgateway.rest.cors import Cors
from ffgateway.rest.limits import Limits as HttpLimits
from ffgateway.rest.middleware import Frame
from ffgateway.rest.problems import handlers, refusal
from ffgateway.rest.routes import routes as rest_routes
from ffgateway.services.gateway import Gateway
from ffgateway.settings import Settings


def surface(gateway: Gateway, settings: Settings) -> ASGIApp:
    """REST and GraphQL in front of the services."""
    app = Starlette(
        routes=[
            *graphql_routes(
                gateway,
                refusal=refusal,
                limits=_limits(settings),
                documents=trusted(settings.graphql_documents),
            ),
            *rest_routes(
                gateway,
                metrics_open=settings.metrics_open,
                webhooks=webhooks(),
                demanding=settings.require_if_match,
            ),
        ],
        exception_handlers=handlers(),
    )
    app.router.redirect_slashes = False  # it would trust the Host header, and answer without words
    return Frame(
        app, limits=HttpLimits(patience=settings.body_patience_seconds), cors=Cors(settings.origins)
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        tokens=settings.graphql_tokens,
        depth=settings.graphql_depth,
        aliases=settings.graphql_aliases,
        root_fields=settings.graphql_root_fields,
        directives=settings.graphql_directives,
        nodes=settings.graphql_nodes,
        introspection=settings.graphql_introspection,
    )
