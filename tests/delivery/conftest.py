"""A receiver and a sink that may call it."""

from collections.abc import AsyncIterator

import pytest

from ffgateway.delivery.webhooks import WebhookSink
from tests.support.receiver import Receiver, receiving
from tests.support.sending import delivering


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


@pytest.fixture
async def sink() -> AsyncIterator[WebhookSink]:
    async with delivering() as running:
        yield running
