"""Cutting a list without parsing it: the same entries, or no cut at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ffgateway.ffws.errors import MalformedDocument
from ffgateway.ffws.faxes import (
    FaxEntry,
    read_fax_entries,
    read_fax_entry,
    split_fax_entries,
    write_fax_entries,
)
from tests.ffws import strategies
from tests.ffws.samples import sample

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<response>\n<message>Success</message>\n'
ENTRY = b"<fax_entry><fax_entry_url>https://h/ffws/v1/ofax/1B/0</fax_entry_url></fax_entry>"
OTHER = b"<fax_entry><fax_entry_url>https://h/ffws/v1/ofax/1B/1</fax_entry_url></fax_entry>"
TAIL = b"</response>"


@given(
    entries=st.lists(strategies.entries(), min_size=1, max_size=4),
    gap=st.sampled_from(["", "\n\t"]),
)
@settings(max_examples=50, deadline=None)
def test_pieces_read_as_the_whole(entries: list[FaxEntry], gap: str) -> None:
    document = write_fax_entries(entries, base_url="https://dot10")
    document = document.replace(b"<fax_entry>", gap.encode() + b"<fax_entry>")
    pieces = split_fax_entries(document)
    assert pieces is not None
    assert tuple(read_fax_entry(piece) for piece in pieces) == read_fax_entries(document)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(HEAD + ENTRY + OTHER + TAIL, id="nothing between"),
        pytest.param(HEAD + b"\r\n\t" + ENTRY + b" \n" + OTHER + b"\n" + TAIL + b"\n", id="blanks"),
        pytest.param(b"<response>" + ENTRY + OTHER + TAIL, id="no message, no declaration"),
        pytest.param(b"\n" + HEAD.replace(b'"', b"'") + ENTRY + OTHER + TAIL, id="single quotes"),
        pytest.param(b"\xef\xbb\xbf" + HEAD + ENTRY + OTHER + TAIL, id="byte order mark"),
        pytest.param(
            HEAD
            + ENTRY
            + OTHER.replace(b"</fax_entry>", b"<x>a fax_entry!?</x></fax_entry>")
            + TAIL,
            id="the word in a text",
        ),
        pytest.param(
            HEAD.replace(b"Success", b"fax_entry?!") + ENTRY + OTHER + TAIL, id="in the message"
        ),
    ],
)
def test_an_ordinary_list_is_cut(document: bytes) -> None:
    pieces = split_fax_entries(document)
    assert pieces is not None
    assert [read_fax_entry(piece).entry_key for piece in pieces] == ["0", "1"]
    assert tuple(map(read_fax_entry, pieces)) == read_fax_entries(document)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEAD + TAIL, id="no entries"),
        pytest.param(TAIL, id="nothing but the end"),
        pytest.param(HEAD + ENTRY, id="cut off after an entry"),
        pytest.param(HEAD + ENTRY + b"<fax_en", id="cut off in an entry"),
        pytest.param(HEAD + ENTRY + b"<other/>" + OTHER + TAIL, id="something between"),
        pytest.param(HEAD + ENTRY + b"text" + OTHER + TAIL, id="text between"),
        pytest.param(HEAD + b"<other/>" + ENTRY + TAIL, id="something before"),
        pytest.param(HEAD + ENTRY + b"<message/>" + TAIL, id="something behind"),
        pytest.param(HEAD + ENTRY + TAIL + TAIL, id="two ends"),
        pytest.param(HEAD + b"<!-- " + ENTRY + b" -->" + OTHER + TAIL, id="a comment"),
        pytest.param(
            HEAD + ENTRY[:-12] + b"<![CDATA[</fax_entry>]]></fax_entry>" + TAIL, id="CDATA"
        ),
        pytest.param(
            HEAD + ENTRY[:-12] + b"<?x </fax_entry>?></fax_entry>" + TAIL, id="instruction"
        ),
        pytest.param(b"<!DOCTYPE r>" + HEAD + ENTRY + TAIL, id="a DTD"),
        pytest.param(HEAD.replace(b"UTF-8", b"ISO-8859-1") + ENTRY + TAIL, id="another encoding"),
        pytest.param((HEAD + ENTRY + TAIL).decode().encode("utf-16"), id="UTF-16"),
        pytest.param(
            HEAD.replace(b"<response>", b"<response a='1'>") + ENTRY + TAIL, id="attribute"
        ),
        pytest.param(
            HEAD + ENTRY.replace(b"<fax_entry>", b"<fax_entry a='1'>") + TAIL, id="its attribute"
        ),
        pytest.param(
            HEAD + ENTRY.replace(b"</fax_entry>", b"</fax_entry >") + TAIL, id="blank in a tag"
        ),
        pytest.param(
            HEAD
            + ENTRY.replace(b"</fax_entry>", b"</fax_entry >")
            + OTHER.replace(b"<fax_entry>", b"<fax_entry >")
            + TAIL,
            id="blanks in two tags that would pair up",
        ),
        pytest.param(HEAD + ENTRY[:-12] + OTHER + b"</fax_entry>" + TAIL, id="one in another"),
        pytest.param(b"<fax_entries>" + ENTRY + b"</fax_entries>", id="another root"),
        pytest.param(b"<html>" + ENTRY + b"</html>", id="no answer"),
    ],
)
def test_what_cannot_be_cut_safely_is_left_whole(document: bytes) -> None:
    assert split_fax_entries(document) is None


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_is_cut_and_read_reads_the_same_whole(data: st.DataObject) -> None:
    document = bytearray(HEAD + ENTRY + b"\n" + OTHER + TAIL)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(document)))
        end = start + data.draw(st.integers(0, 12))
        document[start:end] = data.draw(st.sampled_from(DAMAGE))
    pieces = split_fax_entries(bytes(document))
    if pieces is None:
        return
    try:
        read = tuple(map(read_fax_entry, pieces))
    except MalformedDocument:
        with pytest.raises(MalformedDocument):
            read_fax_entries(bytes(document))
    else:
        assert read_fax_entries(bytes(document)) == read


DAMAGE = [
    *(
        b"",
        b" ",
        b"\n",
        b"\x0b",
        b"\0",
        b"\xff",
        b"x",
        b"<",
        b">",
        b"/",
        b"&",
        b"!",
        b"?",
        b"'",
        b"]]>",
    ),
    *(b"<a>", b"</a>", b"<a/>", b"<!--", b"-->", b"<![CDATA[", b"<?x ?>", b"&amp;", b"&x;"),
    *(
        b"<fax_entry>",
        b"</fax_entry>",
        b"<fax_entry >",
        b"</fax_entry >",
        b"<fax_entry/>",
        b"fax_entry",
    ),
    *(ENTRY, OTHER, HEAD, TAIL),
]


@pytest.mark.parametrize(
    "name", ["ff240-3.0.4/fax.schedule.created.201", "ff240-3.0.4/fax.list.aborted.200"]
)
def test_the_vendors_own_layout_is_cut(name: str) -> None:
    document = sample(name)
    pieces = split_fax_entries(document)
    assert pieces is not None
    assert tuple(map(read_fax_entry, pieces)) == read_fax_entries(document)
