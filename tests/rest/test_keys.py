"""Keys over HTTP: their form on the wire. What they mean is tested with the services."""

import httpx
import pytest

from ffgateway.app import parts
from ffgateway.app import surface as whole_surface
from ffgateway.clock import Clock
from ffgateway.domain.access import Scope
from ffgateway.rest.middleware import Frame
from ffgateway.settings import OidcGrant, Settings
from tests.rest.conftest import client_of
from tests.support.issuer import AUDIENCE, issuing

LIMITS = {
    "pools": ["berlin"],
    "numbers": ["+4930"],
    "faxes_per_day": 2,
    "pages_per_day": None,
    "acts_as": "billing",
    "acts_as_only": True,
}


async def test_a_key_is_made_with_an_end_and_limits_and_shows_them(
    client: httpx.AsyncClient,
) -> None:
    body = {
        "name": "k",
        "scopes": ["faxes:send"],
        "expires_at": "2096-01-01T01:00:00+01:00",
        "limits": LIMITS,
    }
    made = await client.post("/v1/keys", json=body)
    assert made.status_code == 201, made.text
    shown = made.json()
    assert shown.pop("key").startswith(shown["prefix"])
    assert shown["limits"] == LIMITS
    assert shown["expires_at"] == "2096-01-01T00:00:00+00:00"
    assert (await client.get("/v1/keys")).json()["items"][-1] == shown
    changed = await client.patch(f"/v1/keys/{shown['id']}", json={"limits": {"numbers": ["+49"]}})
    limits = dict.fromkeys(LIMITS) | {"pools": [], "numbers": ["+49"], "acts_as_only": False}
    assert changed.json() == shown | {"limits": limits}


async def test_a_rotated_key_is_the_same_with_another_text(
    client: httpx.AsyncClient, app: Frame
) -> None:
    made = (await client.post("/v1/keys", json={"name": "k", "scopes": ["admin"]})).json()
    answer = await client.post(f"/v1/keys/{made['id']}/rotate", json={"overlap_seconds": 0})
    assert answer.status_code == 200, answer.text
    renewed = answer.json()
    assert (renewed["id"], renewed["old_secrets_until"]) == (made["id"], None)
    for key, status in ((made["key"], 401), (renewed["key"], 200)):
        async with client_of(app, key) as holder:
            assert (await holder.get("/v1/keys")).status_code == status


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"numbers": ["030"]}, "limits.numbers[0]"),
        ({"pools": ["Berlin"]}, "limits.pools[0]"),
        ({"faxes_per_day": -1}, "limits.faxes_per_day"),
        ({"nothing": 1}, "limits.nothing"),
        ({"acts_as_only": True}, "limits.acts_as"),
    ],
)
async def test_limits_of_no_meaning_are_refused_by_name(
    client: httpx.AsyncClient, limits: dict[str, object], field: str
) -> None:
    body = {"name": "k", "scopes": ["faxes:send"], "limits": limits}
    answer = await client.post("/v1/keys", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_flood_of_wrong_keys_is_told_when_to_come_back(
    client: httpx.AsyncClient, app: Frame
) -> None:
    async with client_of(app, "ffgw_wrong") as stranger:
        statuses = [(await stranger.get("/v1/keys")).status_code for _ in range(25)]
        last = await stranger.get("/v1/keys")
    assert (statuses[:2], statuses[-2:]) == ([401, 401], [429, 429])
    assert last.json()["code"] == "too-many-wrong-keys"
    assert 1 <= int(last.headers["retry-after"]) <= 10
    first = await client.get("/v1/keys")
    assert first.status_code == 429  # never seen here before, and from the same address


async def test_a_token_of_the_issuer_is_taken_on_every_surface(open_settings: Settings) -> None:
    async with issuing(Clock()) as issuer:
        settings = open_settings.model_copy(
            update={
                "oidc_issuer": issuer.url,
                "oidc_audience": AUDIENCE,
                "oidc_grants": {"boss": OidcGrant(scopes=frozenset({Scope.ADMIN}))},
            }
        )
        async with parts(settings) as wired:
            app = whole_surface(wired.gateway, settings)
            statuses = []
            for scope in ("boss", "guest"):
                token = issuer.token(scope=f"openid {scope}")
                head = {"Authorization": f"Bearer {token}"}
                transport = httpx.ASGITransport(app=app)
                async with httpx.AsyncClient(
                    transport=transport, base_url="http://gateway", headers=head
                ) as http:
                    found = await http.get("/v1/keys")
                    asked = await http.post("/graphql", json={"query": "{ keys { id } }"})
                    statuses.append((found.status_code, "forbidden" in asked.text))
        assert statuses == [(200, False), (403, True)]
