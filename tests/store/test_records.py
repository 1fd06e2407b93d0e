"""The audit log and the keys."""

from dataclasses import replace
from typing import Any

import pytest

from ffgateway.domain.access import ApiKey, Scope
from ffgateway.domain.audit import AuditEntry, AuditFilter, Outcome
from ffgateway.domain.errors import NotFound
from ffgateway.store.transaction import Store
from tests.support.clock import NOON

LINE = AuditEntry(
    at=NOON,
    principal_id="key_ann",
    principal_name="Ann",
    action="fax.send",
    resource="fax_one",
    outcome=Outcome.DENIED,
    request_id="req_1",
    address="192.0.2.1",
    detail={"reasons": ["ä", 1, None]},
)
KEY = ApiKey(
    id="key_ann",
    name="Ann",
    prefix="ffgw_abc",
    digest="e" * 64,
    scopes=frozenset({Scope.FAXES_READ, Scope.AUDIT_READ}),
    created_at=NOON,
)


async def note(store: Store, *lines: AuditEntry) -> None:
    async with store.transaction() as tx:
        tx.note(*lines)


async def test_lines_come_back_whole_the_newest_first_with_rising_numbers(store: Store) -> None:
    await note(store, LINE, replace(LINE, resource="fax_two"))
    async with store.reading() as tx:
        page = await tx.audit.page(cursor=None, limit=10)
    assert page.items == (
        replace(LINE, resource="fax_two", number=2),
        replace(LINE, number=1),
    )


async def test_the_log_is_paged_past_ten_lines_by_number_not_by_text(store: Store) -> None:
    await note(store, *(LINE for _ in range(25)))
    numbers: list[int] = []
    cursor: str | None = None
    async with store.reading() as tx:
        while True:
            page = await tx.audit.page(cursor=cursor, limit=7)
            numbers += [one.number for one in page.items]
            cursor = page.next
            if cursor is None:
                break
    assert numbers == list(range(25, 0, -1))


@pytest.mark.parametrize(
    ("terms", "count"),
    [
        ({"resource": "fax_one"}, 2),
        ({"principal_id": "key_bob"}, 1),
        ({"action": "fax.cancel"}, 1),
        ({"resource": "fax_one", "action": "fax.cancel"}, 1),
        ({"resource": "fax_three"}, 0),
    ],
    ids=str,
)
async def test_the_log_is_read_by_thing_person_and_act(
    store: Store, terms: dict[str, Any], count: int
) -> None:
    await note(
        store,
        LINE,
        replace(LINE, action="fax.cancel"),
        replace(LINE, resource="fax_two", principal_id="key_bob"),
    )
    async with store.reading() as tx:
        assert (
            len((await tx.audit.page(AuditFilter(**terms), cursor=None, limit=10)).items) == count
        )


async def test_what_rolls_back_is_not_on_record(store: Store) -> None:
    async def change_of_mind() -> None:
        async with store.transaction() as tx:
            tx.note(LINE)
            raise RuntimeError("the test's own")

    with pytest.raises(RuntimeError):
        await change_of_mind()
    async with store.reading() as tx:
        assert (await tx.audit.page(cursor=None, limit=10)).items == ()


async def test_a_key_is_found_by_its_digest_and_keeps_the_date_it_ended(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.keys.add(KEY)
    async with store.transaction() as tx:
        assert await tx.keys.opened("e" * 64) == (KEY, None)
        assert await tx.keys.opened("f" * 64) is None
        await tx.keys.revoke("key_ann", at=NOON)
    async with store.transaction() as tx:
        await tx.keys.revoke("key_ann", at=NOON.replace(year=2030))
    async with store.reading() as tx:
        assert await tx.keys.get("key_ann") == replace(KEY, revoked_at=NOON)
        assert await tx.keys.all() == (replace(KEY, revoked_at=NOON),)
        with pytest.raises(NotFound):
            await tx.keys.get("key_bob")
