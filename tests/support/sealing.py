"""Holding a sealed log against its checkpoints, and a process that dies while it seals.

python -m tests.support.sealing DATABASE_URL   # writes 30 rows, seals them, writes 20, dies sealing
"""

import asyncio
import os
import signal
import sys
from typing import Any

from ffgateway.audit_verify import Checkpoint, Key, opened, verify
from ffgateway.clock import Clock
from ffgateway.domain.access import GATEWAY, Caller, Principal, Scope
from ffgateway.services.audited import Gate, line
from ffgateway.services.proving import Proving
from ffgateway.services.sealing import Sealing
from ffgateway.store.engines import engines
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault

SERVICE_KEY = bytes(range(32))
READER = Caller(principal=Principal(id="key_eve", name="Eve", scopes=frozenset({Scope.AUDIT_READ})))


async def write(store: Store, count: int, **detail: Any) -> None:
    """So many rows of the log."""
    async with store.transaction() as tx:
        tx.note(
            *(
                line(GATEWAY, "fax.submit", "fax_x", at=Clock().now(), **detail)
                for _ in range(count)
            )
        )


async def held_against(store: Store, clock: Clock) -> tuple[int, list[str]]:
    """The whole log as others get it, held against every checkpoint: rows, and findings."""
    proving = Proving(store, Gate(store, clock), clock)
    keys = [key.verifier for key in await proving.keys(READER)]
    heads = await proving.checkpoints(READER, cursor=None, limit=1000)
    signed = [_opened(head.note, keys) for head in reversed(heads.items)]
    lines = [line async for piece in await proving.log(READER) for line in piece.splitlines(True)]
    return verify([one.encode() for one in lines], signed)


def _opened(text: str, keys: list[Key]) -> Checkpoint:
    checkpoint = opened(text, keys)
    assert checkpoint is not None, "a checkpoint is signed by none of our keys"
    return checkpoint


async def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _half(url: str) -> None:
    async with engines(url) as opened_:
        clock = Clock()
        store = Store(opened_, Vault(SERVICE_KEY), clock)
        sealing = Sealing(store, clock, holder="dying", origin="o", outlets=())
        await sealing.begin()
        await write(store, 30)
        assert await sealing.seal() == 30
        await write(store, 20)
        sealing._signed = _die  # type: ignore[method-assign, assignment]  # leaves in, head not
        await sealing.seal()


if __name__ == "__main__":
    asyncio.run(_half(sys.argv[1]))
