"""Keys of endpoints: several live during a rotation, ended on time, on record, and never shown again."""

from datetime import timedelta
from typing import Any

import pytest

from ffgateway.delivery.signing import new_secret
from ffgateway.domain.access import Caller, Principal
from ffgateway.domain.errors import (
    ChangedMeanwhile,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
)
from ffgateway.domain.receivers import LONGEST_OVERLAP, MOST_KEYS, OVERLAP, KeyVersion
from ffgateway.domain.subscriptions import Subscription
from ffgateway.domain.versions import etag_of
from ffgateway.services.subscriptions import EndpointChanges
from ffgateway.webhooks import NoMatchingSignature, verify
from tests.support.gateway import ANN, House
from tests.support.receiver import Call, receiving

V1, V1A = KeyVersion.V1, KeyVersion.V1A
OWN = new_secret(bytes(range(32)))
URL = "https://receiver.example/faxes"
NOBODY = Caller(principal=Principal(id="key_eve", name="Eve", scopes=frozenset()))


async def register(house: House, url: str = URL, **more: Any) -> tuple[Subscription, str]:
    return await house.subscriptions.create(ANN, url=url, events=("webhook.ping",), **more)


async def pinged(house: House, hook: Subscription) -> None:
    await house.subscriptions.test(ANN, hook.id)
    assert await house.deliver() == 1


def verifies(house: House, call: Call, key: str) -> bool:
    try:
        return bool(verify(call.body, call.headers, key, now=house.clock.now()))
    except NoMatchingSignature:
        return False


async def test_old_and_new_key_both_sign_until_the_overlap_is_over(house: House) -> None:
    async with receiving() as receiver:
        hook, old = await register(house, receiver.url)
        new = (await house.signing.rotate(ANN, hook.id)).secret
        for wait, ends in ((0, False), (OVERLAP - timedelta(seconds=1), False), (1, True)):
            house.clock.advance(wait)
            await pinged(house, hook)
            call = receiver.received[-1]
            assert verifies(house, call, new)
            assert verifies(house, call, old) is not ends
    assert await house.signing.purge() == 1
    assert await house.signing.purge() == 0
    assert (await house.acts(hook.id))[-1] == "webhook.key_expired"
    assert [key.expires_at for key in await house.signing.keys(ANN, hook.id)] == [None]


async def test_shared_and_public_keys_sign_side_by_side(home: House) -> None:
    async with receiving() as receiver:
        hook, secret = await register(home, receiver.url, signatures=(V1, V1A))
        (_, pair) = await home.signing.keys(ANN, hook.id)
        await pinged(home, hook)
        call = receiver.received[-1]
        assert verifies(home, call, secret)
        assert verifies(home, call, pair.public)
        second = await home.signing.rotate(ANN, hook.id, version=V1A, overlap=timedelta(0))
        await pinged(home, hook)
        call = receiver.received[-1]
        assert verifies(home, call, second.public)
        assert not verifies(home, call, pair.public)
        assert verifies(home, call, secret), "of another version: it stays"


async def test_a_private_key_is_never_shown_and_a_secret_once(home: House) -> None:
    hook, secret = await register(home, signatures=(V1A,))
    assert secret == ""
    made = await home.signing.rotate(ANN, hook.id, version=V1A)
    begun = await home.signing.rotate(ANN, hook.id, version=V1)
    assert begun.secret.startswith("whsec_")
    assert begun.secret not in repr(begun)
    shown = [made, *await home.signing.keys(ANN, hook.id)]
    assert [key.secret for key in shown] == [""] * 4
    lines = repr(await home.audit())
    assert "whsk_" not in lines
    assert begun.secret not in lines


async def test_a_caller_may_bring_a_secret_and_not_twice(home: House) -> None:
    hook, secret = await register(home, secret=OWN)
    assert secret == OWN
    with pytest.raises(InvalidRequest) as refused:
        await home.signing.rotate(ANN, hook.id, secret=OWN)
    assert refused.value.field == "secret"
    other = new_secret(bytes(24))
    assert (await home.signing.rotate(ANN, hook.id, secret=other)).secret == other


@pytest.mark.parametrize(
    "more",
    [
        {"secret": "whsec_c2hvcnQ="},
        {"secret": "whsec_not base64!"},
        {"secret": OWN.removeprefix("whsec_")},
        {"secret": OWN, "signatures": (V1A,)},
        {"signatures": ()},
    ],
)
async def test_what_cannot_sign_is_refused(home: House, more: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        await register(home, **more)
    page = await home.subscriptions.list(ANN, cursor=None, limit=10)
    assert page.items == ()


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), LONGEST_OVERLAP + timedelta(seconds=1)])
async def test_an_overlap_is_at_most_a_week(home: House, overlap: timedelta) -> None:
    hook, _ = await register(home)
    with pytest.raises(InvalidRequest):
        await home.signing.rotate(ANN, hook.id, overlap=overlap)


async def test_a_shorter_overlap_ends_what_an_earlier_rotation_left(home: House) -> None:
    hook, _ = await register(home)
    await home.signing.rotate(ANN, hook.id)
    await home.signing.rotate(ANN, hook.id, overlap=timedelta(0))
    assert len(await home.signing.keys(ANN, hook.id)) == 1


async def test_not_without_limit(home: House) -> None:
    hook, _ = await register(home)
    for _ in range(MOST_KEYS - 1):
        await home.signing.rotate(ANN, hook.id)
    with pytest.raises(Conflict):
        await home.signing.rotate(ANN, hook.id)
    await home.signing.rotate(ANN, hook.id, overlap=timedelta(0))


async def test_a_key_that_leaked_is_ended_at_once_but_never_the_last_that_stays(
    home: House,
) -> None:
    hook, _ = await register(home)
    (first,) = await home.signing.keys(ANN, hook.id)
    second = await home.signing.rotate(ANN, hook.id)
    with pytest.raises(Conflict):
        await home.signing.end(ANN, hook.id, second.id)
    await home.signing.end(ANN, hook.id, first.id)
    assert [key.id for key in await home.signing.keys(ANN, hook.id)] == [second.id]
    with pytest.raises(NotFound):
        await home.signing.end(ANN, hook.id, first.id)


async def test_with_the_endpoint_go_its_keys(house: House) -> None:
    hook, _ = await register(house)
    await house.subscriptions.remove(ANN, hook.id)
    async with house.store.reading() as tx:
        assert await tx.receivers.keys(hook.id, at=house.clock.now()) == ()
    with pytest.raises(NotFound):
        await house.signing.rotate(ANN, hook.id)


async def test_only_who_may_sees_to_keys(home: House) -> None:
    hook, _ = await register(home)
    for act in (
        home.signing.keys(NOBODY, hook.id),
        home.signing.rotate(NOBODY, hook.id),
        home.signing.end(NOBODY, hook.id, "sgn_1"),
        home.subscriptions.update(NOBODY, hook.id, EndpointChanges(description="x")),
    ):
        with pytest.raises(Forbidden):
            await act


async def test_an_endpoint_is_changed_unless_somebody_else_did_so_meanwhile(house: House) -> None:
    hook, _ = await register(house)
    seen = etag_of(hook.version)
    changes = EndpointChanges(events=("fax.*",), description="moved")
    after = await house.subscriptions.update(ANN, hook.id, changes, seen=seen)
    assert (after.url, after.events, after.description) == (URL, ("fax.*",), "moved")
    with pytest.raises(ChangedMeanwhile):
        await house.subscriptions.update(ANN, hook.id, changes, seen=seen)
    for wrong in (EndpointChanges(url="http://10.0.0.1/"), EndpointChanges(events=("fax",))):
        with pytest.raises(InvalidRequest):
            await house.subscriptions.update(ANN, hook.id, wrong)
    assert await house.subscriptions.get(ANN, hook.id) == after
    (made, changed) = await house.audit(hook.id)
    assert (made.action, changed.action) == ("webhook.create", "webhook.update")
    assert changed.detail["changed"] == {
        "events": {"before": list(hook.events), "after": ["fax.*"]},
        "description": {"before": "", "after": "moved"},
    }
