"""The running gateway answers as its OpenAPI document says: schemathesis asks, with every check on.

Every operation, every phase; each part on a gateway of its own, so that two workers share them.
Coverage knows no number of examples: it makes what the document calls for.
"""

from pathlib import Path

import pytest

from tests.support.asking import ask_everything
from tests.support.living import living_gateway


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("phases", "examples"), [("examples,coverage", 1), ("fuzzing", 4), ("stateful", 30)]
)
async def test_no_answer_departs_from_the_document(
    tmp_path: Path, phases: str, examples: int
) -> None:
    async with living_gateway(tmp_path) as gateway:
        await ask_everything(
            gateway,
            "/openapi.json",
            phases=phases,
            examples=examples,
            hooks="tests.support.generators",
        )
