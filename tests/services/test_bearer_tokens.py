"""Tokens of an issuer: a real one, on a loopback socket, with real keys."""

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from joserfc.jwk import ECKey, OctKey

from ffgateway.delivery.issuer import AGAIN, FRESH, KEPT, IssuerKeys
from ffgateway.domain.access import Caller, Grant, Limits, Principal, Scope
from ffgateway.domain.errors import Forbidden, TooManyWrongKeys, Unauthenticated
from ffgateway.domain.events import Event, Filter
from ffgateway.services.bearer_tokens import LEEWAY, BearerTokens
from ffgateway.services.keys import Keys
from tests.support.gateway import House, listening
from tests.support.issuer import AUDIENCE, Issuer, issuing, rsa

BERLIN = Limits(pools=frozenset({"berlin"}), faxes_per_day=3)
GRANTS = {
    "boss": Grant(scopes=frozenset({Scope.ADMIN})),
    "sender": Grant(scopes=frozenset({Scope.FAXES_SEND}), limits=BERLIN),
}
ENDS = int((LEEWAY + timedelta(seconds=1)).total_seconds())


@pytest.fixture
async def issuer(home: House) -> AsyncIterator[Issuer]:
    async with issuing(home.clock) as running:
        yield running


@pytest.fixture
async def keys(home: House, issuer: Issuer) -> AsyncIterator[Keys]:
    public = IssuerKeys(issuer.url, home.clock)
    tokens = BearerTokens(
        public,
        home.clock,
        issuer=issuer.url,
        audience=AUDIENCE,
        algorithms=("RS256", "ES256"),
        claim="realm.roles",
        grants=GRANTS,
    )
    yield Keys(home.store, home.gate, home.clock, tokens=tokens)
    await public.close()


async def enters(keys: Keys, token: str) -> Principal | None:
    try:
        return await keys.authenticate(token, address="192.0.2.1")
    except Unauthenticated:
        return None


@pytest.mark.parametrize(
    ("roles", "grant"),
    [
        (["sender"], GRANTS["sender"]),
        ("other sender", GRANTS["sender"]),
        (["sender", "boss"], GRANTS["boss"]),  # the first of the settings, whole
        (["stranger"], Grant()),
        ([{"a": 1}, None], Grant()),
        (None, Grant()),
        (7, Grant()),
    ],
    ids=str,
)
async def test_a_claim_says_what_its_holder_may_do(
    keys: Keys, issuer: Issuer, roles: Any, grant: Grant
) -> None:
    found = await keys.authenticate(issuer.token(realm={"roles": roles}))
    assert (found.scopes, found.limits) == (grant.scopes, grant.limits)
    assert found.name == "pat"


async def test_who_somebody_is_stays_the_same_from_token_to_token(
    keys: Keys, issuer: Issuer
) -> None:
    first, second = [await keys.authenticate(issuer.token(jti=one)) for one in ("a", "b")]
    other = await keys.authenticate(issuer.token(sub="sam\nkey_admin"))
    assert first.id == second.id != other.id
    assert other.name == "sam?key_admin"
    assert first.id.startswith("oidc_")


def _now(issuer: Issuer) -> int:
    return int(issuer.clock.now().timestamp())


def _encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _unsigned(issuer: Issuer) -> str:
    _, body, _ = issuer.token().split(".")
    none = _encoded(b'{"alg":"none"}')
    return f"{none}.{body}."


def _confused(issuer: Issuer) -> str:
    """Signed with the public key as if it were a secret that both have."""
    _, body, _ = issuer.token().split(".")
    head = _encoded(orjson.dumps({"alg": "HS256", "kid": rsa().kid}))
    secret = rsa().as_pem(private=False)
    return f"{head}.{body}.{_encoded(hmac.digest(secret, f'{head}.{body}'.encode(), 'sha256'))}"


def _changed(issuer: Issuer) -> str:
    head, body, signature = issuer.token().split(".")
    claims = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims["realm"] = {"roles": ["boss"]}
    return f"{head}.{_encoded(orjson.dumps(claims))}.{signature}"


BAD: dict[str, Callable[[Issuer], str]] = {
    "another issuer": lambda one: one.token(iss="https://other.example"),
    "no issuer": lambda one: one.token(iss=None),
    "another audience": lambda one: one.token(aud=["https://other.example"]),
    "no audience": lambda one: one.token(aud=None),
    "nobody": lambda one: one.token(sub=None),
    "over": lambda one: one.token(exp=_now(one) - ENDS),
    "without end": lambda one: one.token(exp=None),
    "an end that is none": lambda one: one.token(exp="tomorrow"),
    "an end beyond all time": lambda one: one.token(exp=10**20),
    "not yet": lambda one: one.token(nbf=_now(one) + ENDS),
    "from the future": lambda one: one.token(iat=_now(one) + ENDS),
    "another key of the same name": lambda one: one.token(key=rsa(7), header={"kid": rsa().kid}),
    "an algorithm that is not allowed": lambda one: one.token(algorithm="RS512"),
    "no algorithm": _unsigned,
    "a public key as a secret": _confused,
    "changed": _changed,
    "what is critical and not known": lambda one: one.token(header={"crit": ["exp"], "exp": 1}),
    "meant for something else": lambda one: one.token(header={"typ": "logout+jwt"}),
    "no token": lambda _: "a.b.c",
    "nothing": lambda _: "..",
    "not of this world": lambda _: "é.é.é",
    "very long": lambda one: one.token(more="x" * 20_000),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
async def test_a_token_that_does_not_hold_lets_nobody_in(
    keys: Keys, issuer: Issuer, bad: Callable[[Issuer], str]
) -> None:
    with pytest.raises(Unauthenticated):
        await keys.authenticate(bad(issuer))
    assert await enters(keys, issuer.token(aud=[AUDIENCE, "x"], header={"typ": "at+JWT"}))


@pytest.mark.parametrize(
    ("key", "more", "algorithm"),
    [
        (OctKey.import_key("a-secret-that-everybody-knows-now!", {"kid": "oct"}), {}, "RS256"),
        (rsa(1, 1024), {}, "RS256"),
        (rsa(2), {"use": "enc"}, "RS256"),
        (rsa(2), {"alg": "RS512"}, "RS256"),
        (rsa(2), {"key_ops": ["encrypt"]}, "RS256"),
    ],
    ids=["a shared one", "a short one", "to encrypt", "of another algorithm", "not to check"],
)
async def test_a_key_that_may_not_sign_is_not_one(
    keys: Keys, issuer: Issuer, key: Any, more: dict[str, Any], algorithm: str
) -> None:
    issuer.publish(key, **more)
    signer = key if not isinstance(key, OctKey) else rsa()
    assert await enters(keys, issuer.token(key=signer, header={"kid": key.kid})) is None


async def test_keys_are_rotated_without_a_word_to_us(
    home: House, keys: Keys, issuer: Issuer
) -> None:
    old = issuer.token()
    assert await enters(keys, old)
    home.clock.advance(AGAIN)
    issuer.rotate(ECKey.generate_key("P-256", {"kid": "ec"}))
    assert await enters(keys, issuer.token(algorithm="ES256"))
    assert issuer.asked == 2
    assert await enters(keys, old) is None  # its key is not published any more


async def test_keys_are_asked_for_once_a_minute_at_most_whoever_comes(
    home: House, keys: Keys, issuer: Issuer
) -> None:
    good = issuer.token()
    strange = [issuer.token(key=rsa(3), header={"kid": f"kid-{n}"}) for n in range(10)]
    found = await asyncio.gather(*(enters(keys, one) for one in [good, *strange]))
    assert [one is not None for one in found] == [True] + [False] * 10
    assert issuer.asked == 1
    home.clock.advance(AGAIN)
    await asyncio.gather(*(enters(keys, one) for one in strange))
    assert issuer.asked == 2
    assert await enters(keys, good)
    assert issuer.asked == 2


async def test_an_issuer_that_is_down_lets_nobody_in_and_shuts_nobody_out(
    home: House, keys: Keys, issuer: Issuer
) -> None:
    assert await enters(keys, issuer.token())
    issuer.fall_silent()
    home.clock.advance(FRESH)
    assert await enters(keys, issuer.token())  # by the keys that are here
    assert await enters(keys, issuer.token(key=rsa(4))) is None
    home.clock.advance(KEPT)
    with pytest.raises(Unauthenticated, match="does not answer"):
        await keys.authenticate(issuer.token())
    issuer.rotate(rsa(5))
    home.clock.advance(AGAIN)
    assert await enters(keys, issuer.token())


async def test_keys_of_another_issuer_are_not_taken(keys: Keys, issuer: Issuer) -> None:
    issuer.publish(rsa(), issuer="https://other.example")
    assert await enters(keys, issuer.token()) is None


async def test_a_token_ends_what_it_began(home: House, keys: Keys, issuer: Issuer) -> None:
    token = issuer.token(realm={"roles": ["boss"]})
    caller = Caller(principal=await keys.authenticate(token))
    heard = aiter(listening(home).follow(caller, after=None, only=Filter()))
    assert not isinstance(await anext(heard), Event)
    home.clock.advance(timedelta(seconds=600) + LEEWAY)
    with pytest.raises(Unauthenticated):
        await anext(heard)
    assert await enters(keys, token) is None


async def test_limits_hold_for_tokens_as_for_keys(home: House, keys: Keys, issuer: Issuer) -> None:
    sender = Caller(principal=await keys.authenticate(issuer.token(realm={"roles": "sender"})))
    with pytest.raises(Forbidden):
        await home.keys.list(sender)
    boss = Caller(principal=await keys.authenticate(issuer.token(realm={"roles": "boss"})))
    made, _ = await home.keys.create(boss, "for a service", frozenset({Scope.FAXES_READ}))
    assert made.expires_at is None  # the end of a session is no limit


async def test_wrong_tokens_are_wrong_keys(keys: Keys, issuer: Issuer) -> None:
    good = issuer.token()
    assert await enters(keys, good)
    with pytest.raises(TooManyWrongKeys):
        for number in range(30):
            await enters(keys, issuer.token(key=rsa(6), header={"kid": rsa().kid}, n=number))
    assert await enters(keys, good)


async def test_without_an_issuer_a_token_is_no_key(home: House, issuer: Issuer) -> None:
    assert await enters(home.keys, issuer.token(realm={"roles": "boss"})) is None
