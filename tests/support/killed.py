"""A gateway that delivers webhooks, killed again and again at chosen moments; then once left alone.

    python -m tests.support.killed CALL…      a CALL is FILE:FUNCTION:NUMBER

For each CALL a process of the gateway tells some events and delivers what there is, until it comes
to that call for the NUMBERth time, and is gone as after a power cut. It is the real gateway, which
knows nothing of this: Python's profiler says which function is called. The processes are forks of
one that has read the code, which is what takes time. The last one ends when nothing is left to send.
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from types import FrameType

from ffgateway.app import parts
from ffgateway.settings import Settings
from ffgateway.wiring.parts import Parts
from tests.support.nouns import an_event

BEFORE, MEANWHILE = 10, 5
"""Transactions that tell something: before anything can go wrong, and while it is delivered."""

FAXES = 5


def die_at(call: str) -> None:
    """Have this process killed when a function is called for the nth time."""
    file, name, number = call.split(":")
    left = int(number)

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        code = frame.f_code
        if event == "call" and code.co_qualname == name and code.co_filename.endswith(file):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)


async def tell(gateway: Parts, times: int) -> None:
    """Have something happen to each of a few faxes, several times."""
    for _ in range(times):
        async with gateway.store.transaction() as tx:
            tx.tell(*(an_event(f"fax_{fax}", at=datetime.now(UTC)) for fax in range(FAXES)))


async def left(gateway: Parts) -> int:
    """Deliveries that are still to be made."""
    async with gateway.store.reading() as tx:
        return (await tx.outbox.count_by_state()).get("pending", 0)


async def run(call: str | None) -> None:
    """Tell and deliver, to the end."""
    async with parts(Settings()) as gateway:
        if call:
            await tell(gateway, BEFORE)
            die_at(call)
        await gateway.start()
        if call:
            await tell(gateway, MEANWHILE)
        while await left(gateway):  # noqa: ASYNC110 - of another process in the middle of a test
            await asyncio.sleep(0.05)


def main(calls: list[str]) -> int:
    """Run one process after the other; return how many ended otherwise than they should."""
    wrong = 0
    for call in [*calls, None]:
        child = os.fork()
        if not child:
            asyncio.run(run(call))
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status != (-signal.SIGKILL if call else 0):
            sys.stderr.write(f"{call} ended with {status}\n")
            wrong += 1
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
