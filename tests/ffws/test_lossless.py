"""XML as JSON and back: what is the same afterwards, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ffgateway.ffws.elements import DEEPEST
from ffgateway.ffws.errors import HostileDocument, MalformedDocument, UnwritableText
from ffgateway.ffws.lossless import to_json, to_xml
from tests.ffws.samples import names, sample


def node(name: str, *children: dict[str, Any], text: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "attributes": {}, "children": list(children), "text": text, **more}


@pytest.mark.parametrize(
    ("document", "tree"),
    [
        (b"<a/>", node("a")),
        (b"<a>b</a>", node("a", text="b")),
        (b"<a><b/></a>", node("a", node("b"))),
        (b"<a><b/><c/><b/></a>", node("a", node("b"), node("c"), node("b"))),
        (b"<a>x<b/>y<b/></a>", node("a", node("b", tail="y"), node("b"), text="x")),
        (b"<a x='1' y=''/>", node("a", attributes={"x": "1", "y": ""})),
        (b"<p:a xmlns:p='urn:x' p:b='c'/>", node("{urn:x}a", attributes={"{urn:x}b": "c"})),
        (b"<a>x<!-- no -->y<?no no?>z</a>", node("a", text="xyz")),
        (b"<a><![CDATA[<&>]]></a>", node("a", text="<&>")),
        (b"<a>&lt;&#13;&amp;</a>", node("a", text="<\r&")),
        (b"\n<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", node("a", text="\u00e9")),
    ],
)
def test_a_document_becomes_the_same_tree_whoever_reads_it(
    document: bytes, tree: dict[str, Any]
) -> None:
    assert to_json(document) == tree
    assert to_json(to_xml(tree)) == tree


@pytest.mark.parametrize("name", names())
def test_every_sample_goes_there_and_back(name: str) -> None:
    try:
        tree = to_json(sample(name.removesuffix(".xml")))
    except MalformedDocument:
        pytest.skip("a sample of what is no XML")
    assert to_json(to_xml(json.loads(json.dumps(tree)))) == tree


word = st.from_regex("[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
name = st.one_of(word, word.map("{{urn:test}}{}".format))
text = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cs"], exclude_characters=["\ufffe", "\uffff"]
    ).filter(lambda letter: letter >= " " or letter in "\t\n\r"),
    max_size=12,
)


def trees(children: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    tailed = st.builds(
        lambda child, tail: {**child, "tail": tail} if tail else child, children, text
    )
    return st.fixed_dictionaries(
        {
            "name": name,
            "attributes": st.dictionaries(name, text, max_size=3),
            "children": st.lists(tailed, max_size=4),
            "text": text,
        }
    )


leaf = st.fixed_dictionaries(
    {"name": name, "attributes": st.just({}), "children": st.just([]), "text": text}
)


@given(st.recursive(leaf, trees, max_leaves=20))
def test_every_tree_survives_the_way_there_and_back(tree: dict[str, Any]) -> None:
    assert to_json(to_xml(tree)) == tree


def deep(levels: int) -> dict[str, Any]:
    tree = node("a")
    for _ in range(levels - 1):
        tree = node("a", tree)
    return tree


def test_a_tree_is_as_deep_as_a_document_may_be() -> None:
    assert to_json(to_xml(deep(DEEPEST))) == deep(DEEPEST)
    with pytest.raises(HostileDocument):
        to_xml(deep(DEEPEST + 1))


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"name": ""},
        {"name": "a b"},
        {"name": "a><b"},
        {"name": "{}a"},
        {"name": "{urn:x"},
        {"name": "{:%%:}a"},
        {"name": 1},
        {"name": "a", "colour": "red"},
        {"name": "a", "attributes": []},
        {"name": "a", "attributes": {"b": 1}},
        {"name": "a", "attributes": {"b c": "1"}},
        {"name": "a", "attributes": {"{http://www.w3.org/2000/xmlns/}p": "urn:x"}},
        {"name": "a", "children": {}},
        {"name": "a", "children": ["b"]},
        {"name": "a", "children": [None]},
        {"name": "a", "text": None},
        {"name": "a", "children": [{"name": "b", "tail": 1}]},
    ],
)
def test_what_is_no_element_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocument):
        to_xml(tree)


@pytest.mark.parametrize("letter", ["\x00", "\x0b", "\ud800", "\uffff"])
def test_what_xml_cannot_carry_is_refused(letter: str) -> None:
    for tree in (node("a", text=letter), node("a", attributes={"b": letter})):
        with pytest.raises(UnwritableText):
            to_xml(tree)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"<a>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<a>" * 40 + b"</a>" * 40,
        b"<a>&undefined;</a>",
    ],
)
def test_a_hostile_or_broken_document_is_refused(document: bytes) -> None:
    with pytest.raises(MalformedDocument):
        to_json(document)
