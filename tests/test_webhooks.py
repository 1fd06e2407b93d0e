"""What a receiver checks before it believes a delivery."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from ffgateway import webhooks
from ffgateway.delivery.payloads import payload
from ffgateway.delivery.samples import sample
from ffgateway.delivery.signing import new_secret, sign
from ffgateway.domain.events import EventType
from ffgateway.webhooks import (
    BadTimestamp,
    MissingHeader,
    NoMatchingSignature,
    NotAnEvent,
    ReplayGuard,
    StaleTimestamp,
    WebhookError,
    verify,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = new_secret(bytes(range(32)))
NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
BODY = payload(sample(EventType.FAX_DELIVERED))


def signed(*secrets: str, body: bytes = BODY, at: datetime = NOW, **changes: str) -> dict[str, str]:
    timestamp = int(at.timestamp())
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(
            secrets or (SECRET,), message_id="evt_1", timestamp=timestamp, body=body
        ),
    }
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


def test_the_published_test_vector_verifies() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    now = datetime.fromtimestamp(1614265330, UTC)
    assert verify(b'{"test": 2432232314}', headers, SECRET, now=now) == {"test": 2432232314}


def test_a_genuine_delivery_gives_its_event() -> None:
    assert verify(BODY, signed(), SECRET, now=NOW) == json.loads(BODY)


def test_what_another_library_signs_verifies_by_the_machines_clock() -> None:
    now = datetime.now(UTC)
    signature = standardwebhooks.Webhook(SECRET).sign("evt_1", now, BODY.decode())
    headers = signed(at=now, webhook_signature=signature)
    assert verify(BODY, headers, SECRET) == json.loads(BODY)


def test_header_names_may_be_in_any_case() -> None:
    headers = {name.title(): value for name, value in signed().items()}
    assert verify(BODY, headers, SECRET, now=NOW)


@pytest.mark.parametrize("known", [[SECRET], [OTHER], [OTHER, SECRET]])
def test_during_a_rotation_either_secret_will_do(known: list[str]) -> None:
    assert verify(BODY, signed(SECRET, OTHER), known, now=NOW)


def test_a_receiver_may_know_the_next_secret_before_it_is_used() -> None:
    assert verify(BODY, signed(SECRET), [OTHER, SECRET], now=NOW)


def test_signatures_of_other_schemes_are_passed_over() -> None:
    genuine = signed()["webhook-signature"]
    headers = signed(webhook_signature=f"v1a,AAAA v2 , v1, {genuine} junk")
    assert verify(BODY, headers, SECRET, now=NOW)


GENUINE = signed()["webhook-signature"]


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({}, MissingHeader),
        (signed(webhook_id=""), MissingHeader),
        (signed(webhook_timestamp=" "), MissingHeader),
        (signed(webhook_signature=""), MissingHeader),
        (signed(webhook_timestamp="soon"), BadTimestamp),
        (signed(webhook_timestamp="-1"), BadTimestamp),
        (signed(webhook_timestamp="1e9"), BadTimestamp),
        (signed(webhook_timestamp="١٦١٤٢٦٥٣٣٠"), BadTimestamp),
        (signed(webhook_timestamp="9" * 5000), BadTimestamp),
        (signed(webhook_timestamp="0"), StaleTimestamp),
        (signed(at=NOW - timedelta(minutes=5, seconds=1)), StaleTimestamp),
        (signed(at=NOW + timedelta(minutes=5, seconds=1)), StaleTimestamp),
        (signed(OTHER), NoMatchingSignature),
        (signed(webhook_id="evt_2"), NoMatchingSignature),
        (
            signed(webhook_timestamp=str(int(NOW.timestamp()) + 1)),
            NoMatchingSignature,
        ),
        (signed(webhook_signature=GENUINE.removeprefix("v1,")), NoMatchingSignature),
        (signed(webhook_signature=GENUINE.replace("v1,", "v1a,")), NoMatchingSignature),
        (signed(webhook_signature=GENUINE[:-4]), NoMatchingSignature),
        (signed(webhook_signature="v1,größer"), NoMatchingSignature),
        (signed(webhook_signature="v1,\ud800"), NoMatchingSignature),
        (signed(webhook_id="\ud800"), NoMatchingSignature),
        (signed(webhook_signature="v1,"), NoMatchingSignature),
    ],
)
def test_a_delivery_that_is_not_genuine_is_refused(
    headers: Mapping[str, str], refusal: type[WebhookError]
) -> None:
    with pytest.raises(refusal):
        verify(BODY, headers, SECRET, now=NOW)


@given(st.binary(max_size=200))
def test_a_body_that_was_touched_is_refused(body: bytes) -> None:
    with pytest.raises(NoMatchingSignature):
        verify(body, signed(), SECRET, now=NOW)


@pytest.mark.parametrize("away", [timedelta(minutes=-5), timedelta(0), timedelta(minutes=5)])
def test_clocks_may_differ_by_five_minutes(away: timedelta) -> None:
    assert verify(BODY, signed(at=NOW + away), SECRET, now=NOW)


def test_the_tolerance_is_the_receivers_choice() -> None:
    headers = signed(at=NOW - timedelta(hours=1))
    assert verify(BODY, headers, SECRET, now=NOW, tolerance=timedelta(hours=2))


@pytest.mark.parametrize("body", [b"", b"not JSON", b"[1]", b'"text"', b"\xff\xfe"])
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(NotAnEvent):
        verify(body, signed(body=body), SECRET, now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_no base64", "größer"])
def test_a_secret_that_is_none_is_the_receivers_mistake(secret: str) -> None:
    with pytest.raises(ValueError, match=r"secret|ASCII"):
        verify(BODY, signed(), secret, now=NOW)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(NoMatchingSignature):
        verify(BODY, signed(), [], now=NOW)


# Replays --------------------------------------------------------------------------------------


def test_an_event_is_new_once() -> None:
    guard = ReplayGuard()
    assert [guard.first_time(one) for one in ("evt_1", "evt_2", "evt_1")] == [True, True, False]


def test_an_event_whose_handling_failed_may_come_again() -> None:
    guard = ReplayGuard()
    assert guard.first_time("evt_1")
    guard.forget("evt_1")
    guard.forget("never seen")
    assert guard.first_time("evt_1")


def test_the_oldest_makes_room() -> None:
    guard = ReplayGuard(kept=2)
    for one in ("evt_1", "evt_2", "evt_3"):
        assert guard.first_time(one)
    assert not guard.first_time("evt_2")
    assert guard.first_time("evt_1")


def test_of_many_threads_one_handles_an_event() -> None:
    guard, handled = ReplayGuard(), list[str]()

    def handle() -> None:
        for number in range(500):
            if guard.first_time(f"evt_{number}"):
                handled.append(f"evt_{number}")

    threads = [Thread(target=handle) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(handled) == sorted({f"evt_{number}" for number in range(500)})


# Standing alone -------------------------------------------------------------------------------

FOREIGN = """
import sys
before = set(sys.modules)
import {module}
loaded = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(loaded - set(sys.stdlib_module_names)))
"""


def foreign(module: str, *, folder: Path) -> list[str]:
    """The modules that importing `module` loads, save those of the standard library."""
    command = [sys.executable, "-c", FOREIGN.format(module=module)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_importing_it_loads_the_standard_library_alone() -> None:
    root = Path(webhooks.__file__).parent.parent
    assert foreign("ffgateway.webhooks", folder=root) == ["ffgateway"]


def test_importing_it_loads_nothing_else_of_the_package() -> None:
    root = Path(webhooks.__file__).parent.parent
    script = "import ffgateway.webhooks, sys; print(*[m for m in sys.modules if 'ffgateway' in m])"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == ["ffgateway", "ffgateway.webhooks"]


def test_the_file_may_be_copied_as_it_is(tmp_path: Path) -> None:
    source = Path(webhooks.__file__).read_text()
    (tmp_path / "copied_webhooks.py").write_text(source)
    assert foreign("copied_webhooks", folder=tmp_path) == ["copied_webhooks"]
