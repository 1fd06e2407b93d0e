"""A batch of 20,000 on each database: accepted, killed the moment after, and taken up again to the last recipient.

    make bench ARGS="-k batch_killed"

No appliance is there, so what is measured is the promise alone.
"""

import asyncio
import time
from pathlib import Path

import httpx
import orjson

from tests.bench.test_batch import LONGEST, RECIPIENTS, as_csv, as_json, taken
from tests.support.documents import pdf
from tests.support.processes import GatewayProcess, gateway_process


async def test_twenty_thousand_are_promised_soon_and_outlive_two_kills(
    tmp_path: Path, empty_database: str
) -> None:
    async with gateway_process(tmp_path, FFGATEWAY_DATABASE_URL=empty_database) as gateway:
        kind = {"Content-Type": "application/json"}
        body = orjson.dumps(as_json())
        files = {
            "recipients": ("recipients.csv", as_csv(), "text/csv"),
            "documents": ("recall.pdf", pdf(2), "application/pdf"),
        }
        async with gateway.client() as client:
            client.timeout = httpx.Timeout(120)
            csv_took, by_csv = await taken(client, files=files, data={"send_at": LATER})
            json_took, by_json = await taken(client, content=body, headers=kind)
        began = time.perf_counter()
        for _ in range(2):
            await gateway.kill()
            await gateway.start()
            await asyncio.sleep(1)  # into the middle of it
        for one in (by_csv, by_json):
            await _expanded(gateway, str(one["id"]))
        print(f"\n{empty_database.partition(':')[0]}: accepted, CSV {csv_took:.2f} s, JSON {json_took:.2f} s;"
              f" killed twice, {2 * RECIPIENTS:,} faxes after {time.perf_counter() - began:.1f} s")  # fmt: skip
        assert max(csv_took, json_took) < LONGEST


LATER = "2099-01-01T00:00:00Z"


async def _expanded(gateway: GatewayProcess, batch_id: str) -> None:
    """Wait until every recipient is a fax, each once: they all wait for their time."""
    async with gateway.client() as client:
        while True:
            batch = (await client.get(f"/v1/batches/{batch_id}")).json()
            if not batch["statuses"].get("accepted"):
                break
            await asyncio.sleep(0.5)
    assert batch["statuses"] == {"scheduled": RECIPIENTS}
