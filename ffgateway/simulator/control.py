"""The rehearsal's own endpoints, under `/_control`: make things go wrong, look inside, move time.

Nothing a real appliance has. JSON in and out; no credentials.
"""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ffgateway.ffws.faxes import InlineAttachment, Recipient, ScheduleFax
from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.box import Box
from ffgateway.simulator.entries import Entry
from ffgateway.simulator.faults import fault_from
from ffgateway.simulator.people import User
from ffgateway.simulator.receiving import caller_from
from ffgateway.simulator.refusals import Refused

LONGEST_JUMP = timedelta(days=366)


def control_routes(box: Box) -> list[BaseRoute]:
    """Return the routes that rule this box."""
    control = Control(box)
    return [
        Route("/_control/faults", _answering(control.faults), methods=["GET", "POST", "DELETE"]),
        Route("/_control/state", _answering(control.state), methods=["GET"]),
        Route("/_control/advance", _answering(control.advance), methods=["POST"]),
        Route("/_control/reset", _answering(control.reset), methods=["POST"]),
        Route("/_control/approve", _answering(control.approve), methods=["POST"]),
        Route("/_control/faxes", _answering(control.put_in), methods=["POST"]),
        Route("/_control/inbound", _answering(control.inbound), methods=["POST"]),
        Route("/_control/lines", _answering(control.spoil), methods=["POST"]),
        Route("/_control/clock", _answering(control.set_clock), methods=["POST"]),
    ]


Asking = Callable[[Request, Any], Any]


def _answering(ask: Asking) -> Callable[[Request], Awaitable[Response]]:
    """Read JSON, ask, write JSON; what cannot be done is 400 or what the refusal says."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await request.body()
            return JSONResponse(ask(request, json.loads(body) if body else {}))
        except Refused as no:
            return JSONResponse({"error": no.message}, status_code=no.status)
        except (ValueError, TypeError, KeyError, AttributeError) as unreadable:
            return JSONResponse({"error": str(unreadable)}, status_code=400)

    return endpoint


class Control:
    """What may be done to a box from outside."""

    def __init__(self, box: Box) -> None:
        self._box = box

    def faults(self, request: Request, body: Any) -> Any:
        """Put faults in wait (one, or a list), take all away; either way return what waits."""
        if request.method == "DELETE":
            self._box.clear_faults()
        elif request.method == "POST":
            described = body if isinstance(body, list) else [body]
            for fault in [fault_from(each) for each in described]:
                self._box.put(fault)
        return [asdict(fault) for fault in self._box.faults]

    def state(self, _: Request, __: Any) -> Any:
        """Return every fax ever accepted, and how often each number was dialled."""
        self._box.catch_up()
        return state_of(self._box.appliance)

    def advance(self, _: Request, body: Any) -> Any:
        """Jump over `seconds` of simulated time."""
        over = timedelta(seconds=float(body["seconds"]))
        if not timedelta(0) <= over <= LONGEST_JUMP:
            raise ValueError("seconds must be between 0 and a year's")
        self._box.advance(over)
        return {"now": self._box.appliance.now.isoformat()}

    def reset(self, _: Request, __: Any) -> Any:
        """Forget every fax and fault. Keys go on rising."""
        self._box.reset()
        return {"now": self._box.appliance.now.isoformat()}

    def approve(self, _: Request, body: Any) -> Any:
        """Approve a fax that waits for it, as its approver does on the unit's web pages."""
        self._box.catch_up()
        self._box.appliance.approve(
            body["fax_key"], body.get("entry_key"), approver=body.get("approver", "approver")
        )
        return {"approved": body["fax_key"]}

    def put_in(self, _: Request, body: Any) -> Any:
        """Put a fax in as a person does by the unit's web page, a desktop client or mail.

        `username` owns it, whether or not it has an account; `agent` is `WebClient` unless given;
        one text goes to each of `numbers`.
        """
        self._box.catch_up()
        fax = ScheduleFax(
            recipients=tuple(Recipient(fax_number=str(number)) for number in body["numbers"]),
            attachments=(
                InlineAttachment(
                    name="page.txt", content_type="text/plain", size=6, content=b"Hello\n"
                ),
            ),
        )
        owner = User(username=str(body["username"]), password="")
        entries = self._box.appliance.schedule(
            owner, fax, agent=str(body.get("agent", "WebClient"))
        )
        return {"entries": [f"{one.fax_key}/{one.entry_key}" for one in entries]}

    def spoil(self, _: Request, body: Any) -> Any:
        """Say which lines have no dial tone from now on (`spoilt`, a list); what rings in is taken."""
        spoilt, lines = {int(number) for number in body["spoilt"]}, self._box.appliance.lines
        if not spoilt <= {number for number, _ in lines}:
            raise ValueError(f"there are lines 1 to {len(lines)}")
        lines.spoilt = spoilt
        return {"spoilt": sorted(spoilt)}

    def set_clock(self, _: Request, body: Any) -> Any:
        """Set the appliance's clock so many `seconds` ahead; behind with a minus."""
        off = timedelta(seconds=float(body["seconds"]))
        if abs(off) > LONGEST_JUMP:
            raise ValueError("seconds must be between a year's, either way")
        self._box.appliance.clock_off = off
        return {"seconds": off.total_seconds()}

    def inbound(self, _: Request, body: Any) -> Any:
        """Call the appliance; answer the line it takes, or 409 when that is busy.

        All of it may be left out: `remote_id`, `extension`, `recipient`, `pages`, `page_seconds`
        (the unit's own pace), `line` (any free one), `outcome` (ok, fail or busy) and `fails_on`,
        the page that a failing call breaks off on (the last).
        """
        self._box.catch_up()
        line = self._box.appliance.sending.receiving.answer(caller_from(body))
        if line is None:
            raise Refused(409, "the line is busy")
        return {"line": line}


def state_of(box: Appliance) -> dict[str, Any]:
    """Return the proof that nothing was sent twice: what was accepted, dialled and received.

    `numbers` counts over all faxes: `accepted` entries, `dialled` calls (retries included) and
    `received`, the times the far end got every page.
    """
    entries = list(box.entries)
    accepted: Counter[str] = Counter()
    dialled: Counter[str] = Counter()
    received: Counter[str] = Counter()
    for entry in entries:
        number = entry.recipient.fax_number
        accepted[number] += 1
        dialled[number] += entry.calls
        received[number] += entry.received
    return {
        "model": box.model.name,
        "now": box.now.isoformat(),
        "up": box.is_up(),
        "faxes": [_told(entry) for entry in entries],
        "numbers": {
            number: {
                "accepted": accepted[number],
                "dialled": dialled[number],
                "received": received[number],
            }
            for number in accepted
        },
    }


def _told(entry: Entry) -> dict[str, Any]:
    return {
        "fax_key": entry.fax_key,
        "entry_key": entry.entry_key,
        "owner": entry.owner,
        "agent": entry.agent,
        "number": entry.recipient.fax_number,
        "recipient": entry.recipient.name,
        "subject": entry.cover_page.subject,
        "comments": entry.cover_page.comments,
        "scenario": entry.scenario.name,
        "state": entry.state.value,
        "message": entry.message,
        "try_number": entry.try_number,
        "pages": entry.pages,
        "dialled": entry.calls,
        "received": entry.received,
        "history": [
            {
                "at": move.at.isoformat(),
                "state": move.state.value,
                "message": move.message,
                "try_number": move.try_number,
            }
            for move in entry.history
        ],
    }
