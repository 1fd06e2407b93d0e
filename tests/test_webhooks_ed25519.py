"""Ed25519 in plain Python, against the vectors of RFC 8032 and a library in C."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ffgateway.delivery.payloads import payload
from ffgateway.delivery.samples import sample
from ffgateway.delivery.signing import new_pair, new_secret, sign
from ffgateway.domain.events import EventType
from ffgateway.webhooks import NoMatchingSignature, ed25519, verify

PRIME, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493

# RFC 8032, section 7.1: public key, message, signature
VECTORS = {
    "1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
        "b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
        "1d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
        "c6594a7c15e9716ed28dc027beceea1ec40a",
    ),
}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
MESSAGE = b"a fax was delivered"
SIGNATURE = KEY.sign(MESSAGE)


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_the_vectors_of_the_rfc_hold(vector: tuple[str, str, str]) -> None:
    public, message, signature = map(bytes.fromhex, vector)
    assert ed25519(public, message, signature)
    assert not ed25519(public, message + b"!", signature)


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.integers(0, 511))
def test_it_agrees_with_the_library_on_what_was_signed_and_on_a_flipped_bit(
    seed: bytes, message: bytes, bit: int
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert ed25519(public, message, signature)
    flipped = (int.from_bytes(signature, "little") ^ 1 << bit).to_bytes(64, "little")
    assert not ed25519(public, message, flipped)


def scalar_plus_order() -> bytes:
    """The same signature to a lax verifier, and another text (RFC 8032, section 5.1.7)."""
    second = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    return SIGNATURE[:32] + second.to_bytes(32, "little")


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        (PUBLIC, scalar_plus_order()),
        (PUBLIC, SIGNATURE[:-1]),
        (PUBLIC, SIGNATURE + b"\0"),
        (PUBLIC, b""),
        (PUBLIC, bytes(64)),
        (PUBLIC[:-1], SIGNATURE),
        (b"\xff" * 32, SIGNATURE),  # y is not below the prime
        ((2).to_bytes(32, "little"), SIGNATURE),  # no point has that y
        ((1 | 1 << 255).to_bytes(32, "little"), SIGNATURE),  # x is zero and said to be odd
        (bytes(reversed(PUBLIC)), SIGNATURE),
    ],
)
def test_what_is_no_signature_is_refused(public: bytes, signature: bytes) -> None:
    assert not ed25519(public, MESSAGE, signature)


# Deliveries signed with such a key ------------------------------------------------------------

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
BODY = payload(sample(EventType.FAX_DELIVERED))
PRIVATE, SHOWN = new_pair(bytes(range(32)))
OTHER = new_pair(bytes(range(1, 33)))[1]
SHARED = new_secret(bytes(24))


def headers(*secrets: str) -> dict[str, str]:
    timestamp = int(NOW.timestamp())
    return {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secrets, message_id="evt_1", timestamp=timestamp, body=BODY),
    }


def test_a_pair_is_written_as_the_specification_says() -> None:
    assert PRIVATE.startswith("whsk_")
    assert base64.b64decode(SHOWN.removeprefix("whpk_")) == PUBLIC


@pytest.mark.parametrize("known", [SHOWN, SHARED, [OTHER, SHOWN]], ids=["public", "shared", "two"])
def test_a_delivery_signed_both_ways_is_verified_either_way(known: str | list[str]) -> None:
    assert verify(BODY, headers(SHARED, PRIVATE), known, now=NOW)["type"] == "fax.delivered"


@pytest.mark.parametrize("secrets", [[SHARED], [new_pair(bytes(32))[0]]], ids=["v1", "another"])
def test_a_delivery_that_this_key_did_not_sign_is_refused(secrets: list[str]) -> None:
    with pytest.raises(NoMatchingSignature):
        verify(BODY, headers(*secrets), SHOWN, now=NOW)


def test_a_signature_that_is_no_base64_is_passed_over() -> None:
    genuine = headers(PRIVATE)
    genuine["webhook-signature"] = "v1a,größer v1a,? " + genuine["webhook-signature"]
    assert verify(BODY, genuine, SHOWN, now=NOW)


@pytest.mark.parametrize("key", ["whpk_", "whpk_?", "whpk_AAAA", "whpk_" + "/" * 43 + "="])
def test_a_public_key_that_is_none_is_the_receivers_mistake(key: str) -> None:
    with pytest.raises(ValueError, match=r"public key|ASCII"):
        verify(BODY, headers(PRIVATE), key, now=NOW)
