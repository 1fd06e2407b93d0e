"""The functions of the logs: what was asked over HTTP, and the answer. All stand-ins."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from starlette.responses import Response

from ffgateway.ffws.inbound_log import write_inbound_log
from ffgateway.ffws.logs import write_call_log, write_count, write_outbound_log
from ffgateway.simulator import answers, logs
from ffgateway.simulator.asked import Asked, moment
from ffgateway.simulator.directory import Function


def inbound(asked: Asked) -> Response:
    """`GET /inbound_log`."""
    found = logs.inbound(asked.box, asked.user, _window(asked))
    return answers.document(write_inbound_log(found, channels=asked.box.model.channels))


def outbound(asked: Asked) -> Response:
    """`GET /outbound_log`."""
    found = logs.outbound(asked.box, asked.user, _window(asked))
    return answers.document(write_outbound_log(found, channels=asked.box.model.channels))


def calls(asked: Asked) -> Response:
    """`GET /call_log`."""
    found = logs.calls(asked.box, asked.user, _window(asked))
    return answers.document(write_call_log(found, channels=asked.box.model.channels))


def inbound_count(asked: Asked) -> Response:
    """`GET /inbound_log/count`."""
    return answers.document(write_count(logs.inbound_count(asked.box, asked.user)))


def outbound_count(asked: Asked) -> Response:
    """`GET /outbound_log/count`."""
    return answers.document(write_count(logs.outbound_count(asked.box, asked.user)))


def _window(asked: Asked) -> logs.Window:
    return logs.Window(
        limit=asked.number("limit", logs.LIMIT),
        offset=asked.number("offset", 0),
        start=_time(asked, "start"),
        end=_time(asked, "end"),
    )


def _time(asked: Asked, name: str) -> datetime | None:
    text = asked.query.get(name, "")
    return moment(text, name=name) if text else None


LOGS: Final[Mapping[str, Mapping[str, Function]]] = {
    "/inbound_log": {"GET": inbound},
    "/inbound_log/count": {"GET": inbound_count},
    "/outbound_log": {"GET": outbound},
    "/outbound_log/count": {"GET": outbound_count},
    "/call_log": {"GET": calls},
}
