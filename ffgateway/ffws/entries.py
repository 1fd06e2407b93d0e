"""`fax_entry`, one recipient's copy of a fax: how to read it, how to write it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ffgateway.ffws.elements import (
    ANSWER_LIMIT,
    Element,
    Fields,
    branch,
    flag_text,
    leaf,
    leaf_unless_none,
    moment_text,
    parse,
    parse_response,
    write_response,
)
from ffgateway.ffws.errors import MalformedDocument, UnwritableText
from ffgateway.ffws.nouns import (
    CoverPage,
    FaxEntry,
    Sender,
    WireState,
    read_cover_page,
    read_recipient,
    read_sender,
    written_recipient,
)

_ENTRY: Final = "fax_entry"
_STATES: Final[Mapping[str, WireState]] = {state.value: state for state in WireState}
_MODEM_INFO: Final = "modem_info"
_MODEM_TIMES: Final = frozenset({"init_time", "connect_time"})
_KNOWN_CHILDREN: Final = frozenset(
    {
        "fax_entry_url",
        "fax_url",
        "state",
        "schedule_message",
        "created",
        "stime",
        "try_number",
        "agent",
        "preview",
        "cover_page",
        "sender",
        "recipient",
        "max_tries",
        "priority",
        "try_interval",
        "receipt",
        "receipt_attachment",
        "pages",
        "approver",
        "approval_time",
    }
)
_HEX: Final = re.compile("[0-9A-Fa-f]{1,16}")
_NAME: Final = re.compile("[A-Za-z_][A-Za-z0-9_.-]*")

CLASSES: Final[Mapping[str, frozenset[WireState]]] = {
    "pending": frozenset({WireState.PREPROCESSING, WireState.APPROVAL_PENDING, WireState.PENDING}),
    "sending": frozenset({WireState.SENDING}),
    "complete": frozenset({WireState.SENT, WireState.ABORTED, WireState.FAILED, WireState.DEAD}),
}
"""The `class` parameter's values (guide, Viewing Fax Entries); which state is where: inferred."""


def read_fax_entries(document: bytes, *, limit: int = ANSWER_LIMIT) -> tuple[FaxEntry, ...]:
    """Read the `fax_entry` elements of an answer, in document order."""
    root = parse_response(document, limit=limit)
    return tuple(_read_entry(node) for node in root.iterchildren(_ENTRY))


def read_fax_entry(piece: bytes) -> FaxEntry:
    """Read one `<fax_entry>…</fax_entry>`."""
    root = parse(piece)
    if root.tag != _ENTRY:
        raise MalformedDocument(f"is not a <{_ENTRY}>", element=str(root.tag))
    return _read_entry(root)


def _read_entry(node: Element) -> FaxEntry:
    entry = Fields(node, _ENTRY)
    raw_state = entry.text("state")
    fax_key, entry_key = keys_of(entry.url("fax_entry_url"))
    return FaxEntry(
        fax_key=fax_key,
        entry_key=entry_key,
        state=_STATES.get(raw_state.lower()),
        raw_state=raw_state,
        schedule_message=entry.text("schedule_message"),
        created=entry.moment("created"),
        stime=entry.moment("stime"),
        try_number=entry.integer("try_number", 1),
        agent=entry.text("agent"),
        cover_page=read_cover_page(entry.child("cover_page"), enabled=False),
        sender=read_sender(entry.child("sender")),
        recipient=read_recipient(entry.child("recipient")),
        max_tries=entry.optional_integer("max_tries"),
        priority=entry.optional_integer("priority"),
        try_interval=entry.optional_integer("try_interval"),
        receipt=entry.text("receipt"),
        receipt_attachment=entry.text("receipt_attachment"),
        pages=entry.integer("pages", 0),
        approver=entry.text("approver"),
        approval_time=entry.moment("approval_time"),
        modem_info=_read_modem_info(entry),
    )


def _read_modem_info(entry: Fields) -> tuple[tuple[str, str], ...]:
    """Every text of the wrapper, which is known by what it holds: its name is not public.

    `init_time` and `connect_time` are the documented children. With several tries there may be
    several wrappers (inferred); their texts follow each other.
    """
    found: list[tuple[str, str]] = []
    for name in entry:
        if name in _KNOWN_CHILDREN:
            continue
        if name in _MODEM_TIMES:
            found.append((name, entry.text(name)))
        for wrapper in entry.all(name) if entry.nested(name) else ():
            if not _MODEM_TIMES.isdisjoint(wrapper) or name == _MODEM_INFO:
                found += [(child, wrapper.text(child)) for child in wrapper]
    return tuple(found)


def keys_of(url: str) -> tuple[str, str]:
    """Take FAXKEY and ENTRYKEY out of a `fax_entry_url`, in upper case.

    Nothing else of it is of use: the host is the appliance's idea of itself.
    """
    parts = "".join(url.split()).rstrip("/").rsplit("/", 2)
    if len(parts) == 3 and _HEX.fullmatch(parts[1]) and _HEX.fullmatch(parts[2]):
        return parts[1].upper(), parts[2].upper()
    raise MalformedDocument("does not end in FAXKEY/ENTRYKEY", element=f"{_ENTRY}/fax_entry_url")


def write_fax_entries(
    entries: Iterable[FaxEntry],
    *,
    base_url: str,
    message: str = "Success",
    modem_info: bool = False,
) -> bytes:
    """Write an answer as the appliance does.

    `base_url` (`https://dot10`) is what the appliance calls itself. `modem_info` is what
    `include_modem_info=true` asks for.
    """
    written = [
        _written_entry(each, base_url.rstrip("/"), modem_info=modem_info) for each in entries
    ]
    return write_response("".join(written), message=message)


def _written_entry(entry: FaxEntry, base_url: str, *, modem_info: bool) -> str:
    return branch(
        _ENTRY,
        _written_place(entry, f"{base_url}/ffws/v1"),
        _written_sent_page(entry.cover_page),
        _written_owner(entry.sender),
        written_recipient(f"{_ENTRY}/recipient", entry.recipient),
        leaf_unless_none(f"{_ENTRY}/max_tries", entry.max_tries),
        leaf_unless_none(f"{_ENTRY}/priority", entry.priority),
        leaf_unless_none(f"{_ENTRY}/try_interval", entry.try_interval),
        leaf(f"{_ENTRY}/receipt", entry.receipt),
        leaf(f"{_ENTRY}/receipt_attachment", entry.receipt_attachment),
        leaf(f"{_ENTRY}/pages", str(entry.pages)),
        leaf(f"{_ENTRY}/approver", entry.approver),
        leaf(
            f"{_ENTRY}/approval_time", moment_text(f"{_ENTRY}/approval_time", entry.approval_time)
        ),
        _written_modem_info(entry) if modem_info else "",
    )


def _written_place(entry: FaxEntry, root: str) -> str:
    fax, both = entry.fax_key, f"{entry.fax_key}/{entry.entry_key}"
    preview = f"{root}/data/preview/{fax}-{entry.entry_key}.pdf"
    return "".join(
        [
            leaf(f"{_ENTRY}/fax_entry_url", f"{root}/ofax/{both}"),
            leaf(f"{_ENTRY}/fax_url", f"{root}/ofax/{fax}"),
            leaf(f"{_ENTRY}/state", entry.raw_state),
            leaf(f"{_ENTRY}/schedule_message", entry.schedule_message),
            leaf(f"{_ENTRY}/created", moment_text(f"{_ENTRY}/created", entry.created)),
            leaf(f"{_ENTRY}/stime", moment_text(f"{_ENTRY}/stime", entry.stime)),
            leaf(f"{_ENTRY}/try_number", str(entry.try_number)),
            leaf(f"{_ENTRY}/agent", entry.agent),
            leaf(f"{_ENTRY}/preview", preview),
        ]
    )


def _written_sent_page(page: CoverPage) -> str:
    path = f"{_ENTRY}/cover_page"
    return branch(
        path,
        leaf(f"{path}/url", page.url),
        leaf(f"{path}/enabled", flag_text(page.enabled)),
        leaf(f"{path}/subject", page.subject),
        leaf(f"{path}/comments", page.comments),
    )


def _written_owner(sender: Sender) -> str:
    path = f"{_ENTRY}/sender"
    return branch(
        path,
        leaf(f"{path}/username", sender.username),
        leaf(f"{path}/name", sender.name),
        leaf(f"{path}/organization", sender.organization),
        leaf(f"{path}/phone_number", sender.phone_number),
        leaf(f"{path}/fax_number", sender.fax_number),
        leaf(f"{path}/email_address", sender.email_address),
    )


def _written_modem_info(entry: FaxEntry) -> str:
    """The wrapper's name is inferred; none before a first full try (guide, Viewing Fax Entries)."""
    path = f"{_ENTRY}/{_MODEM_INFO}"
    written = []
    for name, text in entry.modem_info:
        if not _NAME.fullmatch(name):
            raise UnwritableText(path, "a child's name is not an element name")
        written.append(leaf(f"{path}/{name}", text))
    return branch(path, *written) if written else ""


def in_class(entries: Sequence[FaxEntry], name: str) -> tuple[FaxEntry, ...]:
    """The entries of class `pending`, `sending` or `complete` (grouping inferred).

    An entry in a state we do not know is in none. Raises `KeyError` for another name.
    """
    states = CLASSES[name]
    return tuple(entry for entry in entries if entry.state in states)
