"""A database of the release before keeps what it has when it is brought up to this one."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, bindparam, text

from ffgateway.domain.faxes import Origin
from ffgateway.store.engines import engines
from ffgateway.store.migrating import differences, upgrade
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault
from tests.support.clock import OwnClock
from tests.support.nouns import a_signing_key

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
A_MOMENT = bindparam("at", type_=DateTime(timezone=True))  # for SQLite, which knows none
FAX = text(
    "INSERT INTO fax (id, submission_id, ordinal, status, created_at, updated_at, created_by,"
    " recipient, client_reference, fax_key, entry_key, attempt, pages, device_state,"
    " device_message, missing_looks, documents, revision) VALUES ('fax_old', 'sub_old', 0,"
    " 'delivered', :at, :at, 'key_a', '{\"fax_number\": \"555-0100\"}', '', '00000001', '0000',"
    " 1, 1, 'sent', '', 0, '[]', 3)"
).bindparams(A_MOMENT)
SUBMISSION = text(
    "INSERT INTO submission (id, stage, draft, created_at, created_by, due_at, fax_key, floor_key,"
    " absent_looks, tries, refused_by, epoch) VALUES ('sub_old', 'placed',"
    " '{\"recipients\": [], \"documents\": []}', :at, 'key_a', :at, '00000001', '', 0, 1, '[]', 1)"
).bindparams(A_MOMENT)


async def test_faxes_from_before_are_the_gateways_own(
    empty_database: str, vault: Vault, clock: OwnClock
) -> None:
    async with engines(empty_database) as opened:
        await upgrade(opened, to="0001")
        async with opened.writing.begin() as connection:
            for statement in (SUBMISSION, FAX):
                await connection.execute(statement, {"at": AT})
        await upgrade(opened)
        assert await differences(opened) == []
        async with Store(opened, vault, clock).reading() as tx:
            fax = await tx.faxes.get("fax_old")
    assert (fax.origin, fax.username, fax.agent) == (Origin.GATEWAY, "", "")


async def test_what_waits_already_is_as_urgent_as_its_draft_says(
    empty_database: str, vault: Vault, clock: OwnClock
) -> None:
    waiting = text(
        "INSERT INTO submission (id, stage, draft, created_at, created_by, due_at, fax_key,"
        " floor_key, absent_looks, tries, refused_by, epoch) VALUES (:id, 'waiting', :draft, :at,"
        " 'key_a', :at, '', '', 0, 0, '[]', 0)"
    ).bindparams(A_MOMENT)
    drafts = {
        "sub_low": '{"recipients": [], "documents": [], "priority": 5}',
        "sub_usual": '{"recipients": [], "documents": [], "priority": null}',
        "sub_urgent": '{"recipients": [], "documents": [], "priority": 0}',
    }
    async with engines(empty_database) as opened:
        await upgrade(opened, to="0005")
        async with opened.writing.begin() as connection:
            for name, draft in drafts.items():
                await connection.execute(waiting, {"id": name, "draft": draft, "at": AT})
        await upgrade(opened)
        async with Store(opened, vault, clock).transaction() as tx:
            due = await tx.submissions.due(at=clock.now(), limit=10)
    assert [one.id for one in due] == ["sub_urgent", "sub_usual", "sub_low"]


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENDPOINT = text(
    "INSERT INTO subscription (id, url, events, description, state, secret, created_at,"
    " created_by, removed_at, revision) VALUES (:id, 'https://receiver.example/', '[\"fax.*\"]',"
    " '', 'active', :secret, :at, 'key_a', :removed, 1)"
).bindparams(A_MOMENT, bindparam("removed", type_=DateTime(timezone=True)))


async def test_an_endpoint_keeps_its_secret_as_its_first_key(
    empty_database: str, vault: Vault, clock: OwnClock
) -> None:
    sealed = vault.seal(SECRET, context="subscription/whk_old")
    async with engines(empty_database) as opened:
        await upgrade(opened, to="0012")
        async with opened.writing.begin() as connection:
            for name, secret, removed in (("whk_old", sealed, None), ("whk_gone", b"", AT)):
                values = {"id": name, "secret": secret, "at": AT, "removed": removed}
                await connection.execute(ENDPOINT, values)
        await upgrade(opened)
        assert await differences(opened) == []
        async with Store(opened, vault, clock).reading() as tx:
            assert (await tx.subscriptions.get("whk_old")).events == ("fax.*",)
            receivers = await tx.receivers.open(["whk_old", "whk_gone"], at=clock.now())
    old = a_signing_key("whk_old", id="sgn_old", secret=SECRET, created_at=AT)
    assert receivers["whk_old"].keys == (old,)
    assert receivers["whk_gone"].keys == ()
