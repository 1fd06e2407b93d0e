"""Deliveries to a real receiver on a real socket: what it gets, and what becomes of its answers."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import standardwebhooks

from ffgateway import __version__
from ffgateway.delivery.calls import READ_AT_MOST
from ffgateway.delivery.payloads import payload
from ffgateway.delivery.signing import sign
from ffgateway.delivery.sink import Target
from ffgateway.delivery.webhooks import WebhookSink, retry_after
from tests.support.receiver import (
    DROP,
    Answer,
    Call,
    Receiver,
    closed_port,
    dripping,
    hang,
)
from tests.support.sending import EVENT, OLDER, SECRET, SOON, At, delivering, send

# What the receiver gets -----------------------------------------------------------------------


async def test_an_event_arrives_with_the_headers_of_standard_webhooks(receiver: Receiver) -> None:
    now = datetime(2026, 11, 23, 9, 15, 0, 999999, tzinfo=UTC)
    async with delivering(clock=At(now)) as sink:
        outcome = await sink.send(Target(url=receiver.url, secrets=[SECRET, OLDER]), EVENT)
    assert outcome.delivered
    (call,) = receiver.received
    timestamp = int(now.timestamp())
    assert (call.method, call.path, call.body) == ("POST", "/", payload(EVENT))
    assert call.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "content-length": str(len(call.body)),
        "user-agent": f"ffgateway/{__version__}",
        "webhook-id": EVENT.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(
            [SECRET, OLDER], message_id=EVENT.id, timestamp=timestamp, body=call.body
        ),
    }


@pytest.mark.parametrize("known", [SECRET, OLDER], ids=["new", "old"])
async def test_a_receiver_verifies_it_with_a_library_of_its_own(
    receiver: Receiver, sink: WebhookSink, known: str
) -> None:
    await sink.send(Target(url=f"{receiver.url}/faxes?tenant=7", secrets=[SECRET, OLDER]), EVENT)
    (call,) = receiver.received.to("/faxes?tenant=7")
    assert standardwebhooks.Webhook(known).verify(call.body, dict(call.headers)) == call.event


async def test_each_try_is_signed_anew_with_its_own_time(receiver: Receiver) -> None:
    clock = At(datetime(2026, 11, 23, tzinfo=UTC))
    async with delivering(clock=clock) as sink:
        await send(sink, receiver.url)
        clock.moment += timedelta(hours=2)
        await send(sink, receiver.url)
    first, second = (call.headers for call in receiver.received)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 7200
    assert first["webhook-signature"] != second["webhook-signature"]


async def test_cookies_are_neither_kept_nor_sent(receiver: Receiver, sink: WebhookSink) -> None:
    receiver.answer(Answer(headers={"set-cookie": "session=1; Path=/"}))
    await send(sink, receiver.url)
    await send(sink, receiver.url)
    assert all("cookie" not in call.headers for call in receiver.received)


async def test_proxies_and_passwords_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login gateway password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    async with delivering() as sink:
        assert (await send(sink, receiver.url)).delivered
    assert "authorization" not in receiver.received[0].headers


async def test_a_connection_serves_several_events(receiver: Receiver, sink: WebhookSink) -> None:
    for _ in range(3):
        outcome = await send(sink, receiver.url)
        assert outcome.address == "127.0.0.1"
    assert receiver.connections == 1


async def test_a_kept_connection_that_was_closed_costs_no_try(receiver: Receiver) -> None:
    receiver.answer(lambda call: Answer(drop=call.connection == 1 and len(receiver.received) == 2))
    async with delivering() as sink:
        assert (await send(sink, receiver.url)).delivered
        assert (await send(sink, receiver.url)).delivered
    assert [call.connection for call in receiver.received] == [1, 1, 2]


async def test_a_receiver_that_hangs_up_after_each_answer_gets_every_event(
    receiver: Receiver, sink: WebhookSink
) -> None:
    receiver.answer(Answer(close=True))
    for _ in range(5):
        assert (await send(sink, receiver.url)).delivered
    assert len(receiver.received) == 5


# What becomes of the answers ------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_a_delivery(receiver: Receiver, sink: WebhookSink, status: int) -> None:
    receiver.answer(Answer(status=status))
    outcome = await send(sink, receiver.url)
    assert (outcome.delivered, outcome.status, outcome.error) == (True, status, "")
    assert (outcome.gone, outcome.retry_after, outcome.response) == (False, None, "")


@pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 410, 422, 429, 500, 503, 599, 999])
async def test_anything_else_is_not(receiver: Receiver, sink: WebhookSink, status: int) -> None:
    receiver.answer(Answer(status=status, body=b"" if status == 304 else b"why"))
    outcome = await send(sink, receiver.url)
    assert (outcome.delivered, outcome.status, outcome.error) == (False, status, "")
    assert outcome.gone is (status == 410)
    assert outcome.response == ("" if status == 304 else "why")


@pytest.mark.parametrize(
    ("header", "wanted_no_more"),
    [
        ("disable", (True, False)),
        ("abort-message", (False, True)),
        (" Abort-Message , Disable", (True, True)),
        ("disabled", (False, False)),
        ("", (False, False)),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
async def test_a_receiver_may_say_what_it_wants_no_more(
    receiver: Receiver, sink: WebhookSink, *, status: int, header: str, wanted_no_more: object
) -> None:
    receiver.answer(Answer(status=status, headers={"Webhook-Delivery": header}))
    outcome = await send(sink, receiver.url)
    assert (outcome.gone, outcome.aborted) == wanted_no_more
    assert outcome.delivered is (status == 200)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_failures_and_are_not_followed(
    receiver: Receiver, sink: WebhookSink, status: int
) -> None:
    receiver.answer(
        Answer(status=status, headers={"location": f"{receiver.url}/elsewhere"}), path="/here"
    )
    outcome = await send(sink, f"{receiver.url}/here")
    assert (outcome.delivered, outcome.status) == (False, status)
    assert [call.path for call in receiver.received] == ["/here"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_busy_receiver_says_when_to_come_back(
    receiver: Receiver, sink: WebhookSink, status: int
) -> None:
    receiver.answer(Answer(status=status, headers={"Retry-After": "120"}))
    outcome = await send(sink, receiver.url)
    assert (outcome.retry_after, outcome.slow) == (timedelta(minutes=2), True)


@pytest.mark.parametrize("status", [200, 301, 400, 410, 500])
async def test_others_have_no_say_in_that(
    receiver: Receiver, sink: WebhookSink, status: int
) -> None:
    receiver.answer(Answer(status=status, headers={"Retry-After": "120"}))
    outcome = await send(sink, receiver.url)
    assert (outcome.retry_after, outcome.slow) == (None, False)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("0", timedelta(0)),
        ("120", timedelta(minutes=2)),
        ("86400", timedelta(hours=24)),
        ("86401", timedelta(hours=24)),
        ("9" * 5000, timedelta(hours=24)),
        ("Mon, 23 Nov 2026 09:20:00 GMT", timedelta(minutes=5)),
        ("Mon, 23 Nov 2026 09:20:00 -0000", timedelta(minutes=5)),
        ("Monday, 23-Nov-26 09:20:00 GMT", timedelta(minutes=5)),
        ("Mon, 23 Nov 2026 09:00:00 GMT", timedelta(0)),
        ("Mon, 23 Nov 2037 09:00:00 GMT", timedelta(hours=24)),
        ("-1", None),
        ("1.5", None),
        ("١٢٠", None),
        ("soon", None),
        ("", None),
        ("Mon, 99 Nov 2026 09:20:00 GMT", None),
        ("Mon, 23 Nov 99999 09:20:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, wait: timedelta | None) -> None:
    assert retry_after(value, now=datetime(2026, 11, 23, 9, 15, tzinfo=UTC)) == wait


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("größer".encode(), "größer"),
        (b"\xff\xfe", "��"),
        (b"a\0b", "a�b"),
        (b"x" * 5000, "x" * 4096),
        (b"x" * 4095 + "ö".encode(), "x" * 4095 + "�"),
    ],
    ids=["UTF-8", "not UTF-8", "NUL", "long", "cut within a character"],
)
async def test_the_beginning_of_the_answer_is_kept_as_text(
    receiver: Receiver, sink: WebhookSink, body: bytes, kept: str
) -> None:
    receiver.answer(Answer(status=500, body=body))
    assert (await send(sink, receiver.url)).response == kept


async def test_a_compressed_answer_is_not_unfolded(receiver: Receiver, sink: WebhookSink) -> None:
    bomb = gzip.compress(bytes(10_000_000), mtime=0)
    receiver.answer(Answer(headers={"content-encoding": "gzip"}, body=bomb))
    outcome = await send(sink, receiver.url)
    assert outcome.delivered
    assert outcome.response.startswith("\x1f�\b")


async def test_a_gigabyte_is_not_read(receiver: Receiver, sink: WebhookSink) -> None:
    written = 0

    async def gigabyte() -> AsyncIterator[bytes]:
        nonlocal written
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n"
        for _ in range(16384):
            yield b"x" * 65536
            written += 65536

    receiver.answer(Answer(wire=gigabyte))
    outcome = await send(sink, receiver.url)
    assert (outcome.delivered, len(outcome.response)) == (True, 4096)
    assert written < 32 * 1024 * 1024  # the kernel's buffers on both sides, and no more


@pytest.mark.parametrize("size", [READ_AT_MOST - 1, READ_AT_MOST, READ_AT_MOST + 1])
async def test_a_long_answer_does_not_spoil_the_next_delivery(
    receiver: Receiver, sink: WebhookSink, size: int
) -> None:
    receiver.answer(Answer(body=b"x" * size))
    assert (await send(sink, receiver.url)).delivered
    assert (await send(sink, receiver.url)).delivered
    assert len(receiver.received) == 2


# Peers that misbehave -------------------------------------------------------------------------


async def _headers_only() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
    await asyncio.Event().wait()


async def _half_a_body() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf"


async def _half_a_head() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-"


async def _half_a_chunk() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"


async def _no_http() -> AsyncIterator[bytes]:
    yield b"220 mail.example ESMTP\r\n\r\n"


async def _a_header_without_end() -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nx-long: "
    for _ in range(64):
        yield b"x" * 1024


async def _interim_answers() -> AsyncIterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n"
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (hang, None, "timeout"),
        (lambda: Answer(wire=_headers_only), 200, "timeout"),
        (lambda: Answer(wire=lambda: dripping(b"x-drip: x\r\n", pause=0.02)), None, "timeout"),
        (lambda: Answer(wire=_interim_answers), None, "timeout"),
        (lambda: DROP, None, "cut-off"),
        (lambda: Answer(wire=_half_a_head), None, "cut-off"),
        (lambda: Answer(wire=_half_a_body), 200, "cut-off"),
        (lambda: Answer(wire=_half_a_chunk), 200, "cut-off"),
        (lambda: Answer(wire=_no_http), None, "protocol"),
        (lambda: Answer(wire=_a_header_without_end), None, "protocol"),
    ],
    ids=[
        "hangs",
        "hangs after the headers",
        "drips headers",
        "sends interim answers for ever",
        "hangs up",
        "hangs up within the headers",
        "hangs up within the body",
        "hangs up within a chunk",
        "speaks no HTTP",
        "sends a header without end",
    ],
)
async def test_a_peer_that(
    receiver: Receiver, answer: Callable[[], Answer], status: int | None, error: str
) -> None:
    receiver.answer(answer())
    deadline = SOON if error == "timeout" else timedelta(seconds=10)
    async with delivering(deadline=deadline) as sink:
        outcome = await send(sink, receiver.url)
        assert (outcome.delivered, outcome.status, outcome.error) == (False, status, error)
        assert outcome.address == "127.0.0.1"
        receiver.answer(Answer())
        assert (await send(sink, receiver.url)).delivered  # and nothing is left behind


async def test_the_deadline_is_one_for_the_whole_try(receiver: Receiver) -> None:
    receiver.answer(Answer(wire=lambda: dripping(b"x-drip: x\r\n", pause=0.02)))
    async with delivering(deadline=SOON) as sink:
        outcome = await send(sink, receiver.url)
    assert 490 <= outcome.duration_ms < 5000


async def test_cancelling_a_send_is_not_an_outcome(receiver: Receiver, sink: WebhookSink) -> None:
    receiver.answer(hang())
    sending = asyncio.create_task(send(sink, receiver.url))
    await receiver.received.until(lambda received: len(received) == 1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_secret_that_is_none_is_our_own_mistake(
    receiver: Receiver, sink: WebhookSink
) -> None:
    with pytest.raises(ValueError, match=r"base64|padding"):
        await sink.send(Target(url=receiver.url, secrets=["whsec_no!"]), EVENT)
    assert not receiver.received


async def test_sends_side_by_side_keep_their_answers_apart(
    receiver: Receiver, sink: WebhookSink
) -> None:
    together = asyncio.Event()

    def echo(call: Call) -> Answer:
        if len(receiver.received) == 20:
            together.set()
        return Answer(status=500, body=call.path.encode(), after=together)

    receiver.answer(echo)
    paths = [f"/{number}" for number in range(20)]
    outcomes = await asyncio.gather(*(send(sink, receiver.url + path) for path in paths))
    assert [outcome.response for outcome in outcomes] == paths
