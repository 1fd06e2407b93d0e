"""Fax entries asked of an appliance: every word of an entry arrives, and what was asked for leaves."""

from datetime import UTC, datetime

import pytest

from ffgateway.devices import entries
from ffgateway.domain.entries import EntryClass, Listing
from ffgateway.domain.errors import DeviceNotThere, DeviceRefused
from ffgateway.domain.evidence import Evidence
from tests.devices.speaking import EMPTY, opened
from tests.support.receiver import Answer, receiving

FULL = b"""<response><message>Success</message><fax_entry>
<fax_entry_url>https://dot10/ffws/v1/ofax/0000001B/0001</fax_entry_url>
<state>parked</state><schedule_message>Waiting</schedule_message>
<created>2026-03-02T06:00:00</created><stime>2026-03-02T07:00:00</stime>
<try_number>2</try_number><agent>WebClient</agent>
<cover_page><url>https://dot10/ffws/v1/data/cover_pages/default.pdf</url><enabled>true</enabled>
<subject>S</subject><comments>C</comments></cover_page>
<sender><username>bob</username><name>B</name><organization>O</organization>
<phone_number>1</phone_number><fax_number>2</fax_number><email_address>b@o.example</email_address></sender>
<recipient><name>Z</name><organization>Zoo</organization><fax_number>555-0101</fax_number>
<phone_number>3</phone_number></recipient>
<max_tries>3</max_tries><priority>0</priority><try_interval>60</try_interval>
<receipt>always</receipt><receipt_attachment>pdf</receipt_attachment><pages>4</pages>
<approver>ann</approver><approval_time>2026-03-02T06:30:00</approval_time>
<modem_info><init_time>a</init_time><connect_time>b</connect_time><speed>33600</speed></modem_info>
</fax_entry></response>"""


async def test_every_word_of_an_entry_arrives() -> None:
    async with receiving() as peer, opened(peer.url, zone="America/Chicago") as box:
        peer.answer(Answer(body=FULL))
        known = await entries.of_fax(box, "0000001B", modem_info=True)
    assert (known.evidence, known.function) == (Evidence.DOCUMENTED, "fax.get")
    (one,) = known.value
    assert (one.key, one.state, one.status) == ("0000001B/0001", "parked", None)
    assert (one.username, one.agent, one.message) == ("bob", "WebClient", "Waiting")
    assert one.created_at == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert one.due_at == datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert one.approved_at == datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    assert (one.cover_page.enabled, one.cover_page.name) == (True, "default.pdf")
    assert (one.sender.email_address, one.recipient.organization) == ("b@o.example", "Zoo")
    assert (one.try_number, one.max_tries, one.priority, one.try_interval) == (2, 3, 0, 60)
    assert (one.receipt, one.receipt_attachment, one.pages) == ("always", "pdf", 4)
    assert [(fact.name, fact.value, fact.evidence.value) for fact in one.modem] == [
        ("init_time", "a", "documented"),
        ("connect_time", "b", "documented"),
        ("speed", "33600", "observed"),
    ]


@pytest.mark.parametrize(
    ("what", "query"),
    [
        (Listing(), ""),
        (Listing(all_users=True), "?all_users=true"),
        (Listing(of_class=EntryClass.SENDING), "?class=sending"),
        (Listing(complete_limit=0), "?complete_limit=0"),
        (Listing(modem_info=True), "?include_modem_info=true"),
    ],
)
async def test_only_what_was_asked_for_is_asked(what: Listing, query: str) -> None:
    async with receiving() as peer, opened(peer.url) as box:
        peer.answer(Answer(body=EMPTY))
        assert (await entries.listed(box, what)).value == ()
        (call,) = peer.received
    assert call.path == f"/ffws/v1/ofax{query}"


@pytest.mark.parametrize("body", [b"", b"<response/>", b"whatever"])
async def test_what_an_appliance_says_when_it_takes_on_a_change_does_not_matter(
    body: bytes,
) -> None:
    async with receiving() as peer, opened(peer.url) as box:
        peer.answer(Answer(status=202, body=body))
        await entries.abort(box, "0000001B", None)
        await entries.abort(box, "0000001B", "0001")
        await entries.reschedule(box, "0000001B", "0001", datetime(2026, 3, 2, 12, tzinfo=UTC))
        await entries.reschedule(box, "0000001B", "0001", None)
        calls = [(call.method, call.path) for call in peer.received]
    assert calls == [
        ("DELETE", "/ffws/v1/ofax/0000001B"),
        ("DELETE", "/ffws/v1/ofax/0000001B/0001"),
        ("PUT", "/ffws/v1/ofax/0000001B/0001?at=2026-03-02T12%3A00%3A00"),
        ("PUT", "/ffws/v1/ofax/0000001B/0001?at=now"),
    ]


@pytest.mark.parametrize(("status", "error"), [(404, DeviceNotThere), (400, DeviceRefused)])
async def test_its_no_is_told_apart(status: int, error: type[DeviceRefused]) -> None:
    async with receiving() as peer, opened(peer.url) as box:
        peer.answer(Answer(status=status))
        with pytest.raises(error):
            await entries.entry(box, "0000001B", "0001", modem_info=False)
