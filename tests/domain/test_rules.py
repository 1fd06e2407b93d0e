"""The small rules: placement, retries, scopes, ids, cursors, globs."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.domain.access import GATEWAY, IMPLIED, Principal, Scope
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.identity import ALPHABET, new_id
from ffgateway.domain.pages import read_cursor, write_cursor
from ffgateway.domain.retries import SCHEDULE, wait_before
from ffgateway.domain.subscriptions import SubscriptionState
from tests.support.clock import NOON
from tests.support.nouns import a_subscription

# Retries


@given(spread=st.floats(min_value=0, max_value=1, exclude_max=True))
def test_each_wait_is_within_a_fifth_of_the_schedule(spread: float) -> None:
    for attempt, planned in enumerate(SCHEDULE, start=1):
        wait = wait_before(attempt, spread=spread)
        assert wait is not None
        slack = timedelta(milliseconds=1)
        assert planned * 0.8 - slack <= wait <= planned * 1.2 + slack


def test_the_first_try_does_not_wait_and_the_eleventh_does_not_come() -> None:
    assert wait_before(1, spread=0.5) == timedelta(0)
    assert wait_before(10, spread=0.5) == timedelta(hours=24)
    assert wait_before(11, spread=0.5) is None


def test_the_waits_grow_and_last_over_a_weekend() -> None:
    assert list(SCHEDULE) == sorted(SCHEDULE)
    assert sum(SCHEDULE, timedelta(0)) * 0.8 > timedelta(hours=60)


# Scopes


@pytest.mark.parametrize(
    ("own", "may"),
    [
        (Scope.FAXES_READ, {Scope.FAXES_READ}),
        (Scope.FAXES_SEND, {Scope.FAXES_SEND, Scope.FAXES_READ}),
        (Scope.DEVICES_READ, {Scope.DEVICES_READ}),
        (Scope.DIRECTORY_READ, {Scope.DIRECTORY_READ}),
        (Scope.DIRECTORY_ADMIN, {Scope.DIRECTORY_ADMIN, Scope.DIRECTORY_READ}),
        (
            Scope.DEVICES_ADMIN,
            {
                Scope.DEVICES_ADMIN,
                Scope.DEVICES_READ,
                Scope.DIRECTORY_ADMIN,
                Scope.DIRECTORY_READ,
            },
        ),
        (Scope.WEBHOOKS_ADMIN, {Scope.WEBHOOKS_ADMIN}),
        (Scope.AUDIT_READ, {Scope.AUDIT_READ}),
        (Scope.ADMIN, set(Scope)),
    ],
)
def test_a_scope_allows_itself_and_what_it_includes(own: Scope, may: set[Scope]) -> None:
    principal = Principal(id="k", name="n", scopes=frozenset({own}))
    assert {scope for scope in Scope if principal.may(scope)} == may


def test_no_scopes_allow_nothing_and_the_gateway_may_all() -> None:
    nobody = Principal(id="k", name="n", scopes=frozenset())
    assert not any(nobody.may(scope) for scope in Scope)
    assert all(GATEWAY.principal.may(scope) for scope in Scope)
    assert Scope.ADMIN not in {
        one for own, all_ in IMPLIED.items() if own != "admin" for one in all_
    }


# Ids


@given(entropy=st.binary(min_size=10, max_size=10))
def test_an_id_is_a_prefix_and_26_characters_that_can_be_read_aloud(entropy: bytes) -> None:
    prefix, _, digits = new_id("fax", at=NOON, entropy=entropy).partition("_")
    assert (prefix, len(digits)) == ("fax", 26)
    assert set(digits) <= set(ALPHABET)
    assert not set("ILOU") & set(digits)


@given(
    milliseconds=st.lists(st.integers(0, 10**12), min_size=2, unique=True),
    entropy=st.binary(min_size=10, max_size=10),
)
def test_ids_sort_by_the_time_of_birth(milliseconds: list[int], entropy: bytes) -> None:
    ids = [
        new_id("fax", at=NOON + timedelta(milliseconds=one), entropy=entropy)
        for one in sorted(milliseconds)
    ]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


# Cursors


@given(st.from_regex(r"\A[a-z]{3}_[0-9A-Z]{26}\Z") | st.integers(0).map(str))
def test_a_cursor_leads_back_to_its_key(key: str) -> None:
    assert read_cursor(write_cursor(key)) == key


@pytest.mark.parametrize(
    "cursor", ["", " ", "!", "a", "ä", "Zm94\n", "AAAA", "w6Q", "fax_01", "=" * 5]
)
def test_what_is_not_a_cursor_is_refused_by_name(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_cursor(cursor, field="after")
    assert refused.value.field == "after"


@given(st.text())
def test_no_cursor_whatever_breaks_the_reader(cursor: str) -> None:
    try:
        key = read_cursor(cursor)
    except InvalidRequest:
        return
    assert key.isascii()
    assert key.isprintable()


# Globs


@pytest.mark.parametrize(
    ("globs", "type_", "matches"),
    [
        (("*",), "fax.delivered", True),
        (("fax.*",), "fax.delivered", True),
        (("fax.*",), "device.online", False),
        (("fax.delivered",), "fax.delivered", True),
        (("fax.delivered",), "fax.failed", False),
        (("fax.failed", "device.*"), "device.online", True),
        (("FAX.*",), "fax.delivered", False),
        (("fax",), "fax.delivered", False),
    ],
)
def test_an_endpoint_gets_the_types_it_named(
    globs: tuple[str, ...], type_: str, matches: bool
) -> None:
    assert a_subscription("x", *globs).matches(type_) is matches


def test_a_disabled_endpoint_gets_nothing() -> None:
    off = a_subscription("x", "*", state=SubscriptionState.DISABLED)
    assert not off.matches("fax.delivered")
