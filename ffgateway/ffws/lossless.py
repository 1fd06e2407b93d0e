"""XML as JSON and back, nothing lost: order, repetition, attributes, namespaces, mixed content.

Every element becomes `{"name", "attributes", "children", "text"}` with each of the four always
there, and `"tail"` where text follows the element within its parent, so that one element of a list
is a list of one and two readers never disagree on what a name means:

    <a x="1">b<c/>d</a>
    {"name": "a", "attributes": {"x": "1"}, "children": [
        {"name": "c", "attributes": {}, "children": [], "text": "", "tail": "d"}], "text": "b"}

A name in a namespace is `{uri}name`; prefixes are not kept, as they mean nothing. Comments and
processing instructions are dropped, as everywhere on this wire; the text around them is joined. What
is kept is the infoset, not the bytes: CDATA becomes text and the declaration becomes ours.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from ffgateway.ffws.elements import (
    ANSWER_LIMIT,
    DEEPEST,
    MOST_ELEMENTS,
    Element,
    escaped,
    parse,
)
from ffgateway.ffws.errors import HostileDocument, MalformedDocument

Node = dict[str, Any]

_KEYS: Final = frozenset({"name", "attributes", "children", "text", "tail"})
_NAME: Final = re.compile(r"(\{[^{}\x00-\x20<>\"]{1,500}\})?[A-Za-z_][A-Za-z0-9_.-]{0,199}")
_RESERVED: Final = "{http://www.w3.org/2000/xmlns/}"


def to_json(document: bytes, *, limit: int = ANSWER_LIMIT) -> Node:
    """Read a document. Raises `MalformedDocument` under the same bounds as every other answer."""
    return _node(parse(document, limit=limit), root=True)


def _node(element: Element, *, root: bool = False) -> Node:
    node: Node = {
        "name": str(element.tag),
        "attributes": {str(name): str(text) for name, text in element.attrib.items()},
        "children": [_node(child) for child in element],
        "text": element.text or "",
    }
    if element.tail and not root:
        node["tail"] = element.tail
    return node


def to_xml(node: Mapping[str, Any]) -> bytes:
    """Write a document. Raises `MalformedDocument` for what `to_json` never gives.

    Left out, `attributes`, `children` and `text` are empty. Raises `UnwritableText` for a text that
    XML cannot carry. Its length is the caller's to bound.
    """
    budget = [MOST_ELEMENTS]
    root = _element(node, "", 1, budget)
    root.tail = None
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _element(node: object, where: str, depth: int, budget: list[int]) -> Element:
    budget[0] -= 1
    if depth > DEEPEST or budget[0] < 0:
        raise HostileDocument(f"deeper than {DEEPEST} elements or more than {MOST_ELEMENTS}")
    if not isinstance(node, Mapping) or set(node) - _KEYS:
        raise MalformedDocument(
            "must be an object of name, attributes, children, text and tail", element=where
        )
    name = node.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise MalformedDocument("has a name that is not an element's", element=where)
    path = f"{where}/{name}" if where else name
    attributes = _attributes(node.get("attributes", {}), path)
    try:
        element = etree.Element(name, attributes)
    except ValueError:  # a namespace that is no URI
        raise MalformedDocument("has a namespace that is none", element=path) from None
    element.text = _text(node.get("text", ""), path)
    children = node.get("children", [])
    if not isinstance(children, list):
        raise MalformedDocument("must have a list of children", element=path)
    for child in children:
        below = _element(child, path, depth + 1, budget)
        below.tail = _text(child.get("tail", ""), path)
        element.append(below)
    return element


def _attributes(given: object, path: str) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise MalformedDocument("must have its attributes as an object", element=path)
    for name in given:
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name.startswith(_RESERVED):
            raise MalformedDocument("has a name that is not an attribute's", element=path)
    return {name: _text(value, path) or "" for name, value in given.items()}


def _text(given: object, path: str) -> str | None:
    if not isinstance(given, str):
        raise MalformedDocument("must have texts as strings", element=path)
    escaped(path, given)  # raises for what XML cannot carry
    return given or None
