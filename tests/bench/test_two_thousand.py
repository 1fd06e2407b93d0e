"""2,000 faxes over 6 simulated appliances, of whose requests 5 % go wrong at random.

    make bench ARGS="-k 'two_thousand and sqlite'"        # SEED=2 for other faults

A whole gateway with its loops on either database, real sockets, and the settings of service (ten seconds to
settle). Appliances run at many times the speed.
"""

import os
from pathlib import Path

from tests.support.rehearsing import rehearse

FAXES, APPLIANCES, CHANCE = 2000, 6, 0.05


async def test_two_thousand_faxes_over_six_appliances(tmp_path: Path, empty_database: str) -> None:
    seed = int(os.environ.get("SEED", "1"))
    done = await rehearse(
        tmp_path,
        faxes=FAXES,
        appliances=APPLIANCES,
        chance=CHANCE,
        settle_seconds=10,
        speed=60,
        seed=seed,
        within=1800,
        restarts=6,
        database=empty_database,
    )
    print()
    print(empty_database.partition(":")[0])
    print(f"{FAXES} faxes, {APPLIANCES} appliances, {CHANCE:.0%} of requests fail, seed {seed}")
    print(f"time to the last end   {done.seconds:8.1f} s")
    print(f"faults met             {done.faults.total():8}  {dict(sorted(done.faults.items()))}")
    print(f"uncertain              {done.uncertain:8}")
    print(f"found / proved absent  {done.found:8} / {done.absent}")
    print(f"ends                            {dict(done.ends)}")
    print(f"lost                   {len(done.lost):8}")
    print(f"sent twice             {len(done.doubles):8}")
    assert (done.lost, done.doubles, done.wrong) == ([], [], [])
