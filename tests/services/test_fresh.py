from datetime import timedelta

from ffgateway.services.fresh import MOST, Fresh
from tests.support.clock import OwnClock


def test_a_tag_is_known_for_a_while_and_by_who_has_it() -> None:
    clock = OwnClock()
    fresh = Fresh(clock, keep=timedelta(seconds=5))
    fresh.remember("dev_1", "/a", '"x"', mark=fresh.mark("dev_1"))
    clock.advance(4.9)
    assert fresh.known("dev_1", "/a", '"y", W/"x"') == fresh.known("dev_1", "/a", "*") == '"x"'
    assert fresh.known("dev_1", "/a", '"y"') is None
    assert fresh.known("dev_1", "/b", "*") is fresh.known("dev_2", "/a", "*") is None
    clock.advance(0.1)
    assert fresh.known("dev_1", "/a", "*") is None


def test_a_change_ends_it_also_for_a_look_that_was_under_way() -> None:
    fresh = Fresh(OwnClock(), keep=timedelta(seconds=5))
    before = fresh.mark("dev_1")
    fresh.remember("dev_1", "/a", '"x"', mark=before)
    fresh.forget("dev_1")
    assert fresh.known("dev_1", "/a", "*") is None
    fresh.remember("dev_1", "/a", '"x"', mark=before)
    assert fresh.known("dev_1", "/a", "*") is None


def test_no_more_is_remembered_than_fits_and_nothing_where_nothing_may_be() -> None:
    fresh, never = (
        Fresh(OwnClock(), keep=timedelta(seconds=5)),
        Fresh(OwnClock(), keep=timedelta(0)),
    )
    for number in range(MOST + 1):
        fresh.remember("dev_1", str(number), '"x"', mark=0)
    never.remember("dev_1", "/a", '"x"', mark=0)
    assert fresh.known("dev_1", "0", "*") is never.known("dev_1", "/a", "*") is None
    assert fresh.known("dev_1", str(MOST), "*") == '"x"'
