"""One query over a whole fleet: what hangs costs the patience asked for, and its own fields alone."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.fleet import Fleet, fleet_of

APPLIANCES = 12
HANGING = 3


@pytest.fixture
async def fleet(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    async with fleet_of(APPLIANCES, database=sqlite_database, folder=tmp_path) as made:
        yield made


OVER_ALL = "{ devices(first: 100) { nodes { id name status { linesIdle } } } }"


async def test_what_hangs_is_null_and_named_and_the_rest_is_answered(fleet: Fleet) -> None:
    hanging = fleet.hang(HANGING)
    answer = await fleet.ask(OVER_ALL, wait=1)
    found = {node["name"]: node for node in answer["data"]["devices"]["nodes"]}
    assert len(found) == APPLIANCES
    assert {name for name, node in found.items() if node["status"] is None} == hanging
    assert all(found[name]["status"]["linesIdle"] == 4 for name in found.keys() - hanging)
    told = {error["extensions"]["deviceId"]: error for error in answer["errors"]}
    assert told.keys() == {found[name]["id"] for name in hanging}
    for name in hanging:
        error = told[found[name]["id"]]
        assert error["extensions"]["code"] == "device-silent"
        assert name in error["message"]
        assert error["path"][-1] == "status"
    known = {one["deviceId"] for one in answer["extensions"]["ffws"]["evidence"]}
    assert known == {node["id"] for name, node in found.items() if name not in hanging}


async def test_the_patience_is_each_appliances_own_and_all_are_waited_for_at_once(
    fleet: Fleet,
) -> None:
    """Without patience at all nobody can answer: each is asked, and each is let go by itself."""
    answer = await fleet.ask(OVER_ALL, wait=0)
    assert len(answer["errors"]) == APPLIANCES
    assert all(node["status"] is None for node in answer["data"]["devices"]["nodes"])


def written() -> Iterator[tuple[str, str]]:
    """One thing, however it is asked for; and in how many ways at once."""
    yield "a field", OVER_ALL
    yield (
        "aliases",
        "{ devices { nodes { a: status { linesIdle } b: status { uptime } c: status { uptime } } } }",
    )
    yield (
        "fragments",
        "{ devices { nodes { ...A ...B } edges { node { ...A } } } }"
        " fragment A on Device { status { linesIdle } }"
        " fragment B on Device { ...A status { lines { number } } }",
    )
    yield (
        "lists beside each other",
        "{ one: devices(first: 12) { nodes { status { uptime } } }"
        " two: devices(first: 50) { edges { node { status { linesIdle } } } } }",
    )
    yield (
        "repeated fields",
        "{ devices { nodes { status { uptime } status { linesIdle } } }"
        " devices { nodes { status { currentTime } } } }",
    )


@pytest.mark.parametrize(("way", "query"), list(written()), ids=[way for way, _ in written()])
async def test_an_appliance_is_asked_once_for_one_thing_however_it_is_asked_for(
    fleet: Fleet, way: str, query: str
) -> None:
    before = fleet.asked()
    answer = await fleet.ask(query)
    assert "errors" not in answer, way
    asked = fleet.asked() - before
    assert dict(asked) == dict.fromkeys(fleet.boxes, 1)


async def test_the_next_query_asks_anew(fleet: Fleet) -> None:
    before = fleet.asked()
    for _ in range(2):
        await fleet.ask(OVER_ALL)
    assert dict(fleet.asked() - before) == dict.fromkeys(fleet.boxes, 2)
