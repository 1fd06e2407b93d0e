"""Minutes of schemathesis against a running gateway, with a seed at random: `make schemathesis`.

REST first, then GraphQL, each of a fresh gateway with a fleet, behind the fence: all phases, every check.
`python -m tests.audit.contracts MINUTES` gives each of the two so many; `SEED=…` repeats a run. What the
gateway itself logged as a fault fails a run as well, whatever it answered.
"""

import asyncio
import os
import secrets
import sys
import tempfile
from pathlib import Path

from tests.support.asking import EVERY_PHASE, Manner, asked
from tests.support.living import living_gateway

CONTRACTS = {
    "REST": ("/openapi.json", "tests.support.generators"),
    "GraphQL": ("/graphql", "tests.support.questions"),
}
FAULT = "Traceback (most recent call last)"
EXAMPLES = 20
"""Of an operation, or chains, in each round; rounds go on until the time is spent."""


async def hold(name: str, manner: Manner, folder: Path) -> bool:
    """Ask one of the two for as long as the manner says; tell what came of it."""
    path, hooks = CONTRACTS[name]
    async with living_gateway(folder) as gateway:
        code, said = await asked(
            gateway, path, phases=EVERY_PHASE, examples=EXAMPLES, hooks=hooks, manner=manner
        )
        log = (folder / "gateway.log").read_text()
    faults = log.count(FAULT)
    print(said if code else said[said.rfind("SUMMARY") :], flush=True)
    if faults:
        print(log[max(log.find(FAULT) - 500, 0) :][:8000])
    clean = code == 0 and not faults
    print(f"{name}, seed {manner.seed}: {'clean' if clean else 'NOT CLEAN'}, faults: {faults}")
    return clean


async def main() -> int:
    """Hold both, or those named behind the minutes."""
    minutes, *names = [*sys.argv[1:], *([] if sys.argv[2:] else CONTRACTS)]
    seed = int(os.environ.get("SEED") or secrets.randbelow(2**31))
    verdicts = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            manner = Manner(seed=seed, seconds=round(float(minutes) * 60))
            verdicts.append(await hold(name, manner, Path(folder)))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
