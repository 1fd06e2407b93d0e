"""What is held of a document, and the proof that it went."""

from datetime import timedelta

import pytest

from ffgateway.audit_verify import verify_proof
from ffgateway.domain.errors import NotFound
from ffgateway.domain.faxes import FaxStatus
from ffgateway.rest.audit import proof_out
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, RETENTION, TEXT, House
from tests.support.sealing import READER


async def test_a_document_is_held_until_its_purge_which_is_proved(
    house: House, box: Simulator
) -> None:
    await house.sealing.begin()
    device = await house.register(box)
    (fax,) = await house.send("555-0110")
    sha256 = fax.documents[0].sha256
    await house.submit()
    for _ in range(5):
        box.advance(10)
        await house.look(device)
    assert (await house.fax(fax)).status is FaxStatus.DELIVERED
    held = await house.holdings.get(ANN, sha256)
    assert (held.present, held.kept.purged_at, held.purge) == (True, None, None)
    assert (held.kept.size, held.place) == (len(TEXT), "spool")
    (copy,) = held.copies
    assert (copy.fax_id, copy.device_id, copy.listed) == (fax.id, device.id, None)

    house.clock.advance((RETENTION + timedelta(days=1)).total_seconds())
    assert await house.keeping.purge() == 1
    await house.sealing.seal()
    gone = await house.holdings.get(ANN, sha256, look=True)
    assert (gone.present, gone.kept.purged_at) == (False, house.clock.now())
    assert gone.copies[0].listed is True, "the appliance shows its entry still"
    assert gone.purge is not None
    assert gone.purge.detail == {
        "removed_from": "spool",
        "rule": "retention",
        "hours": RETENTION.days * 24,
        "size": len(TEXT),
        "stored_at": gone.kept.stored_at.isoformat(),
    }
    proof = proof_out(await house.proving.proof(READER, gone.purge.number)).model_dump()
    keys = [key.verifier for key in await house.proving.keys(READER)]
    assert verify_proof(proof, keys) == []

    (again,) = await house.send("555-0110")  # the same bytes come anew
    back = await house.holdings.get(ANN, again.documents[0].sha256)
    assert (back.present, back.kept.purged_at, back.purge) == (True, None, None)
    with pytest.raises(NotFound):
        await house.holdings.get(ANN, "0" * 64)


async def test_an_appliance_that_is_gone_lets_nothing_be_seen(home: House, box: Simulator) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-0110")
    await home.submit()
    for _ in range(5):
        box.advance(10)
        await home.look(device)
    await home.devices.retire(ANN, device.id)
    held = await home.holdings.get(ANN, fax.documents[0].sha256, look=True)
    assert [(one.listed, one.trouble) for one in held.copies] == [
        (None, "the appliance was retired")
    ]
