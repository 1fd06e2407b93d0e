"""What a principal with limits may have to do with, and what it may send: the one place of the rule.

Limited to pools, it has to do with the appliances of its pools, with calls that came in to them, and
with faxes and batches of its own; everything else of that kind is not there for it. What concerns
the gateway as a whole (keys, endpoints, the audit log, suppressions, many appliances at once) it
may not do, whatever its scopes. What the caps of a day allow is counted in the transaction that
promises, so that no two of them count the same fax.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

import phonenumbers

from ffgateway.domain.access import UNLIMITED, Limits, Principal
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import DayExceeded, Forbidden, InvalidNumber, InvalidRequest, NotFound
from ffgateway.domain.faxes import FaxDraft, dialled
from ffgateway.domain.placement import PAGES_GUESSED
from ffgateway.domain.quotas import DAY, Standing
from ffgateway.services.numbers import dialled_on
from ffgateway.store.transaction import Store, Transaction

OF_NOTHING: Final = frozenset(
    {
        "fax.send",
        "fax.preview",
        "fax.list",
        "document.keep",
        "batch.send",
        "batch.list",
        "device.list",
        "inbound.list",
        "event.list",
        "event.follow",
        "event_type.list",
        "event_type.sample",
    }
)
"""What one limited to pools may do that is not done to one thing; each shows its own things alone."""

NOT_THEIRS: Final = frozenset(
    {"device.update", "device.retire", "acting_user.set", "acting_user.remove"}
)
"""What is never done by one limited to pools: who may use an appliance is not for them to say."""

WHOLE: Final = "audit."
"""How acts begin that are of the gateway as a whole, though they may be about one thing."""

BEHIND: Final = frozenset({"device.exchange"})
"""What would go past every limit."""

_Finds = Callable[[Transaction, Principal, str], Awaitable[bool]]


async def _device(tx: Transaction, principal: Principal, identity: str) -> bool:
    return not principal.limits.pools.isdisjoint((await tx.devices.get(identity)).pools)


async def _fax(tx: Transaction, principal: Principal, identity: str) -> bool:
    return (await tx.faxes.get(identity)).created_by == principal.id


async def _batch(tx: Transaction, principal: Principal, identity: str) -> bool:
    return (await tx.batches.get(identity)).asked_by.principal_id == principal.id


async def _call(tx: Transaction, principal: Principal, identity: str) -> bool:
    return await _device(tx, principal, (await tx.inbound.get(identity)).device_id)


_KINDS: Final[dict[str, tuple[str, _Finds]]] = {
    "dev": ("device", _device),
    "fax": ("fax", _fax),
    "bat": ("batch", _batch),
    "inb": ("inbound fax", _call),
}


async def sees(tx: Transaction, principal: Principal, subject: str) -> bool:
    """Whether a thing is there for a principal, by its id."""
    if not principal.limits.pools:
        return True
    _, finds = _KINDS.get(subject.partition("_")[0], ("", None))
    if finds is None:
        return False
    try:
        return await finds(tx, principal, subject)
    except NotFound:
        return False


async def hold_to(store: Store, principal: Principal, action: str, resource: str) -> None:
    """Hold a principal to its limits. Raises `Forbidden`, and `NotFound` for a thing of others."""
    if principal.limits == UNLIMITED:
        return
    if action in BEHIND:
        raise Forbidden("A key with limits may not do this.", cure="Use one without limits.")
    if not principal.limits.pools:
        return
    noun, _ = _KINDS.get(resource.partition("_")[0], ("", None))
    theirs = action not in NOT_THEIRS and not action.startswith(WHOLE)
    if not theirs or not (noun or (not resource and action in OF_NOTHING)):
        raise Forbidden(
            "A key that is limited to pools may not do this.", cure="Use one that is not."
        )
    if not resource:
        return
    async with store.reading() as tx:
        seen = await sees(tx, principal, resource)
    if not seen:
        raise NotFound(f"There is no {noun} {resource}.", field="id")


async def own_devices(tx: Transaction, principal: Principal) -> frozenset[str] | None:
    """The appliances that are there for a principal; None: all of them."""
    pools = principal.limits.pools
    if not pools:
        return None
    return frozenset(one.id for one in await tx.devices.all() if not pools.isdisjoint(one.pools))


def acts_as_another(principal: Principal, *, created_by: str, acts_as: str) -> bool:
    """Whether a principal is another user of the appliances than whoever handed something over there.

    What becomes of it is then for the appliance to allow.
    """
    own = principal.limits.acts_as
    return own not in {"", acts_as} and created_by != principal.id


# Sending ----------------------------------------------------------------------------------------


def bound(limits: Limits, draft: FaxDraft) -> FaxDraft:
    """The draft bound to a pool of the limits, and to whom they act as. Raises as that pool is wrong."""
    acting = (limits.acts_as, limits.acts_as_only)
    if (draft.acts_as, draft.acts_as_only) != acting:  # those of another, of what is sent again
        draft = replace(draft, acts_as=acting[0], acts_as_only=acting[1])
    return _pooled(limits, draft)


def _pooled(limits: Limits, draft: FaxDraft) -> FaxDraft:
    if not limits.pools or draft.device_id is not None:
        return draft  # an appliance that is named is looked at by its pools
    if draft.pool is None and len(limits.pools) == 1:
        return replace(draft, pool=next(iter(limits.pools)))
    if draft.pool is None:
        raise InvalidRequest(
            "The key is limited to several pools, and none is named.",
            field="pool",
            cure=f"Name one of {', '.join(sorted(limits.pools))}.",
        )
    if draft.pool not in limits.pools:
        raise NotFound(f"No appliance is in the pool {draft.pool}.", field="pool")
    return draft


def check_numbers(limits: Limits, devices: Sequence[Device], numbers: Sequence[str]) -> None:
    """Raise `Forbidden` for a number that does not begin as the limits say, by whichever appliance."""
    if not limits.numbers:
        return
    lines = {(one.region, one.dial_plan): one for one in devices}.values()
    for index, number in enumerate(numbers):
        field = f"recipients[{index}].fax_number"
        found = _international(number, list(lines), field=field)
        if not found or not all(one.startswith(limits.numbers) for one in found):
            no = Forbidden(
                f"The key may not send to {number}.",
                cure=f"It may send to numbers that begin with {', '.join(limits.numbers)}.",
            )
            no.field = field
            raise no


def _international(number: str, devices: Sequence[Device], *, field: str) -> set[str]:
    """What a number is in E.164, as the appliances would dial it; nothing when one could not say."""
    if number.startswith("+"):
        try:
            parsed = phonenumbers.parse(number, None)
        except phonenumbers.NumberParseException:
            return set()
        found = {phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)}
        if any(not device.region for device in devices):
            # its digits as they are, a 0 that is only for home and all
            found.add(f"+{dialled(number)}")
        return found
    found = set[str]()
    for device in devices:
        try:
            e164 = dialled_on(device, number, field=field).e164
        except InvalidNumber:
            continue  # it is not sent by that one
        if e164 is None:
            return set()  # inside the house, or of a town that nobody told us
        found.add(e164)
    return found


async def spend(
    tx: Transaction, principal: Principal, draft: FaxDraft, *, count: int, now: datetime
) -> None:
    """Count faxes of a draft against the day. Raises `DayExceeded`: nothing may then be kept."""
    limits = principal.limits
    if limits.faxes_per_day is None and limits.pages_per_day is None:
        return
    known = (PAGES_GUESSED if one.pages is None else one.pages for one in draft.documents)
    pages = count * (sum(known) + draft.cover_page.enabled)
    spent = await tx.spending.add(principal.id, now.date(), faxes=count, pages=pages)
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    left = max(1, int((midnight - now).total_seconds()))
    for what, cap, cost, total in (
        ("faxes", limits.faxes_per_day, count, spent[0]),
        ("pages", limits.pages_per_day, pages, spent[1]),
    ):
        if cap is not None and total > cap:
            remaining = max(0, cap - (total - cost))
            standing = Standing(
                limit=cap,
                remaining=remaining,
                resets_in=left,
                policy=f"{what}-per-day",
                window=DAY,
            )
            raise DayExceeded(what, cost=cost, standing=standing)
