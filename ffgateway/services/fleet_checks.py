"""What an appliance's part of a document must be, before it is asked: each rule names its place."""

from collections.abc import Hashable, Iterable, Mapping

from ffgateway.domain.configuration import T37Settings
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.fanout import WantedContact, WantedGroup, route_key
from ffgateway.domain.fleet_document import (
    MOST_LISTS,
    MOST_RECORDS,
    Listing,
    Wanted,
)
from ffgateway.domain.fleet_steps import Step
from ffgateway.domain.records import check_owner
from ffgateway.services.configuration import check_modem, check_route, check_t37
from ffgateway.services.directory import (
    check_contact,
    check_password,
    check_sending,
    check_username,
)
from ffgateway.services.groups import check_group
from ffgateway.services.spreading import naming


def check_wanted(wanted: Wanted) -> None:
    """Raise `InvalidRequest` for what no appliance can be like. Places are those in its part."""
    _at_most("users", len(wanted.users), MOST_RECORDS)
    _once("users", (one.username for one in wanted.users))
    for index, user in enumerate(wanted.users):
        with naming(f"users[{index}]"):
            to_be = user.changes
            check_username(user.username)
            check_sending(
                to_be.priority, to_be.max_attempts, to_be.interval_seconds, to_be.receipt or ""
            )
    _at_most("contacts", len(wanted.contacts), MOST_LISTS)
    _once("contacts", (one.owner for one in wanted.contacts))
    for index, book in enumerate(wanted.contacts):
        with naming(f"contacts[{index}]"):
            _check_contacts(book)
    _at_most("groups", len(wanted.groups), MOST_LISTS)
    _once("groups", (one.owner for one in wanted.groups))
    for index, groups in enumerate(wanted.groups):
        with naming(f"groups[{index}]"):
            _check_groups(groups)
    _check_setup(wanted)


def _check_contacts(book: Listing[WantedContact]) -> None:
    check_owner(book.owner)
    _at_most("items", len(book.items), MOST_RECORDS)
    for index, one in enumerate(book.items):
        with naming(f"items[{index}]"):
            check_contact(one.name, one.fax_number)
    _once("items", (one.key for one in book.items))


def _check_groups(groups: Listing[WantedGroup]) -> None:
    check_owner(groups.owner)
    _at_most("items", len(groups.items), MOST_RECORDS)
    for index, one in enumerate(groups.items):
        with naming(f"items[{index}]"):
            check_group(one.name, one.members)
    _once("items", (one.name.strip() for one in groups.items))


def _check_setup(wanted: Wanted) -> None:
    if wanted.inbound_routes is not None:
        routes = wanted.inbound_routes.items
        with naming("inbound_routes"):
            _at_most("items", len(routes), MOST_RECORDS)
            for index, route in enumerate(routes):
                with naming(f"items[{index}]"):
                    check_route(route)
            _once("items", map(route_key, routes))
    _once("modem_settings", (one.number for one in wanted.modem_settings))
    for index, modem in enumerate(wanted.modem_settings):
        with naming(f"modem_settings[{index}]"):
            check_modem(modem.changes)


def check_steps(steps: Iterable[Step]) -> None:
    """Raise `InvalidRequest` for settings that make no sense together with those that are there."""
    for step in steps:
        if isinstance(step.subject, T37Settings):
            with naming("t37_settings"):
                check_t37(step.subject)


def check_passwords(wanted: Wanted, passwords: Mapping[str, str]) -> None:
    """Raise `InvalidRequest` for a password that nobody who is wanted has, or that none can be."""
    known = {one.username for one in wanted.users}
    for username, password in passwords.items():
        if username not in known:
            raise InvalidRequest(
                f"The document has no user {username} here.",
                field="passwords",
                cure="Leave the password out, or name the user.",
            )
        with naming("passwords"):
            check_password(password)


def _at_most(field: str, count: int, most: int) -> None:
    if count > most:
        raise InvalidRequest(
            f"There are {count}; a document has {most} at most.",
            field=field,
            cure="Leave some out.",
        )


def _once(field: str, keys: Iterable[Hashable]) -> None:
    """Raise `InvalidRequest` for what is named twice: which of the two is meant nobody can say."""
    first: dict[Hashable, int] = {}
    for index, key in enumerate(keys):
        before = first.setdefault(key, index)
        if before != index:
            raise InvalidRequest(
                f"It is {field}[{before}] once more.",
                field=f"{field}[{index}]",
                cure="Name it once.",
            )
