"""The patterns for URLs against what takes the URLs: neither is stricter than the other."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.delivery.outbound import AddressGuard
from ffgateway.rest.addresses import WEBHOOK_URL

LIBERAL = AddressGuard(["0.0.0.0/0", "::/0"])
"""Whatever an operator may allow, but for the metadata services of clouds."""


@given(st.from_regex(WEBHOOK_URL.removesuffix("$") + r"\Z"))
def test_what_the_document_allows_for_a_webhook_is_taken(url: str) -> None:
    LIBERAL.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://receiver.example",
        "https://receiver.example/faxes?tenant=7&at=a@b",
        "HTTP://RECEIVER.example:8080/",
        "http://receiver/",
        "http://hooks.faxes.svc.cluster.local:9000/in",
        "http://localhost:8080/",
        "http://10.1.2.3/",
        "https://my_host.receiver.example/",
        "https://1.receiver.example/",
        "https://receiver.example./",
        "https://xn--bcher-kva.example/",
        "https://[2606:4700:4700::1111]:8443/",
        "http://[::1]/",
        "http://[fd00::]/?x",
    ],
)
def test_what_is_taken_for_a_webhook_is_in_the_document(url: str) -> None:
    LIBERAL.check_url(url)
    assert re.fullmatch(WEBHOOK_URL, url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://receiver.example/",
        "https://user@receiver.example/",
        "https://receiver.example/#top",
        "https://receiver.example:0/",
        "https://134744072/",
        "https://1.2.3.4.5/",
        "https://-receiver.example/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
    ],
)
def test_what_is_never_called_is_not_in_the_document(url: str) -> None:
    assert not re.fullmatch(WEBHOOK_URL, url)
