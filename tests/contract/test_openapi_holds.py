"""The running gateway answers as its OpenAPI document says: schemathesis asks, with every check on.

Every operation, every phase. Each part is asked of a gateway of its own, so that two workers share
them and none is kept busy by what another part left there. Coverage knows no number of examples: it
makes what the document calls for.
"""

from pathlib import Path

import pytest

from tests.support.asking import ask_everything
from tests.support.living import living_gateway

APPLIANCES, FAXES = "^/v1/devices/", "^/v1/faxes"
OTHERS = "^/(?!v1/devices/|v1/faxes)"


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("phases", "examples", "paths"),
    [
        ("examples,coverage", 1, APPLIANCES),
        ("examples,coverage", 1, FAXES),
        ("examples,coverage", 1, OTHERS),
        ("fuzzing", 3, ""),
        ("stateful", 40, ""),
    ],
    ids=["appliances", "faxes", "others", "fuzzing", "stateful"],
)
async def test_no_answer_departs_from_the_document(
    tmp_path: Path, phases: str, examples: int, paths: str
) -> None:
    async with living_gateway(tmp_path) as gateway:
        await ask_everything(
            gateway,
            "/openapi.json",
            phases=phases,
            examples=examples,
            hooks="tests.support.generators",
            paths=paths,
        )
