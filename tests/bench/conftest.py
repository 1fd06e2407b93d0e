"""What is measured in this process runs on the event loop that `serve` has."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """One loop, uvloop's."""
    return {"uvloop": uvloop.new_event_loop}
