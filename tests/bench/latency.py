"""State change on an appliance → signed webhook at the receiver, against the poll interval.

    .venv/bin/python -m tests.bench.latency [POLL_SECONDS]

The simulator's time stands still but for jumps made here, so the moment of each change is known to
the microsecond; everything else is as in service: real sockets, SQLite, signatures.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from ffgateway.app import running
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.devices import DeviceDraft
from ffgateway.domain.faxes import FaxDraft, Recipient
from ffgateway.services.documents import chunks_of_bytes
from ffgateway.settings import Settings
from ffgateway.simulator.running import running as simulating
from tests.support.documents import pdf
from tests.support.receiver import receiving

FAXES = 40


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
            GATEWAY, url=f"{receiver.url}/hook", events=("fax.device_queued", "fax.sending", "fax.delivered")
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
                FaxDraft(recipients=(Recipient(fax_number=f"61255520{number:02}"),), documents=(document,)),
            )
            async with asyncio.timeout(30):
                while (await gateway.faxes.get(GATEWAY, fax.id)).status.value != "preparing":
                    await asyncio.sleep(0.005)
            seen, last = 0, "preprocessing"
            while last != "sent":
                box.advance(0.25)
                entry = box.appliance.entries()[-1] if hasattr(box.appliance, "entries") else None
                state = box.state()["faxes"][-1]["entries"][0]["state"] if entry is None else entry.state
                if state == last:
                    continue
                changed, last = time.monotonic(), state
                if state == "sending" or state == "pending" or state == "sent":
                    seen += 1
                    calls = await receiver.received.until(
                        lambda found, fax=fax, seen=seen: sum(c.event["subject"] == fax.id for c in found) >= seen,
                        within=30,
                    )
                    del calls
                    waits.append(time.monotonic() - changed)
    return waits


def main() -> None:
    """Print the quantiles."""
    poll = float(sys.argv[1]) if len(sys.argv) > 1 else 0.25
    with tempfile.TemporaryDirectory() as folder:
        waits = asyncio.run(measure(poll, Path(folder)))
    cuts = statistics.quantiles(waits, n=100)
    print(
        f"poll {poll * 1000:.0f} ms, {len(waits)} changes: "
        f"p50 {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms, max {max(waits) * 1000:.0f} ms; "
        f"p95 - poll = {(cuts[94] - poll) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
