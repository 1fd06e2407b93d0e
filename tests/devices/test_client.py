"""One appliance over a real socket: what it says in our words, and how its silence is told apart."""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfWriter

from ffgateway.devices import lines, translate
from ffgateway.devices.client import PREFIX, Appliance, capacity, line_count, request_size
from ffgateway.domain.errors import (
    DeviceAuthFailed,
    DeviceRefused,
    DeviceSilent,
    DeviceUnreachable,
)
from ffgateway.domain.faxes import CoverPage, Document, FaxDraft, FaxStatus, Recipient
from ffgateway.ffws.faxes import write_schedule_fax
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from ffgateway.store.spool import Spool
from tests.devices.speaking import EMPTY, draft, fails, opened
from tests.support.clock import NOON
from tests.support.nouns import a_device
from tests.support.receiver import Answer, closed_port, receiving
from tests.support.strangers import put_in


def pdf_of_one_page(*, padding: int) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=612, height=792)
    writer.add_attachment("padding", b"x" * padding)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def test_what_a_request_comes_to_is_what_the_written_one_has_on_the_longest_line() -> None:
    texts = ["Ada", "Dr. Żółć & <Ωμέγα>", "東京病院 🏥", "a\rb\nc\td", ""]
    people = tuple(
        Recipient(fax_number=f"555-{n:04}", name=texts[n % 5], organization=texts[n // 5 % 5])
        for n in range(400)
    )
    page = Document(name="a&b.pdf", content_type="application/pdf", size=1000, sha256="0" * 64)
    for count in (0, 1, 400):
        one = FaxDraft(
            recipients=people[:count],
            documents=(page,),
            cover_page=CoverPage(enabled=True, name="a.pdf", comments="<&>"),
        )
        written = translate.request(one, one.recipients, base_url="x" * 255)
        length = sum(
            len(part) if isinstance(part, bytes) else len(b64encode(bytes(part.size)))
            for part in write_schedule_fax(written).segments
        )
        assert request_size(one) == length + count * PREFIX


@pytest.fixture
async def box() -> AsyncIterator[Simulator]:
    async with running(speed=0, start=NOON) as simulator:
        yield simulator


@pytest.fixture
async def appliance(box: Simulator) -> AsyncIterator[Appliance]:
    async with opened(box.url) as client:
        yield client


async def test_a_document_is_streamed_and_becomes_entries(
    appliance: Appliance, box: Simulator, spool: Spool
) -> None:
    content = pdf_of_one_page(padding=700_000)  # more than one piece
    one = await draft(
        spool, "555-0110", "555-0111", content=content, content_type="application/pdf"
    )
    sightings = await appliance.schedule(one, one.recipients, spool.read)
    assert [one.fax_number for one in sightings] == ["555-0110", "555-0111"]
    assert {one.fax_key for one in sightings} == {sightings[0].fax_key}
    assert {one.status for one in sightings} == {FaxStatus.PREPARING}
    assert {one.username for one in sightings} == {"admin"}
    box.advance(60)
    assert {(one.status, one.pages) for one in (await appliance.look()).sightings} == {
        (FaxStatus.DELIVERED, 1)
    }


async def test_a_look_tells_what_changed_since_the_last(
    appliance: Appliance, box: Simulator, spool: Spool
) -> None:
    one = await draft(spool, "555-0110", "555-0160")
    await appliance.schedule(one, one.recipients, spool.read)
    box.advance(4)
    first = await appliance.look()
    assert (len(first.sightings), len(first.changed), first.unchanged) == (2, 2, False)
    again = await appliance.look()
    assert (again.changed, again.unchanged) == ((), True)
    assert set(again.sightings) == set(first.sightings)
    box.advance(60)
    third = await appliance.look()
    assert [one.fax_number for one in third.changed] == ["555-0110"]
    assert (len(third.sightings), third.unchanged) == (2, False)


async def test_an_empty_list_is_unchanged_too(appliance: Appliance) -> None:
    assert not (await appliance.look()).unchanged
    assert (await appliance.look()).unchanged


async def test_a_list_that_cannot_be_cut_is_read_whole_and_remembered(spool: Spool) -> None:
    async with running(speed=0, start=NOON) as box, opened(box.url) as real:
        one = await draft(spool)
        await real.schedule(one, one.recipients, spool.read)
        shown = (await real.look()).sightings
        async with receiving() as peer, opened(peer.url) as appliance:
            listed = (await real._ask("fax.list")).replace(b"</message>", b"</message><!-- x -->")
            peer.answer(Answer(body=listed))
            first, again = await appliance.look(), await appliance.look()
    assert (first.sightings, first.changed, first.unchanged) == (shown, shown, False)
    assert (again.sightings, again.changed, again.unchanged) == (shown, (), True)


async def test_a_look_that_is_forgotten_is_told_again(appliance: Appliance, spool: Spool) -> None:
    one = await draft(spool)
    await appliance.schedule(one, one.recipients, spool.read)
    await appliance.look()
    appliance.forget()
    assert len((await appliance.look()).changed) == 1


async def test_an_entry_is_found_by_its_key_or_not_at_all(
    appliance: Appliance, spool: Spool
) -> None:
    one = await draft(spool)
    (placed,) = await appliance.schedule(one, one.recipients, spool.read)
    assert await appliance.entry(placed.fax_key, placed.entry_key) == placed
    assert await appliance.entry("0000FFFF", "0000") is None


async def test_an_abort_takes_effect_later(
    appliance: Appliance, box: Simulator, spool: Spool
) -> None:
    one = await draft(spool)
    (placed,) = await appliance.schedule(one, one.recipients, spool.read)
    await appliance.abort(placed.fax_key, placed.entry_key)
    box.advance(2)
    (seen,) = (await appliance.look()).sightings
    assert seen.status is FaxStatus.CANCELLED
    with pytest.raises(DeviceRefused):
        await appliance.abort("0000FFFF", "0000")


async def test_a_fax_is_rescheduled_to_a_moment_in_utc(spool: Spool) -> None:
    zone = "America/Chicago"
    async with (
        running(speed=0, start=NOON, zone=zone) as box,
        opened(box.url, zone=zone) as appliance,
    ):
        one = await draft(spool)
        (placed,) = await appliance.schedule(one, one.recipients, spool.read)
        box.advance(4)
        later = NOON + timedelta(hours=3)
        await appliance.reschedule(placed.fax_key, placed.entry_key, later)
        seen = await appliance.entry(placed.fax_key, placed.entry_key)
        assert seen is not None
        assert seen.due_at == later
        assert seen.created_at == NOON
        await appliance.reschedule(placed.fax_key, placed.entry_key, None)
        now = await appliance.entry(placed.fax_key, placed.entry_key)
        assert now is not None
        assert now.due_at == NOON + timedelta(seconds=4)


@pytest.mark.parametrize(
    ("model", "count"), [("FF440", 4), ("FF840", 8), ("FF240", 2), ("FF240-IP", 4)]
)
async def test_the_status_of_an_appliance_shows_its_lines(
    model: str, count: int, spool: Spool
) -> None:
    async with (
        running(model=model, speed=0, start=NOON) as box,
        opened(box.url, model=model) as appliance,
    ):
        one = await draft(spool, "555-0110")
        await appliance.schedule(one, one.recipients, spool.read)
        box.advance(4)
        status = (await lines.whole(appliance)).value
    assert (status.lines_sending, status.lines_idle) == (1, count - 1)
    assert [line.number for line in status.lines] == list(range(1, count + 1))
    assert [line.idle for line in status.lines] == [False] + [True] * (count - 1)
    assert status.device_id == "dev_one"


# What goes wrong


async def test_a_wrong_password_is_told_as_such(box: Simulator, spool: Spool) -> None:
    async with opened(box.url, password="wrong") as appliance:
        assert isinstance(await fails(appliance, spool), DeviceAuthFailed)
        with pytest.raises(DeviceAuthFailed):
            await appliance.look()


async def test_who_asks_when_it_was_let_go_of_got_nowhere(box: Simulator) -> None:
    async with opened(box.url) as appliance:
        await appliance.close()  # as it is when its record changes while somebody is about to ask
        with pytest.raises(DeviceUnreachable):
            await appliance.look()
        with pytest.raises(DeviceUnreachable):
            await appliance.verify("admin", "admin")
        with pytest.raises(DeviceUnreachable):
            async with appliance.stream("data.cover_page", name="a.pdf"):
                pass


async def test_where_nobody_listens_nothing_happened(spool: Spool) -> None:
    async with opened(f"http://127.0.0.1:{closed_port()}") as appliance:
        assert isinstance(await fails(appliance, spool), DeviceUnreachable)


SILENT = [
    Kind.CUT_BEFORE,
    Kind.CUT_AFTER,
    Kind.CUT_MIDWAY,
    Kind.TRUNCATED,
    Kind.EMPTY,
    Kind.ERROR,
    Kind.ERROR_AFTER,
]


@pytest.mark.parametrize("kind", SILENT, ids=str)
async def test_once_connected_a_missing_answer_means_that_it_may_have_acted(
    appliance: Appliance, box: Simulator, spool: Spool, kind: Kind
) -> None:
    box.put(Fault(kind=kind, method="POST"))
    assert isinstance(await fails(appliance, spool), DeviceSilent)
    before = kind in {Kind.CUT_BEFORE, Kind.ERROR}
    assert len(box.state()["faxes"]) == (0 if before else 1)  # and never two: no POST is retried


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Hello",
        b"<html><body>It works</body></html>",
        b"<response>",
        b"<response><fax_entry/></response>",
        b"\xff\xfe",
    ],
)
async def test_an_answer_that_is_not_ffws_is_no_answer(spool: Spool, body: bytes) -> None:
    async with receiving() as peer, opened(peer.url) as appliance:
        peer.answer(Answer(body=body))
        assert isinstance(await fails(appliance, spool), DeviceSilent)
        with pytest.raises(DeviceSilent):
            await appliance.look()


async def test_an_answer_without_a_key_is_no_answer_to_a_hand_over(spool: Spool) -> None:
    async with receiving() as peer, opened(peer.url) as appliance:
        peer.answer(Answer(body=EMPTY))
        assert isinstance(await fails(appliance, spool), DeviceSilent)


async def test_an_answer_without_end_is_given_up(spool: Spool) -> None:
    async with receiving() as peer, opened(peer.url) as appliance:
        peer.answer(Answer(body=b"x" * (17 * 1024 * 1024)))
        with pytest.raises(DeviceSilent, match="too long"):
            await appliance.look()


async def test_a_refusal_keeps_the_appliances_own_words(spool: Spool) -> None:
    async with receiving() as peer, opened(peer.url) as appliance:
        peer.answer(Answer(status=400, body=b"<response><message>Disk full</message></response>"))
        refusal = await fails(appliance, spool)
    assert type(refusal) is DeviceRefused
    assert refusal.detail == "Disk full"


async def test_a_redirect_is_not_followed(spool: Spool) -> None:
    async with receiving() as peer, opened(peer.url) as appliance:
        peer.answer(Answer(status=307, headers={"location": peer.url + "/elsewhere"}))
        await fails(appliance, spool)
        assert peer.received.to("/elsewhere") == []


async def test_the_password_is_sent_and_the_length_is_true(spool: Spool) -> None:
    async with receiving() as peer, opened(peer.url) as appliance:
        peer.answer(Answer(body=EMPTY))
        await fails(appliance, spool)
        (call,) = peer.received
    assert call.headers["authorization"] == "Basic YWRtaW46YWRtaW4="
    assert "transfer-encoding" not in call.headers
    assert len(call.body) == int(call.headers["content-length"])
    assert call.path == "/ffws/v1/ofax"


# What a model can do


@pytest.mark.parametrize(
    ("model", "lines", "bytes_"), [("FF440", 4, 36_000_000), ("", 1, 36_000_000)]
)
def test_a_model_nobody_named_counts_as_one_line(model: str, lines: int, bytes_: int) -> None:
    device = replace(a_device(), model=model)
    assert line_count(device) == lines
    assert capacity(device) >= bytes_


# Whose faxes it lists


async def test_everybodys_faxes_are_listed_where_the_account_may_see_them(
    appliance: Appliance, box: Simulator
) -> None:
    put_in(box, "555-0160", username="carol", agent="WebClient")
    look = await appliance.look()
    assert look.everyone
    assert [(one.username, one.agent) for one in look.sightings] == [("carol", "WebClient")]
    assert await appliance.own(complete_limit=10) == ()


@pytest.mark.parametrize("status", [400, 403])
async def test_an_appliance_that_refuses_everybodys_is_asked_for_ours_from_then_on(
    status: int,
) -> None:
    async with receiving() as peer, opened(peer.url) as appliance:
        peer.answer(
            lambda call: Answer(status=status if "all_users" in call.path else 200, body=EMPTY)
        )
        looks = [await appliance.look() for _ in range(3)]
        asked = ["all_users" in call.path for call in peer.received]
    assert [look.everyone for look in looks] == [False] * 3
    assert asked == [True, False, False, False]


async def test_one_that_refuses_both_is_remembered_for_neither() -> None:
    async with receiving() as peer, opened(peer.url) as appliance:
        peer.answer(Answer(status=400))
        with pytest.raises(DeviceRefused):
            await appliance.look()
        peer.answer(Answer(body=EMPTY))
        assert (await appliance.look()).everyone


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_what_is_not_shown_by_its_key_is_not_there(status: int) -> None:
    async with receiving() as peer, opened(peer.url) as appliance:
        peer.answer(Answer(status=status))
        assert await appliance.entry("00000001", "0000") is None
        assert await appliance.entries("00000001") is None
        peer.answer(Answer(body=EMPTY))
        assert await appliance.entries("00000001") is None
