"""An appliance spoken to over a socket, and a fax to hand to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ffgateway.devices.client import Appliance
from ffgateway.domain.errors import (
    DeviceError,
)
from ffgateway.domain.faxes import Document, FaxDraft, Recipient
from ffgateway.store.spool import Spool
from tests.support.nouns import a_device

EMPTY = b"<response><message>Success</message></response>"


@asynccontextmanager
async def opened(url: str, *, password: str = "admin", **more: Any) -> AsyncIterator[Appliance]:
    appliance = Appliance(a_device(url=url, **more), password)
    try:
        yield appliance
    finally:
        await appliance.close()


async def draft(
    spool: Spool,
    *numbers: str,
    content: bytes = b"Hello\n",
    content_type: str = "text/plain",
) -> FaxDraft:
    async def once() -> AsyncIterator[bytes]:
        yield content

    stored = await spool.store(once(), limit=len(content), field="document")
    document = Document(name="a", content_type=content_type, size=stored.size, sha256=stored.sha256)
    recipients = tuple(Recipient(fax_number=number) for number in numbers or ("555-0160",))
    return FaxDraft(recipients=recipients, documents=(document,))


async def fails(appliance: Appliance, spool: Spool) -> DeviceError:
    one = await draft(spool)
    with pytest.raises(DeviceError) as raised:
        await appliance.schedule(one, one.recipients, spool.read)
    return raised.value
