"""A mutation that comes again with its `Idempotency-Key` is answered again and not done again."""

import asyncio
from typing import Any

import httpx
import pytest

from ffgateway.services.faxes import Faxes
from tests.graphql.conftest import ADMIN, Client
from tests.graphql.test_schema import LETTER, SEND, TO

INPUT = {"recipients": TO, "documents": [LETTER]}
REPLAYED = "Idempotency-Replayed"


async def post(client: Client, query: str, *, key: str = "one", **variables: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {ADMIN}", "Idempotency-Key": key}
    body = {"query": query, "variables": variables}
    return await client.http.post("/graphql", json=body, headers=headers)


async def count(client: Client) -> int:
    return len((await client.ask("{ faxes { nodes { id } } }"))["faxes"]["nodes"])


async def test_twenty_at_once_are_one_fax_and_twenty_equal_answers(client: Client) -> None:
    answers = await asyncio.gather(*(post(client, SEND, input=INPUT) for _ in range(20)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1
    assert answers[0].json()["data"]["sendFax"]["userErrors"] == []
    assert sorted(one.headers.get(REPLAYED, "") for one in answers) == ["", *["true"] * 19]
    assert await count(client) == 1


async def test_other_variables_are_another_request(client: Client) -> None:
    await post(client, SEND, input=INPUT)
    refused = await post(client, SEND, input=INPUT | {"clientReference": "PO-1"})
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "idempotency-key-reused"
    assert await count(client) == 1


async def test_queries_do_not_mind_a_key(client: Client) -> None:
    for _ in range(2):
        answer = await post(client, "{ faxes { nodes { id } } }")
        assert (answer.status_code, REPLAYED in answer.headers) == (200, False)
    assert (await post(client, SEND, input=INPUT)).status_code == 200


async def test_what_is_no_key_is_refused(client: Client) -> None:
    refused = await post(client, SEND, key="a b", input=INPUT)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["extensions"]["field"] == "Idempotency-Key"
    assert await count(client) == 0


async def test_what_is_refused_before_anything_is_done_leaves_its_key_free(client: Client) -> None:
    wrong = await post(client, SEND, input=INPUT | {"recipients": []})
    assert wrong.json()["data"]["sendFax"]["userErrors"]
    sent = await post(client, SEND, input=INPUT)
    assert (sent.status_code, REPLAYED in sent.headers) == (200, False)


async def test_a_stream_is_no_answer_to_a_mutation_with_a_key(client: Client) -> None:
    headers = {
        "Authorization": f"Bearer {ADMIN}",
        "Idempotency-Key": "one",
        "Accept": "text/event-stream",
    }
    body = {"query": SEND, "variables": {"input": INPUT}}
    refused = await client.http.post("/graphql", json=body, headers=headers)
    assert refused.status_code == 422
    assert await count(client) == 0


async def test_a_mutation_that_fell_over_after_it_sent_is_not_repeated_and_says_what_it_sent(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Faxes.send

    async def fall(self: Faxes, *given: Any) -> None:
        await whole(self, *given)
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(Faxes, "send", fall)
        (error,) = (await post(client, SEND, input=INPUT)).json()["errors"]
    assert error["extensions"]["code"] == "internal"
    again = await post(client, SEND, input=INPUT)
    assert again.status_code == 409
    (error,) = again.json()["errors"]
    assert error["extensions"]["code"] == "idempotency-outcome-unknown"
    (fax,) = (await client.ask("{ faxes { nodes { submissionId } } }"))["faxes"]["nodes"]
    assert fax["submissionId"] in error["message"]
