"""Names → addresses by the system's resolver, on threads of its own."""

import asyncio
import socket
import threading

import pytest

from ffgateway.delivery.names import THREADS, Names


async def test_a_name_leads_to_addresses_with_their_family() -> None:
    names = Names()
    found = await names.resolve("localhost", 80, family=socket.AF_INET)
    await names.close()
    assert [(one["host"], one["port"], one["family"]) for one in found] == [
        ("127.0.0.1", 80, socket.AF_INET)
    ]


async def test_what_leads_to_no_address_is_an_error_of_the_system() -> None:
    names = Names()
    with pytest.raises(OSError, match=r"hostname|family"):
        await names.resolve("127.0.0.1", 80, family=socket.AF_INET6)
    await names.close()


async def test_look_ups_keep_to_their_own_threads() -> None:
    names = Names()
    await asyncio.gather(*(names.resolve("localhost", port) for port in range(1, 65)))
    own = [thread.name for thread in threading.enumerate() if "webhook-names" in thread.name]
    await names.close()
    assert 1 <= len(own) <= THREADS
