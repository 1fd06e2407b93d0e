"""Many faxes over a few appliances that fail at random, with the loops at work: none lost, none twice."""

from pathlib import Path

from tests.support.rehearsing import rehearse


async def test_eighty_faxes_over_three_failing_appliances(tmp_path: Path) -> None:
    done = await rehearse(
        tmp_path,
        faxes=80,
        appliances=3,
        chance=0.1,
        settle_seconds=0.3,
        speed=120,
        seed=7,
        within=60,
        restarts=1,
    )
    assert (done.lost, done.doubles, done.wrong) == ([], [], [])
    assert done.faults.total() > 5
    assert done.ends["delivered"] >= 78  # what two appliances refuse is refused
