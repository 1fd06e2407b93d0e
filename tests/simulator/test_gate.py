"""Faults carried out: over a real socket where the socket is the point."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from ffgateway.ffws.elements import read_message
from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.faxes import WireState, read_fax_entries
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.gate import ConnectionCut
from ffgateway.simulator.running import Simulator, running
from tests.simulator.conftest import Unit
from tests.simulator.making import START, USERS, body_of, fax, only

BODY = body_of(fax("555-1234"))


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with running(speed=0, users=USERS, start=START) as box:
        yield box


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=f"{simulator.url}/ffws/v1", auth=("ann", "secret-a"), timeout=20
    ) as made:
        yield made


# Cuts


async def test_a_cut_before_leaves_nothing_behind(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    simulator.put(Fault(kind=Kind.CUT_BEFORE))
    with pytest.raises(httpx.TransportError):
        await client.post("/ofax", content=BODY)
    assert simulator.state()["faxes"] == []
    assert (await client.post("/ofax", content=BODY)).status_code == 201


async def test_a_cut_after_leaves_a_fax_nobody_was_told_of(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    simulator.put(Fault(kind=Kind.CUT_AFTER))
    with pytest.raises(httpx.TransportError):
        await client.post("/ofax", content=BODY)
    simulator.advance(60)
    assert simulator.state()["numbers"] == {
        "555-1234": {"accepted": 1, "dialled": 1, "received": 1}
    }


async def test_a_cut_midway_leaves_half_an_answer(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    simulator.put(Fault(kind=Kind.CUT_MIDWAY))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        await client.post("/ofax", content=BODY)
    assert len(simulator.state()["faxes"]) == 1


@pytest.mark.parametrize(
    ("kind", "first"),
    [(Kind.CUT_BEFORE, b""), (Kind.CUT_AFTER, b""), (Kind.CUT_MIDWAY, b"HTTP/1.1 200 OK\r\n")],
)
async def test_a_cut_is_seen_on_the_socket_itself(
    simulator: Simulator, kind: Kind, first: bytes
) -> None:
    simulator.put(Fault(kind=kind))
    reader, writer = await asyncio.open_connection(*simulator.url[7:].split(":"))
    writer.write(
        b"GET /ffws/v1/ofax HTTP/1.1\r\nHost: unit\r\nAuthorization: Basic YW5uOnNlY3JldC1h\r\n\r\n"
    )
    async with asyncio.timeout(10):
        received = await reader.read(-1)  # ends when the other side does
    writer.close()
    assert received.startswith(first)
    assert bool(received) is bool(first)


async def test_a_cut_does_not_wait_for_the_rest_of_an_upload(simulator: Simulator) -> None:
    simulator.put(Fault(kind=Kind.CUT_BEFORE))
    reader, writer = await asyncio.open_connection(*simulator.url[7:].split(":"))
    writer.write(b"POST /ffws/v1/ofax HTTP/1.1\r\nHost: unit\r\nContent-Length: 30000000\r\n\r\n")
    async with asyncio.timeout(10):
        assert await reader.read(-1) == b""
    writer.close()


async def test_an_upload_that_breaks_off_is_no_fax(simulator: Simulator) -> None:
    reader, writer = await asyncio.open_connection(*simulator.url[7:].split(":"))
    head = b"POST /ffws/v1/ofax HTTP/1.1\r\nHost: unit\r\nContent-Length: %d\r\n"
    credentials = b"Authorization: Basic YW5uOnNlY3JldC1h\r\n\r\n"
    writer.write(head % (len(BODY) + 1) + credentials + BODY)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert reader.at_eof() or not await reader.read()
    async with httpx.AsyncClient(auth=("admin", "admin")) as other:
        assert (await other.get(f"{simulator.url}/ffws/v1/ofax")).status_code == 200
    assert simulator.state()["faxes"] == []


async def test_a_cut_without_a_socket_is_an_error_of_its_own(unit: Unit) -> None:
    unit.box.put(Fault(kind=Kind.CUT_AFTER))
    with pytest.raises(ConnectionCut):
        await unit.ann.post("/ofax", content=BODY)
    assert only(unit.box.appliance).state is WireState.PREPROCESSING


# Answers that are wrong


@pytest.mark.parametrize(
    ("kind", "status", "accepted"),
    [
        (Kind.UNAUTHORIZED, 401, 0),
        (Kind.ERROR, 500, 0),
        (Kind.ERROR_AFTER, 500, 1),
        (Kind.EMPTY, 201, 1),
        (Kind.TRUNCATED, 201, 1),
    ],
)
async def test_an_answer_that_is_wrong(unit: Unit, kind: Kind, status: int, accepted: int) -> None:
    unit.box.put(Fault(kind=kind))
    answer = await unit.ann.post("/ofax", content=BODY)
    assert answer.status_code == status
    assert len(list(unit.box.appliance.entries)) == accepted
    assert (await unit.ann.post("/ofax", content=BODY)).status_code == 201


async def test_a_401_comes_with_its_challenge(unit: Unit) -> None:
    unit.box.put(Fault(kind=Kind.UNAUTHORIZED))
    answer = await unit.ann.get("/ofax")
    assert "WWW-Authenticate" in answer.headers
    assert read_message(answer.content) == "Unauthorized"


async def test_a_truncated_document_is_whole_http_and_no_xml(unit: Unit) -> None:
    unit.box.put(Fault(kind=Kind.TRUNCATED))
    answer = await unit.ann.get("/ofax")
    assert answer.headers["content-type"] == "application/xml"
    with pytest.raises(MalformedDocument):
        read_fax_entries(answer.content)


async def test_an_empty_body_is_empty(unit: Unit) -> None:
    unit.box.put(Fault(kind=Kind.EMPTY))
    assert (await unit.ann.get("/ofax")).content == b""


async def test_a_partial_answer_shows_the_first_of_what_was_accepted(unit: Unit) -> None:
    unit.box.put(Fault(kind=Kind.PARTIAL, method="POST"))
    answer = await unit.ann.post("/ofax", content=body_of(fax("555-0160", "555-0161")))
    assert [one.entry_key for one in read_fax_entries(answer.content)] == ["0000"]
    assert len(list(unit.box.appliance.entries)) == 2
    assert len(read_fax_entries((await unit.ann.get("/ofax")).content)) == 2


async def test_a_fault_waits_for_requests_that_match(unit: Unit) -> None:
    unit.box.put(Fault(kind=Kind.ERROR, method="GET", path="/ofax/*", times=2))
    await unit.ann.post("/ofax/", content=BODY)
    paths = ["/ofax", "/ofax/00000001", "/ofax/00000001/0000/", "/ofax/00000001"]
    assert [(await unit.ann.get(path)).status_code for path in paths] == [200, 500, 500, 200]


# Time


async def test_latency_is_waited_for_before_anything_is_done(unit: Unit) -> None:
    unit.box.put(Fault(kind=Kind.LATENCY, seconds=5))
    answer = await unit.ann.post("/ofax", content=BODY)
    (entry,) = read_fax_entries(answer.content)
    assert unit.clock.slept == [5]
    assert entry.created is not None
    assert entry.created.second == 5


async def test_a_late_answer_is_waited_for_when_all_is_done(unit: Unit) -> None:
    unit.box.put(Fault(kind=Kind.LATE_ANSWER, seconds=5))
    answer = await unit.ann.post("/ofax", content=BODY)
    (entry,) = read_fax_entries(answer.content)
    assert unit.clock.slept == [5]
    assert entry.created is not None
    assert entry.created.second == 0


async def test_one_slow_answer_does_not_hold_up_others(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    waiting = asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    simulator.box.sleep = sleep
    simulator.put(Fault(kind=Kind.LATENCY, path="/ofax"))
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(client.get("/ofax"))
        await waiting.wait()
        assert (await client.get("/status")).status_code == 200
        assert not slow.done()
        slow.cancel()


async def test_on_a_frozen_clock_nothing_happens(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=BODY)
    unit.clock.seconds = 3
    unit.box.put(Fault(kind=Kind.FROZEN_CLOCK))
    unit.clock.seconds = 1000
    (entry,) = read_fax_entries((await unit.ann.get("/ofax")).content)
    assert entry.state is WireState.SENDING
    unit.box.clear_faults()
    unit.clock.seconds = 1012.9
    (entry,) = read_fax_entries((await unit.ann.get("/ofax")).content)
    assert entry.state is WireState.SENDING
    unit.clock.seconds = 1013
    (entry,) = read_fax_entries((await unit.ann.get("/ofax")).content)
    assert entry.state is WireState.SENT


async def test_a_unit_that_restarts_answers_503_and_comes_back_with_its_queue(unit: Unit) -> None:
    await unit.ann.post("/ofax", content=BODY)
    unit.clock.seconds = 10
    unit.box.put(Fault(kind=Kind.REBOOT, seconds=30))
    assert (await unit.ann.get("/ofax")).status_code == 503
    unit.clock.seconds = 39.9
    assert (await unit.ann.get("/ofax")).status_code == 503
    unit.clock.seconds = 40
    (entry,) = read_fax_entries((await unit.ann.get("/ofax")).content)
    assert entry.state is WireState.SENDING
    unit.clock.seconds = 60
    (entry,) = read_fax_entries((await unit.ann.get("/ofax")).content)
    assert entry.state is WireState.SENT


async def test_a_unit_that_restarts_can_be_silent(
    simulator: Simulator, client: httpx.AsyncClient
) -> None:
    simulator.put(Fault(kind=Kind.REBOOT, seconds=30, refuse=True))
    with pytest.raises(httpx.TransportError):
        await client.get("/ofax")
    simulator.advance(30)
    assert (await client.get("/ofax")).status_code == 200
