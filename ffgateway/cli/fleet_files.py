"""A fleet file → what each appliance is to be like, and where the passwords of its users are.

YAML, read safely and in bounds, with `include` (paths below the folder of the first file) and
`defaults` for every appliance. What is said later or nearer wins, record by record: an included
file gives way to the one that includes it, `defaults` to a device. A password is never in a file,
only where to find it: one that is written down is refused, and nothing of it is sent or shown.
"""

import os
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ffgateway.cli.fleet_yaml import load
from ffgateway.cli.output import Trouble

Sections = dict[str, Any]
Record = dict[str, Any]

MOST_FILES: Final = 100
DEEPEST: Final = 8
"""Files within files."""

LONGEST_SECRET: Final = 4096
TOP: Final = frozenset({"version", "include", "defaults", "devices"})
LISTS: Final = frozenset({"contacts", "groups"})
SENDING: Final = "priority", "max_attempts", "interval_seconds", "receipt", "receipt_attachment"
PERSON: Final = "name", "email_address", "phone_number", "fax_number", "organization"
USER: Final = frozenset({"username", "password", *PERSON, *SENDING})
KEYS: Final[dict[str, Callable[[Record], Hashable]]] = {
    "users": lambda one: one.get("username"),
    "contacts": lambda one: (one.get("name"), one.get("fax_number")),
    "groups": lambda one: one.get("name"),
    "inbound_routes": lambda one: (one.get("scope"), one.get("line"), one.get("extension")),
    "modem_settings": lambda one: one.get("number"),
}
"""What a record is known by when two files, or a device and the defaults, name it."""

SECTIONS: Final = frozenset({*KEYS, "t37_settings"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a password is: in a variable of the environment, or in a file."""

    env: str = ""
    file: Path | None = None
    place: str

    def resolved(self) -> str:
        """The password. Raises `Trouble`, which does not show it."""
        if self.file is None:
            found = os.environ.get(self.env)
            if not found:
                raise Trouble(f"{self.place}: {self.env} is not in the environment")
            return found
        try:
            with self.file.open("rb") as opened:
                content = opened.read(LONGEST_SECRET + 1)
            text = content.decode().rstrip("\r\n")
        except (OSError, ValueError) as no:
            raise Trouble(f"{self.place}: {self.file} cannot be read ({no})") from None
        if not text or len(content) > LONGEST_SECRET:
            raise Trouble(f"{self.place}: {self.file} does not hold a password")
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFile:
    """Sections by device, as REST takes them; references to passwords by device and user."""

    devices: dict[str, Sections]
    passwords: dict[str, dict[str, Reference]] = field(default_factory=dict)


def read_fleet(path: Path) -> FleetFile:
    """Read a fleet file and what it includes. Raises `Trouble`, which names the place."""
    gathering = _Gathering(path)
    defaults, devices = gathering.gather(path, ())
    if not devices:
        raise Trouble(f"{path}: it names no devices")
    merged = {name: merge(defaults, own) for name, own in devices.items()}
    passwords = {name: dict(_references(sections)) for name, sections in merged.items()}
    return FleetFile(
        devices={name: _as_asked(sections) for name, sections in merged.items()},
        passwords={name: found for name, found in passwords.items() if found},
    )


class _Gathering:
    """Reads files within files; every one of them lies below the folder of the first."""

    def __init__(self, first: Path) -> None:
        self._root = first.resolve().parent
        self._read = 0

    def gather(self, path: Path, above: tuple[Path, ...]) -> tuple[Sections, dict[str, Sections]]:
        """The defaults and the devices of a file and of those that it includes."""
        real = path.resolve()
        if real in above:
            raise Trouble(f"{path}: it includes itself")
        self._read += 1
        if len(above) >= DEEPEST or self._read > MOST_FILES:
            raise Trouble(f"{path}: too many files include one another")
        content = _top(load(path), path)
        defaults: Sections = {}
        devices: dict[str, Sections] = {}
        for each in self._included(content.get("include"), path):
            lower, others = self.gather(each, (*above, real))
            defaults = merge(defaults, lower)
            _put(devices, others)
        own = _sections(content.get("defaults"), f"{path}: defaults", path)
        named = _mapping(content.get("devices"), f"{path}: devices")
        _put(
            devices,
            {name: _sections(one, f"{path}: devices.{name}", path) for name, one in named.items()},
        )
        return merge(defaults, own), devices

    def _included(self, given: object, path: Path) -> Iterator[Path]:
        names = [given] if isinstance(given, str) else given or []
        if not isinstance(names, list):
            raise Trouble(f"{path}: include is a list of files")
        for index, name in enumerate(names):
            place = f"{path}: include[{index}]"
            if not isinstance(name, str) or Path(name).is_absolute():
                raise Trouble(f"{place}: use a path beside this file")
            found = path.parent / name
            if not found.resolve().is_relative_to(self._root):
                raise Trouble(f"{place}: {name} is outside of {self._root.name}/")
            yield found


def _put(devices: dict[str, Sections], more: dict[str, Sections]) -> None:
    for name, sections in more.items():
        devices[name] = merge(devices.get(name, {}), sections)


# The form of a file -------------------------------------------------------------------------------


def _top(content: object, path: Path) -> Record:
    found = _mapping(content, str(path))
    _known(found, TOP, str(path))
    if found.get("version", 1) != 1:
        raise Trouble(f"{path}: version: this gateway reads version 1")
    return found


def _sections(content: object, place: str, path: Path) -> Sections:
    """The sections of one device in their longest form; None takes a section away."""
    found = _mapping(content, place)
    _known(found, SECTIONS, place)
    read: Sections = {}
    for name, value in found.items():
        here = f"{place}.{name}"
        if value is None:
            read[name] = None
        elif name == "t37_settings":
            read[name] = _mapping(value, here)
        elif name == "inbound_routes":
            read[name] = _listing({"items": value} if isinstance(value, list) else value, here)
        elif name in LISTS:
            lists = _records(value, here)
            read[name] = [_listing(one, f"{here}[{n}]") for n, one in enumerate(lists)]
        else:
            read[name] = _records(value, here)
    for index, user in enumerate(read.get("users") or ()):
        _user(user, f"{place}.users[{index}]", path)
    return read


def _user(user: Record, place: str, path: Path) -> None:
    """Check a user, and put a reference in the place of `password`."""
    _known(user, USER, place)
    if "password" not in user:
        return
    given = user["password"]
    where = f"{place}.password"
    if isinstance(given, dict) and len(given) == 1:
        ((kind, name),) = given.items()
        if isinstance(name, str) and name and kind == "env":
            user["password"] = Reference(env=name, place=where)
            return
        if isinstance(name, str) and name and kind == "file":
            user["password"] = Reference(file=path.parent / name, place=where)
            return
    raise Trouble(
        f"{where}: a password is never written down here;"
        " say where it is: {env: NAME} or {file: PATH}"
    )


def _listing(content: object, place: str) -> Record:
    found = _mapping(content, place)
    _known(found, frozenset({"owner", "prune", "items"}), place)
    return {**found, "items": _records(found.get("items"), f"{place}.items")}


def _records(content: object, place: str) -> list[Record]:
    if content is None:
        return []
    if not isinstance(content, list):
        raise Trouble(f"{place}: it is a list")
    return [_mapping(one, f"{place}[{index}]") for index, one in enumerate(content)]


def _mapping(content: object, place: str) -> Record:
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise Trouble(f"{place}: it has names and what belongs to them")
    return dict(content)


def _known(found: Record, names: frozenset[str], place: str) -> None:
    for name in found:
        if name not in names:
            raise Trouble(f"{place}: {name} is not known; use {', '.join(sorted(names))}")


# Putting things together --------------------------------------------------------------------------


def merge(below: Sections, above: Sections) -> Sections:
    """Sections of which those above win, record by record; None takes away what is below."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        if value is None or under is None:
            merged[name] = value
        elif name == "t37_settings":
            merged[name] = {**under, **value}
        elif name == "inbound_routes":
            merged[name] = _merged_listing(under, value, KEYS[name])
        elif name in LISTS:
            merged[name] = _merged_lists(under, value, KEYS[name])
        else:
            merged[name] = _merged(under, value, KEYS[name])
    return merged


def _merged_lists(
    below: list[Record], above: list[Record], key: Callable[[Record], Hashable]
) -> list[Record]:
    lists = {one.get("owner", "global"): one for one in below}
    for one in above:
        owner = one.get("owner", "global")
        lists[owner] = _merged_listing(lists.get(owner, {"items": []}), one, key)
    return list(lists.values())


def _merged_listing(below: Record, above: Record, key: Callable[[Record], Hashable]) -> Record:
    return {**below, **above, "items": _merged(below["items"], above["items"], key)}


def _merged(
    below: Iterable[Record], above: Iterable[Record], key: Callable[[Record], Hashable]
) -> list[Record]:
    """Records that both have become one; those without a key, or twice in one, are kept apart."""
    found = list(below)
    places = {_hashable(key(one)): index for index, one in enumerate(found)}
    for one in above:
        index = places.get(_hashable(key(one)))
        if index is None:
            found.append(one)
        else:
            found[index] = {**found[index], **one}
    return found


def _hashable(key: object) -> Hashable:
    """A key that somebody may have filled with lists: REST says what is wrong with it."""
    return key if isinstance(key, str | int | None) else repr(key)


def _references(sections: Sections) -> Iterator[tuple[str, Reference]]:
    for user in sections.get("users") or ():
        if isinstance(user.get("password"), Reference):
            yield str(user.get("username")), user["password"]


def _as_asked(sections: Sections) -> Sections:
    """The sections as REST takes them: without passwords, and without what was taken away."""
    asked = {name: value for name, value in sections.items() if value is not None}
    if "users" in asked:
        asked["users"] = [
            {name: value for name, value in user.items() if name != "password"}
            for user in asked["users"]
        ]
    return asked
