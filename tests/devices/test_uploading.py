"""A long body on its way to an appliance: under TLS, cut short by us, by silence, by damage."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.devices.client import Appliance
from ffgateway.domain.devices import Trust
from ffgateway.domain.document_errors import DocumentDamaged
from ffgateway.domain.errors import DeviceSilent, DeviceUntrusted
from ffgateway.store.spool import Spool
from tests.devices.speaking import EMPTY, draft, opened
from tests.devices.test_early_answers import ENTRY, LARGE, answer, outcome, peer
from tests.devices.test_trust import Certificate, certificate
from tests.support.nouns import a_device
from tests.support.receiver import Answer, hang, receiving


@pytest.fixture
def own(tmp_path: Path) -> Certificate:
    return certificate(tmp_path, "own")


@pytest.mark.parametrize("how", ["ca", "fingerprint"])
async def test_under_tls_all_of_it_arrives(spool: Spool, own: Certificate, how: str) -> None:
    trust = Trust(ca_pem=own.pem) if how == "ca" else Trust(fingerprint=own.fingerprint.upper())
    async with receiving(tls=own.server) as receiver, opened(receiver.url, trust=trust) as box:
        receiver.answer(Answer(status=201, body=ENTRY))
        one = await draft(spool, content=LARGE)
        (placed,) = await box.schedule(one, one.recipients, spool.read)
        (call,) = receiver.received
    assert placed.fax_key == "00000007"
    assert len(call.body) == int(call.headers["content-length"]) > len(LARGE)


async def test_nothing_goes_to_who_shows_another_certificate(
    spool: Spool, own: Certificate
) -> None:
    async with (
        receiving(tls=own.server) as receiver,
        opened(receiver.url, trust=Trust(fingerprint="00" * 32)) as box,
    ):
        one = await draft(spool)
        with pytest.raises(DeviceUntrusted):
            await box.schedule(one, one.recipients, spool.read)
        assert len(receiver.received) == 0


async def test_who_gives_up_has_it_stopped(spool: Spool) -> None:
    reached = asyncio.Event()

    async def deaf(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        reached.set()  # it reads no more, so the sockets are soon full

    async with peer(deaf) as url, opened(url) as box:
        one = await draft(spool, content=LARGE)
        sending = asyncio.create_task(box.schedule(one, one.recipients, spool.read))
        await reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        for thread in threading.enumerate():
            if thread.name.startswith("upload"):
                await asyncio.to_thread(thread.join, 5)
                assert not thread.is_alive()


async def test_damage_on_the_way_leaves_it_in_doubt(spool: Spool) -> None:
    def read(*_: object) -> Iterator[bytes]:
        yield b"AAAA"
        raise DocumentDamaged("A document in the spool is not what was put there.")

    async with receiving() as receiver, opened(receiver.url) as box:
        receiver.answer(Answer(status=201, body=ENTRY))
        one = await draft(spool)
        with pytest.raises(DeviceSilent, match="DocumentDamaged"):
            await box.schedule(one, one.recipients, read)


async def test_content_of_another_length_than_was_promised_is_in_doubt(spool: Spool) -> None:
    async with receiving() as receiver, opened(receiver.url) as box:
        receiver.answer(Answer(status=201, body=ENTRY))
        one = await draft(spool)
        with pytest.raises(DeviceSilent, match="ProtocolError"):
            await box.schedule(one, one.recipients, lambda *_: iter([b"AAAA" * 100]))


async def test_silence_after_all_was_sent_is_given_up(spool: Spool) -> None:
    async with receiving() as receiver:
        receiver.answer(hang())
        box = Appliance(a_device(url=receiver.url), "admin", silence=timedelta(seconds=0.1))
        one = await draft(spool)
        with pytest.raises(DeviceSilent, match="TimeoutError"):
            await box.schedule(one, one.recipients, spool.read)
        await box.close()


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        (b"HTTP/1.1 201 Created\r\n\r\n" + ENTRY, ("00000007",)),
        (answer(b"201 Created", EMPTY + b"x" * (17 << 20)), "too long"),
    ],
    ids=["until it hangs up", "too long"],
)
async def test_an_answer_has_an_end(spool: Spool, said: bytes, keys: object) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not (await reader.read(1 << 20)).rstrip().endswith(b"</schedule_fax>"):
            pass
        writer.write(said)
        writer.write_eof()

    async with peer(talk) as url:
        told = await outcome(url, spool)
    assert told == keys or (isinstance(told, DeviceSilent) and str(keys) in told.detail)
