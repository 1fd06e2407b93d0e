import re

import httpx
import pytest

from ffgateway.rest.table import OPERATIONS

FREE = ["/", "/livez", "/readyz", "/openapi.json", "/docs", "/docs/assets/swagger.js",
        "/docs/assets/swagger.css", "/docs/assets/start.js", "/problems/not-found"]  # fmt: skip
DEVICE = {"name": "front", "url": "http://192.0.2.10", "username": "u", "password": "p"}


@pytest.mark.parametrize("path", FREE)
async def test_health_and_documents_need_no_key(stranger: httpx.AsyncClient, path: str) -> None:
    assert (await stranger.get(path)).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer ffgw_unknown", "Basic dTpw", "Bearer"])
async def test_everything_else_needs_one(stranger: httpx.AsyncClient, header: str) -> None:
    stranger.headers["Authorization"] = header
    for operation in OPERATIONS:
        path = re.sub(r"\{\w+\}", "x", operation.path)
        answer = await stranger.request(operation.method, path)
        told = answer.status_code, answer.json()["code"]
        if told != (429, "too-many-wrong-keys") or "ffgw" not in header:
            assert told == (401, "unauthenticated")
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_opens_what_its_scopes_say(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    made = await client.post("/v1/keys", json={"name": "reader", "scopes": ["faxes:read"]})
    assert made.status_code == 201
    stranger.headers["Authorization"] = f"bearer {made.json()['key']}"
    assert (await stranger.get("/v1/faxes")).status_code == 200
    for path in ("/v1/devices", "/v1/audit", "/v1/keys", "/v1/webhooks", "/metrics"):
        denied = await stranger.get(path)
        assert (denied.status_code, denied.json()["code"]) == (403, "forbidden"), path
    assert (await client.delete(f"/v1/keys/{made.json()['id']}")).status_code == 204
    assert (await stranger.get("/v1/faxes")).status_code == 401
    listed = (await client.get("/v1/keys")).json()["items"]
    assert all("key" not in one for one in listed)


async def test_a_device_lives_from_registration_to_retirement(client: httpx.AsyncClient) -> None:
    made = await client.post("/v1/devices", json=DEVICE | {"poll_busy_seconds": 2})
    assert made.status_code == 201, made.text
    assert "password" not in made.json()
    where = made.headers["location"]
    assert (await client.post("/v1/devices", json=DEVICE)).json()["code"] == "already-exists"
    changed = await client.patch(where, json={"enabled": False, "zone": "America/Chicago"})
    assert (changed.json()["enabled"], changed.json()["zone"]) == (False, "America/Chicago")
    assert changed.json()["poll_busy_seconds"] == 2
    assert (await client.get("/v1/devices")).json()["items"] == [changed.json()]
    wrong = await client.patch(where, json={"ca_pem": "none"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "ca_pem")
    assert (await client.delete(where)).status_code == 204
    assert (await client.get(where)).status_code == 404


async def test_an_appliance_that_does_not_answer_is_a_503(client: httpx.AsyncClient) -> None:
    made = await client.post("/v1/devices", json=DEVICE | {"url": "http://127.0.0.1:1"})
    answer = await client.post(f"{made.headers['location']}/check")
    assert (answer.status_code, answer.json()["code"]) == (503, "device-unreachable")
    assert answer.json()["device_id"] == made.json()["id"]


async def test_a_webhook_shows_its_secret_once(client: httpx.AsyncClient) -> None:
    hook = {"url": "https://receiver.example/faxes", "events": ["fax.*", "device.online"]}
    made = await client.post("/v1/webhooks", json=hook)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    where = made.headers["location"]
    assert "secret" not in (await client.get(where)).json()
    ping = await client.post(f"{where}/test")
    assert ping.status_code == 202
    assert ping.json()["event_id"].startswith("evt_")
    assert (await client.get(f"{where}/attempts")).json() == {"items": [], "next_cursor": None}
    private = await client.post("/v1/webhooks", json=hook | {"url": "http://10.0.0.1/"})
    assert (private.status_code, private.json()["code"]) == (422, "address-refused")
    assert (await client.delete(where)).status_code == 204
    acts = (await client.get("/v1/audit?action=webhook.remove")).json()["items"]
    assert [one["resource"] for one in acts] == [made.json()["id"]]


async def test_a_webhook_is_changed_and_its_key_replaced(client: httpx.AsyncClient) -> None:
    hook = {"url": "https://receiver.example/faxes", "events": ["fax.*"], "signatures": ["v1a"]}
    made = await client.post("/v1/webhooks", json=hook)
    assert (made.status_code, made.json()["secret"]) == (201, None)
    where, seen = made.headers["location"], {"If-Match": made.headers["etag"]}
    patched = await client.patch(where, json={"description": "ours"}, headers=seen)
    assert (patched.status_code, patched.json()["description"]) == (200, "ours")
    assert patched.headers["etag"] == (await client.get(where)).headers["etag"]
    assert (await client.patch(where, json={"description": "x"}, headers=seen)).status_code == 412
    body = {"version": "v1", "overlap_seconds": 60.0}
    rotated = (await client.post(f"{where}/rotate-secret", json=body)).json()
    assert rotated["secret"].startswith("whsec_")
    keys = (await client.get(f"{where}/keys")).json()["items"]
    assert [key["version"] for key in keys] == ["v1a", "v1"]
    assert keys[0]["public_key"].startswith("whpk_")
    assert all("secret" not in key for key in keys)
    assert (await client.delete(f"{where}/keys/{keys[0]['id']}")).status_code == 204
    last = await client.delete(f"{where}/keys/{keys[1]['id']}")
    assert (last.status_code, last.json()["code"]) == (409, "conflict")
    for wrong in ({"overlap_seconds": 604801}, {"version": "v2"}, {"secret": "whsec_short"}):
        assert (await client.post(f"{where}/rotate-secret", json=wrong)).status_code == 422


async def test_a_webhook_says_how_it_is_spoken_to_and_nothing_secret(
    client: httpx.AsyncClient,
) -> None:
    auth = {
        "kind": "oauth2",
        "token_url": "https://id.example/token",
        "client_id": "gateway",
        "client_secret": "theirs-1",
    }
    hook = {
        "url": "https://receiver.example/faxes",
        "events": ["fax.*"],
        "ordered": False,
        "rate_per_second": 5,
        "body": "cloudevents",
        "include": ["names", "names"],
        "headers": {"X-Key": "theirs-2"},
        "auth": auth,
    }
    made = await client.post("/v1/webhooks", json=hook)
    assert made.status_code == 201, made.text
    where, shown = made.headers["location"], made.json()
    assert (shown["ordered"], shown["rate_per_second"], shown["body"]) == (False, 5, "cloudevents")
    assert (shown["include"], shown["header_names"]) == (["names"], ["x-key"])
    assert (shown["auth"]["kind"], shown["auth"]["client_id"]) == ("oauth2", "gateway")
    patched = await client.patch(where, json={"rate_per_second": 0.0, "auth": {"kind": "none"}})
    assert (patched.json()["rate_per_second"], patched.json()["auth"]["kind"]) == (None, "none")
    for answer in (made, patched, await client.get(where), await client.get("/v1/audit")):
        assert "theirs-" not in answer.text
    wrong = await client.patch(where, json={"headers": {"Host": "x"}})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "headers.Host")
    refused = await client.post(f"{where}/handshake")
    assert (refused.status_code, refused.json()["code"]) == (409, "consent-refused")
    for wrong_auth in ({"kind": "basic", "username": "a:b", "password": "x"}, {"kind": "magic"}):
        assert (await client.patch(where, json={"auth": wrong_auth})).status_code == 422


@pytest.mark.parametrize("path", ["/v1/faxes/fax_1", "/v1/faxes/fax_01KARTX5RB4PSM9QE3V7Z0H2CD",
                                  "/v1/devices/a%00b", "/v1/nothing", "/problems/x",
                                  "/docs/assets/..%2furl.json"])  # fmt: skip
async def test_what_is_not_there_is_a_404(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_metrics_count_what_is_kept(client: httpx.AsyncClient) -> None:
    number = {"recipients": [{"fax_number": "5550100"}], "cover_page": {"enabled": True}}
    assert (await client.post("/v1/faxes", json=number)).status_code == 202
    text = (await client.get("/metrics")).text
    assert 'ffgateway_faxes{status="queued"} 1.0' in text
    assert 'ffgateway_failures{code="unclassified"} 0.0' in text
    assert "process_resident_memory_bytes" in text


async def test_metrics_are_of_the_whole_gateway_and_so_not_for_a_key_of_some_pools(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    for limits, status in (({"pools": ["one"]}, 403), ({"numbers": ["+49"]}, 200)):
        body = {"name": "k", "scopes": ["admin"], "limits": limits}
        made = (await client.post("/v1/keys", json=body)).json()
        stranger.headers["Authorization"] = f"Bearer {made['key']}"
        assert (await stranger.get("/metrics")).status_code == status


async def test_a_body_beyond_a_mebibyte_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/keys", content=b" " * (1 << 21), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")


async def test_the_page_of_the_documents_asks_no_other_host(stranger: httpx.AsyncClient) -> None:
    page = await stranger.get("/docs")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "http://" not in page.text
    assert "https://" not in page.text


@pytest.mark.parametrize(
    "accept", ["image/png", "application/json;q=0", "*/*;q=0", "no type, at all"]
)
async def test_who_accepts_nothing_of_ours_is_answered_as_all_others(
    client: httpx.AsyncClient, accept: str
) -> None:
    for path, status, kind in (
        ("/v1/devices", 200, "application/json"),
        ("/v1/faxes/fax_none", 404, "application/problem+json"),
    ):
        answer = await client.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
