"""How far an appliance's clock is off, and when that is worth a word."""

from datetime import timedelta

import pytest

from ffgateway.domain.device_clock import Verdict, judge, offset
from tests.support.clock import NOON


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


@pytest.mark.parametrize(
    ("shown", "off"),
    [
        (0, 0),  # as we asked
        (5, 0),  # as it answered
        (-0.9, 0),  # it shows whole seconds, cut off
        (5.5, 0.5),
        (-61, -60),
        (3605, 3600),
    ],
)
def test_only_what_the_wait_does_not_explain_is_an_offset(shown: float, off: float) -> None:
    found = offset(NOON + seconds(shown), before=NOON, after=NOON + seconds(5))
    assert found == seconds(off)


@pytest.mark.parametrize(
    ("off", "skewed", "verdict"),
    [
        (60, False, Verdict.NOTHING),
        (61, False, Verdict.SKEWED),
        (-61, False, Verdict.SKEWED),
        (61, True, Verdict.NOTHING),  # told already
        (31, True, Verdict.NOTHING),  # better, and not right
        (29, True, Verdict.RIGHT),
        (-29, True, Verdict.RIGHT),
        (0, False, Verdict.NOTHING),
    ],
)
def test_an_episode_begins_far_out_and_ends_close_by(
    off: float, skewed: bool, verdict: Verdict
) -> None:
    assert judge(seconds(off), too_far=seconds(60), skewed=skewed) is verdict
