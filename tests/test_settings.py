"""The settings: defaults that work on a laptop, secrets that hide, and a key that nobody else reads."""

import base64
import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ffgateway.domain.access import Grant, Limits, Scope
from ffgateway.settings import Settings

KEY = base64.b64encode(b"k" * 32).decode()


def test_the_defaults_listen_on_this_machine_alone() -> None:
    settings = Settings(_env_file=None)
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.database_url.startswith("sqlite")
    assert settings.allowed_networks == ()


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FFGATEWAY_PORT", "9000")
    monkeypatch.setenv("FFGATEWAY_WEBHOOK_ALLOW", "10.0.0.0/8, ::1/128")
    settings = Settings()
    assert settings.port == 9000
    assert settings.allowed_networks == ("10.0.0.0/8", "::1/128")


@pytest.mark.parametrize("name", ["webhook_allow", "trusted_proxies"])
def test_a_network_that_is_none_is_refused_at_the_start(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: "everywhere"})


@pytest.mark.parametrize("url", ["spool", "s3://", "gs:///x", "file://", "file://x", "ftp://x/y"])
def test_an_object_store_that_is_none_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValidationError, match="spool_url"):
        Settings(spool_url=url)


def test_the_key_file_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    settings = Settings(key_file=tmp_path / "service.key")
    made = settings.service_keys()
    assert stat.S_IMODE((tmp_path / "service.key").stat().st_mode) == 0o600
    assert Settings(key_file=tmp_path / "service.key").service_keys() == made


@pytest.mark.parametrize(
    "text", ["not base64!", "", base64.b64encode(b"short").decode(), f"{KEY},short"]
)
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64 of 32 bytes"):
        Settings(secret_key=text).service_keys()


@pytest.mark.parametrize("between", [",", ", ", "\n", "\n\n"])
def test_several_keys_are_in_the_setting_or_in_the_file_the_one_that_seals_first(
    tmp_path: Path, between: str
) -> None:
    both = between.join([KEY, base64.b64encode(bytes(32)).decode()])
    (tmp_path / "service.key").write_text(f"{both}\n")
    expected = (b"k" * 32, bytes(32))
    assert Settings(secret_key=both).service_keys() == expected
    assert Settings(key_file=tmp_path / "service.key").service_keys() == expected


def test_secrets_hide_themselves() -> None:
    settings = Settings(secret_key="canary-one", bootstrap_key="canary-two")
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    "wrong",
    ["proxy.example:3128", "https://proxy.example", "socks5://proxy", "http://a/b", "http:// a"],
)
def test_a_proxy_is_an_http_url_and_its_password_is_never_printed(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("FFGATEWAY_WEBHOOK_PROXY", "http://me:secret@proxy.example:3128")
    settings = Settings(_env_file=None)
    assert settings.proxy == "http://me:secret@proxy.example:3128"
    assert "secret@" not in repr(settings)
    monkeypatch.setenv("FFGATEWAY_WEBHOOK_PROXY", wrong)
    with pytest.raises(ValueError, match="http://HOST:PORT"):
        Settings(_env_file=None)


OIDC: dict[str, Any] = {
    "oidc_issuer": "https://issuer.example/realms/one",
    "oidc_audience": "https://faxes.example",
    "oidc_grants": {"a": {"scopes": ["faxes:read"], "limits": {"numbers": ["+49"]}}},
}


def test_what_tokens_let_somebody_do_is_read_from_json_in_its_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = '{"pools": ["one"], "acts_as": "billing"}'
    grants = f'{{"b": {{"scopes": ["admin"]}}, "a": {{"scopes": [], "limits": {limits}}}}}'
    monkeypatch.setenv("FFGATEWAY_OIDC_GRANTS", grants)
    found = Settings(_env_file=None).oidc_granted
    assert list(found) == ["b", "a"]
    assert found["b"] == Grant(scopes=frozenset({Scope.ADMIN}))
    assert found["a"].limits == Limits(pools=frozenset({"one"}), acts_as="billing")


@pytest.mark.parametrize(
    "changed",
    [
        {"oidc_issuer": "http://issuer.example"},
        {"oidc_issuer": "https://issuer.example?x=1"},
        {"oidc_audience": ""},
        {"oidc_grants": {}},
        {"oidc_grants": {"a": {"scopes": ["everything"]}}},
        {"oidc_grants": {"a": {"scopes": ["admin"], "limits": {"numbers": ["030"]}}}},
        {"oidc_grants": {"a": {"scopes": ["admin"], "limit": {}}}},
        {"oidc_grants": {"a": {"scopes": ["admin"], "limits": {"acts_as_only": True}}}},
        {"oidc_algorithms": "none"},
        {"oidc_algorithms": "RS256,HS256"},
        {"oidc_algorithms": ""},
    ],
    ids=str,
)
def test_an_issuer_that_could_let_in_anybody_or_nobody_is_refused(changed: dict[str, Any]) -> None:
    assert Settings(_env_file=None, **OIDC).oidc_allowed == ("RS256", "ES256")
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **OIDC | changed)
