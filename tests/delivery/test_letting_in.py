"""What lets us in at a receiver: headers, Basic, a bearer token, or one fetched by OAuth 2.0."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ffgateway.delivery.outbound import AddressGuard
from ffgateway.delivery.sink import ERRORS, Outcome, Target
from ffgateway.delivery.webhooks import WebhookSink
from ffgateway.domain.receivers import Access, Basic, Bearer, ClientCredentials, Credentials
from tests.support.clock import OwnClock
from tests.support.receiver import DROP, Answer, Call, Receiver, closed_port, hang, receiving
from tests.support.sending import EVENT, SECRET, SOON, delivering

CLIENT_SECRET = "s3cret/of+the client"


@pytest.fixture
async def server() -> AsyncIterator[Receiver]:
    """A server of tokens."""
    async with receiving() as running:
        running.answer(grant())
        yield running


def grant(token: str = "token-1", **more: Any) -> Answer:
    told = {"access_token": token, "token_type": "Bearer", "expires_in": 3600} | more
    return Answer(body=json.dumps(told).encode())


def client(server: Receiver, **more: Any) -> ClientCredentials:
    given = {"token_url": server.url, "client_id": "gate:way", "client_secret": CLIENT_SECRET}
    return ClientCredentials(**given | more)


async def send(sink: WebhookSink, receiver: Receiver, credentials: Credentials) -> Outcome:
    target = Target(url=receiver.url, secrets=[SECRET], access=Access(credentials=credentials))
    outcome = await sink.send(target, EVENT)
    assert outcome.error in ERRORS or not outcome.error
    assert CLIENT_SECRET not in repr((outcome, target, credentials))
    return outcome


def authorizations(receiver: Receiver) -> list[str]:
    return [call.headers.get("authorization", "") for call in receiver.received]


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        (Basic(username="Ann", password="pä:ss"), "Basic " + base64.b64encode("Ann:pä:ss".encode()).decode()),
        (Bearer(token="t0ken~+/="), "Bearer t0ken~+/="),
    ],
)  # fmt: skip
async def test_credentials_are_sent_along(
    receiver: Receiver, sink: WebhookSink, credentials: Credentials, header: str
) -> None:
    assert (await send(sink, receiver, credentials)).delivered
    assert authorizations(receiver) == [header]


async def test_headers_are_sent_along_and_never_in_place_of_ours(
    receiver: Receiver, sink: WebhookSink
) -> None:
    headers = {"x-api-key": "abc def", "webhook-id": "forged", "content-type": "text/plain"}
    target = Target(url=receiver.url, secrets=[SECRET], access=Access(headers=headers))
    assert (await sink.send(target, EVENT)).delivered
    (call,) = receiver.received
    assert call.headers["x-api-key"] == "abc def"
    assert call.headers["webhook-id"] == EVENT.id
    assert call.headers["content-type"] == "application/json"


async def test_an_answer_that_repeats_a_secret_is_kept_without_it(
    receiver: Receiver, sink: WebhookSink
) -> None:
    def echo(call: Call) -> Answer:
        told = json.dumps(dict(call.headers)).encode()
        return Answer(status=500, body=told + b"x" * (4096 - len(told) - 9) + b"key-of-ours")

    receiver.answer(echo)
    access = Access(credentials=Bearer(token="t0ken-of-ours"), headers={"x-key": "key-of-ours"})
    target = Target(url=receiver.url, secrets=[SECRET], access=access)
    outcome = await sink.send(target, EVENT)
    assert EVENT.id in outcome.response
    assert "t0ken-of-ours" not in outcome.response
    assert "key-of-ou" not in outcome.response, "nor its beginning, where the answer was cut"
    assert access.secrets == ("t0ken-of-ours", "key-of-ours")
    assert Access(headers={"x-version": "1", "x-key": "8letters"}).secrets == ("8letters",)


# OAuth 2.0 ------------------------------------------------------------------------------------


async def test_a_token_is_fetched_once_and_used_until_shortly_before_its_end(
    receiver: Receiver, server: Receiver
) -> None:
    clock = OwnClock()
    async with delivering(clock=clock) as sink:
        who = client(server, scope="faxes", audience="urn:receiver")
        for advance in (0, 3569):
            clock.advance(advance)
            assert (await send(sink, receiver, who)).delivered
        assert len(server.received) == 1
        server.answer(grant("token-2"))
        clock.advance(1)
        assert (await send(sink, receiver, who)).delivered
    assert authorizations(receiver) == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    asked = server.received[0]
    assert asked.body == b"grant_type=client_credentials&scope=faxes&audience=urn%3Areceiver"
    pair = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
    assert pair == "gate%3Away:s3cret%2Fof%2Bthe+client", "RFC 6749, section 2.3.1"


async def test_sends_at_the_same_time_share_one_fetch(
    receiver: Receiver, server: Receiver, sink: WebhookSink
) -> None:
    who = client(server)
    done = await asyncio.gather(*(send(sink, receiver, who) for _ in range(5)))
    assert all(one.delivered for one in done)
    assert len(server.received) == 1


async def test_a_token_that_is_refused_is_fetched_anew_once(
    receiver: Receiver, server: Receiver, sink: WebhookSink
) -> None:
    server.answer(lambda _: grant(f"token-{len(server.received)}"))
    receiver.answer(
        lambda call: Answer(status=200 if call.headers["authorization"].endswith("2") else 401)
    )
    assert (await send(sink, receiver, client(server))).delivered
    assert authorizations(receiver) == ["Bearer token-1", "Bearer token-2"]
    receiver.answer(Answer(status=401))
    outcome = await send(sink, receiver, client(server))
    assert (outcome.delivered, outcome.status, outcome.error) == (False, 401, "")
    assert len(server.received) == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(status=401, body=b'{"error": "invalid_client"}'), "answered 401 invalid_client"),
        (Answer(status=400, body=CLIENT_SECRET.encode()), "answered 400."),
        (Answer(status=400, body=b'{"error": "s3cret"}'), "answered 400."),
        (Answer(status=302, headers={"location": "http://127.0.0.1/"}), "answered 302."),
        (grant(token_type="mac"), "no bearer token"),
        (grant("two words"), "no bearer token"),
        (Answer(body=b"[]"), "no bearer token"),
        (Answer(body=b"\xff"), "no bearer token"),
        (DROP, "cut-off"),
    ],
)
async def test_without_a_token_nothing_is_sent_and_the_try_says_why(
    receiver: Receiver, server: Receiver, sink: WebhookSink, answer: Answer, says: str
) -> None:
    server.answer(answer)
    outcome = await send(sink, receiver, client(server))
    assert (outcome.delivered, outcome.status, outcome.error) == (False, None, "oauth")
    assert says in outcome.response
    assert receiver.received[:] == []


async def test_a_server_that_hangs_costs_no_more_than_the_deadline(
    receiver: Receiver, server: Receiver
) -> None:
    server.answer(hang())
    async with delivering(deadline=SOON) as sink:
        outcome = await send(sink, receiver, client(server))
    assert outcome.error == "oauth"
    assert SOON <= timedelta(milliseconds=outcome.duration_ms + 1) < SOON + timedelta(seconds=0.5)


async def test_the_servers_address_is_judged_like_a_receivers(
    receiver: Receiver, server: Receiver
) -> None:
    here = AddressGuard([f"{receiver.url.removeprefix('http://').partition(':')[0]}/32"])
    async with delivering(here) as sink:
        for url in ("http://10.0.0.1/", "http://[::1]:1/"):
            outcome = await send(sink, receiver, client(server, token_url=url))
            assert (outcome.error, "address-refused" in outcome.response) == ("oauth", True)
        refused = await send(
            sink, receiver, client(server, token_url=f"http://127.0.0.1:{closed_port()}")
        )
    assert (refused.error, "connection-refused" in refused.response) == ("oauth", True)


@pytest.mark.parametrize(
    ("life", "lasts"), [({"expires_in": "60"}, 54), ({"expires_in": None}, 270), ({"expires_in": -1}, 270)]
)  # fmt: skip
async def test_how_long_a_token_is_kept(
    receiver: Receiver, server: Receiver, life: dict[str, Any], lasts: float
) -> None:
    server.answer(grant(**life))
    clock = OwnClock()
    async with delivering(clock=clock) as sink:
        for wait, fetched in ((0, 1), (lasts - 1, 1), (1, 2)):
            clock.advance(wait)
            await send(sink, receiver, client(server))
            assert len(server.received) == fetched
