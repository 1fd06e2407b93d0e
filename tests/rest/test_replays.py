"""Events sent once more, over HTTP: asked for, counted, looked at, called off."""

from collections.abc import AsyncIterator

import httpx
import pytest

from ffgateway.app import parts
from ffgateway.services.replaying import Replaying
from ffgateway.settings import Settings
from ffgateway.wiring.parts import Parts
from tests.rest.conftest import client_of, surface
from tests.support.nouns import an_event

HOOK = {"url": "https://receiver.example/faxes", "events": ["fax.*"]}
SUMS = ("queued", "passed_over", "waiting", "delivered", "failed", "cancelled")


@pytest.fixture
async def wired(open_settings: Settings) -> AsyncIterator[Parts]:
    async with parts(open_settings) as built:
        yield built


@pytest.fixture
async def asking(wired: Parts) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(surface(wired.gateway)) as opened:
        yield opened


async def told(wired: Parts, *subjects: str) -> list[str]:
    async with wired.store.transaction() as tx:
        tx.tell(*(an_event(subject) for subject in subjects))
    async with wired.store.reading() as tx:
        return [event.id for event in await tx.events.after(0, limit=100, types=["fax.*"])]


async def test_a_replay_is_counted_started_looked_at_and_called_off(
    wired: Parts, asking: httpx.AsyncClient
) -> None:
    events = await told(wired, "fax_1", "fax_2")
    where = (await asking.post("/v1/webhooks", json=HOOK)).headers["location"]
    wish = {"which": "never_attempted", "types": ["fax.queued"], "since": "2026-01-01T00:00:00Z"}
    counted = await asking.post(f"{where}/replay/count", json=wish)
    assert (counted.status_code, counted.json()) == (200, {"total": 2}), counted.text
    begun = await asking.post(f"{where}/replay", json=wish)
    assert begun.status_code == 202, begun.text
    shown = begun.json()
    assert begun.headers["location"] == f"{where}/replays/{shown['id']}"
    assert (shown["state"], shown["total"], shown["types"]) == ("running", 2, ["fax.queued"])
    assert [shown[name] for name in SUMS] == [0] * 6
    assert (await asking.get(begun.headers["location"])).json() == shown
    await Replaying(wired.store, wired.clock).step()
    (listed,) = (await asking.get(f"{where}/replays")).json()["items"]
    assert (listed["queued"], listed["waiting"]) == (2, 2)
    (way,) = (await asking.get(f"/v1/events/{events[0]}/deliveries")).json()["items"]
    assert (way["state"], way["trigger"], way["replay_id"]) == ("pending", "replay", shown["id"])
    assert (way["attempts"], way["last_attempt"]) == (0, None)
    assert way["next_at"]
    ended = (await asking.post(f"{begun.headers['location']}/cancel")).json()
    assert (ended["state"], ended["cancelled"], ended["waiting"]) == ("cancelled", 2, 0)
    (way,) = (await asking.get(f"/v1/events/{events[0]}/deliveries")).json()["items"]
    assert (way["state"], way["next_at"]) == ("cancelled", None)


async def test_dead_letters_are_listed_and_let_go(asking: httpx.AsyncClient) -> None:
    where = (await asking.post("/v1/webhooks", json=HOOK)).headers["location"]
    assert (await asking.get(f"{where}/dead-letters")).json()["items"] == []
    gone = await asking.post(f"{where}/dead-letters/discard", json={"all": True})
    assert (gone.status_code, gone.json()) == (200, {"discarded": 0})
    neither = await asking.post(f"{where}/dead-letters/discard", json={})
    assert (neither.status_code, neither.json()["field"]) == (422, "events")


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "which"),
        ({"which": "some"}, "which"),
        ({"which": "events"}, "events"),
        ({"which": "events", "events": ["evt_1"]}, "events[0]"),
        ({"which": "range", "after": -1}, "after"),
        ({"which": "range", "since": "yesterday"}, "since"),
        ({"which": "failed", "types": ["fax"]}, "types[0]"),
    ],
)
async def test_a_wish_that_cannot_be_read_is_refused_by_field(
    asking: httpx.AsyncClient, wish: dict[str, object], field: str
) -> None:
    where = (await asking.post("/v1/webhooks", json=HOOK)).headers["location"]
    for path in ("replay", "replay/count"):
        refused = await asking.post(f"{where}/{path}", json=wish)
        assert (refused.status_code, refused.json()["field"]) == (422, field), refused.text


async def test_what_is_not_there_is_a_404(asking: httpx.AsyncClient) -> None:
    where = (await asking.post("/v1/webhooks", json=HOOK)).headers["location"]
    unknown = "01KARTX5RB4PSM9QE3V7Z0H2CD"
    for path in (
        f"{where}/replays/rpl_{unknown}",
        f"{where}/replays/rpl_1",
        f"/v1/webhooks/whk_{unknown}/replays",
        f"/v1/webhooks/whk_{unknown}/dead-letters",
        f"/v1/events/evt_{unknown}/deliveries",
    ):
        assert (await asking.get(path)).status_code == 404, path
    named = {"which": "events", "events": [f"evt_{unknown}"]}
    missing = await asking.post(f"{where}/replay", json=named)
    assert (missing.status_code, missing.json()["field"]) == (404, "events[0]")
