"""What an operator decides of a fax in doubt, and how its story is told."""

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import Conflict, Forbidden, InvalidRequest
from ffgateway.domain.faxes import Fax, FaxStatus
from ffgateway.domain.submissions import Stage
from ffgateway.services.deciding import Decision, Outcome
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, NUMBER, SETTLE, House
from tests.support.strangers import put_in

SENDER = Caller(principal=Principal(id="key_bob", name="Bob", scopes=frozenset({Scope.FAXES_SEND})))


async def in_doubt(house: House, box: Simulator, *numbers: str) -> tuple[Device, tuple[Fax, ...]]:
    """A request whose answer was lost, and two faxes there that could be it."""
    device = await house.register(box)
    await house.look(device)
    faxes = await house.send(*numbers or (NUMBER,))
    box.put(Fault(kind=Kind.CUT_AFTER, method="POST"))
    await house.submit()
    put_in(box, *numbers or (NUMBER,), username="admin", agent="FFWS")
    for _ in range(3):
        house.clock.advance(SETTLE)
        await house.look(device)
    assert (await house.fax(faxes[0])).status is FaxStatus.UNCERTAIN
    return device, faxes


def said(outcome: Outcome, fax_key: str = "") -> Decision:
    return Decision(outcome=outcome, reason="asked the recipient", fax_key=fax_key)


async def test_two_that_could_be_it_are_shown_and_one_is_chosen(
    house: House, box: Simulator
) -> None:
    device, (fax,) = await in_doubt(house, box)
    contenders = await house.deciding.contenders(ANN, fax.id)
    assert len(contenders) == 2
    chosen = contenders[0].fax_key
    after = await house.deciding.decide(ANN, fax.id, said(Outcome.SENT, chosen))
    assert after.fax_key == chosen
    assert (await house.submission(fax)).stage is Stage.PLACED
    for _ in range(8):
        box.advance(10)
        await house.look(device)
    assert (await house.fax(fax)).status is FaxStatus.DELIVERED
    assert (await house.story(fax)).count("fax.reconciled") == 1
    assert "fax.decide" in await house.acts(fax.id)


async def test_one_decision_settles_all_recipients_of_the_request(
    home: House, box: Simulator
) -> None:
    _, faxes = await in_doubt(home, box, "555-0111", "555-0112")
    await home.deciding.decide(ANN, faxes[1].id, said(Outcome.NOT_SENT))
    assert [(await home.fax(fax)).status for fax in faxes] == [FaxStatus.QUEUED] * 2
    assert (await home.submission(faxes[0])).contenders == ()
    assert await home.submit() == 1


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.DELIVERED, FaxStatus.DELIVERED), (Outcome.FAILED, FaxStatus.FAILED)],
)
async def test_an_end_that_only_a_person_knows_is_an_end(
    home: House, box: Simulator, outcome: Outcome, status: FaxStatus
) -> None:
    _, (fax,) = await in_doubt(home, box)
    assert (await home.deciding.decide(ANN, fax.id, said(outcome))).status is status
    assert await home.submit() == 0
    with pytest.raises(Conflict):
        await home.deciding.decide(ANN, fax.id, said(Outcome.NOT_SENT))


@pytest.mark.parametrize("fax_key", ["", "000000FF"])
async def test_a_key_that_the_appliance_does_not_know_decides_nothing(
    home: House, box: Simulator, fax_key: str
) -> None:
    _, (fax,) = await in_doubt(home, box)
    with pytest.raises(InvalidRequest) as refused:
        await home.deciding.decide(ANN, fax.id, said(Outcome.SENT, fax_key))
    assert refused.value.field == "fax_key"
    assert (await home.fax(fax)).status is FaxStatus.UNCERTAIN


async def test_a_fax_that_is_not_in_doubt_is_not_decided(home: House, box: Simulator) -> None:
    await home.register(box)
    (fax,) = await home.send()
    with pytest.raises(Conflict):
        await home.deciding.decide(ANN, fax.id, said(Outcome.DELIVERED))


async def test_only_who_rules_devices_decides(home: House, box: Simulator) -> None:
    _, (fax,) = await in_doubt(home, box)
    with pytest.raises(Forbidden):
        await home.deciding.decide(SENDER, fax.id, said(Outcome.DELIVERED))


async def test_a_story_is_told_in_plain_words_from_the_promise_to_the_end(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-0186", max_tries=1)  # engaged
    await home.submit()
    for _ in range(12):
        box.advance(10)
        await home.look(device)
    found = await home.deciding.explain(ANN, fax.id)
    assert (await home.fax(fax)).status is FaxStatus.FAILED
    assert found.summary == "It failed."
    assert "engaged" in found.reason
    assert found.call_phase == "dialling"
    assert "Try again in a few minutes" in found.advice
    texts = [step.text for step in found.steps]
    assert texts[:2] == ["It was promised and is kept.", "It is ready and waits for an appliance."]
    assert texts[-1] == "It was given up."
    chosen = next(step for step in found.steps if step.text == "An appliance was chosen.")
    assert "chosen one" in chosen.detail
    assert [step.at for step in found.steps] == sorted(step.at for step in found.steps)


async def test_what_is_held_says_what_holds_it(home: House) -> None:
    (fax,) = await home.send()
    await home.submit()
    found = await home.deciding.explain(ANN, fax.id)
    assert "no appliance is registered" in found.reason
    assert found.next == "It goes on as soon as what holds it is gone."
