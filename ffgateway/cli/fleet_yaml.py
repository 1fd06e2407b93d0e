"""YAML for fleet files: read safely and in bounds, written so that it reads the same again.

Of YAML's implicit types only whole numbers, true, false and null are taken; `0555`, `12:30`, `no`
and dates are texts, as in what people write about faxes they nearly always are.
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import yaml

from ffgateway.cli.output import Trouble

LARGEST: Final = 1 << 20
"""Bytes of one file."""

MOST_NODES: Final = 200_000
"""Values in one file, aliases counted as often as they are used."""

DEEPEST: Final = 20
"""Values within values."""


class _Loader(yaml.SafeLoader):
    """The safe loader, without the types that surprise, and with names that are there once."""

    yaml_implicit_resolvers: Any = {}  # noqa: RUF012 - the library's own name and form

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a name that comes twice: YAML forbids it, and the library passes over it."""
        names: set[str] = set()
        for name, _ in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value in names:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{name.value} is there twice", name.start_mark
                )
            names.add(str(name.value))
        return super().construct_mapping(node, deep=deep)


for _tag, _form, _first in (
    ("bool", "^(true|false)$", "tf"),
    ("int", "^-?(0|[1-9][0-9]*)$", "-0123456789"),
    ("null", "^(null|~|)$", ["n", "~", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_form), list(_first))


def load(path: Path) -> Any:
    """Read one document. Raises `Trouble`, which names the file and the line."""
    try:
        with path.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as no:
        raise Trouble(f"{path} cannot be read: {no.strerror}") from None
    if len(content) > LARGEST:
        raise Trouble(f"{path} has more than {LARGEST} bytes")
    try:
        loader = _Loader(content)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _measured(node, {}, path)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as no:
        mark = no.problem_mark
        line = f" line {mark.line + 1}" if mark else ""
        raise Trouble(f"{path}:{line} {no.problem or no}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as no:
        raise Trouble(f"{path} is not YAML: {type(no).__name__}") from None


def _measured(node: yaml.Node, known: dict[int, int], path: Path, depth: int = 0) -> int:
    """Count the values of a node, aliases as often as they are used.

    Raises `Trouble` for too many, for values too deep in others, and for one within itself.
    """
    if depth > DEEPEST:
        raise Trouble(f"{path}: values are too deep in one another")
    if id(node) in known:
        return known[id(node)]
    inner: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        inner = [one for pair in node.value for one in pair]
    elif isinstance(node, yaml.SequenceNode):
        inner = node.value
    count = 1 + sum(_measured(one, known, path, depth + 1) for one in inner)
    if count > MOST_NODES:
        raise Trouble(f"{path}: there is too much in it")
    known[id(node)] = count
    return count


def dump(content: object) -> str:
    """Write a document in the order it is in."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
