"""Calls to a simulated appliance, and what it is made to lack."""

from typing import Any

from starlette.routing import Route

from ffgateway.simulator.receiving import caller_from
from ffgateway.simulator.running import Simulator

CALLER = {"remote_id": "555-7777", "extension": "12", "recipient": "Orders", "pages": 3}
"""A call of three pages: 24 simulated seconds, page by page at 0, 8 and 16."""


def call(box: Simulator, **changes: Any) -> int | None:
    """Call an appliance now; return the line it takes, None when it is busy."""
    box.box.catch_up()
    return box.appliance.sending.receiving.answer(caller_from(CALLER | changes))


def take_away(box: Simulator, path: str) -> None:
    """Make the appliance one that lacks a function: it answers 404 as to any unknown path."""
    routes = box.app.router.routes
    routes[:] = [one for one in routes if not (isinstance(one, Route) and one.path.endswith(path))]
