"""The functions of the web service: what was asked over HTTP, and the appliance's answer.

One table, `FUNCTIONS`, from path and method to a plain function. Who asks is already known and
the body already read; a refusal is raised as `Refused`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from starlette.responses import Response

from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.faxes import read_schedule_fax, write_fax_entries
from ffgateway.ffws.status import (
    write_channel_status,
    write_combined_status,
    write_inbound_status,
    write_modem_status,
)
from ffgateway.simulator import answers, status
from ffgateway.simulator.appliance import (
    COMPLETE_LIMIT,
    INTERNAL_ERROR,
    PENDING_LIMIT,
    SENDING_LIMIT,
)
from ffgateway.simulator.asked import Asked, moment
from ffgateway.simulator.configuration_functions import CONFIGURATION
from ffgateway.simulator.directory import DIRECTORY
from ffgateway.simulator.group_functions import GROUP_FUNCTIONS
from ffgateway.simulator.log_functions import LOGS
from ffgateway.simulator.refusals import Refused


def schedule(asked: Asked) -> Response:
    """`POST /ofax`: 201 with an entry for each recipient."""
    try:
        fax = read_schedule_fax(asked.body)
    except MalformedDocument as unreadable:
        # The one text ever seen, for a body in which nothing was recognised.
        raise Refused(400, INTERNAL_ERROR) from unreadable
    entries = asked.box.schedule(asked.user, fax)
    return answers.document(write_fax_entries(entries, base_url=asked.box.base_url), status=201)


def listing(asked: Asked) -> Response:
    """`GET /ofax`."""
    entries = asked.box.listing(
        asked.user,
        all_users=asked.flag("all_users"),
        complete_limit=asked.number("complete_limit", COMPLETE_LIMIT),
        class_name=asked.query.get("class") or None,
    )
    return answers.document(
        write_fax_entries(
            entries, base_url=asked.box.base_url, modem_info=asked.flag("include_modem_info")
        )
    )


def view(asked: Asked) -> Response:
    """`GET /ofax/FAXKEY` and `GET /ofax/FAXKEY/ENTRYKEY`."""
    entries = asked.box.view(asked.user, *asked.keys)
    return answers.document(
        write_fax_entries(
            entries, base_url=asked.box.base_url, modem_info=asked.flag("include_modem_info")
        )
    )


def abort(asked: Asked) -> Response:
    """`DELETE /ofax/FAXKEY[/ENTRYKEY]`: 202, done a moment later."""
    asked.box.abort(asked.user, *asked.keys)
    return answers.accepted()


def reschedule(asked: Asked) -> Response:
    """`PUT /ofax/FAXKEY[/ENTRYKEY]?at=now|TIME`: 202. The time is UTC, none means now."""
    asked.box.reschedule(asked.user, *asked.keys, at=moment(asked.query.get("at", "now")))
    return answers.accepted()


def outbound_status(asked: Asked) -> Response:
    """`GET /outbound_status`."""
    status.needs_firmware(asked.box)
    entries = asked.box.outbound(
        asked.user,
        class_name=asked.query.get("class") or None,
        pending_limit=asked.number("pending_limit", PENDING_LIMIT),
        sending_limit=asked.number("sending_limit", SENDING_LIMIT),
    )
    return answers.document(write_fax_entries(entries, base_url=asked.box.base_url))


def inbound_status(asked: Asked) -> Response:
    """`GET /inbound_status`."""
    receiving = status.inbound(asked.box)
    return answers.document(
        write_inbound_status(receiving, channels=asked.box.model.channels),
    )


def combined_status(asked: Asked) -> Response:
    """`GET /status` and `GET /status/SECTION`."""
    found = status.combined(asked.box, asked.place.get("section"))
    return answers.document(write_combined_status(found))


def modem_status(asked: Asked) -> Response:
    """`GET /modem_status[/MODEM]`."""
    return answers.document(write_modem_status(status.modems(asked.box, asked.line)))


def channel_status(asked: Asked) -> Response:
    """`GET /channel_status[/CHANNEL]`."""
    return answers.document(write_channel_status(status.channels(asked.box, asked.line)))


def preview(asked: Asked) -> Response:
    """`GET /data/preview/FAXKEY-ENTRYKEY.pdf`."""
    return answers.pdf(asked.box.preview(asked.user, asked.keys[0], asked.keys[1] or ""))


def cover_page(asked: Asked) -> Response:
    """`GET /data/cover_pages/NAME.pdf`."""
    return answers.pdf(asked.box.cover_page(asked.place["name"]))


Function = Callable[[Asked], Response]

FUNCTIONS: Final[Mapping[str, Mapping[str, Function]]] = {
    "/ofax": {"GET": listing, "POST": schedule},
    "/ofax/{fax_key}": {"GET": view, "DELETE": abort, "PUT": reschedule},
    "/ofax/{fax_key}/{entry_key}": {"GET": view, "DELETE": abort, "PUT": reschedule},
    "/outbound_status": {"GET": outbound_status},
    "/inbound_status": {"GET": inbound_status},
    "/status": {"GET": combined_status},
    "/status/{section}": {"GET": combined_status},
    "/modem_status": {"GET": modem_status},
    "/modem_status/{number}": {"GET": modem_status},
    "/channel_status": {"GET": channel_status},
    "/channel_status/{number}": {"GET": channel_status},
    **DIRECTORY,
    **GROUP_FUNCTIONS,
    **CONFIGURATION,
    **LOGS,
    "/data/preview/{fax_key}-{entry_key}.pdf": {"GET": preview},
    "/data/cover_pages/{name}": {"GET": cover_page},
}
