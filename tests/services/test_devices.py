"""The fleet and the keys: who may, what is refused, what is on record."""

from datetime import timedelta

import pytest

from ffgateway.domain.access import Caller, Principal, Scope
from ffgateway.domain.audit import Outcome
from ffgateway.domain.devices import Health, Trust
from ffgateway.domain.errors import (
    AddressRefused,
    AlreadyExists,
    DeviceBusy,
    Forbidden,
    InvalidRequest,
    NotFound,
    Unauthenticated,
)
from ffgateway.services.devices import DeviceChanges
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, House

NOBODY = Caller(principal=Principal(id="key_eve", name="Eve", scopes=frozenset()))
URL = "http://192.0.2.7"


async def test_a_name_is_taken_once_and_free_again_when_its_device_is_retired(
    house: House,
) -> None:
    first = await house.register(URL, "one")
    with pytest.raises(AlreadyExists):
        await house.register(URL, "one")
    await house.devices.retire(ANN, first.id)
    second = await house.register(URL, "one")
    with pytest.raises(NotFound):
        await house.devices.get(ANN, first.id)
    assert (await house.devices.get(ANN, second.id)).name == "one"


async def test_a_device_with_unfinished_faxes_cannot_be_retired(
    home: House, box: Simulator
) -> None:
    device = await home.register(box)
    (fax,) = await home.send("555-0160")
    await home.submit()
    with pytest.raises(DeviceBusy):
        await home.devices.retire(ANN, device.id)
    await home.faxes.cancel(ANN, fax.id)
    await home.look(device)
    box.advance(2)
    await home.look(device)
    await home.devices.retire(ANN, device.id)
    assert (await home.acts(device.id))[-1] == "device.retire"


async def test_a_corrected_password_is_used_from_now_on(home: House, box: Simulator) -> None:
    device = await home.register(box, password="wrong")
    with pytest.raises(Exception, match="refuses the user"):
        await home.look(device)
    changed = await home.devices.update(ANN, device.id, DeviceChanges(password="admin"))
    assert (changed.health, changed.revision) == (Health.UNKNOWN, device.revision + 2)
    await home.look(device)
    assert (await home.device(device)).health is Health.ONLINE
    (line,) = [one for one in await home.audit(device.id) if one.action == "device.update"]
    assert line.detail == {"changed": {"password": {"secret": True}}}  # not what to


async def test_an_update_changes_what_is_given_and_nothing_else(home: House) -> None:
    device = await home.register(URL, trust=Trust(fingerprint="ab" * 32))
    changes = DeviceChanges(zone="America/Chicago", poll_idle=timedelta(seconds=60))
    changed = await home.devices.update(ANN, device.id, changes)
    assert (changed.zone, changed.poll_idle) == ("America/Chicago", timedelta(seconds=60))
    assert (changed.name, changed.url, changed.trust) == (device.name, device.url, device.trust)
    row = (await home.audit(device.id))[-1]
    assert row.detail["changed"] == {
        "zone": {"before": "UTC", "after": "America/Chicago"},
        "poll_idle": {"before": device.poll_idle.total_seconds(), "after": 60.0},
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "ftp://box"}, "url"),
        ({"url": "http://"}, "url"),
        ({"url": "http://u:p@box"}, "url"),
        ({"url": "http://box/ffws"}, "url"),
        ({"url": "http://box?x=1"}, "url"),
        ({"url": "http://box:port"}, "url"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"dialect": "faxfinder-9"}, "dialect"),
        ({"fingerprint": "abc"}, "fingerprint"),
        ({"ca_pem": "no PEM"}, "ca_pem"),
        ({"ca_pem": "-----BEGIN CERTIFICATE-----\nÂ"}, "ca_pem"),
    ],
    ids=str,
)
async def test_what_no_appliance_could_have_is_refused_by_name(
    home: House, change: dict[str, str], field: str
) -> None:
    device = await home.register(URL)
    with pytest.raises(InvalidRequest) as refused:
        await home.devices.update(ANN, device.id, DeviceChanges(**change))  # type: ignore[arg-type]
    assert refused.value.field == field
    assert await home.device(device) == device


async def test_whoever_lacks_the_scope_is_refused_and_recorded(house: House) -> None:
    device = await house.register(URL)
    with pytest.raises(Forbidden):
        await house.devices.retire(NOBODY, device.id)
    with pytest.raises(Forbidden):
        await house.keys.create(NOBODY, "mine", frozenset({Scope.ADMIN}))
    with pytest.raises(Forbidden):
        await house.subscriptions.create(NOBODY, url="https://a.example/", events=("*",))
    denied = [line for line in await house.audit() if line.outcome is Outcome.DENIED]
    assert [line.action for line in denied] == ["device.retire", "key.create", "webhook.create"]
    assert await house.device(device) == device


# Keys


async def test_a_key_lets_in_until_it_is_revoked(house: House) -> None:
    key, token = await house.keys.create(ANN, "Bob", frozenset({Scope.FAXES_READ}))
    assert token.startswith(key.prefix)
    assert token not in repr(key)
    principal = await house.keys.authenticate(token)
    assert principal.id == key.id
    assert principal.scopes == {Scope.FAXES_READ}
    await house.keys.revoke(ANN, key.id)
    with pytest.raises(Unauthenticated):
        await house.keys.authenticate(token)
    assert [event.type for event in await house.told(key.id)] == ["key.created", "key.revoked"]
    assert await house.acts(key.id) == ["key.create", "key.revoke"]
    assert token not in str(await house.audit()) + str(await house.told(key.id))


@pytest.mark.parametrize("token", ["", "ffgw_", "ffgw_unknown", "Bearer x"])
async def test_a_key_that_is_not_known_lets_nobody_in(home: House, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await home.keys.authenticate(token)


async def test_the_key_from_the_settings_is_kept_once_and_may_do_all(house: House) -> None:
    token = "ffgw_0123456789abcdef"
    await house.keys.bootstrap(token)
    await house.keys.bootstrap(token)
    principal = await house.keys.authenticate(token)
    assert all(principal.may(scope) for scope in Scope)
    assert len(await house.keys.list(ANN)) == 1


@pytest.mark.parametrize("token", ["", "secret", "ffgw_short", "0123456789abcdefghijklmnop"])
async def test_a_weak_key_in_the_settings_is_refused(home: House, token: str) -> None:
    with pytest.raises(InvalidRequest):
        await home.keys.bootstrap(token)
    assert await home.keys.list(ANN) == ()


# Endpoints


@pytest.mark.parametrize(
    "events", [(), ("",), ("fax",), ("fax.*", "nonsense!"), ("*.*",), ("fax.deliver*",), ("FAX.*",)]
)
async def test_an_endpoint_cannot_ask_for_what_never_comes(
    home: House, events: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidRequest):
        await home.subscriptions.create(ANN, url="https://a.example/", events=events)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://169.254.169.254/", "file:///etc"])
async def test_an_endpoint_inside_the_network_is_refused(home: House, url: str) -> None:
    with pytest.raises(AddressRefused):
        await home.subscriptions.create(ANN, url=url, events=("*",))
