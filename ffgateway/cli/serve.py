"""`ffgateway serve`."""

from typing import Annotated

import typer

from ffgateway.cli.configured import settings
from ffgateway.cli.output import say

GRACE = 5
"""Seconds that requests under way are given once the server was told to stop."""


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; instead of FFGATEWAY_HOST.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port to listen on; instead of FFGATEWAY_PORT.", min=1, max=65535),
    ] = None,
) -> None:
    """Run the gateway until it is told to stop."""
    from ffgateway.app import create_app
    from ffgateway.cli.server import Server, configured
    from ffgateway.telemetry import begin_logging

    given = settings()
    begin_logging(level=given.log_level, json=given.log_format == "json", numbers=given.log_numbers)
    given = given.model_copy(update={"host": host or given.host, "port": port or given.port})
    address = f"http://{bracketed(given.host)}:{given.port}"
    say(f"ffgateway {address} · REST {address}/docs · GraphQL {address}/graphql")
    app = create_app(given)
    config = configured(
        app,
        patience=given.listener_patience_seconds,
        message_within=given.body_patience_seconds,
        proxies=given.proxies,
        host=given.host,
        port=given.port,
        loop="auto",  # uvloop wherever there is one
        lifespan="on",
        access_log=False,
        timeout_graceful_shutdown=GRACE,
    )
    Server(config, stopping=app.stopping).run()


def bracketed(host: str) -> str:
    """Write a host as a URL has it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
