"""Any noun there can be, and any text XML can carry."""

from datetime import datetime

from hypothesis import strategies as st

from ffgateway.ffws.faxes import (
    Attachment,
    CoverPage,
    ExternalAttachment,
    FaxEntry,
    InlineAttachment,
    Recipient,
    ScheduleFax,
    Sender,
    WireState,
)

BLANK = " \t\r\n"

# Surrounding blanks are layout on this wire, and so no part of a text.
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
        lambda character: character >= " " or character in BLANK
    ),
    max_size=12,
).map(lambda text: text.strip(BLANK))
words = texts.map(lambda text: "".join(text.split()))
numbers = st.integers(0, 10**6)
moments = st.datetimes(
    datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2100-01-01")
).map(lambda moment: moment.replace(microsecond=0))
keys = st.integers(0, 2**32 - 1).map("{:08X}".format)
entry_keys = st.integers(0, 2**16 - 1).map("{:04X}".format)

cover_pages = st.builds(CoverPage, enabled=st.booleans(), url=words, subject=texts, comments=texts)
recipients = st.builds(
    Recipient, fax_number=texts, name=texts, organization=texts, phone_number=texts
)


def senders(usernames: st.SearchStrategy[str]) -> st.SearchStrategy[Sender]:
    return st.builds(
        Sender,
        username=usernames,
        name=texts,
        organization=texts,
        phone_number=texts,
        fax_number=texts,
        email_address=texts,
    )


def _inline(name: str, content_type: str, content: bytes) -> InlineAttachment:
    return InlineAttachment(
        name=name, content_type=content_type, size=len(content), content=content
    )


attachments: st.SearchStrategy[Attachment] = st.one_of(
    st.builds(_inline, texts, texts, st.binary(max_size=100)),
    st.builds(ExternalAttachment, url=words),
)
requests = st.builds(
    ScheduleFax,
    recipients=st.lists(recipients, max_size=3).map(tuple),
    attachments=st.lists(attachments, max_size=3).map(tuple),
    cover_page=cover_pages,
    sender=senders(st.just("")),
    max_tries=st.none() | numbers,
    priority=st.none() | st.integers(0, 5),
    try_interval=st.none() | numbers,
    receipt=st.none() | st.sampled_from(["never", "failure", "always"]),
    receipt_attachment=st.none() | st.sampled_from(["none", "pdf"]),
    schedule_all_at=st.none() | moments,
)


@st.composite
def entries(draw: st.DrawFn) -> FaxEntry:
    state = draw(st.sampled_from(WireState))
    return FaxEntry(
        fax_key=draw(keys),
        entry_key=draw(entry_keys),
        state=state,
        raw_state=state.value,
        recipient=draw(recipients),
        schedule_message=draw(texts),
        created=draw(st.none() | moments),
        stime=draw(st.none() | moments),
        try_number=draw(numbers),
        agent=draw(texts),
        cover_page=draw(cover_pages),
        sender=draw(senders(texts)),
        max_tries=draw(st.none() | numbers),
        priority=draw(st.none() | numbers),
        try_interval=draw(st.none() | numbers),
        receipt=draw(texts),
        receipt_attachment=draw(texts),
        pages=draw(numbers),
        approver=draw(texts),
        approval_time=draw(st.none() | moments),
    )
