"""The folder `k8s/` as a user has it after `make rehearsal-keys`, away from the checkout."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def k8s(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout") / "k8s"
    shutil.copytree(ROOT / "k8s", folder, ignore=shutil.ignore_patterns("keys.env"))
    keys = folder / "overlays" / "rehearsal" / "keys.env"
    subprocess.run(  # not as a child of the make that may be running us
        ["make", "--no-print-directory", "rehearsal-keys", f"KEYS={keys}"],  # noqa: S607
        cwd=ROOT,
        check=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("MAKE")},
    )
    return folder
