"""A budget for each principal and minute."""

import pytest

from ffgateway.domain.errors import QuotaExceeded
from ffgateway.domain.quotas import Standing
from ffgateway.services.quotas import CROWD, Quotas
from tests.support.clock import OwnClock


def test_a_budget_is_spent_refused_and_whole_again_after_a_minute() -> None:
    clock = OwnClock()
    quotas = Quotas(clock, per_minute=10)
    first = quotas.spend("ann", 7)
    assert first is not None
    assert (first.limit, first.remaining, first.resets_in) == (10, 3, 60)
    clock.advance(20.5)
    with pytest.raises(QuotaExceeded) as refused:
        quotas.spend("ann", 4)
    assert (refused.value.retry_after, refused.value.standing.remaining) == (40, 3)
    assert refused.value.cure == "Ask again in 40 seconds."
    assert quotas.spend("bob", 10) is not None  # a budget of its own
    clock.advance(39.5)
    again = quotas.spend("ann", 10)
    assert again is not None
    assert again.remaining == 0


def test_what_was_not_needed_is_given_back_and_never_more() -> None:
    clock = OwnClock()
    quotas = Quotas(clock, per_minute=10)
    taken = quotas.spend("ann", 8)
    assert taken is not None
    for given, left in ((5, 7), (100, 10)):
        standing = quotas.give_back("ann", given, taken=taken)
        assert standing is not None
        assert standing.remaining == left
    clock.advance(61)  # the next minute owes nothing to what was taken out of this one
    quotas.spend("ann", 8)
    standing = quotas.give_back("ann", 5, taken=taken)
    assert standing is not None
    assert standing.remaining == 2


def test_what_no_minute_holds_is_said_to_be_too_much() -> None:
    with pytest.raises(QuotaExceeded) as refused:
        Quotas(OwnClock(), per_minute=10).spend("ann", 11)
    assert refused.value.cure == "Ask for less."


def test_without_a_budget_nothing_is_counted() -> None:
    quotas = Quotas(OwnClock(), per_minute=0)
    assert quotas.spend("ann", 10**9) is None
    taken = Standing(limit=1, remaining=0, resets_in=1)
    assert quotas.give_back("ann", 5, taken=taken) is None


def test_windows_that_are_over_are_let_go() -> None:
    clock = OwnClock()
    quotas = Quotas(clock, per_minute=1)
    for number in range(CROWD):
        quotas.spend(f"key_{number}", 1)
    clock.advance(61)
    quotas.spend("one more", 1)
    assert len(quotas._windows) == 1


def test_headers_are_structured_fields() -> None:
    standing = Quotas(OwnClock(), per_minute=10).spend("ann", 1)
    assert standing is not None
    assert standing.headers() == {
        "RateLimit-Policy": '"default";q=10;w=60',
        "RateLimit": '"default";r=9;t=60',
    }
