"""npm's library of Standard Webhooks over every body of ours. `make interop` fetches it and runs this."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.deliveries import BODIES, NOW, SHARED, Case, expected, judged, need

HERE = Path(__file__).parent


def test_the_library_for_node_verifies_every_body() -> None:
    node = need("node")
    if not (HERE / "node_modules").is_dir():
        pytest.skip("the library was not fetched: make interop")
    later = int(time.time()) - NOW  # it reads the machine's clock, and takes a while to start
    stale = [Case(body=BODIES[0], at=NOW + away, genuine=False) for away in (-600, 600)]
    fresh = [case for case in SHARED if case.at == NOW]
    cases = [replace(case, at=case.at + later) for case in [*fresh, *stale]]
    assert judged([node, "verify.mjs"], cases, HERE) == expected(cases)
