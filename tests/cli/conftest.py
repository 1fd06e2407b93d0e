"""A gateway with a simulated appliance, each a process of its own, and the commands run against them."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ffgateway.cli.children import Children, free_port
from ffgateway.cli.main import main

KEY = "ffgw_commands_under_test_0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Where everything is."""

    gateway: str
    appliance: str
    settings: dict[str, str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("commands")
    ports = [str(free_port()), str(free_port())]
    gateway, appliance = (f"http://127.0.0.1:{port}" for port in ports)
    settings = {
        "FFGATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'ffgateway.db'}",
        "FFGATEWAY_SPOOL_DIR": str(folder / "spool"),
        "FFGATEWAY_KEY_FILE": str(folder / "ffgateway.key"),
        "FFGATEWAY_BOOTSTRAP_KEY": KEY,
    }
    children = Children(folder)

    async def start() -> None:
        simulate = ("simulate", "--port", ports[1], "--speed", "20", "--zone", "UTC")
        await children.start("box", *simulate, ready=f"{appliance}/_control/state")
        serve = ("serve", "--port", ports[0])
        await children.start("gateway", *serve, ready=f"{gateway}/readyz", settings=settings)

    with asyncio.Runner() as runner:
        try:
            runner.run(start())
            yield World(gateway=gateway, appliance=appliance, settings=settings)
        finally:
            runner.run(children.end())


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; return its exit code, its answer, and what it said beside that."""
    for name, text in world.settings.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("FFGATEWAY_URL", world.gateway)
    monkeypatch.setenv("FFGATEWAY_KEY", KEY)

    def ran(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        code = end.value.code
        assert code is None or isinstance(code, int)
        return (code or 0, *capsys.readouterr())

    return ran


@pytest.fixture
def device(run: Run, world: World) -> str:
    """The id of the one appliance, registered when it is not yet."""
    known = answer(run("devices", "list", "--json"))
    if known:
        return str(known[0]["id"])
    options = ("--password", "admin", "--model", "FF440", "--poll-busy", "0.1")
    added = answer(run("devices", "add", "box", world.appliance, *options, "--json"))
    return str(answer(run("devices", "check", added["id"], "--json"))["id"])


def answer(ran: tuple[int, str, str]) -> Any:
    code, out, err = ran
    assert code == 0, err
    return json.loads(out)
