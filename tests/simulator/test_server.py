"""The web service over HTTP."""

import io
from collections.abc import AsyncIterator

import pytest
from pypdf import PdfReader

from ffgateway.ffws.configuration import (
    Destination,
    InboundRoute,
    T37Settings,
    write_inbound_route,
    write_modem_setting,
    write_t37_settings,
)
from ffgateway.ffws.elements import read_message
from ffgateway.ffws.faxes import CoverPage, WireState, read_fax_entries
from ffgateway.ffws.paths import OPERATIONS, Operation
from ffgateway.ffws.status import (
    read_channel_status,
    read_combined_status,
    read_inbound_status,
    read_modem_status,
)
from ffgateway.simulator.configuration import factory_modem
from tests.simulator.conftest import Unit, unit_of
from tests.simulator.making import attachment, body_of, fax, wall

NOTHING = b"<schedule_fax/>"


async def test_a_fax_is_accepted_listed_and_sent(unit: Unit) -> None:
    answer = await unit.ann.post("/ofax", content=body_of(fax("555-1234", "555-0187")))
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/xml"
    assert read_message(answer.content) == "Success"
    assert [entry.state for entry in read_fax_entries(answer.content)] == [
        WireState.PREPROCESSING
    ] * 2  # fmt: skip
    unit.clock.seconds = 16
    listed = read_fax_entries((await unit.ann.get("/ofax")).content)
    assert [entry.state for entry in listed] == [WireState.SENT, WireState.PENDING]


async def test_time_goes_by_as_fast_as_it_is_told_to() -> None:
    unit = unit_of(speed=60)
    await unit.ann.post("/ofax", content=body_of(fax("555-1234")))
    unit.clock.seconds = 16 / 60
    (entry,) = read_fax_entries((await unit.ann.get("/ofax")).content)
    assert entry.stime == wall(16)


async def test_urls_in_answers_are_https_and_name_the_unit_as_it_calls_itself(unit: Unit) -> None:
    answer = await unit.ann.post("/ofax", content=body_of(fax("555-1234")))
    assert b"<fax_url>https://ff440/ffws/v1/ofax/00000001</fax_url>" in answer.content


async def test_a_trailing_slash_is_tolerated(unit: Unit) -> None:
    assert (await unit.ann.post("/ofax/", content=body_of(fax("555-1234")))).status_code == 201
    assert (await unit.ann.get("/ofax/00000001/0000/")).status_code == 200


# Credentials


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic YW5u",  # ann
        "Basic YW5uOndyb25n",  # ann:wrong
        "Bearer YW5uOnNlY3JldC1h",
        "Basic /////w==",
    ],
)
async def test_without_good_credentials_there_is_a_challenge(unit: Unit, header: str) -> None:
    answer = await unit.nobody.get("/ofax", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="FaxFinder"'
    assert read_message(answer.content)


async def test_the_scheme_is_read_in_any_case(unit: Unit) -> None:
    answer = await unit.nobody.get("/ofax", headers={"Authorization": "bAsIc YW5uOnNlY3JldC1h"})
    assert answer.status_code == 200


# Refusals


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        NOTHING,
        b"<schedule_fax><recipient/></schedule_fax>",
        b"<other/>",
        b"\xff\xfe",
    ],
)
async def test_what_holds_no_fax_is_an_internal_error(unit: Unit, body: bytes) -> None:
    answer = await unit.ann.post("/ofax", content=body)
    assert answer.status_code == 400
    assert read_message(answer.content) == "scheduling failed: internal error"


async def test_the_refusal_is_laid_out_as_the_one_captured_from_a_real_unit(unit: Unit) -> None:
    answer = await unit.ann.post("/ofax", content=NOTHING)
    assert answer.content.split(b"\n")[1:] == [
        b"<response>",
        b"<message>scheduling failed: internal error</message>",
        b"</response>",
    ]


async def test_an_attachment_that_cannot_be_converted_is_named(unit: Unit) -> None:
    bad = attachment(b"x", name="a<b>.doc", content_type="application/msword")
    answer = await unit.ann.post("/ofax", content=body_of(fax("555-1234", attachments=[bad])))
    assert answer.status_code == 400
    assert "a<b>.doc" in read_message(answer.content)


async def test_a_fax_without_a_word_on_cover_pages_gets_one(unit: Unit) -> None:
    body = body_of(fax("555-1234"))
    start, end = body.index(b"<cover_page>"), body.index(b"</cover_page>")
    silent = body[:start] + body[end + len(b"</cover_page>") :]
    answer = await unit.ann.post("/ofax", content=silent)
    (entry,) = read_fax_entries(answer.content)
    assert entry.cover_page == CoverPage(
        enabled=True, url="https://ff440/ffws/v1/data/cover_pages/default.pdf"
    )


@pytest.mark.parametrize("announced", [True, False])
async def test_a_request_above_the_models_limit_is_not_read_to_its_end(announced: bool) -> None:
    unit = unit_of("FF130")
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield bytes(100_000)

    length = {"Content-Length": "3000000"} if announced else {}
    answer = await unit.ann.post("/ofax", content=endless(), headers=length)
    assert answer.status_code == 413
    assert read_message(answer.content)
    assert read <= (0 if announced else 21)


async def test_a_path_that_is_not_there_is_404_in_xml(unit: Unit) -> None:
    for path in ("/faxes", "/ofax/1/2/3"):
        answer = await unit.ann.get(path)
        assert (answer.status_code, read_message(answer.content)) == (404, "Not Found")


async def test_a_method_that_is_not_there_is_405_and_says_which_are(unit: Unit) -> None:
    answer = await unit.ann.delete("/ofax")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


# Faxes


async def test_viewing_aborting_and_rescheduling(unit: Unit) -> None:
    later = fax("555-1234", schedule_all_at=wall(9000))
    await unit.ann.post("/ofax", content=body_of(later))
    unit.clock.seconds = 10
    moved = await unit.ann.put("/ofax/00000001/0000", params={"at": "2026-03-02T16:00:00"})
    assert (moved.status_code, read_message(moved.content)) == (202, "Success")
    (entry,) = read_fax_entries((await unit.ann.get("/ofax/00000001/0000")).content)
    assert entry.stime == wall(4 * 3600)
    assert (await unit.bob.delete("/ofax/00000001")).status_code == 400
    assert (await unit.ann.delete("/ofax/00000001/0000")).status_code == 202
    unit.clock.seconds = 11
    (entry,) = read_fax_entries((await unit.admin.get("/ofax/00000001")).content)
    assert entry.state is WireState.ABORTED


@pytest.mark.parametrize("query", ["at=now", ""])
async def test_now_is_a_time_and_so_is_none(unit: Unit, query: str) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-1234", schedule_all_at=wall(9000))))
    unit.clock.seconds = 5
    assert (await unit.ann.put(f"/ofax/00000001/0000?{query}")).status_code == 202
    (entry,) = read_fax_entries((await unit.ann.get("/ofax")).content)
    assert entry.state is WireState.SENDING


@pytest.mark.parametrize(
    "at",
    ["soon", "2026-13-02T16:00:00", "2026-03-02", "2026-03-02T16:00:00Z", "2026-03-02T16:00:00.5"],
)
async def test_a_time_in_another_form_is_refused(unit: Unit, at: str) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-1234")))
    answer = await unit.ann.put("/ofax/00000001/0000", params={"at": at})
    assert answer.status_code == 400


async def test_the_list_takes_its_parameters(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-1111", "555-0100", "555-0160")))
    unit.clock.seconds = 60

    async def shown(query: str) -> int:
        return len(read_fax_entries((await unit.admin.get(f"/ofax?{query}")).content))

    assert await shown("") == 0
    assert await shown("all_users=true") == 3
    assert await shown("all_users=true&complete_limit=1") == 2
    assert await shown("all_users=true&class=pending") == 1
    assert (await unit.admin.get("/ofax?class=done")).status_code == 400
    assert (await unit.admin.get("/ofax?complete_limit=-1")).status_code == 400


async def test_modem_info_is_shown_when_asked_for(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-1234")))
    unit.clock.seconds = 60
    (bare,) = read_fax_entries((await unit.ann.get("/ofax")).content)
    (full,) = read_fax_entries((await unit.ann.get("/ofax?include_modem_info=true")).content)
    assert bare.modem_info == ()
    assert [name for name, _ in full.modem_info] == ["init_time", "connect_time"]


# Status, people, data


async def test_status_over_the_wire(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-1234")))
    unit.clock.seconds = 10
    combined = read_combined_status((await unit.ann.get("/status")).content)
    assert combined.lines is not None
    assert (combined.lines.outbound, combined.lines.idle) == (1, 3)
    system = read_combined_status((await unit.ann.get("/status/system")).content)
    assert system.system is not None
    assert system.lines is None
    modems = read_modem_status((await unit.ann.get("/modem_status")).content)
    assert [modem.state for modem in modems] == ["Sending Page"] + ["Waiting For Ring"] * 3
    (second,) = read_modem_status((await unit.ann.get("/modem_status/2")).content)
    assert second.modem_number == 2
    (entry,) = read_fax_entries((await unit.ann.get("/outbound_status")).content)
    assert entry.state is WireState.SENDING
    assert read_inbound_status((await unit.ann.get("/inbound_status")).content) == ()


@pytest.mark.parametrize(
    ("model", "path", "status"),
    [
        ("FF440", "/channel_status", 404),
        ("FF440", "/modem_status/5", 404),
        ("FF440", "/modem_status/one", 404),
        ("FF440", "/status/NOSUCH", 404),
        ("FF440", "/outbound_status", 404),
        ("FF240-IP", "/modem_status", 404),
        ("FF240-IP", "/channel_status/4", 200),
        ("FF230", "/status", 404),
        ("FF230", "/outbound_status", 404),
        ("FF230", "/ofax", 200),
    ],
)
async def test_what_a_model_has(model: str, path: str, status: int) -> None:
    assert (await unit_of(model).admin.get(path)).status_code == status


async def test_channels_over_the_wire() -> None:
    answer = await unit_of("FF240-IP").ann.get("/channel_status")
    channels = read_channel_status(answer.content)
    assert [channel.channel_number for channel in channels] == [1, 2, 3, 4]


async def test_a_users_record(unit: Unit) -> None:
    answer = await unit.ann.get("/users/ann")
    assert b"<user_url>https://ff440/ffws/v1/users/ann</user_url>" in answer.content
    assert b"<max_attempts>2</max_attempts>" in answer.content
    assert b"secret-a" not in answer.content
    assert (await unit.ann.get("/users/bob")).status_code == 403
    assert (await unit.admin.get("/users/bob")).status_code == 200
    assert (await unit.admin.get("/users/eve")).status_code == 404


async def test_older_firmware_has_a_shorter_record() -> None:
    answer = await unit_of("FF230").ann.get("/users/ann")
    assert answer.status_code == 200
    assert b"max_attempts" not in answer.content


async def test_about_is_marked_as_a_simulator(unit: Unit) -> None:
    answer = await unit.ann.get("/about")
    assert b"<product>FaxFinder simulator</product>" in answer.content
    assert b"<firmware_version>3.5.2</firmware_version>" in answer.content


@pytest.mark.parametrize(
    "path", ["/data/preview/00000001-0000.pdf", "/data/cover_pages/default.pdf"]
)
async def test_data_is_a_pdf_for_those_who_are_known(unit: Unit, path: str) -> None:
    await unit.ann.post("/ofax", content=body_of(fax("555-1234")))
    answer = await unit.ann.get(path)
    assert answer.headers["content-type"] == "application/pdf"
    assert len(PdfReader(io.BytesIO(answer.content)).pages) == 1
    assert (await unit.nobody.get(path)).status_code == 401
    assert (await unit.bob.get("/data/preview/00000001-0000.pdf")).status_code == 404


ROUTE = InboundRoute(name="Front desk", scope="global", destinations=(Destination(type="trash"),))
BODIES = {
    "fax.schedule": body_of(fax("555-1234")),
    "user.add": b"<user><username>eve</username><password>pw</password></user>",
    "user.edit": b"<user><name>Chief</name></user>",
    "contact.add": b"<contact><name>Ada</name><fax_number>555-0100</fax_number></contact>",
    "contact.edit": b"<contact><name>Ada B.</name></contact>",
    "group.create": b"<contact_group><name>Nurses</name></contact_group>",
    "group.edit": b"<contact_group><name>Doctors</name></contact_group>",
    "inbound_route.add": write_inbound_route(ROUTE),
    "inbound_route.edit": write_inbound_route(ROUTE),
    "t37_settings.edit": write_t37_settings(T37Settings()),
    "modem_settings.edit": write_modem_setting(factory_modem(1)),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda each: each.name)
async def test_everything_the_wire_room_can_ask_for_is_answered(operation: Operation) -> None:
    channels = operation.models == {"FF240-IP"}
    unit = unit_of("FF240-IP" if channels else "FF440")
    await unit.admin.post("/ofax", content=BODIES["fax.schedule"])
    await unit.admin.post("/contacts/admin", content=BODIES["contact.add"])
    await unit.admin.post("/contact_groups/admin", content=BODIES["group.create"])
    await unit.admin.post("/inbound_routes", content=BODIES["inbound_route.add"])
    places = {
        "fax_key": "00000001",
        "entry_key": "0000",
        "number": "1",
        "id": "1",
        "section": "SYSTEM",
        "username": "admin",
        "name": "default",
    }
    path = operation.path.format(**places)
    content = BODIES.get(operation.name)
    answer = await unit.admin.request(operation.method, path, content=content)
    assert answer.status_code in operation.success
