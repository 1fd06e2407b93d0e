"""Signatures as the Standard Webhooks libraries expect them."""

import base64
from datetime import UTC, datetime

import pytest
import standardwebhooks
import svix
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.delivery.signing import new_secret, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = new_secret(bytes(range(32)))
BODY = b'{"test": 2432232314}'


def test_the_published_test_vector_is_met_byte_for_byte() -> None:
    signature = sign(
        [SECRET], message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=BODY
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("library", [standardwebhooks.Webhook, svix.Webhook])
@pytest.mark.parametrize("known", [SECRET, OTHER], ids=["old", "new"])
def test_during_a_rotation_a_receiver_may_know_either_secret(
    library: type[standardwebhooks.Webhook | svix.Webhook], known: str
) -> None:
    now = int(datetime.now(UTC).timestamp())  # the libraries read the machine's clock
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign([SECRET, OTHER], message_id="evt_1", timestamp=now, body=BODY),
    }
    library(known).verify(BODY, headers)  # raises when it does not hold


@pytest.mark.parametrize(
    ("library", "refusal"),
    [
        (standardwebhooks.Webhook, standardwebhooks.WebhookVerificationError),
        (svix.Webhook, svix.WebhookVerificationError),
    ],
)
def test_a_receiver_with_a_third_secret_refuses(
    library: type[standardwebhooks.Webhook | svix.Webhook], refusal: type[Exception]
) -> None:
    now = int(datetime.now(UTC).timestamp())
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign([SECRET], message_id="evt_1", timestamp=now, body=BODY),
    }
    with pytest.raises(refusal):
        library(OTHER).verify(BODY, headers)


@given(st.binary(min_size=24, max_size=64))
def test_a_secret_carries_its_entropy(entropy: bytes) -> None:
    secret = new_secret(entropy)
    assert secret.startswith("whsec_")
    assert base64.b64decode(secret.removeprefix("whsec_")) == entropy


@pytest.mark.parametrize("size", [0, 23, 65])
def test_a_secret_is_neither_short_nor_long(size: int) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        new_secret(bytes(size))


def test_a_secret_that_is_not_base64_cannot_sign() -> None:
    with pytest.raises(ValueError, match=r"base64|padding"):
        sign(["whsec_not base64!"], message_id="evt_1", timestamp=0, body=BODY)
