"""How an endpoint is spoken to: set, sealed, shown in outline, and used."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.errors import (
    AddressRefused,
    Conflict,
    ConsentRefused,
    Forbidden,
    InvalidRequest,
)
from ffgateway.domain.faxes import CoverPage, Recipient
from ffgateway.domain.receivers import (
    Basic,
    Bearer,
    BodyFormat,
    ClientCredentials,
    Include,
    Outline,
    Unasked,
)
from ffgateway.domain.subscriptions import Subscription
from ffgateway.services.endpoint_changes import EndpointChanges
from tests.support.gateway import ANN, House
from tests.support.receiver import Answer, Receiver, receiving

URL = "https://receiver.example/faxes"
ORIGIN = "faxes.example"
EVERYTHING = tuple(Include)
HOOKS_ONLY = Caller(
    principal=Principal(id="key_h", name="Hook", scopes=frozenset({Scope.WEBHOOKS_ADMIN}))
)


async def register(house: House, url: str = URL, *events: str, **more: Any) -> Subscription:
    hook, _ = await house.subscriptions.create(ANN, url=url, events=events or ("*",), **more)
    return hook


async def change(house: House, hook: Subscription, **changes: Any) -> Subscription:
    return await house.subscriptions.update(ANN, hook.id, EndpointChanges(**changes))


# Access ---------------------------------------------------------------------------------------


async def test_what_lets_us_in_is_sealed_used_and_shown_in_outline_only(
    house: House, tmp_path: Path
) -> None:
    async with receiving() as receiver:
        settings = EndpointChanges(
            headers={"X-Api-Key": "key-of-theirs"},
            credentials=Basic(username="Ann", password="pass-of-theirs"),
        )
        assert "of-theirs" not in repr(settings)
        hook = await register(house, receiver.url, "fax.accepted", settings=settings)
        assert hook.outline == Outline(kind="basic", username="Ann", header_names=("x-api-key",))
        await house.send()
        await house.deliver()
        (call,) = receiver.received
        assert call.headers["x-api-key"] == "key-of-theirs"
        assert call.headers["authorization"].startswith("Basic ")
        shown = await house.subscriptions.get(ANN, hook.id)
        assert shown == hook
        shown = await change(house, hook, credentials=Bearer(token="token-of-theirs"))
        assert (shown.outline.kind, shown.outline.header_names) == ("bearer", ("x-api-key",))
        shown = await change(house, hook, credentials=Unasked(), headers={})
        assert shown.outline == Outline()
        told = await house.told(hook.id)
        for kept in (shown, told, await house.audit()):
            assert "of-theirs" not in repr(kept)
    assert (await house.audit(hook.id))[1].detail["changed"] == {
        "outline.kind": {"before": "basic", "after": "bearer"},
        "outline.username": {"before": "Ann", "after": ""},
        "auth": {"secret": True},
    }
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*.db*"))
    assert b"of-theirs" not in files


@pytest.mark.parametrize(
    "url",
    ["https://other.example/faxes", "http://receiver.example/faxes", URL.replace("/f", ":444/f")],
)
async def test_no_secret_follows_an_endpoint_to_another_host(home: House, url: str) -> None:
    bearer, headers = Bearer(token="token-of-theirs"), {"x-key": "key-of-theirs"}
    hook = await register(home, settings=EndpointChanges(credentials=bearer, headers=headers))
    less: tuple[dict[str, Any], ...] = ({}, {"headers": {}}, {"credentials": Unasked()})
    for more in less:
        with pytest.raises(Conflict):
            await change(home, hook, url=url, **more)
    assert (await change(home, hook, url=f"{URL}/elsewhere")).outline.kind == "bearer"
    moved = await change(home, hook, url=url, credentials=Unasked(), headers={})
    assert (moved.url, moved.outline) == (url, Outline())
    assert (await change(home, moved, url=URL)).url == URL, "nothing secret is left"


async def test_with_an_endpoint_goes_what_let_us_in(house: House) -> None:
    settings = EndpointChanges(credentials=Bearer(token="token-of-theirs"))
    hook = await register(house, settings=settings)
    await house.subscriptions.remove(ANN, hook.id)
    async with house.store.reading() as tx:
        assert (await tx.receivers.access(hook.id)).credentials == Unasked()


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Host": "x"}, "headers.Host"),
        ({"WEBHOOK-Id": "x"}, "headers.WEBHOOK-Id"),
        ({"ce-id": "x"}, "headers.ce-id"),
        ({"Content-Length": "1"}, "headers.Content-Length"),
        ({"Transfer-Encoding": "chunked"}, "headers.Transfer-Encoding"),
        ({"Connection": "close"}, "headers.Connection"),
        ({"Proxy-Authorization": "x"}, "headers.Proxy-Authorization"),
        ({"Authorization": "x"}, "headers.Authorization"),
        ({"x-a": "1\r\nx-b: 2"}, "headers.x-a"),
        ({"x-a": ""}, "headers.x-a"),
        ({"x-a": " 1"}, "headers.x-a"),
        ({"x-a": "größer"}, "headers.x-a"),
        ({"x a": "1"}, "headers"),
        ({"x-a\n": "1"}, "headers"),
        ({"": "1"}, "headers"),
        ({"x-a": "1", "X-A": "2"}, "headers"),
        ({f"x-{number}": "1" for number in range(21)}, "headers"),
    ],
)
async def test_headers_that_are_not_theirs_to_set_are_refused(
    home: House, headers: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await register(home, settings=EndpointChanges(headers=headers))
    assert refused.value.field == field


CLIENT = ClientCredentials(token_url="https://id.example/", client_id="a", client_secret="b")


@pytest.mark.parametrize(
    ("credentials", "field"),
    [
        (Basic(username="a:b", password="x"), "auth.username"),
        (Basic(username="a", password="x\n"), "auth.password"),
        (Bearer(token="two words"), "auth.token"),
        (Bearer(token=""), "auth.token"),
        (replace(CLIENT, client_secret=""), "auth.client_secret"),
        (replace(CLIENT, scope="a\0"), "auth.scope"),
        (replace(CLIENT, token_url="http://10.0.0.1/token"), "auth.token_url"),
        (replace(CLIENT, token_url="file:///etc/passwd"), "auth.token_url"),
    ],
)
async def test_credentials_that_cannot_be_sent_are_refused(
    home: House, credentials: Any, field: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await register(home, settings=EndpointChanges(credentials=credentials))
    assert refused.value.field == field
    assert isinstance(refused.value, AddressRefused) is (field == "auth.token_url")


@pytest.mark.parametrize("rate", [-1.0, 0.001, 1001.0, float("nan")])
async def test_a_rate_is_within_bounds(home: House, rate: float) -> None:
    with pytest.raises(InvalidRequest):
        await register(home, settings=EndpointChanges(rate_per_second=rate))


async def test_order_and_rate_are_set_and_unset(home: House) -> None:
    hook = await register(home, settings=EndpointChanges(ordered=False, rate_per_second=0.5))
    assert (hook.ordered, hook.rate_per_second, hook.pace) == (False, 0.5, 0.5)
    hook = await change(home, hook, ordered=True, rate_per_second=0)
    assert (hook.ordered, hook.rate_per_second, hook.pace) == (True, None, None)


# What is told ---------------------------------------------------------------------------------


@pytest.mark.parametrize("body", BodyFormat)
async def test_an_endpoint_is_told_in_the_form_it_asked_for(home: House, body: BodyFormat) -> None:
    async with receiving() as receiver:
        settings = EndpointChanges(body=body)
        await register(home, receiver.url, "fax.accepted", settings=settings)
        await home.send()
        await home.deliver()
        (call,) = receiver.received
    assert ("ce-id" in call.headers) is (body is BodyFormat.CLOUDEVENTS_BINARY)
    assert ("specversion" in call.event) is (body is BodyFormat.CLOUDEVENTS)


MORE: dict[Include, dict[str, str | None]] = {
    Include.NUMBERS: {"fax_number": "555-0100", "dialled": None},
    Include.NAMES: {"recipient_name": "Zoe", "recipient_organization": None},
    Include.SUBJECTS: {"cover_subject": "results"},
}


@pytest.mark.parametrize("include", [(), *((one,) for one in Include), EVERYTHING])
async def test_numbers_names_and_subjects_are_told_to_who_asked_for_them(
    house: House, include: tuple[Include, ...]
) -> None:
    async with receiving() as receiver:
        settings = EndpointChanges(include=include)
        hook = await register(house, receiver.url, "fax.accepted", settings=settings)
        assert hook.include == include
        await house.send(
            recipients=(Recipient(fax_number="555-0100", name="Zoe"),),
            cover_page=CoverPage(enabled=True, subject="results"),
        )
        await house.deliver()
        (call,) = receiver.received
    thin = {"fax_number", "dialled", "recipient_name", "recipient_organization", "cover_subject"}
    told = {name: value for name, value in call.event["data"].items() if name in thin}
    assert told == {name: value for one in include for name, value in MORE[one].items()}
    for event in await house.told(call.event["subject"]):
        assert not thin & set(event.data), "the log itself is thin"


async def test_who_may_not_read_faxes_cannot_have_them_told(home: House) -> None:
    settings = EndpointChanges(include=(Include.NAMES,))
    with pytest.raises(Forbidden):
        await home.subscriptions.create(HOOKS_ONLY, url=URL, events=("*",), settings=settings)
    hook, _ = await home.subscriptions.create(HOOKS_ONLY, url=URL, events=("*",))
    with pytest.raises(Forbidden):
        await home.subscriptions.update(HOOKS_ONLY, hook.id, settings)


# Consent --------------------------------------------------------------------------------------


def allowing(origin: str, rate: str = "*") -> Answer:
    headers = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": rate}
    return Answer(headers=headers)


@pytest.mark.parametrize("origin", ["*", ORIGIN, ORIGIN.upper()])
async def test_an_endpoint_that_wants_events_is_registered_and_every_delivery_says_who_asked(
    house: House, origin: str
) -> None:
    async with receiving() as receiver:
        receiver.answer(allowing(origin, rate="120"), path="/")
        settings = EndpointChanges(rate_per_second=3.01, headers={"x-key": "k"})
        hook = await register(
            house, receiver.url, "fax.accepted", settings=settings, handshake=True
        )
        (asked,) = receiver.received
        assert (asked.method, asked.headers["webhook-request-origin"]) == ("OPTIONS", ORIGIN)
        assert asked.headers["webhook-request-rate"] == "181"
        assert asked.headers["x-key"] == "k"
        assert hook.consent is not None
        assert (hook.consent.origin, hook.consent.rate, hook.pace) == (ORIGIN, 120, 2.0)
        await house.send()
        await house.deliver()
        assert receiver.received[-1].headers["webhook-request-origin"] == ORIGIN
        moved = await change(house, hook, url=receiver.url + "/moved")
        assert moved.consent is None, "another address has consented to nothing"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(),
        Answer(status=405),
        allowing("other.example"),
        Answer(headers={"access-control-allow-origin": "*"}),
    ],
)
async def test_one_that_does_not_say_so_is_not(home: House, answer: Answer) -> None:
    async with receiving() as receiver:
        receiver.answer(answer)
        with pytest.raises(ConsentRefused, match=str(answer.status)):
            await register(home, receiver.url, handshake=True)
    assert (await home.subscriptions.list(ANN, cursor=None, limit=9)).items == ()


async def test_one_that_cannot_be_asked_is_not(home: House, closed: Receiver) -> None:
    with pytest.raises(ConsentRefused, match="connection-refused"):
        await register(home, closed.url, handshake=True)


@pytest.fixture
async def closed() -> Receiver:
    async with receiving() as gone:
        return gone


async def test_an_endpoint_is_asked_again_and_a_refusal_changes_nothing(house: House) -> None:
    async with receiving() as receiver:
        hook = await register(house, receiver.url)
        assert hook.consent is None
        receiver.answer(allowing("*", rate="*"))
        first = (await house.consenting.renew(ANN, hook.id)).consent
        assert first is not None
        assert first.rate is None
        house.clock.advance(timedelta(hours=1))
        receiver.answer(Answer(status=204))
        with pytest.raises(ConsentRefused):
            await house.consenting.renew(ANN, hook.id)
        assert (await house.subscriptions.get(ANN, hook.id)).consent == first
    assert (await house.acts(hook.id)).count("webhook.handshake") == 1
