"""Schemathesis against a running gateway: every check on, and the same requests every time, or others."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import KEY, GatewayProcess

ROOT = Path(__file__).parents[2]

EVERY_PHASE = "examples,coverage,fuzzing,stateful"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """Requests that chance made, but the same for one seed, in rounds until the time is spent."""

    seed: int
    seconds: int

    def arguments(self) -> tuple[str, ...]:
        """How schemathesis is told."""
        return ("--seed", str(self.seed), "--max-time", str(self.seconds))


async def ask_everything(
    gateway: GatewayProcess, path: str, *, phases: str, examples: int, hooks: str, paths: str = ""
) -> None:
    """Let schemathesis ask what the document at `path` describes. Fails with what it found.

    `examples` is how many requests fuzzing makes of an operation, and how many chains the stateful
    phase; `FFGATEWAY_TEST_EXAMPLES` multiplies it. `hooks` is the module that knows what cannot be
    guessed. `paths` is a pattern for a part of the document.
    """
    times = int(os.environ.get("FFGATEWAY_TEST_EXAMPLES", "1"))
    code, said = await asked(
        gateway, path, phases=phases, examples=examples * times, hooks=hooks, paths=paths
    )
    assert code == 0, said[-12000:]


async def asked(
    gateway: GatewayProcess,
    path: str,
    *,
    phases: str,
    examples: int,
    hooks: str,
    paths: str = "",
    manner: Manner | None = None,
) -> tuple[int, str]:
    """The same: its exit code and what it said. Without a manner the requests are always the same."""
    chance = ("--generation-deterministic",) if manner is None else manner.arguments()
    asking = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(ROOT / "tests/contract/schemathesis.toml"),
        "run",
        f"{gateway.url}{path}",
        "--header",
        f"Authorization: Bearer {KEY}",
        "--phases",
        phases,
        "--max-examples",
        str(examples),
        *chance,
        "--continue-on-failure",
        "--no-color",
        *(("--include-path-regex", paths) if paths else ()),
        cwd=gateway.folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": hooks},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asking.communicate()
    return asking.returncode or 0, said.decode()
