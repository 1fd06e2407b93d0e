"""State change on an appliance → signed webhook at the receiver, against the poll interval.

    make bench

The simulator's time stands still but for jumps made here, so the moment of each change is known to
the microsecond; everything else is as in service: real sockets, SQLite, signatures.
"""

import asyncio
import statistics
import time
from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.app import running
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.devices import DeviceDraft
from ffgateway.domain.faxes import FaxDraft, Recipient
from ffgateway.services.documents import chunks_of_bytes
from ffgateway.settings import Settings
from ffgateway.simulator.running import running as simulating
from tests.support.documents import pdf
from tests.support.receiver import receiving

FAXES = 25


async def measure(poll: float, folder: Path) -> list[float]:
    """Return the seconds from each change to the arrival of its webhook."""
    settings = Settings(
        database_url=f"sqlite+aiosqlite:///{folder / 'bench.db'}",
        spool_dir=folder / "spool",
        key_file=folder / "key",
        webhook_allow="127.0.0.0/8",
    )
    waits = []
    async with (
        simulating(model="FF840", speed=0) as box,
        receiving() as receiver,
        running(settings) as gateway,
    ):
        await gateway.devices.register(
            GATEWAY,
            DeviceDraft(
                name="bench",
                url=box.url,
                username="admin",
                password="admin",
                model="FF840",
                poll_busy=timedelta(seconds=poll),
            ),
        )
        await gateway.subscriptions.create(
            GATEWAY,
            url=f"{receiver.url}/hook",
            events=("fax.device_queued", "fax.sending", "fax.delivered"),
        )
        document = await gateway.documents.keep(
            GATEWAY,
            name="a.pdf",
            content_type="application/pdf",
            chunks=chunks_of_bytes(pdf(1)),
            field="documents[0]",
        )
        for number in range(FAXES):
            (fax,) = await gateway.faxes.send(
                GATEWAY,
                FaxDraft(
                    recipients=(Recipient(fax_number=f"61255520{number:02}"),),
                    documents=(document,),
                ),
            )
            async with asyncio.timeout(30):
                while (await gateway.faxes.get(GATEWAY, fax.id)).status.value != "preparing":  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
            seen, last = 0, "preprocessing"
            while last != "sent":
                box.advance(0.25)
                state = box.state()["faxes"][-1]["state"]
                if state == last:
                    continue
                changed, last, seen = time.monotonic(), state, seen + 1
                await receiver.received.until(
                    lambda calls, fax=fax, seen=seen: (
                        sum(call.event["subject"] == fax.id for call in calls) >= seen
                    ),
                    within=30,
                )
                waits.append(time.monotonic() - changed)
    return waits


@pytest.mark.parametrize("poll", [0.1, 0.25, 1.0])
async def test_from_change_to_webhook(poll: float, tmp_path: Path) -> None:
    waits = await measure(poll, tmp_path)
    cuts = statistics.quantiles(waits, n=100)
    print(
        f"\npoll {poll * 1000:.0f} ms, {len(waits)} changes: p50 {cuts[49] * 1000:.0f} ms, "
        f"p95 {cuts[94] * 1000:.0f} ms, max {max(waits) * 1000:.0f} ms; "
        f"p95 is the interval and {(cuts[94] - poll) * 1000:.0f} ms"
    )
    assert cuts[94] <= poll + 0.25
