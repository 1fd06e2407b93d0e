"""The running gateway answers as its OpenAPI document says: schemathesis asks, with every check on.

Single requests only. Chains of requests (its stateful phase) find their way by ids that differ from
run to run, so they are no test that fails or passes for a reason.
"""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.support.processes import KEY, gateway_process

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(400)
async def test_no_answer_departs_from_the_document(tmp_path: Path) -> None:
    async with gateway_process(
        tmp_path, command=("tests.support.fenced",), FFGATEWAY_EXTERNAL_DOCUMENTS="true"
    ) as gateway:
        asking = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            str(ROOT / "tests/contract/schemathesis.toml"),
            "run",
            f"{gateway.url}/openapi.json",
            "--header",
            f"Authorization: Bearer {KEY}",
            "--max-examples",
            os.environ.get("FFGATEWAY_TEST_EXAMPLES", "5"),
            "--phases",
            "examples,coverage,fuzzing",
            "--generation-deterministic",
            "--continue-on-failure",
            "--no-color",
            cwd=tmp_path,
            env=os.environ
            | {"PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.support.generators"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asking.communicate()
    assert asking.returncode == 0, said.decode()[-12000:]
