"""Deliveries for receivers that are no Python: genuine ones, and ones that somebody tampered with."""

import base64
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ffgateway.delivery.bodies import written
from ffgateway.delivery.samples import sample
from ffgateway.delivery.signing import new_pair, new_secret, sign
from ffgateway.domain.events import EventType
from ffgateway.domain.receivers import BodyFormat

NOW = 1_795_425_300
SECRET, OTHER = new_secret(bytes(range(32))), new_secret(bytes(24))
PRIVATE, PUBLIC = new_pair(bytes(range(32)))
BODIES = [written(sample(kind), form).content for kind in EventType for form in BodyFormat]
"""Of every type of event in every form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A delivery, the key that the receiver knows, and whether it is to be believed."""

    body: bytes
    key: str = SECRET
    secrets: Sequence[str] = (SECRET,)
    at: int = NOW
    tampered: bytes = b""
    genuine: bool = True

    @property
    def headers(self) -> dict[str, str]:
        signature = sign(self.secrets, message_id="evt_1", timestamp=self.at, body=self.body)
        return {
            "webhook-id": "evt_1",
            "webhook-timestamp": str(self.at),
            "webhook-signature": signature,
        }

    @property
    def line(self) -> str:
        parts = [
            self.key,
            *self.headers.values(),
            base64.b64encode(self.body + self.tampered).decode(),
        ]
        return "\t".join(parts)


SHARED = [
    *(Case(body=body) for body in BODIES),
    Case(body=BODIES[0], secrets=(OTHER, SECRET)),
    Case(body=BODIES[0], secrets=(PRIVATE, SECRET)),
    Case(body=BODIES[0], at=NOW - 299),
    Case(body=BODIES[0], at=NOW - 301, genuine=False),
    Case(body=BODIES[0], at=NOW + 301, genuine=False),
    Case(body=BODIES[0], tampered=b" ", genuine=False),
    Case(body=BODIES[0], secrets=(OTHER,), genuine=False),
    Case(body=BODIES[0], secrets=(PRIVATE,), genuine=False),
]
PUBLIC_ONLY = [
    Case(body=BODIES[0], key=PUBLIC, secrets=(SECRET, PRIVATE)),
    Case(body=BODIES[-1], key=PUBLIC, secrets=(PRIVATE,)),
    Case(body=BODIES[0], key=PUBLIC, secrets=(PRIVATE,), tampered=b" ", genuine=False),
    Case(body=BODIES[0], key=PUBLIC, genuine=False),
]


def judged(command: Sequence[str], cases: Sequence[Case], folder: Path) -> list[bool]:
    """Run a harness: a case a line in, `true` or `false` a line out."""
    given = "\n".join(case.line for case in cases) + "\n"
    done = subprocess.run(
        [*command],
        input=given,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [line == "true" for line in done.stdout.split()]


def expected(cases: Sequence[Case]) -> list[bool]:
    return [case.genuine for case in cases]


def need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not on this machine")
    return found
