"""Every kind of failure says whose trouble it is, when to try again and what to do."""

import pytest

from ffgateway.domain.failures import KINDS, Category, RetryClass, failure


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_failure_is_complete(code: str) -> None:
    made = failure(code, attempts=2, device_text="raw")
    assert (made.code, made.attempts, made.device_text) == (code, 2, "raw")
    assert made.message.endswith(".")
    assert made.next_step.endswith(".")


def test_every_category_has_a_kind() -> None:
    assert {kind.category for kind in KINDS.values()} == set(Category)


def test_every_retry_class_is_used() -> None:
    assert {kind.retry for kind in KINDS.values()} == set(RetryClass)


@pytest.mark.parametrize(
    ("code", "retryable"),
    [
        ("busy", True),
        ("number_invalid", False),
        ("destination_blocked", False),
        ("lost", True),
        ("incompatible", False),
    ],
)
def test_sending_again_helps_unless_something_must_change(code: str, retryable: bool) -> None:
    assert failure(code).retryable is retryable
