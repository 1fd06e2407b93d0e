"""Where the documents of these tests lie."""

from pathlib import Path

import pytest

from ffgateway.store.spool import Spool
from ffgateway.store.vault import Vault


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", Vault(bytes(32)))
