"""A gateway with a fleet: one simulated appliance that lives, under the ids that the documents show.

What a generated request takes from the examples of the OpenAPI document is then there, and can be
read, changed and asked. Everything runs on this machine, the gateway behind the fence.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from ffgateway.app import parts
from ffgateway.domain.access import ApiKey, Scope
from ffgateway.domain.faxes import CoverPage, FaxDraft, FaxStatus, Recipient
from ffgateway.rest.wording import ID
from ffgateway.settings import Settings
from ffgateway.simulator.running import running
from tests.support.clock import NOON
from tests.support.nouns import NUMBER, a_device, a_fax, a_signing_key, a_submission, a_subscription
from tests.support.processes import GatewayProcess, gateway_process

LIVING = f"dev_{ID}"
"""The appliance that answers."""

SPARE = f"dev_{ID[:-1]}E"
"""One of the same address that may be changed and retired."""

SOMEBODY = "bhale"
"""A user of the simulated appliance, as it is seeded: not the one that the gateway has there."""

RARELY = timedelta(seconds=30)


@asynccontextmanager
async def living_gateway(folder: Path, *, model: str = "FF440") -> AsyncIterator[GatewayProcess]:
    """Run a gateway whose fleet is `LIVING` and `SPARE`, with a fax and a webhook to begin with."""
    folder.mkdir(exist_ok=True)
    async with running(model=model, seed=1, speed=20, control=False) as box:
        await _fill(folder, box.url, model)
        allowed = {
            "FFGATEWAY_EXTERNAL_DOCUMENTS": "true",
            # the document cannot know what an operator allows: here everything, behind the fence
            "FFGATEWAY_WEBHOOK_ALLOW": "0.0.0.0/0,::/0",
            "FFGATEWAY_QUOTA_PER_MINUTE": "1000000000",  # generated requests know no moderation
            "FFGATEWAY_WRONG_KEYS_PER_MINUTE": "0",
        }
        async with gateway_process(folder, command=("tests.support.fenced",), **allowed) as gateway:
            await _furnish(gateway)
            yield gateway


async def _furnish(gateway: GatewayProcess) -> None:
    """Send a fax, so that the appliance has one; the rest it was made with."""
    fax = {
        "recipients": [{"fax_number": NUMBER}],
        "documents": [{"name": "a.txt", "content_type": "text/plain", "content": "SGVsbG8K"}],
        "device_id": LIVING,
    }
    async with gateway.client() as client:
        answer = await client.post("/v1/faxes", json=fax)
        assert answer.status_code == 202, answer.text


async def _fill(folder: Path, url: str, model: str) -> None:
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite+aiosqlite:///{folder / 'gateway.db'}",
        spool_dir=folder / "spool",
        key_file=folder / "service.key",
    )
    draft = FaxDraft(
        recipients=(Recipient(fax_number=NUMBER),), documents=(), cover_page=CoverPage(enabled=True)
    )
    submission = a_submission(id=f"sub_{ID}", draft=draft)
    fax = a_fax(id=f"fax_{ID}", submission_id=submission.id, status=FaxStatus.CANCELLED)
    # told of nothing that happens here, or deliveries would be most of the work
    webhook = a_subscription(
        "one", "webhook.*", id=f"whk_{ID}", url="https://receiver.example/faxes"
    )
    key = ApiKey(
        id=f"key_{ID}",
        name="spare",
        prefix="ffgw_spare",
        digest="0" * 64,
        scopes=frozenset({Scope.FAXES_READ}),
        created_at=NOON,
    )
    async with parts(settings) as wired, wired.store.transaction() as tx:
        for name, one in (("living", LIVING), ("spare", SPARE)):
            # looked at rarely: what an appliance is asked here is asked by the requests
            device = a_device(
                name, id=one, url=url, model=model, poll_busy=RARELY, poll_idle=RARELY
            )
            await tx.devices.add(device, password="admin")
        await tx.submissions.add(submission)
        await tx.faxes.add(fax)
        await tx.subscriptions.add(webhook)
        await tx.receivers.add(a_signing_key(webhook.id, id=f"sgn_{ID}"))
        await tx.keys.add(key)
