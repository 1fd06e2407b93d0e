"""Dialects and models: what is there, and how an operator corrects what we believe."""

from collections.abc import Mapping

import pytest

from ffgateway.ffws.dialects import (
    FAXFINDER_2,
    FAXFINDER_3,
    MODELS,
    UnknownDialect,
    dialect_named,
    with_overrides,
)
from ffgateway.ffws.errors import FfwsError
from ffgateway.ffws.paths import OPERATIONS, Evidence


def test_a_built_in_dialect_is_found_by_name() -> None:
    assert dialect_named("faxfinder-3") is FAXFINDER_3
    assert dialect_named("faxfinder-2") is FAXFINDER_2


def test_another_name_is_an_error_that_says_which_there_are() -> None:
    with pytest.raises(UnknownDialect, match=r"faxfinder-4: .*faxfinder-3, faxfinder-2"):
        dialect_named("faxfinder-4")
    assert issubclass(UnknownDialect, FfwsError)


def test_older_firmware_has_faxes_and_people_but_no_status() -> None:
    missing = set(FAXFINDER_3.operations) - set(FAXFINDER_2.operations)
    assert missing == {
        "status.combined",
        "status.section",
        "user.add",
        "user.edit",
        "group.create",
        "modem_status.list",
        "modem_status.get",
        "channel_status.list",
        "channel_status.get",
        "inbound_status.list",
        "outbound_status.list",
    }


@pytest.mark.parametrize(
    ("operation", "model", "there"),
    [
        ("modem_status.list", "FF240", True),
        ("modem_status.list", "FF240-IP", False),
        ("channel_status.get", "FF240-IP", True),
        ("channel_status.get", "FF840", False),
        ("fax.list", "FF240-IP", True),
        ("modem_status.list", "", True),
        ("fax.fold", "", False),
    ],
)
def test_a_model_has_its_own_kind_of_lines(operation: str, model: str, there: bool) -> None:
    assert FAXFINDER_3.has(operation, model=model) is there


def test_an_override_says_what_was_observed() -> None:
    dialect = with_overrides(
        FAXFINDER_3,
        {"about.get": {"path": "/system/about", "method": "POST", "elements": {"about": "system"}}},
    )
    about = dialect.operations["about.get"]
    assert (about.path, about.method, about.evidence) == (
        "/system/about",
        "POST",
        Evidence.OBSERVED,
    )
    assert dialect.renames == {"about.get": {"about": "system"}}


def test_an_override_leaves_everything_else_as_it_was() -> None:
    dialect = with_overrides(FAXFINDER_3, {"about.get": {"path": "/system"}})
    assert dialect.name == FAXFINDER_3.name
    assert FAXFINDER_3.operations == OPERATIONS
    assert FAXFINDER_3.renames == {}
    for name, operation in OPERATIONS.items():
        assert name == "about.get" or dialect.operations[name] == operation


def test_an_override_of_nothing_confirms_what_was_believed() -> None:
    dialect = with_overrides(FAXFINDER_3, {"about.get": {}})
    assert dialect.operations["about.get"].path == "/about"
    assert dialect.operations["about.get"].evidence is Evidence.OBSERVED


def test_an_override_brings_back_what_the_dialect_dropped() -> None:
    assert with_overrides(FAXFINDER_2, {"status.combined": {}}).has("status.combined")


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"fax.fold": {"path": "/fold"}}, "fax.fold"),
        ({"about.get": {"verb": "GET"}}, "about.get: verb"),
        ({"about.get": {"method": "BREW"}}, "about.get: method"),
        ({"about.get": {"method": 7}}, "about.get: method"),
        ({"about.get": {"path": "about"}}, "about.get: path"),
        ({"about.get": {"path": None}}, "about.get: path"),
        ({"about.get": {"path": "/about?x=1"}}, "about.get: path"),
        ({"about.get": {"path": "/../admin"}}, "about.get: path"),
        ({"about.get": {"path": "/about/{number}"}}, "about.get: path"),
        ({"about.get": {"path": "/about/{"}}, "about.get: path"),
        ({"fax.get": {"path": "/ofax"}}, "fax.get: path"),
        ({"about.get": {"elements": ["about"]}}, "about.get: elements"),
        ({"about.get": {"elements": {"about": "a><b"}}}, "about.get: 'a><b'"),
        ({"about.get": {"elements": {"model": "name", "product": "name"}}}, "about.get: elements"),
    ],
)
def test_an_override_that_makes_no_sense_is_an_error_naming_it(
    overrides: Mapping[str, Mapping[str, object]], named: str
) -> None:
    with pytest.raises(UnknownDialect) as error:
        with_overrides(FAXFINDER_3, overrides)
    assert str(error.value).startswith(named)


@pytest.mark.parametrize(
    ("model", "kind", "megabytes", "orders"),
    [
        ("FF130", "modem", 2, False),
        ("FF230", "modem", 2, False),
        ("FF430", "modem", 5, False),
        ("FF830", "modem", 5, False),
        ("FF240", "modem", 36, True),
        ("FF440", "modem", 36, True),
        ("FF840", "modem", 36, True),
        ("FF240-IP", "channel", 36, True),
    ],
)
def test_a_model_takes_requests_of_a_documented_size(
    model: str, kind: str, megabytes: int, orders: bool
) -> None:
    facts = MODELS[model]
    assert (facts.kind, facts.orders) == (kind, orders)
    assert facts.request_limit == megabytes * 10**6  # the smaller reading of MB


def test_a_number_of_lines_that_no_text_gives_is_not_made_up() -> None:
    assert MODELS["FF240-IP"].lines is None
