"""Killed at twenty moments between an event and its acknowledgement: nothing is lost, and order holds."""

import asyncio
import os
import sys
from collections import defaultdict
from pathlib import Path

from ffgateway.app import parts
from ffgateway.domain.access import GATEWAY
from ffgateway.settings import Settings
from tests.support.killed import BEFORE, FAXES
from tests.support.receiver import receiving

MOMENTS = [
    "store/transaction.py:Transaction.flush:4",  # nothing is written
    "store/sqlite.py:Connection.commit:12",  # written, and not committed
    "workers/loops.py:Dispatcher.wake:3",  # committed; nobody knows
    "services/delivering.py:Delivering.read:5",
    "services/delivering.py:Delivering._take_up:2",
    "store/events.py:EventStore.some:2",  # deliveries are read, their events are not
    "services/lanes.py:Lane.offer:40",
    "services/delivering.py:Delivering.take:30",
    "services/lanes.py:Lane.take:50",
    "workers/loops.py:Dispatcher._send:23",  # taken; nothing is sent
    "services/delivering.py:Delivering.send:31",
    "delivery/webhooks.py:WebhookSink._headers:37",
    "delivery/calls.py:Answer.start:26",  # the request is on the wire
    "delivery/calls.py:read:28",  # the head of the answer is there
    "domain/endpoints.py:Health.note:33",  # the answer is there
    "services/delivering.py:Delivering.acknowledge:20",
    "services/acknowledging.py:Acknowledging.record:11",
    "store/outbox.py:Outbox.record:8",
    "store/subscriptions.py:SubscriptionStore.note:9",  # recorded, but not the try
    "services/lanes.py:Lane.settle:41",  # committed, though not in memory
]


async def test_nothing_is_lost_or_comes_out_of_order_whenever_it_dies(
    database: str, tmp_path: Path
) -> None:
    # the moments are the same with PostgreSQL: a few are enough to see that it keeps its word, too
    moments = MOMENTS if database.startswith("sqlite") else MOMENTS[::4]
    environment = {
        "FFGATEWAY_DATABASE_URL": database,
        "FFGATEWAY_SPOOL_DIR": str(tmp_path / "spool"),
        "FFGATEWAY_KEY_FILE": str(tmp_path / "service.key"),
        "FFGATEWAY_WEBHOOK_ALLOW": "127.0.0.0/8",
    }
    settings = Settings(
        database_url=database,
        spool_dir=tmp_path / "spool",
        key_file=tmp_path / "service.key",
        webhook_allow="127.0.0.0/8",
    )
    async with receiving() as receiver:
        async with parts(settings) as made:
            await made.gateway.subscriptions.create(GATEWAY, url=receiver.url, events=("fax.*",))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.killed",
            *moments,
            cwd=Path(__file__).parents[2],
            env=os.environ | environment,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(150):
            _, complaint = await process.communicate()
        assert process.returncode == 0, complaint.decode()[-3000:]
        async with parts(settings) as made, made.store.reading() as tx:
            told = {event.id: event for event in await tx.events.after(0, limit=10_000)}
            assert set(await tx.outbox.count_by_state()) == {"delivered"}
    assert len(told) >= len(moments) * BEFORE * FAXES
    arrived = defaultdict(list)
    for call in receiver.received:
        event = told[call.headers["webhook-id"]]
        assert call.event["sequence"] == event.sequence
        arrived[event.subject].append(event.sequence)
    assert len(arrived) == FAXES
    for subject, sequences in arrived.items():
        assert sequences == sorted(sequences), subject  # one may come twice, none after a later one
        assert set(sequences) == set(range(1, max(sequences) + 1)), subject
    assert sum(map(len, arrived.values())) >= len(told)
