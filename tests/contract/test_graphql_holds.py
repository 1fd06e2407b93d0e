"""The running gateway answers GraphQL as its schema says: schemathesis asks, with every check on.

It reads the schema from the gateway itself and asks every query and every mutation, with ids from
earlier answers in their arguments. Every phase is on. Examples and coverage know nothing of GraphQL,
and chains find a thing only where a mutation answers with nothing else: ours add `userErrors`.
"""

from pathlib import Path

import pytest

from tests.support.asking import EVERY_PHASE, ask_everything
from tests.support.living import living_gateway


@pytest.mark.timeout(400)
async def test_no_answer_departs_from_the_schema(tmp_path: Path) -> None:
    async with living_gateway(tmp_path) as gateway:
        await ask_everything(
            gateway, "/graphql", phases=EVERY_PHASE, examples=10, hooks="tests.support.questions"
        )
