"""What a key is, what makes two requests the same, and what a request with a key may do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ffgateway.domain.errors import (
    AlreadyExists,
    ChangedMeanwhile,
    DeviceRefused,
    DeviceSilent,
    DeviceUnreachable,
    Forbidden,
    GatewayError,
    InvalidNumber,
    InvalidRequest,
    NotFound,
)
from ffgateway.domain.idempotency import (
    BEAT,
    LEASE,
    PATIENCE,
    Claim,
    Ending,
    Known,
    Repeat,
    State,
    Step,
    canonical_json,
    ending,
    ending_of_code,
    fingerprint,
    key_of,
    next_step,
)
from tests.support.clock import NOON

WEEK = timedelta(days=7)
KNOWN = Known(
    claim=Claim(principal_id="key_ann", digest="d", owner="o"),
    state=State.RUNNING,
    fingerprint="same",
    created_at=NOON,
    lease_until=NOON + LEASE,
    request_id="req_1",
)
LOST = replace(KNOWN, state=State.LOST)
EFFECT = ("sub_1",)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ('"8e03978e-40d5"', "8e03978e-40d5"),
        ("8e03978e-40d5", "8e03978e-40d5"),
        (' "a" ', "a"),
        (r'"a \"b\" \\c"', r'a "b" \c'),
        ('" "', " "),
        ("AbC/+=._~:", "AbC/+=._~:"),
        ('"' + "x" * 255 + '"', "x" * 255),
        ("x" * 255, "x" * 255),
    ],
)
def test_a_key_is_a_quoted_string_or_a_bare_word(given: str, key: str) -> None:
    assert key_of([given]) == key


@pytest.mark.parametrize(
    "given",
    [
        *("", '""', '"', '"a', 'a"', "a b", "a,b", "a\n", "a\x7f", "ä", '"ä"', r'"\n"'),
        *('"a", "b"', '"a";p=1', "x" * 256, '"' + "x" * 256 + '"'),
    ],
)
def test_any_other_key_is_refused_by_the_name_of_its_header(given: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        key_of([given])
    assert refused.value.field == "Idempotency-Key"


def test_two_keys_are_none_and_no_header_is_no_key() -> None:
    with pytest.raises(InvalidRequest, match="more than one"):
        key_of(["a", "a"])
    assert key_of([]) is None


def test_spaces_and_the_order_of_keys_do_not_matter() -> None:
    assert canonical_json(b'{"b": [1, 2],\n"a": "\\u00e4"}') == canonical_json(
        '{"a":"ä","b":[1,2]}'.encode()
    )
    assert canonical_json(b"[1,2]") != canonical_json(b"[2,1]")
    assert canonical_json(b"") == ""


@pytest.mark.parametrize(
    "other",
    [{"method": "PUT"}, {"path": "/v1/faxes?x=1"}, {"principal_id": "key_bob"}, {"body": "{}"}],
    ids=str,
)
def test_each_part_of_a_request_is_in_its_fingerprint(other: dict[str, str]) -> None:
    request = {"method": "POST", "path": "/v1/faxes", "principal_id": "key_ann", "body": "[]"}
    assert fingerprint(**request) == fingerprint(**request)
    assert fingerprint(**request) != fingerprint(**(request | other))


@pytest.mark.parametrize(
    ("known", "repeat", "after", "step"),
    [
        (None, Repeat.NEVER, 0, Step.RUN),
        (KNOWN, Repeat.AGAIN, 14, Step.WAIT),
        (replace(KNOWN, effects=EFFECT), Repeat.BOUND, 14, Step.WAIT),
        (replace(KNOWN, state=State.DONE), Repeat.NEVER, 14, Step.REPLAY),
        (replace(KNOWN, state=State.DONE), Repeat.NEVER, 6 * 86_400, Step.REPLAY),
        # its holder is gone
        (KNOWN, Repeat.BOUND, 15, Step.RUN),
        (replace(KNOWN, effects=EFFECT), Repeat.BOUND, 15, Step.REBUILD),
        (KNOWN, Repeat.AGAIN, 15, Step.RUN),
        (KNOWN, Repeat.NEVER, 15, Step.UNKNOWN),
        (replace(KNOWN, effects=EFFECT), Repeat.AGAIN, 15, Step.UNKNOWN),
        # it ended without an answer
        (LOST, Repeat.BOUND, 0, Step.RUN),
        (replace(LOST, effects=EFFECT), Repeat.BOUND, 0, Step.REBUILD),
        (LOST, Repeat.AGAIN, 0, Step.RUN),
        (LOST, Repeat.NEVER, 0, Step.UNKNOWN),
        # forgotten
        (replace(KNOWN, state=State.DONE), Repeat.NEVER, 7 * 86_400, Step.RUN),
        (LOST, Repeat.NEVER, 7 * 86_400, Step.RUN),
        (replace(KNOWN, lease_until=NOON + 2 * WEEK), Repeat.AGAIN, 7 * 86_400, Step.WAIT),
    ],
)
def test_what_is_known_of_a_key_decides(
    known: Known | None, repeat: Repeat, after: int, step: Step
) -> None:
    now = NOON + timedelta(seconds=after)
    assert next_step(known, fingerprint="same", repeat=repeat, now=now, keep=WEEK) is step


@pytest.mark.parametrize("known", [KNOWN, LOST, replace(KNOWN, state=State.DONE)])
@pytest.mark.parametrize("repeat", Repeat)
def test_a_key_belongs_to_one_request_until_it_is_forgotten(known: Known, repeat: Repeat) -> None:
    late = NOON + WEEK
    assert next_step(known, fingerprint="other", repeat=repeat, now=NOON, keep=WEEK) is Step.REFUSE
    assert next_step(known, fingerprint="other", repeat=repeat, now=late, keep=WEEK) is Step.RUN


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (InvalidNumber, Ending.UNDONE),
        (Forbidden, Ending.UNDONE),
        (NotFound, Ending.DECIDED),
        (AlreadyExists, Ending.DECIDED),
        (ChangedMeanwhile, Ending.DECIDED),
        (DeviceUnreachable, Ending.UNDONE),
        (DeviceRefused, Ending.UNDONE),
        (DeviceSilent, Ending.UNSURE),
        (GatewayError, Ending.UNSURE),
        (ValueError, Ending.UNSURE),
    ],
)
def test_how_an_act_ended_decides_what_is_kept(error: type[Exception], end: Ending) -> None:
    assert ending(error) is end
    if issubclass(error, GatewayError):
        assert ending_of_code(error.code) is end


def test_a_retry_after_a_crash_is_answered_while_it_waits() -> None:
    assert 2 * BEAT < LEASE < PATIENCE
