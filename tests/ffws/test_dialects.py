"""Dialects and models: what is there, and how an operator corrects what we believe."""

from collections.abc import Mapping

import pytest

from ffgateway.ffws.dialects import (
    FAXFINDER_2,
    FAXFINDER_3,
    MODELS,
    UnknownDialect,
    dialect_named,
    firmware_of,
    gated,
    model_of,
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
        ({"about.get": {"path": "/%2e%2e/admin"}}, "about.get: path"),
        ({"about.get": {"path": "/./about"}}, "about.get: path"),
        ({"about.get": {"path": "//about"}}, "about.get: path"),
        ({"about.get": {"path": "/about\r\nHost: x"}}, "about.get: path"),
        ({"about.get": {"path": "/" + "a" * 200}}, "about.get: path"),
        ({"fax.get": {"path": "/ofax"}}, "fax.get: path"),
        ({"fax.schedule": {"elements": {"sender": "from"}}}, "fax.schedule: elements"),
        ({"about.get": {"elements": {f"a{n}": f"b{n}" for n in range(201)}}}, "about.get: elem"),
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


EVERYWHERE = ("fax.list", "user.get", "contact.list", "group.list", "about.get", "data.preview")
GATES = {  # operation -> models that have it, of the six
    **{name: {"FF130", "FF230", "FF240", "FF440", "FF840", "FF240-IP"} for name in EVERYWHERE},
    "modem_status.list": {"FF240", "FF440", "FF840"},
    "modem_status.get": {"FF240", "FF440", "FF840"},
    "modem_settings.edit": {"FF240", "FF440", "FF840"},
    "channel_status.list": {"FF240-IP"},
    "channel_status.get": {"FF240-IP"},
    "fax.fold": set[str](),
}


@pytest.mark.parametrize("model", ["FF130", "FF230", "FF240", "FF440", "FF840", "FF240-IP"])
@pytest.mark.parametrize("operation", GATES)
def test_a_model_has_an_operation_or_a_reason_against_it(operation: str, model: str) -> None:
    reason = gated(FAXFINDER_3, model, "", operation)
    assert (reason is None) is (model in GATES[operation])
    assert reason is None or operation in reason


@pytest.mark.parametrize(
    ("operation", "firmware", "there"),
    [
        ("status.combined", "3.0.4", True),
        ("status.combined", "3.0.3", False),
        ("status.combined", "2.2.9.2", False),
        ("status.combined", "3.1", True),
        ("status.combined", "3", False),
        ("status.combined", "", True),
        ("status.combined", "no version", True),
        ("user.add", "2.2.9.2", False),
        ("group.create", "2.2.9.2", False),
        ("outbound_status.list", "2.2.9.2", False),
        ("fax.schedule", "1.0", True),
        ("user.get", "2.2.9.2", True),
        ("contact.add", "2.2.9.2", True),
    ],
)
def test_a_firmware_has_what_the_guide_says_it_brought(
    operation: str, firmware: str, there: bool
) -> None:
    assert (gated(FAXFINDER_3, "FF240", firmware, operation) is None) is there


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_model_nobody_described_may_have_everything(operation: str) -> None:
    assert gated(FAXFINDER_3, "FF9000", "", operation) is None


def test_what_was_seen_passes_every_gate() -> None:
    seen = with_overrides(FAXFINDER_3, {"modem_status.list": {}, "status.combined": {}})
    assert gated(seen, "FF240-IP", "", "modem_status.list") is None
    assert gated(seen, "FF230", "2.2.9.2", "status.combined") is None


@pytest.mark.parametrize("text", ["", "3.", "v3.5", "3.5.2-beta", "3..5", "٣.٥", "1" * 9])
def test_a_text_that_is_no_version_is_no_firmware(text: str) -> None:
    assert firmware_of(text) == ()


def test_a_firmware_compares_as_numbers() -> None:
    assert firmware_of("3.10") > firmware_of("3.9.9") > firmware_of(" 3.0.4 ")


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("FF240.R1", "FF240"),
        (" ff240-ip", "FF240-IP"),
        ("FF840", "FF840"),
        ("FF240X", None),
        ("FaxFinder", None),
        ("", None),
    ],
)
def test_a_revision_is_no_part_of_a_model(text: str, model: str | None) -> None:
    found = model_of(text)
    assert (found.name if found else None) == model


def test_an_appliance_of_a_revision_is_denied_what_its_model_has_not() -> None:
    assert gated(FAXFINDER_3, "FF840.R1", "", "channel_status.list") is not None
    assert gated(FAXFINDER_3, "FF840.R1", "", "modem_status.list") is None
