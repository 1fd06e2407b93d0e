"""Answers of a real appliance made fit to show: who, where and which, replaced; the form, kept.

Every text and attribute is replaced, but for what is known to be harmless both by its place and by
its shape: states and other words of the wire's own, counts, times, keys of entries. So what nobody
thought of is replaced as well. The same text gives the same replacement throughout one scrubber, so
that a user in one sample is the same user in the next. Names of elements stay: they are the point.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from ffgateway.ffws.lossless import Node, to_json, to_xml


def _names(text: str, *more: str) -> frozenset[str]:
    return frozenset(text.split()) | set(more)


_WORDS: Final = _names(
    "preprocessing approval_pending pending sending sent aborted failed dead receiving received"
    " true false never failure always none tiff pdf success created modified deleted"
    " inbound outbound global line extension user email printer share trash ffws"
    " pots_line dtmf_digits pbx answered busy",
    "waiting for ring",
    "new fax entry",
    "no answer",
    "fax entry not found",
)
"""Words of the wire's own, in lower case. Another word is a name until somebody knows better."""

_SPOKEN: Final = _names(
    "state message schedule_message agent receipt receipt_attachment enabled scope type direction"
    " result routing cover_page_enabled block_inbound block_outbound ecm"
)
_COUNTED: Final = _names(
    "try_number max_tries max_attempts try_interval interval priority pages page current_page"
    " pages_recd pages_sent_recd number_inbound number_outbound number_idle jobs count duration"
    " baud_rate width height vertical_resolution line_number modem_number channel channel_number"
    " answer_on max_extension_digits uptime id"
)
_TIMED: Final = _names(
    "created stime approval_time start_time end_time current_time init_time connect_time"
)
_TYPED: Final = _names("product model firmware_version")

_COUNT: Final = re.compile("[0-9]{1,6}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}")
_CLOCK: Final = re.compile(r"[0-9]{1,3}:[0-9]{2}(:[0-9]{2})?")
_TYPE: Final = re.compile(r"FF[0-9]{3}(-IP)?(\.R[0-9])?|FaxFinder|[0-9](\.[0-9]{1,2}){1,4}")
_URL: Final = re.compile(r"https?://[^/\s]*(?P<path>/\S*)?")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_MAC: Final = re.compile(r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
_ADDRESS: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
_DIGITS: Final = re.compile(r"[+(]?[0-9][0-9 ().+-]*")
_KEY: Final = re.compile("[0-9A-F]{8}|[0-9A-F]{4}|[0-9]{1,6}")
_PREVIEW: Final = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}\.pdf")
_PLACES: Final = _names(
    "ffws v1 ofax users contacts contact_groups inbound_routes data preview cover_pages"
    " global_contact_list modem_status channel_status"
)


class Scrubber:
    """Replaces, and remembers by what."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def scrub(self, document: bytes) -> bytes:
        """A document of the same form. Raises `MalformedDocument` for what is none.

        Comments and namespaces of the appliance's own do not survive.
        """
        return to_xml(self._node(to_json(document)))

    def _node(self, node: Node) -> Node:
        name = node["name"].rpartition("}")[2]
        clean: Node = {
            "name": name,
            "attributes": {
                each.rpartition("}")[2]: self._text("", text)
                for each, text in node["attributes"].items()
            },
            "children": [self._node(child) for child in node["children"]],
            "text": self._text(name, node["text"]),
        }
        if "tail" in node:
            clean["tail"] = self._text("", node["tail"])
        return clean

    def _text(self, name: str, text: str) -> str:
        """A text with its blanks around it."""
        said = text.strip()
        if not said:
            return text
        before, _, after = text.partition(said)
        return before + (said if _harmless(name, said) else self._replaced(name, said)) + after

    def _replaced(self, name: str, text: str) -> str:
        if found := _URL.fullmatch("".join(text.split())):
            return self._url(found["path"] or "")
        key = _key(text)
        if key not in self._known:
            self._known[key] = self._new(name, text)
        return self._known[key]

    def _url(self, path: str) -> str:
        path = path.partition("?")[0].partition("#")[0]
        return "https://192.0.2.10" + "/".join(map(self._segment, path.split("/")))

    def _segment(self, segment: str) -> str:
        harmless = _KEY.fullmatch(segment) or _PREVIEW.fullmatch(segment)
        if not segment or segment in _PLACES or segment == "default.pdf" or harmless:
            return segment
        plain, dot, suffix = unquote(segment).rpartition(".")
        if dot and suffix == "pdf":
            return f"{self._replaced('name', plain)}.pdf"
        return self._replaced("username", unquote(segment))

    def _new(self, name: str, text: str) -> str:
        """A replacement of the same kind, unlike every other."""
        for kind, form, written in _KINDS:
            if form.fullmatch(text):
                return written(self._next(kind))
        return _NAMED.get(name, "text-{}").format(self._next(name if name in _NAMED else "text"))

    def _next(self, kind: str) -> int:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind]


def _mac(number: int) -> str:
    return f"02:00:00:00:{number // 256 % 256:02X}:{number % 256:02X}"


_KINDS: Final = (
    ("mail", _MAIL, "person-{}@example.com".format),
    ("mac", _MAC, _mac),
    ("address", _ADDRESS, lambda number: f"198.18.{number // 256 % 256}.{number % 256}"),
    ("number", _DIGITS, lambda number: f"555-{100 + number:04}"),
)
_NAMED: Final[Mapping[str, str]] = {
    "name": "Name {}",
    "username": "user-{}",
    "organization": "Organization {}",
    "serial_number": "SN-{}",
    "password": "secret-{}",
    "subject": "Subject {}",
    "comments": "Comment {}",
    "description": "Description {}",
    "remote_id": "Station {}",
    "message": "Message {}",
    "domain": "domain-{}.example.com",
}


def _key(text: str) -> str:
    """What two spellings of one thing have in common: a number's digits."""
    digits = re.sub("[^0-9]", "", text)
    return f"#{digits}" if _DIGITS.fullmatch(text) else text


def _harmless(name: str, text: str) -> bool:
    """Whether a text may stay, by its place and by its shape."""
    if name in _SPOKEN:
        return text.rstrip(".").lower() in _WORDS
    if name in _COUNTED:
        return bool(_COUNT.fullmatch(text))
    if name in _TIMED:
        return bool(_TIME.fullmatch(text) or _CLOCK.fullmatch(text))
    if name == "elasped_time":
        return bool(_CLOCK.fullmatch(text))
    return name in _TYPED and bool(_TYPE.fullmatch(text))
