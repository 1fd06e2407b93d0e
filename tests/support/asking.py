"""Schemathesis against a running gateway: every check on, and the same requests every time."""

import asyncio
import os
import sys
from pathlib import Path

from tests.support.processes import KEY, GatewayProcess

ROOT = Path(__file__).parents[2]

EVERY_PHASE = "examples,coverage,fuzzing,stateful"


async def ask_everything(
    gateway: GatewayProcess, path: str, *, phases: str, examples: int, hooks: str, paths: str = ""
) -> None:
    """Let schemathesis ask what the document at `path` describes. Fails with what it found.

    `examples` is how many requests fuzzing makes of an operation, and how many chains the stateful
    phase; `FFGATEWAY_TEST_EXAMPLES` multiplies it. `hooks` is the module that knows what cannot be
    guessed. `paths` is a pattern for a part of the document.
    """
    times = int(os.environ.get("FFGATEWAY_TEST_EXAMPLES", "1"))
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
        str(examples * times),
        "--generation-deterministic",
        "--continue-on-failure",
        "--no-color",
        *(("--include-path-regex", paths) if paths else ()),
        cwd=gateway.folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": hooks},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asking.communicate()
    assert asking.returncode == 0, said.decode()[-12000:]
