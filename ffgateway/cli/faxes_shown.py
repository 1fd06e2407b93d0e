"""Faxes as people read them on a terminal. JSON of the gateway comes in; nothing is asked for here."""

from collections.abc import Iterable
from typing import Any

from ffgateway.cli.output import say, show_fields, show_table
from ffgateway.domain.faxes import Origin


def explained(found: dict[str, Any]) -> None:
    """Why a fax is where it is, what may be done, and how it came there."""
    for name in ("summary", "reason", "next", "advice"):
        if found[name]:
            say(found[name])
    rows = [[step["at"], step["text"], step["detail"]] for step in found["steps"]]
    show_table(("at", "what happened", "more"), rows, empty="nothing is on record")


def contenders(found: list[dict[str, Any]]) -> None:
    """What on an appliance could be a fax in doubt."""
    rows = [
        [one["fax_key"], one["created_at"], one["pages"], ", ".join(one["states"])] for one in found
    ]
    show_table(("key", "made at", "pages", "state"), rows, empty="nothing there could be it")


def preview(found: dict[str, Any]) -> None:
    """What would become of a fax."""
    device = found["device"]
    show_fields(
        {
            "appliance": device["name"] if device else None,
            "place in its queue": found["queue_position"],
            "estimated start": found["estimated_start"],
            "bytes of the request": found["request_bytes"],
            "bytes that it takes": found["limit_bytes"],
        }
    )
    rows = [
        [one["recipient"]["fax_number"], *_as_dialled(one["dialled"])]
        for one in found["recipients"]
    ]
    show_table(("number", "dialled", "kind", "E.164"), rows, empty="")
    rows = [[one["name"], one["content_type"], one["pages"]] for one in found["documents"]]
    show_table(("document", "type", "pages"), rows, empty="no documents")
    for text in (*found["reasons"], *found["warnings"]):
        say(text)


def _as_dialled(dialled: dict[str, Any] | None) -> tuple[Any, ...]:
    return (dialled["text"], dialled["kind"], dialled["e164"]) if dialled else (None, None, None)


def tell(faxes: Iterable[Any]) -> None:
    """One line for each, as they are now."""
    for fax in faxes:
        failure = fax.get("failure") or {}
        more = f" try {fax['attempt']}" if (fax.get("attempt") or 0) > 1 else ""
        why = f": {failure['message']}" if failure.get("message") else ""
        say(f"{fax['id']} {fax['status']}{more}{why}")


def _number(fax: Any) -> Any:
    return (fax.get("recipient") or {}).get("fax_number")


def _by(fax: Any) -> str | None:
    """Who made it, when it was not the gateway."""
    if fax.get("origin") != Origin.APPLIANCE.value:
        return None
    return " ".join(
        filter(None, (fax.get("username"), f"({fax['agent']})" if fax["agent"] else ""))
    )


def table(faxes: list[Any]) -> None:
    """A line for each."""
    rows = [
        (
            fax["id"],
            _number(fax),
            fax["status"],
            fax.get("pages") or None,
            fax.get("attempt") or None,
            (fax.get("failure") or {}).get("code"),
            fax.get("device_id"),
            _by(fax),
            fax.get("client_reference"),
            fax["created_at"],
        )
        for fax in faxes
    ]
    headings = ("id", "to", "status", "pages", "try", "why", "device", "by", "reference", "created")
    show_table(headings, rows, empty="no faxes")


def story(fax: dict[str, Any]) -> None:
    """All of a fax, and what happened to it."""
    events = fax.pop("events")
    documents = [document.get("name") for document in fax.pop("documents", None) or []]
    show_fields({**fax, "documents": documents})
    print()
    rows = [(event["timestamp"], event["type"], event["position"]) for event in events]
    show_table(("when", "what", "position"), rows, empty="nothing happened to it yet")
