"""Where the documents of these tests lie."""

from pathlib import Path

import pytest

from ffgateway.store.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")
