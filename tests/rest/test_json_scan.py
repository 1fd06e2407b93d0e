"""The scanner against a reader of whole documents, whatever the pieces."""

import base64
import json
import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.rest.json_scan import DEEPEST, Begun, Flawed, Over, Scanner, TooDeep, Twice

BASE64 = re.compile(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)
CONTENT = st.binary(max_size=40).map(lambda raw: base64.b64encode(raw).decode())
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8) | CONTENT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["documents", "content", "name", "a"]) | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)
DOCUMENT = st.fixed_dictionaries(
    {"content": CONTENT | st.text(max_size=10) | ANYTHING},
    optional={"name": st.text(max_size=8), "content_type": ANYTHING, "more": ANYTHING},
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "first": ANYTHING,
        "documents": st.lists(DOCUMENT | ANYTHING, max_size=3),
        "last": ANYTHING,
    },
)


@st.composite
def written(draw: st.DrawFn, bodies: st.SearchStrategy[Any] = BODY | ANYTHING) -> bytes:
    """JSON text, with spaces and escapes as writers choose them."""
    body = draw(bodies)
    text = json.dumps(
        body, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2]))
    )
    if draw(st.booleans()):
        text = text.replace("/", "\\/")
    if draw(st.booleans()):
        text = text.replace("+", "\\u002b").replace("=", "\\u003D").replace("Q", "\\u0051")
    if draw(st.booleans()):
        text = text.replace('"content"', '"c\\u006fntent"')
    return text.encode("utf-8", "surrogatepass")


@st.composite
def cut(draw: st.DrawFn, whole: bytes) -> list[bytes]:
    places = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    return [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]


def scanned(pieces: list[bytes]) -> tuple[Any, dict[int, bytes], set[int]]:
    """What was collected, read as JSON (or what says that it is none), the contents, the flaws."""
    scanner, at = Scanner(), -1
    contents, flawed = dict[int, bytes](), set[int]()
    for piece in pieces:
        for event in scanner.feed(piece):
            match event:
                case Begun(index):
                    at, contents[index] = index, b""
                case Flawed(index):
                    flawed.add(index)
                    del contents[index]
                case Over() | Twice():
                    pass
                case bytes():
                    contents[at] += event
    return bytes(scanner.text), contents, flawed


def expected(body: Any) -> tuple[dict[int, bytes], set[int]]:
    contents, flawed = dict[int, bytes](), set[int]()
    documents = body.get("documents") if isinstance(body, dict) else None
    for index, one in enumerate(documents if isinstance(documents, list) else ()):
        content = one.get("content") if isinstance(one, dict) else None
        if isinstance(content, str):
            if BASE64.fullmatch(content):
                contents[index] = base64.b64decode(content, validate=True)
            else:
                flawed.add(index)
    return contents, flawed


def without(body: Any, contents: dict[int, bytes]) -> Any:
    for index in contents:
        given_one = body["documents"][index]
        given_one["content"] = "=" if given_one["content"] else ""
    return body


def flaws_out(body: Any, flawed: set[int]) -> Any:
    for index in flawed:
        body["documents"][index]["content"] = None
    return body


def test_a_letter_that_is_cut_in_two_is_no_base64_and_still_json() -> None:
    whole = '{"documents": [{"content": "\u0080"}]}'.encode()
    for place in range(len(whole)):
        text, contents, flawed = scanned([whole[:place], whole[place:]])
        assert (contents, flawed) == ({}, {0})
        assert orjson.loads(text) == orjson.loads(whole)


@given(st.data())
def test_documents_are_read_as_a_whole_would_be(data: st.DataObject) -> None:
    whole = data.draw(written())
    try:
        body = orjson.loads(whole)
    except orjson.JSONDecodeError:
        body = None
    text, contents, flawed = scanned(data.draw(cut(whole)))
    if body is None and whole != b"null":
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(text)
        return
    assert (contents, flawed) == expected(body)
    collected = flaws_out(orjson.loads(text), flawed)
    assert collected == flaws_out(without(body, contents), flawed)


@given(st.data())
def test_what_is_no_json_stays_none(data: st.DataObject) -> None:
    whole = bytearray(data.draw(written(BODY)))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(len(whole) - 1, 0)))
        if data.draw(st.booleans()):
            del whole[place : place + data.draw(st.integers(1, 5))]
        else:
            whole[place:place] = data.draw(
                st.sampled_from([b'"', b"\\", b"}", b",", b"\n", b"\xff"])
            )
    try:
        orjson.loads(bytes(whole))
    except orjson.JSONDecodeError:
        text, _, _ = scanned(data.draw(cut(bytes(whole))))
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(text)


@given(
    st.binary(max_size=30),
    st.sampled_from(["", "=", "==", "====", "AAAA", "\n", " ", "-", "é"]),
    st.data(),
)
def test_base64_is_as_strict_in_pieces_as_whole(raw: bytes, more: str, data: st.DataObject) -> None:
    content = base64.b64encode(raw).decode() + more
    whole = json.dumps({"documents": [{"content": content}]}, ensure_ascii=False).encode()
    pieces = data.draw(cut(whole) | st.just([whole[i : i + 1] for i in range(len(whole))]))
    _, contents, flawed = scanned(pieces)
    assert (contents, flawed) == expected(json.loads(whole))


def test_a_document_is_over_with_its_label_and_a_mark_for_its_content() -> None:
    scanner = Scanner()
    events = scanner.feed(b'{"documents": [{"content": "QUJD", "name": "a"}, {"name": "b"}]}')
    assert events == [
        Begun(0),
        b"ABC",
        Over(0, b'{"content": "=", "name": "a"}'),
        Over(1, b'{"name": "b"}'),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"documents": [], "a": {}, "documents": []}', "documents"),
        (b'{"documents": [{}, {"content": "", "name": "", "c\\u006fntent": ""}]}',
         "documents[1].content"),
    ],
)  # fmt: skip
def test_what_says_twice_what_is_sent_is_told(body: bytes, field: str) -> None:
    assert [one for one in Scanner().feed(body) if isinstance(one, Twice)] == [Twice(field)]


def test_what_comes_twice_elsewhere_is_for_whoever_reads_the_rest() -> None:
    body = (
        b'{"a": {"documents": 1, "documents": 2}, "content": 1, "content": [{"content": "QQ=="}]}'
    )
    scanner = Scanner()
    assert scanner.feed(body) == []
    assert bytes(scanner.text) == body


@pytest.mark.parametrize("letters", [b"[", b'{"a":', b'[{"a":'])
def test_it_goes_no_deeper_than_others_and_reads_no_further(letters: bytes) -> None:
    deep = letters * (DEEPEST // (letters.count(b"[") + letters.count(b"{")))
    scanner = Scanner()
    assert scanner.feed(deep) == []
    with pytest.raises(TooDeep):
        scanner.feed(letters * 100_000)
    assert len(scanner.text) <= len(deep) + len(letters)
