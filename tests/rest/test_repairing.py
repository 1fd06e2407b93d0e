"""Endpoints over HTTP: paused, resumed, and what was tried there."""

import httpx

HOOK = {"url": "https://receiver.example/faxes", "events": ["fax.*"]}


async def test_an_endpoint_is_paused_with_a_reason_and_resumed(client: httpx.AsyncClient) -> None:
    where = (await client.post("/v1/webhooks", json=HOOK)).headers["location"]
    paused = await client.post(f"{where}/pause", json={"reason": "maintenance"})
    assert paused.status_code == 200, paused.text
    shown = paused.json()
    assert (shown["state"], shown["paused_by"]) == ("paused", "operator")
    assert (shown["pause_reason"], shown["probe_at"]) == ("maintenance", None)
    assert shown["paused_at"]
    assert (await client.get(where)).json() == shown
    resumed = (await client.post(f"{where}/resume")).json()
    assert (resumed["state"], resumed["paused_by"]) == ("active", None)
    assert (resumed["pause_reason"], resumed["paused_at"]) == ("", None)


async def test_tries_are_asked_for_by_event_result_and_trigger(client: httpx.AsyncClient) -> None:
    where = (await client.post("/v1/webhooks", json=HOOK)).headers["location"]
    event = "evt_01KARTX5RB4PSM9QE3V7Z0H2CD"
    found = await client.get(f"{where}/attempts?event_id={event}&result=failed&trigger=probe")
    assert found.json() == {"items": [], "next_cursor": None}
    for wrong in ("event_id=evt_1", "result=good", "trigger=whim"):
        assert (await client.get(f"{where}/attempts?{wrong}")).status_code == 422, wrong
