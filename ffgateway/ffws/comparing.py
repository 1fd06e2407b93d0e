"""What the dialect knows of each answer, held against an answer: the elements that are new, or amiss.

The names are those that this room's readers read and its writers write; a test holds them to the
simulator and to every sample. An answer without a payload shows nothing of its elements.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ffgateway.ffws.elements import Element, Fields, parse_response
from ffgateway.ffws.paths import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An answer beside the dialect. Elements are paths below `<response>`, `about/model`."""

    found: int  # payload elements
    unknown: tuple[str, ...]  # seen, and not known here
    missing: tuple[str, ...]  # always there in what is known here, and not seen


def _paths(always: str, sometimes: str = "") -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(always.split()), frozenset(sometimes.split())


_PERSON: Final = ("name", "organization", "phone_number", "fax_number")
_ENTRY: Final = " ".join(
    (
        "fax_entry_url fax_url state schedule_message created stime try_number agent preview pages",
        "max_tries priority try_interval receipt receipt_attachment",
        "cover_page cover_page/enabled cover_page/url cover_page/subject cover_page/comments",
        "recipient sender sender/username sender/email_address",
        *(f"{who}/{what}" for who in ("recipient", "sender") for what in _PERSON),
    )
)

EXPECTED: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = MappingProxyType(
    {
        "fax_entry": _paths(_ENTRY, "approver approval_time"),
        "status": _paths(
            "",
            "system system/uptime system/current_time system/time_server"
            " modem modem/number_inbound modem/number_outbound modem/number_idle"
            " channel channel/number_inbound channel/number_outbound channel/number_idle"
            " printer printer/name printer/status printer/jobs"
            " network_share network_share/share network_share/status",
        ),
        "modem_status": _paths(
            "modem_number state page vertical_resolution baud_rate width height connect_time"
            " elasped_time fax_number remote_id"
        ),
        "channel_status": _paths(
            "channel_number state pages_sent_recd resolution baud_rate line_encoding modulation"
            " ecm fax_number remote_id"
        ),
        "inbound_entry": _paths(
            "state start_time extension remote_id recipient",
            "line_number channel current_page pages_recd",
        ),
        "user": _paths(
            "user_url username name organization phone_number fax_number email_address",
            # since firmware 3.0.4
            "priority max_attempts interval receipt receipt_attachment",
        ),
        "contact": _paths("contact_url name fax_number organization phone_number"),
        "contact_group": _paths("contact_group_url name description", "contact"),
        "inbound_log_entry": _paths(
            "id start_time end_time state extension recipient remote_id pages duration baud_rate"
            " message",
            "line_number channel",
        ),
        "outbound_log_entry": _paths(
            "id fax_entry_url start_time end_time state fax_number remote_id username pages"
            " duration baud_rate message",
            "modem_number channel",
        ),
        "call_log_entry": _paths(
            "id direction start_time duration number remote_id result", "line_number channel"
        ),
        "count": _paths(""),
        "inbound_route": _paths(
            "inbound_route_url name scope",
            "line_number extension destination destination/type destination/value",
        ),
        "t37_settings": _paths(
            "enabled domain cover_page_enabled cover_page_name receipt receipt_attachment",
            "allowed_sender priority",
        ),
        "modem_settings": _paths(
            "modem_number enabled country_code routing init_string block_inbound block_outbound",
            "answer_on max_extension_digits",
        ),
        "add_global_contacts": _paths("enabled"),
        "about": _paths("product model firmware_version serial_number mac_address uptime"),
    }
)
"""Payload element -> paths of its children that are always there, and of those that may be."""

_LISTS: Final = re.compile(r".*\.(list|ids)")


def compare(operation: Operation, document: bytes) -> Comparison:
    """Hold an answer, in our spelling, against the dialect. Raises `MalformedDocument`."""
    root = parse_response(document)
    payload = [child for child in root if child.tag == operation.element]
    always, sometimes = EXPECTED.get(operation.element, (frozenset[str](), frozenset[str]()))
    seen = {path for each in payload for path in _seen(each)}
    beside = {str(child.tag) for child in root} - {"message", operation.element}
    missing = always - seen if payload else set()
    alone = [] if payload or _LISTS.fullmatch(operation.name) else [operation.element]
    below = operation.element
    return Comparison(
        found=len(payload),
        unknown=(
            *sorted(beside),
            *sorted(f"{below}/{path}" for path in seen - always - sometimes),
        ),
        missing=(*alone, *sorted(f"{below}/{path}" for path in missing)),
    )


def _seen(element: Element, above: str = "") -> Iterator[str]:
    for child in element:
        path = above + str(child.tag)
        yield path
        yield from _seen(child, f"{path}/")


_NAMED_BY: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "fax_entry": ("fax_entry_url", ("fax_key", "entry_key")),
    "contact": ("contact_url", ("id",)),
    "contact_group": ("contact_group_url", ("id",)),
    "inbound_route": ("inbound_route_url", ("id",)),
    "modem_status": ("modem_number", ("number",)),
    "channel_status": ("channel_number", ("number",)),
    "modem_settings": ("modem_number", ("number",)),
}
_KEY: Final = re.compile("[0-9A-Za-z]{1,16}")


def names_in(operation: Operation, document: bytes) -> dict[str, str]:
    """What the first thing of a list is asked for by, such as `fax_key` and `entry_key`.

    Empty when the list is, or says it in another form. Raises `MalformedDocument`.
    """
    named = _NAMED_BY.get(operation.element)
    first = Fields(parse_response(document), "response").all(operation.element)[:1]
    if named is None or not first:
        return {}
    element, places = named
    parts = first[0].url(element).rstrip("/").split("/")[-len(places) :]
    if len(parts) != len(places) or not all(map(_KEY.fullmatch, parts)):
        return {}
    return dict(zip(places, parts, strict=True))
