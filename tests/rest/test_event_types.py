"""The catalogue of event types over HTTP: what is shown there is what is posted."""

import httpx
import pytest
from jsonschema import Draft202012Validator

from ffgateway.delivery.samples import sample
from ffgateway.delivery.sink import Target
from ffgateway.domain.access import Scope
from ffgateway.domain.events import EventType
from ffgateway.services.gateway import Gateway
from tests.rest.conftest import client_of, surface
from tests.support.gateway import ANN
from tests.support.receiver import receiving
from tests.support.sending import SECRET, delivering


async def test_every_type_is_listed_with_a_sample_that_is_valid_and_as_it_would_be_posted(
    client: httpx.AsyncClient,
) -> None:
    listed = (await client.get("/v1/event-types")).json()["items"]
    assert [one["type"] for one in listed] == [kind.value for kind in EventType]
    async with receiving() as receiver, delivering() as sink:
        for one in listed:
            shown = await client.get(one["sample"])
            assert (shown.status_code, shown.headers["content-type"]) == (200, "application/json")
            Draft202012Validator.check_schema(one["schema"])
            Draft202012Validator(one["schema"]).validate(shown.json())
            target = Target(url=receiver.url, secrets=[SECRET])
            await sink.send(target, sample(EventType(one["type"])))
            assert receiver.received[-1].body == shown.content
            assert one["meaning"].endswith(".")


@pytest.mark.parametrize("unknown", ["fax.lost", "fax", "FAX.SENT", "fax.*"])
async def test_there_is_no_sample_of_what_is_no_type(
    client: httpx.AsyncClient, unknown: str
) -> None:
    assert (await client.get(f"/v1/event-types/{unknown}/sample")).status_code == 404


@pytest.mark.parametrize(
    ("scope", "status"),
    [(Scope.FAXES_READ, 200), (Scope.WEBHOOKS_ADMIN, 200), (Scope.DEVICES_READ, 403)],
)
async def test_whoever_reads_events_or_sets_up_endpoints_may_look(
    gateway: Gateway, scope: Scope, status: int
) -> None:
    _, token = await gateway.keys.create(ANN, name="one", scopes=frozenset({scope}))
    async with client_of(surface(gateway), key=token) as someone:
        for path in ("/v1/event-types", "/v1/event-types/fax.sending/sample"):
            assert (await someone.get(path)).status_code == status
