"""The functions of configuration: what was asked over HTTP, and the answer. All stand-ins.

That only an administrator may look at them or change them is inferred from the 403 of the others;
that anybody may ask what the box is and who may add global contacts is a choice of ours.
"""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from ffgateway.ffws import configuration as wire
from ffgateway.ffws.elements import write_message
from ffgateway.ffws.paths import MODEMS
from ffgateway.ffws.people import CREATED, DELETED, MODIFIED
from ffgateway.simulator import answers
from ffgateway.simulator.asked import Asked
from ffgateway.simulator.configuration import Configuration
from ffgateway.simulator.directory import Function, understood
from ffgateway.simulator.refusals import Refused


def routes(asked: Asked) -> Response:
    """`GET /inbound_routes`."""
    return _routes(asked, *_setup(asked).routes())


def route(asked: Asked) -> Response:
    """`GET /inbound_routes/ID`."""
    return _routes(asked, _setup(asked).route(_number(asked)))


def add_route(asked: Asked) -> Response:
    """`POST /inbound_routes`."""
    setup = _setup(asked)
    wanted = understood(wire.read_inbound_route_request, asked.body)
    return _routes(asked, setup.add_route(wanted), message=CREATED)


def edit_route(asked: Asked) -> Response:
    """`PUT /inbound_routes/ID`."""
    setup = _setup(asked)
    setup.put_route(_number(asked), understood(wire.read_inbound_route_request, asked.body))
    return answers.document(write_message(MODIFIED))


def delete_route(asked: Asked) -> Response:
    """`DELETE /inbound_routes/ID`."""
    _setup(asked).remove_route(_number(asked))
    return answers.document(write_message(DELETED))


def t37(asked: Asked) -> Response:
    """`GET /t37_settings`."""
    return answers.document(wire.write_t37_answer(_setup(asked).t37))


def edit_t37(asked: Asked) -> Response:
    """`PUT /t37_settings`."""
    setup = _setup(asked)
    setup.put_t37(understood(wire.read_t37_request, asked.body))
    return answers.document(write_message(MODIFIED))


def modems(asked: Asked) -> Response:
    """`GET /modem_settings`; an FF240-IP has none (documented: the title names the others)."""
    return answers.document(wire.write_modem_settings(_modems(asked).modems.values()))


def modem(asked: Asked) -> Response:
    """`GET /modem_settings/MODEM`."""
    found = _modems(asked).modem(asked.line or 0)
    return answers.document(wire.write_modem_settings([found]))


def edit_modem(asked: Asked) -> Response:
    """`PUT /modem_settings/MODEM`."""
    setup = _modems(asked)
    setup.put_modem(asked.line or 0, understood(wire.read_modem_request, asked.body))
    return answers.document(write_message(MODIFIED))


def global_contacts(asked: Asked) -> Response:
    """`GET /add_global_contacts`."""
    return answers.document(wire.write_global_contacts(enabled=asked.box.global_contacts_open))


def about(asked: Asked) -> Response:
    """`GET /about`."""
    box = asked.box
    return answers.document(
        wire.write_about(
            wire.About(
                product="FaxFinder simulator",
                model=box.model.name,
                firmware_version=".".join(map(str, box.firmware)),
                serial_number=box.identity.serial_number,
                mac_address=box.identity.mac_address,
                uptime=int((box.now - box.started).total_seconds()),
            )
        )
    )


def _setup(asked: Asked) -> Configuration:
    if not asked.user.admin:
        raise Refused(403, "Permission denied")
    return asked.box.configuration


def _modems(asked: Asked) -> Configuration:
    if asked.box.model.name not in MODEMS:
        raise Refused(404, "Not Found")
    return _setup(asked)


def _number(asked: Asked) -> int:
    text = asked.place["id"]
    if not text.isdecimal() or not text.isascii() or len(text) > 9:
        raise Refused(404, "Inbound route not found")
    return int(text)


def _routes(asked: Asked, *found: wire.InboundRoute, message: str = "Success") -> Response:
    return answers.document(
        wire.write_inbound_routes(found, base_url=asked.box.base_url, message=message)
    )


CONFIGURATION: Final[Mapping[str, Mapping[str, Function]]] = {
    "/inbound_routes": {"GET": routes, "POST": add_route},
    "/inbound_routes/{id}": {"GET": route, "PUT": edit_route, "DELETE": delete_route},
    "/t37_settings": {"GET": t37, "PUT": edit_t37},
    "/modem_settings": {"GET": modems},
    "/modem_settings/{number}": {"GET": modem, "PUT": edit_modem},
    "/add_global_contacts": {"GET": global_contacts},
    "/about": {"GET": about},
}
