"""The same document, said in a way that appliances and clients are free to choose."""

import random

from lxml import etree


def shuffled(document: bytes, order: random.Random) -> bytes:
    """The same document with the children of every element in another order.

    Recipients, attachments and entries keep their order among themselves: it means something.
    """
    root = etree.fromstring(document)
    for node in list(root.iter()):
        places: dict[str, list[etree._Element]] = {}
        for child in node:
            places.setdefault(str(child.tag), []).append(child)
        tags = [str(child.tag) for child in node]
        order.shuffle(tags)
        node[:] = [places[tag].pop(0) for tag in tags]
    return etree.tostring(root)


def with_strangers(document: bytes) -> bytes:
    """The same document with elements that nobody knows, at the start and end of every level."""
    root = etree.fromstring(document)
    for node in [each for each in root.iter() if len(each)]:
        stranger = etree.Element("stranger", lang="en")
        stranger.text = "7"
        etree.SubElement(stranger, "state").text = "sent"
        node.insert(0, stranger)
        etree.SubElement(node, "stranger")
    return etree.tostring(root)
