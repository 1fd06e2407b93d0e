"""How large an operation may be, what it costs, and who pays: judged before any of it is run."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query, parse, validate

from ffgateway.app import running, surface
from ffgateway.graphql.admission import LONGEST_REMEMBERED, Door
from ffgateway.graphql.context import Context
from ffgateway.graphql.costs import ASKS_APPLIANCES, UNPAGED, plan
from ffgateway.graphql.documents import digest, trusted
from ffgateway.graphql.limits import Limits
from ffgateway.graphql.schema import schema
from ffgateway.settings import Settings
from tests.graphql.conftest import ADMIN, Client

SCHEMA = schema()._schema
ROOT = Path(__file__).parents[2]
TOO_LARGE = "The operation is too large"


def told(text: str, limits: Limits | None = None) -> list[str]:
    return [error.message for error in Door(limits or Limits()).judge(SCHEMA, text).errors]


def spread(levels: int) -> str:
    """Fragments that spread the next one twice each: 2 ** levels fields in a few lines."""
    parts = [f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(levels)]
    last = f"fragment f{levels} on Query {{ a: keys {{ id }} }}"
    return "\n".join(["{ ...f0 }", *parts, last])


DEEP = "{ faxes { nodes { device { groups { nodes { members { name } } } } } } }"  # seven


@pytest.mark.parametrize(
    ("limits", "fits", "does_not", "said"),
    [
        (Limits(depth=7), DEEP, DEEP.replace("{ name }", "{ group: name x { y } }"), "8 levels"),
        (Limits(depth=6), "{ keys { id } }", DEEP, "7 levels deep, and 6 are allowed"),
        (
            Limits(depth=2),
            "{ ...a } fragment a on Query { keys { id } }",
            "{ ...a } fragment a on Query { faxes { nodes { id } } }",
            "3 levels",
        ),
        (Limits(aliases=1), "{ a: keys { id } }", "{ a: keys { b: id } }", "2 aliases"),
        (
            Limits(aliases=3),
            "{ ...f } fragment f on Query { a: keys { id } }",
            spread(12),
            "4096 aliases",
        ),
        (
            Limits(root_fields=2),
            "query A { keys { id } faxes { nodes { id } } } query B { keys { id } }",
            "{ __typename ... on Query { keys { id } ... { x: __typename } } }",
            "3 root fields",
        ),
        (
            Limits(directives=1),
            "{ keys @skip(if: false) { id } }",
            "{ keys @skip(if: false) { ... @include(if: true) { id } } }",
            "2 directives",
        ),
    ],
)
def test_an_operation_is_as_large_as_it_would_be_written_out(
    limits: Limits, fits: str, does_not: str, said: str
) -> None:
    assert not [one for one in told(fits, limits) if TOO_LARGE in one]
    assert any(TOO_LARGE in one and said in one for one in told(does_not, limits))


def test_a_fragment_in_itself_is_refused_and_not_followed() -> None:
    text = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"
    assert any("Cannot spread fragment" in one for one in told(text))


def test_the_defaults_are_those_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    for name, most in (
        ("TOKENS", 1000),
        ("DEPTH", 10),
        ("ALIASES", 15),
        ("ROOT_FIELDS", 20),
        ("DIRECTIVES", 50),
        ("NODES", 10000),
    ):
        assert f"| `FFGATEWAY_GRAPHQL_{name}` | `{most}` |" in readme
        assert getattr(Limits(), name.lower()) == most


@pytest.mark.parametrize("deprecated", [False, True])
def test_what_tools_ask_of_the_schema_passes(deprecated: bool) -> None:
    graphiql = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=deprecated,
    )
    assert told(graphiql) == []
    nodes, cost = plan(SCHEMA, parse(graphiql), None).asked({})
    assert (nodes, cost) == (0, 101)
    assert told(graphiql, Limits(introspection=False)) != []


def test_what_the_readme_shows_passes() -> None:
    shown = (ROOT / "README.md").read_text().split("```graphql\n")[1:]
    assert len(shown) >= 2
    for block in shown:
        assert told(block.partition("```")[0]) == []


@pytest.mark.parametrize(
    ("query", "nodes", "cost"),
    [
        ("{ __typename }", 0, 1),
        ("{ keys { id } }", UNPAGED, 1 + 1 + UNPAGED),
        ("{ faxes { nodes { id } } }", 20, 1 + 1 + 20),
        ("{ faxes(first: 100) { nodes { id } } }", 100, 1 + 1 + 100),
        ("{ faxes(first: 50) { edges { node { id } } } }", 50, 1 + 1 + 50),
        # each of ten faxes has an appliance to look up, and that has twenty groups to be asked for
        (
            "{ faxes(first: 10) { nodes { device { groups { nodes { id } } } } } }",
            10 + 10 * 20,
            1 + 1 + 10 + 10 * (1 + 10 + 20),
        ),
        ('{ deviceStatus(id: "d") { uptime } }', 0, 1 + 10),
        ('mutation { a: cancelFax(id: "f") { fax { id } } }', 0, 1 + 10),
        ("query ($n: Int! = 7) { faxes(first: $n) { nodes { id } } }", 7, 1 + 1 + 7),
        ("{ faxes(first: 3) { nodes { id } } ... { faxes(first: 3) { nodes { id } } } }", 3, 5),
    ],
)
def test_a_page_counts_as_often_as_what_it_is_in(query: str, nodes: int, cost: int) -> None:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    assert plan(SCHEMA, document, None).asked({}) == (nodes, cost)


def test_a_page_of_a_variable_counts_as_the_variable_says() -> None:
    planned = plan(SCHEMA, parse("query ($n: Int!) { faxes(first: $n) { nodes { id } } }"), None)
    assert [planned.asked({"n": n})[0] for n in (3, 100, -1, "x")] == [3, 100, 0, 100]
    assert planned.had({"faxes": {"nodes": [{"id": "a"}, {"id": "b"}]}}) == 1 + 1 + 2
    assert planned.had(None) == 1


def test_fragments_that_multiply_are_counted_once_each() -> None:
    parts = [
        f"fragment f{n} on Device {{ d{n}: groups {{ nodes {{ id }} }} ...f{n + 1} ...f{n + 1} }}"
        for n in range(30)
    ]
    text = "{ devices { nodes { ...f0 } } }\n" + "\n".join(parts) + "fragment f30 on Device { id }"
    nodes, _ = plan(SCHEMA, parse(text), None).asked({})
    assert nodes == 20 + 20 * 30 * 20


def test_every_root_that_asks_an_appliance_is_there() -> None:
    assert SCHEMA.query_type is not None
    assert set(SCHEMA.query_type.fields) >= ASKS_APPLIANCES


def test_a_document_is_judged_once_unless_it_is_long() -> None:
    door = Door(Limits())
    assert door.judge(SCHEMA, "{ keys { id } }") is door.judge(SCHEMA, "{ keys { id } }")
    long = "{ keys { id } } #" + "x" * LONGEST_REMEMBERED
    assert door.judge(SCHEMA, long) is not door.judge(SCHEMA, long)


# Over HTTP -------------------------------------------------------------------------------------


TOO_MUCH = [
        ("{ " + "__typename " * 1001 + "}", "more than 1000 tokens"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(16)) + " }", "16 aliases"),
        ("{ faxes(first: 100) { nodes { device { groups(first: 100) { nodes { id } } } } } }",
         "up to 10100 nodes, and 10000 are allowed"),
]  # fmt: skip


async def test_what_is_too_large_is_not_run_and_no_fault(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for query, said in TOO_MUCH:
        answer = (await client.post(query)).json()
        assert "data" not in answer
        assert said in answer["errors"][0]["message"]
        assert answer["errors"][0]["extensions"] == {"code": "invalid-request"}
        assert "extensions" not in answer
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_the_cost_is_told_and_what_was_not_needed_given_back(client: Client) -> None:
    answer = await client.post("{ keys { id } faxes(first: 50) { nodes { id } } }")
    cost = answer.json()["extensions"]["cost"]
    assert (cost["asked"], cost["actual"]) == (1 + 1 + UNPAGED + 1 + 50, 1 + 1 + 1 + 1)
    assert cost["limit"] - cost["remaining"] == cost["actual"]
    assert answer.headers["ratelimit"].startswith(f'"default";r={cost["remaining"]};t=')


# With settings of its own ------------------------------------------------------------------------

ANY = "query Any { keys { id } }"
LISTED = "query Listed { faxes { nodes { id } } }"


@pytest.fixture
def narrow(settings: Settings, tmp_path: Path) -> Settings:
    """A small budget, a list of trusted documents, and no introspection."""
    folder = tmp_path / "documents" / "app"
    folder.mkdir(parents=True)
    (folder / "one.graphql").write_text(LISTED)
    return settings.model_copy(
        update={
            "quota_per_minute": 50,
            "graphql_documents": tmp_path / "documents",
            "graphql_introspection": False,
        }
    )


@pytest.fixture
async def narrowed(narrow: Settings) -> AsyncIterator[Client]:
    async with running(narrow) as services:
        transport = httpx.ASGITransport(app=surface(services, narrow))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as http:
            yield Client(http=http, gateway=services)


async def test_more_than_the_budget_is_429_and_does_nothing(narrowed: Client) -> None:
    query = "mutation ($n: String!) { createKey(name: $n, scopes: [ADMIN]) { key { id } } }"
    answers = [await narrowed.post(query, n=f"key {n}") for n in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 429]
    refused = answers[-1]
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "quota-exceeded"
    assert "data" not in refused.json()
    cost = refused.json()["extensions"]["cost"]
    assert (cost["asked"], cost["limit"], cost["remaining"]) == (11, 50, 6)
    assert refused.headers["retry-after"] == str(cost["resetsIn"])
    assert refused.headers["ratelimit-policy"] == '"default";q=50;w=60'
    assert len(await narrowed.gateway.keys.list(await _admin(narrowed))) == 1 + 4


async def test_a_refusal_for_the_budget_leaves_its_key_free(narrowed: Client) -> None:
    headers = {"Authorization": f"Bearer {ADMIN}", "Idempotency-Key": "one"}
    query = 'mutation { createKey(name: "n", scopes: [ADMIN]) { key { id } } }'
    (principal,) = [one.id for one in await narrowed.gateway.keys.list(await _admin(narrowed))]
    taken = narrowed.gateway.quotas.spend(principal, 45)
    assert taken is not None
    for spent, status in ((0, 429), (45, 200)):
        narrowed.gateway.quotas.give_back(principal, spent, taken=taken)
        answer = await narrowed.http.post("/graphql", json={"query": query}, headers=headers)
        assert answer.status_code == status
    assert "idempotency-replayed" not in answer.headers


async def _admin(client: Client) -> Any:
    return await Context(client.gateway, authorization=f"Bearer {ADMIN}").caller()


async def test_only_trusted_documents_are_run_for_who_may_not_run_any(narrowed: Client) -> None:
    plain = (
        await narrowed.ask('mutation { createKey(name: "a", scopes: [FAXES_READ]) { token } }')
    )["createKey"]["token"]
    free = (await narrowed.ask(
        'mutation { createKey(name: "b", scopes: [FAXES_READ, GRAPHQL_ANY]) { token } }'
    ))["createKey"]["token"]  # fmt: skip
    other = "{ faxes(first: 1) { nodes { id } } }"
    for untrusted in (other, "{ faxs }"):  # what is wrong with it would tell of the schema
        refused = await narrowed.post(untrusted, key=plain)
        assert refused.status_code == 403
        (error,) = refused.json()["errors"]
        assert error["extensions"]["code"] == "forbidden"
    assert (await narrowed.ask(other, key=free)) == {"faxes": {"nodes": []}}
    assert (await narrowed.ask(LISTED, key=plain)) == {"faxes": {"nodes": []}}


async def test_a_document_is_run_by_its_id_over_every_method(narrowed: Client) -> None:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    for name in (digest(LISTED), f"sha256:{digest(LISTED)}"):
        asked = {"documentId": name}
        for method in ("POST", "QUERY"):
            answer = await narrowed.http.request(method, "/graphql", json=asked, headers=headers)
            assert answer.json()["data"] == {"faxes": {"nodes": []}}
        answer = await narrowed.http.get("/graphql", params=asked, headers=headers)
        assert answer.json()["data"] == {"faxes": {"nodes": []}}
    for name in (digest(ANY), "nonsense"):
        answer = await narrowed.http.post("/graphql", json={"documentId": name}, headers=headers)
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["extensions"]["code"] == "not-found"


async def test_introspection_can_be_switched_off(narrowed: Client) -> None:
    answer = await narrowed.post("{ __schema { queryType { name } } }")
    assert {"introspection" in one["message"] for one in answer.json()["errors"]} == {True}
    query = "query ($s: [FaxStatus!]) { faxes(status: $s) { nodes { id } } }"
    for asked in ({"query": "{ faxs }"}, {"query": query, "variables": {"s": ["QUEUE"]}}):
        headers = {"Authorization": f"Bearer {ADMIN}"}
        answer = await narrowed.http.post("/graphql", json=asked, headers=headers)
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "invalid-request"
        assert "Did you mean" not in error["message"]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"00": "{ a }"}', json.dumps({"0" * 64: "{ a }"}), json.dumps({digest("x"): 5})]
)  # fmt: skip
def test_a_list_of_documents_that_is_none_is_refused_at_the_start(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(ValueError, match=r"list\.json"):
        trusted(tmp_path / "list.json")


def test_a_list_of_documents_may_be_one_file(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text(json.dumps({f"sha256:{digest(ANY)}": ANY}))
    documents = trusted(tmp_path / "list.json")
    assert documents.text(digest(ANY).upper()) == ANY
