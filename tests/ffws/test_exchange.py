"""From an operation to a request line, and from a status code to what it means here."""

import pytest

from ffgateway.ffws.dialects import FAXFINDER_2, FAXFINDER_3, with_overrides
from ffgateway.ffws.errors import (
    ApplianceRefusal,
    ApplianceTrouble,
    BadCredentials,
    NotAllowed,
    NotThere,
    Unsupported,
)
from ffgateway.ffws.exchange import check, renamed, request_for
from ffgateway.ffws.faxes import read_fax_entries
from ffgateway.ffws.paths import OPERATIONS, Operation
from tests.ffws.samples import sample


@pytest.mark.parametrize(
    ("name", "places", "query", "line"),
    [
        ("fax.schedule", {}, {}, "POST /ffws/v1/ofax"),
        (
            "fax.list",
            {},
            {"all_users": "true", "complete_limit": "100"},
            "GET /ffws/v1/ofax?all_users=true&complete_limit=100",
        ),
        ("fax.abort", {"fax_key": "0000001B"}, {}, "DELETE /ffws/v1/ofax/0000001B"),
        (
            "fax.reschedule",
            {"fax_key": "0000001B", "entry_key": "0000"},
            {"at": "2026-11-23T10:00:00"},
            "PUT /ffws/v1/ofax/0000001B/0000?at=2026-11-23T10%3A00%3A00",
        ),
        ("status.section", {"section": "SYSTEM"}, {}, "GET /ffws/v1/status/SYSTEM"),
        ("modem_status.get", {"number": 8}, {}, "GET /ffws/v1/modem_status/8"),
        ("user.get", {"username": "a/b?c=d#é"}, {}, "GET /ffws/v1/users/a%2Fb%3Fc%3Dd%23%C3%A9"),
        (
            "data.preview",
            {"fax_key": "0000001B", "entry_key": "0000"},
            {},
            "GET /ffws/v1/data/preview/0000001B-0000.pdf",
        ),
        ("data.cover_page", {"name": "my own"}, {}, "GET /ffws/v1/data/cover_pages/my%20own.pdf"),
        ("fax.list", {}, {"x": "a b&c=d"}, "GET /ffws/v1/ofax?x=a%20b%26c%3Dd"),
    ],
)
def test_an_operation_becomes_a_request_line(
    name: str, places: dict[str, str | int], query: dict[str, str], line: str
) -> None:
    request = request_for(FAXFINDER_3, name, query=query, **places)
    assert f"{request.method} {request.target}" == line
    assert request.operation is OPERATIONS[name]
    assert request.query == tuple(query.items())


def test_a_request_speaks_xml_and_a_download_asks_for_a_pdf() -> None:
    assert request_for(FAXFINDER_3, "fax.list").headers == (
        ("Accept", "application/xml"),
        ("Content-Type", "application/xml"),
    )
    download = request_for(FAXFINDER_3, "data.cover_page", name="default")
    assert dict(download.headers)["Accept"] == "application/pdf"


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("fax.abort_entry", {"fax_key": "0000001B"}),
        ("fax.abort_entry", {"fax_key": "0000001B", "entry_key": ""}),
        ("fax.abort", {"fax_key": ".."}),
        ("fax.abort", {"fax_key": "."}),
        ("fax.list", {"fax_key": "0000001B"}),
    ],
)
def test_a_path_with_a_hole_in_it_is_never_sent(name: str, places: dict[str, str | int]) -> None:
    with pytest.raises(ValueError, match=name):
        request_for(FAXFINDER_3, name, query=None, **places)


@pytest.mark.parametrize("name", ["status.combined", "fax.fold"])
def test_what_the_dialect_lacks_is_unsupported_before_anything_is_sent(name: str) -> None:
    with pytest.raises(Unsupported, match=f"faxfinder-2 has no {name}") as error:
        request_for(FAXFINDER_2, name)
    assert error.value.status == 0


def test_an_override_is_what_is_sent() -> None:
    dialect = with_overrides(FAXFINDER_3, {"about.get": {"path": "/system", "method": "POST"}})
    request = request_for(dialect, "about.get")
    assert (request.method, request.target) == ("POST", "/ffws/v1/system")


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_success_is_returned_as_it_came(operation: Operation) -> None:
    for status in operation.success:
        assert check(operation, status, b"anything \xff") == b"anything \xff"


ANSWERS: list[tuple[str, int, type[ApplianceRefusal]]] = [
    ("fax.schedule", 400, ApplianceRefusal),
    ("fax.schedule", 401, BadCredentials),
    ("fax.schedule", 403, NotAllowed),
    ("fax.schedule", 404, Unsupported),
    ("fax.schedule", 413, ApplianceRefusal),
    ("fax.schedule", 202, ApplianceTrouble),
    ("fax.schedule", 500, ApplianceTrouble),
    ("fax.list", 201, ApplianceTrouble),
    ("fax.list", 301, ApplianceTrouble),
    ("fax.list", 503, ApplianceTrouble),
    ("fax.get", 404, NotThere),
    ("fax.entry", 404, NotThere),
    ("fax.abort", 200, ApplianceTrouble),
    ("fax.abort", 400, ApplianceRefusal),
    ("fax.abort", 404, NotThere),
    ("fax.abort", 405, Unsupported),
    ("fax.abort_entry", 400, ApplianceRefusal),
    ("fax.reschedule", 400, ApplianceRefusal),
    ("fax.reschedule", 403, NotAllowed),
    ("status.combined", 404, Unsupported),
    ("modem_status.list", 404, Unsupported),
    ("modem_status.get", 404, NotThere),
    ("user.get", 403, NotAllowed),
    ("user.get", 404, NotThere),
    ("user.verify", 401, BadCredentials),
    ("user.verify", 404, Unsupported),
    ("about.get", 404, Unsupported),
    ("about.get", 405, Unsupported),
    ("about.get", 501, Unsupported),
    ("about.get", 500, ApplianceTrouble),
    ("data.preview", 404, NotThere),
    ("outbound_status.list", 401, BadCredentials),
    ("outbound_status.list", 500, ApplianceTrouble),
]


@pytest.mark.parametrize(("name", "status", "kind"), ANSWERS)
def test_a_refusal_is_of_the_kind_that_the_code_means_here(
    name: str, status: int, kind: type[ApplianceRefusal]
) -> None:
    with pytest.raises(ApplianceRefusal) as error:
        check(OPERATIONS[name], status, b"")
    assert type(error.value) is kind
    assert (error.value.status, error.value.message) == (status, "")


@pytest.mark.parametrize("name", ["outbound_status.list", "inbound_status.list"])
def test_404_is_an_empty_list_where_nothing_under_way_is_a_404(name: str) -> None:
    body = check(OPERATIONS[name], 404, b"<html>Not Found</html>")
    assert read_fax_entries(body) == ()


def test_an_observed_operation_that_is_missing_is_no_stand_in_any_more() -> None:
    dialect = with_overrides(FAXFINDER_3, {"user.verify": {}})
    with pytest.raises(NotThere):
        check(dialect.operations["user.verify"], 404, b"")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<response><message>No such route</message></response>", NotThere),
        (b"<html>Not Found</html>", Unsupported),
        (b"", Unsupported),
    ],
)
def test_a_stand_in_that_names_a_thing_is_known_by_the_form_of_its_404(
    body: bytes, kind: type[ApplianceRefusal]
) -> None:
    with pytest.raises(ApplianceRefusal) as error:
        check(OPERATIONS["inbound_route.get"], 404, body)
    assert type(error.value) is kind


def test_the_appliances_own_message_is_kept() -> None:
    with pytest.raises(ApplianceRefusal) as error:
        check(OPERATIONS["fax.schedule"], 400, sample("ff240-3.5.2/fax.schedule.refused.400"))
    assert error.value.message == "scheduling failed: internal error"
    assert str(error.value) == "400 scheduling failed: internal error"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Not Found",
        b"<html><body><h1>401 Unauthorized</h1></body></html>",
        b"<!DOCTYPE html><html><body>no",
        b"<response><message>cut off",
        b"\xff\xfe\x00",
        b"%PDF-1.4",
        b"<response/>",
    ],
)
def test_an_error_body_may_be_anything(body: bytes) -> None:
    with pytest.raises(NotAllowed) as error:
        check(OPERATIONS["fax.get"], 403, body)
    assert error.value.message == ""


def test_renamed_elements_are_read_under_our_names() -> None:
    document = sample("ff240-3.0.4/fax.list.aborted.200")
    theirs = document.replace(b"fax_entry>", b"job>").replace(b"stime>", b"when>")
    dialect = with_overrides(
        FAXFINDER_3, {"fax.list": {"elements": {"fax_entry": "job", "stime": "when"}}}
    )
    assert read_fax_entries(theirs) == ()
    assert read_fax_entries(renamed(dialect, "fax.list", theirs)) == read_fax_entries(document)


def test_without_renames_a_document_is_not_touched() -> None:
    assert renamed(FAXFINDER_3, "fax.list", b"not even XML") == b"not even XML"
