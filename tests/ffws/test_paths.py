"""The table of operations: nothing in it without a reason to believe it."""

import re

import pytest

from ffgateway.ffws.paths import CHANNELS, MODEMS, OPERATIONS, Evidence, Operation
from tests.ffws.samples import names

every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


@every_operation
def test_an_operation_has_a_sample_or_a_source_or_says_it_is_a_stand_in(
    operation: Operation,
) -> None:
    sampled = any(name.split("/")[1].startswith(f"{operation.name}.") for name in names())
    if operation.evidence is Evidence.STAND_IN:
        assert not sampled
        assert operation.source == ""
    else:
        assert sampled or operation.source


@pytest.mark.parametrize(
    "name",
    [
        "user.get",
        "user.add",
        "user.edit",
        "contact.list",
        "contact.add",
        "contact.edit",
        "contact.delete",
        "group.list",
        "group.create",
        "group.edit",
    ],
)
def test_an_operation_whose_answer_is_printed_has_a_sample_of_it(name: str) -> None:
    assert any(each.split("/")[1].startswith(f"{name}.") for each in names())


@every_operation
def test_an_operation_is_found_by_its_name(operation: Operation) -> None:
    assert OPERATIONS[operation.name] is operation


@every_operation
def test_only_reads_are_free_of_consequence(operation: Operation) -> None:
    assert operation.writes is (operation.method != "GET")


@every_operation
def test_a_path_is_nothing_but_a_path(operation: Operation) -> None:
    assert re.fullmatch(r"(/([a-z0-9_]+|[{}a-z_.-]+))+", operation.path)
    assert operation.success


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("fax.schedule", "POST /ofax"),
        ("fax.list", "GET /ofax"),
        ("fax.get", "GET /ofax/{fax_key}"),
        ("fax.entry", "GET /ofax/{fax_key}/{entry_key}"),
        ("fax.abort", "DELETE /ofax/{fax_key}"),
        ("fax.abort_entry", "DELETE /ofax/{fax_key}/{entry_key}"),
        ("fax.reschedule", "PUT /ofax/{fax_key}/{entry_key}"),
        ("status.combined", "GET /status"),
        ("status.section", "GET /status/{section}"),
        ("modem_status.list", "GET /modem_status"),
        ("modem_status.get", "GET /modem_status/{number}"),
        ("channel_status.list", "GET /channel_status"),
        ("channel_status.get", "GET /channel_status/{number}"),
        ("inbound_status.list", "GET /inbound_status"),
        ("outbound_status.list", "GET /outbound_status"),
        ("user.get", "GET /users/{username}"),
        ("user.add", "POST /users"),
        ("user.edit", "PUT /users/{username}"),
        ("contact.list", "GET /contacts/{username}"),
        ("contact.get", "GET /contacts/{username}/{id}"),
        ("contact.add", "POST /contacts/{username}"),
        ("contact.edit", "PUT /contacts/{username}/{id}"),
        ("contact.delete", "DELETE /contacts/{username}/{id}"),
        ("group.list", "GET /contact_groups/{username}"),
        ("group.create", "POST /contact_groups/{username}"),
        ("group.edit", "PUT /contact_groups/{username}/{id}"),
        ("data.preview", "GET /data/preview/{fax_key}-{entry_key}.pdf"),
        ("data.cover_page", "GET /data/cover_pages/{name}.pdf"),
    ],
)
def test_a_documented_operation_is_as_the_guide_prints_it(name: str, line: str) -> None:
    operation = OPERATIONS[name]
    assert f"{operation.method} {operation.path}" == line
    assert operation.evidence is Evidence.DOCUMENTED


def test_the_stand_ins_are_these() -> None:
    found = {each.name for each in OPERATIONS.values() if each.evidence is Evidence.STAND_IN}
    assert found == {
        "user.verify",
        "group.get",
        "group.ids",
        "inbound_log.list",
        "inbound_log.count",
        "outbound_log.list",
        "outbound_log.count",
        "call_log.list",
        "inbound_route.list",
        "inbound_route.get",
        "inbound_route.add",
        "inbound_route.edit",
        "inbound_route.delete",
        "t37_settings.get",
        "t37_settings.edit",
        "modem_settings.list",
        "modem_settings.get",
        "modem_settings.edit",
        "global_contacts.get",
        "about.get",
    }


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("fax.schedule", {201, 200}),
        ("fax.list", {200}),
        ("fax.abort", {202}),
        ("fax.abort_entry", {202}),
        ("fax.reschedule", {202}),
        ("modem_status.get", {200}),
    ],
)
def test_success_is_what_the_guide_says_it_is(name: str, codes: set[int]) -> None:
    assert OPERATIONS[name].success == codes


def test_a_model_counts_modems_or_channels() -> None:
    assert not MODEMS & CHANNELS
    assert OPERATIONS["modem_status.list"].models == MODEMS
    assert OPERATIONS["channel_status.list"].models == CHANNELS
