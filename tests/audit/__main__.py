"""What others' tools say of the contracts: `make audit`. Needs Node.js and the packages of this folder.

GraphQL over HTTP against a gateway that is started for it; the OpenAPI document under Spectral and
Redocly. Every tool runs, and one that is not content makes it fail.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.support.processes import KEY, gateway_process

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "openapi/openapi.yaml"

LINTERS = {
    "Spectral": ("spectral", "lint", "--fail-severity", "hint", "--ruleset", "spectral.yaml"),
    "Redocly": ("redocly", "lint", "--config", "redocly.yaml", "--format", "stylish"),
}


async def run(name: str, *command: str, **more: str) -> bool:
    """Run a tool in this folder and show what it says; say whether it is content."""
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    tool = await asyncio.create_subprocess_exec(*command, cwd=HERE, env=os.environ | quiet | more)
    content = await tool.wait() == 0
    print(f"{name}: {'content' if content else 'NOT CONTENT'}", flush=True)
    return content


async def main() -> int:
    """Run them all."""
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        async with gateway_process(Path(folder)) as gateway:
            where = {"AUDIT_URL": f"{gateway.url}/graphql", "AUDIT_KEY": KEY}
            verdicts.append(await run("GraphQL over HTTP", "node", "graphql.mjs", **where))
    for name, (tool, *arguments) in LINTERS.items():
        command = str(HERE / "node_modules/.bin" / tool)
        verdicts.append(await run(name, command, *arguments, str(DOCUMENT)))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
