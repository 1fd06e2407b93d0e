"""What a service can do, every surface can: REST, GraphQL and the command line.

Read from the source: which methods of which services the acts of REST and the resolvers of
GraphQL call, and which paths of REST the commands ask for.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import pytest

from ffgateway.rest.operations import Operation
from ffgateway.rest.table import OPERATIONS
from ffgateway.services.gateway import Gateway

ROOT = Path(__file__).parents[2] / "ffgateway"

Method = tuple[str, str]

NOWHERE: dict[Method, str] = {
    ("keys", "authenticate"): "how each surface finds out who asks",
    ("keys", "stamp"): "of a loop: when keys were last used",
    ("keys", "bootstrap"): "a setting's doing, before anybody can ask",
    ("history", "tail"): "feeds the listeners of this process; nobody asks for it",
    ("history", "begin"): "what a stream asks before its answer begins; following asks it too",
    ("history", "close"): "of the end of a process",
    ("history", "head"): "where a listener begins that names no position",
    ("fresh", "mark"): "of conditional reads over HTTP, as the three below",
    ("fresh", "known"): "asked on the way to an appliance",
    ("fresh", "remember"): "of a read that was answered",
    ("fresh", "forget"): "of a change",
    ("quotas", "spend"): "taken before an act, whatever it is",
    ("quotas", "standing"): "told with every answer",
    ("quotas", "give_back"): "of what an act did not need",
    ("once", "run"): "how each surface honours an Idempotency-Key",
    ("once", "recover"): "of the start of a process",
    ("once", "purge"): "of the housekeeping",
    ("signing", "purge"): "of the housekeeping",
    ("consenting", "asked"): "of registering: with `handshake`",
    ("recording", "call"): "how each surface puts what was asked on record",
    ("recording", "end"): "likewise",
    ("recording", "refused"): "likewise, of a key that is none",
    ("recording", "count"): "of the housekeeping",
    ("retaining", "purge"): "of the housekeeping",
    ("history", "counts"): "for /metrics, which is a text of its own",
    ("history", "let_count"): "likewise",
}
"""Not on any surface as such."""

_BESIDE = "whoever changes the service key has the machine, not an API key: done beside the gateway"

ELSEWHERE: dict[tuple[str, str, str], str] = {
    ("cli", "documents", "keep"): "a command sends files as the form that REST takes",
    ("graphql", "resources", "cover_page"): "GraphQL carries no bytes: it names the REST path",
    ("graphql", "resources", "preview"): "GraphQL carries no bytes",
    ("graphql", "resources", "fax_preview"): "GraphQL carries no bytes: it names the REST path",
    ("graphql", "proving", "log"): "a file of any length, line by line: REST has it",
    ("rest", "secrets", "status"): _BESIDE,
    ("rest", "secrets", "rotate"): _BESIDE,
    ("graphql", "secrets", "status"): _BESIDE,
    ("graphql", "secrets", "rotate"): _BESIDE,
    ("graphql", "receipts", "pdf"): "GraphQL carries no bytes: it names the REST path",
    ("graphql", "exporting", "export"): "a file of any length in four forms: REST has it",
    ("cli", "history", "follow"): "`watch` listens to the stream of REST",
}
"""Not on one surface: (surface, service, method)."""

HANDED_ON: dict[tuple[str, str], Method] = {
    ("documents", "keep"): ("documents", "keep"),
    ("log", "follow"): ("history", "follow"),
}
"""Called by functions that are given the service itself: (their name for it, method)."""


def _services() -> dict[str, type]:
    hints = get_type_hints(Gateway)
    return {
        field.name: hints[field.name]
        for field in fields(Gateway)
        if getattr(hints[field.name], "__module__", "").startswith("ffgateway.services.")
    }


def _public() -> list[Method]:
    return [
        (service, name)
        for service, kind in _services().items()
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    ]


def _called(tree: ast.AST) -> Iterator[Method]:
    """Every `….gateway.<service>.<method>`, and calls of a service that was handed on by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else ""
            if (name, node.func.attr) in HANDED_ON:
                yield HANDED_ON[name, node.func.attr]
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Attribute):
            continue
        root = node.value.value
        name = root.attr if isinstance(root, ast.Attribute) else getattr(root, "id", "")
        if name == "gateway":
            yield node.value.attr, node.attr


def _in_room(room: str) -> set[Method]:
    files = sorted((ROOT / room).glob("*.py"))
    return {call for file in files for call in _called(ast.parse(file.read_text()))}


def _of_act(operation: Operation) -> set[Method]:
    """What an act calls, itself or through functions of its own module."""
    module = inspect.getmodule(operation.act)
    assert isinstance(module, ModuleType)
    known = {
        node.name: node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    waiting, seen = [operation.act.__name__], set[str]()
    found: set[Method] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        found.update(_called(known[name]))
        waiting += [node.id for node in ast.walk(known[name]) if isinstance(node, ast.Name)]
    return found


def _template(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _text(node: ast.AST) -> str:
    """A text or f-string, its places as `{}`; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = node.values
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in parts)
    return ""


VERBS = {
    "get": "GET",
    "items": "GET",
    "gather": "GET",
    "stream": "GET",
    "lines": "GET",
    "download": "GET",
    "post": "POST",
    "apply": "POST",
    "upload": "POST",
    "patch": "PATCH",
    "delete": "DELETE",
}


def _commands() -> set[tuple[str, str]]:
    """Method and path template of each request that a command makes."""
    found = set()
    for file in sorted((ROOT / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            verb = VERBS.get(node.func.attr)
            if verb and node.args and _text(node.args[0]).startswith("/v1/"):
                found.add((verb, _text(node.args[0])))
    return found


def _of_commands() -> set[Method]:
    asked = _commands()
    over_rest = {
        method
        for operation in OPERATIONS
        if (operation.method, _template(operation.path)) in asked
        for method in _of_act(operation)
    }
    on_the_database = {("keys", name) for name in ("create", "list", "update", "rotate", "revoke")}
    on_the_database |= {("secrets", name) for name in ("status", "rotate")}
    return over_rest | on_the_database


SURFACES = {
    "rest": _in_room("rest"),
    "graphql": _in_room("graphql"),
    "cli": _of_commands(),
}


@pytest.mark.parametrize("method", _public(), ids=".".join)
@pytest.mark.parametrize("surface", SURFACES)
def test_every_method_of_a_service_is_on_every_surface(surface: str, method: Method) -> None:
    if method in NOWHERE or (surface, *method) in ELSEWHERE:
        return
    assert method in SURFACES[surface]


@pytest.mark.parametrize("method", [*NOWHERE, *(one[1:] for one in ELSEWHERE)], ids=".".join)
def test_no_exception_is_out_of_date(method: Method) -> None:
    assert method in _public()


def test_every_path_a_command_asks_for_is_there() -> None:
    served = {(one.method, _template(one.path)) for one in OPERATIONS}
    assert _commands() - served == set()
