"""What GraphQL's types cannot say, for schemathesis: how many items a page has, what a cursor is.

And which errors are answers: an appliance that is down gives null and an entry that names it.
"""

import re
from dataclasses import replace
from typing import Any

import schemathesis
from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    IntValueNode,
    Lexer,
    ListValueNode,
    Node,
    ObjectValueNode,
    Source,
    StringValueNode,
    TokenKind,
    ValueNode,
    Visitor,
    print_ast,
    visit,
)
from schemathesis.core.failures import Failure
from schemathesis.graphql.checks import GraphQLServerError

from ffgateway.domain.errors import DeviceError
from ffgateway.domain.pages import DEFAULT_LIMIT, MAX_LIMIT, offset_cursor, write_cursor
from ffgateway.graphql.errors import ANSWERS, Answer
from ffgateway.graphql.limits import Limits
from ffgateway.rest.problems import family
from ffgateway.rest.wording import ID
from tests.support import checks  # noqa: F401  # whoever loads this holds to them
from tests.support.living import LIVING, SOMEBODY, SPARE

OF_APPLIANCES = frozenset(family(DeviceError)) - {DeviceError.code}
CHANGING = frozenset({"updatedevice", "retiredevice"})
"""Where the appliance that lives gives way to the spare one."""

OF_ACCOUNTS = frozenset({"editUser", "applyUsers"})
"""Where the account that the gateway uses on an appliance gives way to somebody."""

TEXTS = {
    "caPem": "",
    "content": "SGVsbG8sIHdvcmxkLgo=",
    "contentType": "text/plain",
    "deviceId": LIVING,
    "dialect": "faxfinder-3",
    "events": "fax.*",
    "extension": "101",
    "faxNumber": "+16125550100",
    "fingerprint": "",
    "ifMatch": "*",
    "order": "name",
    "password": "Secret-1",
    "receipt": "always",
    "types": "*",
    "url": "http://192.0.2.10",
    "zone": "America/Chicago",
}
"""A text that is right, by the name of its argument: it stands in for every second one."""

ALWAYS = frozenset({"order", "types"})
"""Where a query has no other way to say no than an error."""

OF_THE_LOG = frozenset({"auditEntry", "auditProof", "auditConsistency"})
"""What asks for rows and checkpoints by whole numbers, which GraphQL writes as texts."""

THINGS = {"device": LIVING, "fax": f"fax_{ID}", "webhook": f"whk_{ID}", "key": f"key_{ID}"}
"""Ids that are there, by what the name of their field holds."""

ANCHORED = frozenset(
    {
        "attempts",
        "audit",
        "auditCheckpoints",
        "deadLetters",
        "devices",
        "faxes",
        "inboundFaxes",
        "webhooks",
    }
)
"""Lists whose cursor is the thing that a page ended with."""

NUMBERS = {
    "completeLimit": 1000,
    "first": MAX_LIMIT,
    "intervalSeconds": 3600,
    "line": 4,
    "maxAttempts": 100,
    "maxTries": 100,
    "number": 4,
    "pollBusySeconds": 3600,
    "pollIdleSeconds": 3600,
    "priority": 5,
    "tryInterval": 3600,
}
"""The largest that is right; the least is 1, or less."""


class Sensible(Visitor):
    """Puts values that mean something in place of those that only have the right type.

    A value of the wrong type is left as it is: such requests have to be refused.
    """

    def leave_field(self, node: FieldNode, *_: Any) -> FieldNode:
        """Give every argument a value by its name and by what it belongs to."""
        of = node.name.value
        arguments = tuple(
            replace(one, value=_value(of, one.name.value, one.value))
            for one in node.arguments or ()
        )
        return replace(node, arguments=_in_order(arguments))


def _in_order(arguments: tuple[ArgumentNode, ...]) -> tuple[ArgumentNode, ...]:
    """What ends does so after it starts. Generated moments are in UTC, so their texts sort."""
    moments = {one.name.value: one.value for one in arguments}
    start, end = moments.get("start"), moments.get("end")
    if not isinstance(start, StringValueNode) or not isinstance(end, StringValueNode):
        return arguments
    if start.value <= end.value:
        return arguments
    swapped = {"start": end, "end": start}
    return tuple(replace(one, value=swapped.get(one.name.value, one.value)) for one in arguments)


def _value(of: str, name: str, value: ValueNode) -> ValueNode:
    if isinstance(value, ObjectValueNode):
        fields = tuple(
            replace(one, value=_value(of, one.name.value, one.value)) for one in value.fields
        )
        return ObjectValueNode(fields=fields)
    if isinstance(value, ListValueNode):
        return ListValueNode(values=tuple(_value(of, name, one) for one in value.values))
    if isinstance(value, IntValueNode) and name in NUMBERS:
        given = int(value.value)
        beyond = not -(2**31) <= given < 2**31  # too large for the type
        return value if beyond else IntValueNode(value=str(given % NUMBERS[name] + 1))
    if isinstance(value, IntValueNode) and name in {"id", "members"}:
        return StringValueNode(value=_text(of, name, value.value))
    if isinstance(value, BooleanValueNode) and name == "handshake":
        return BooleanValueNode(value=False)  # no server of the world is asked for its consent
    if isinstance(value, FloatValueNode) and name in NUMBERS:
        return FloatValueNode(value="1.5")
    if isinstance(value, StringValueNode):
        return StringValueNode(value=_text(of, name, value.value))
    return value


def _text(of: str, name: str, text: str) -> str:
    size = len(text)
    if of in OF_THE_LOG and name in {"number", "size", "before", "after"}:
        return str(size + 1)
    if name == "after":
        return _cursor(of, size)
    if name in {"id", "members"}:
        return _id(of.lower(), size, text)
    if name in {"faxKey", "entryKey"}:
        return f"{size:08X}" if name == "faxKey" else f"{size:04X}"
    if name in {"username", "owner"}:
        nobody = SOMEBODY if of in OF_ACCOUNTS else "admin"
        return re.sub("[^A-Za-z0-9._@-]", "", text).lstrip(".")[:64] or nobody
    if name in ALWAYS or size % 2 == 0:
        text = TEXTS.get(name, text or "some text")
    return "".join(each for each in text if each.isprintable())[:200]


def _cursor(of: str, size: int) -> str:
    if of == "events":
        return str(size)
    counted = of not in ANCHORED
    return offset_cursor(size) if counted else write_cursor(str(size))


def _id(of: str, size: int, text: str) -> str:
    if "contact" in of or "group" in of:
        return f"{'global' if size % 3 else 'admin'}~{size % 30 + 1}"
    if "route" in of:
        return str(size % 9 + 1)
    there = next((one for thing, one in THINGS.items() if thing in of and size % 2 == 0), text)
    if of in CHANGING and there == LIVING:
        return SPARE
    return "".join(each for each in there if each.isprintable())[:200]


@schemathesis.hook
def map_body(_context: schemathesis.HookContext, body: DocumentNode) -> DocumentNode:
    """Make a generated document one that somebody could mean."""
    changed: DocumentNode = visit(body, Sensible())
    return changed


@schemathesis.hook
def filter_body(_context: schemathesis.HookContext, body: DocumentNode) -> bool:
    """Leave out documents that are larger than any may be; the tests of the schema have those."""
    lexer, tokens, most = Lexer(Source(print_ast(body))), 0, Limits()
    while lexer.advance().kind is not TokenKind.EOF:
        tokens += 1
    nodes = sum(_nodes(one) for one in body.definitions)
    return tokens < most.tokens and nodes < most.nodes / 2  # the gateway counts more than pages


def _nodes(node: Node, times: int = 1) -> int:
    """How many items the pages of pages below can have, at least."""
    chosen = getattr(node, "selection_set", None)
    within = chosen.selections if chosen else ()
    if isinstance(node, FieldNode) and any(
        isinstance(one, FieldNode) and one.name.value in {"edges", "nodes"} for one in within
    ):
        firsts = [one.value for one in node.arguments or () if one.name.value == "first"]
        first = firsts[0] if firsts else None
        times *= max(int(first.value), 1) if isinstance(first, IntValueNode) else DEFAULT_LIMIT
        return times + sum(_nodes(one, times) for one in within)
    return sum(_nodes(one, times) for one in within)


@schemathesis.hook
def filter_failure(
    _context: schemathesis.HookContext,
    failure: Failure,
    _case: schemathesis.Case[Any],
    _response: schemathesis.Response,
) -> bool:
    """Drop the failure, and never the case, where every error of it is an answer, said as it must be.

    Its check takes all errors of the resolvers for faults of the server. Those that an appliance answers
    with, which over REST are 404 and 501 to 504, stand in `errors` by right, with null in their place:
    it has no such fax or contact (ids are drawn at random), lacks the function, or is out of reach
    (what others register has a random URL). All other checks see the answer as it is, ours among them,
    which suffers no loss of the appliance that lives.
    """
    if not isinstance(failure, GraphQLServerError):
        return True
    return not all(
        _of_an_appliance(dict(one)) or _of_a_document(dict(one)) for one in failure.errors
    )


def _of_a_document(error: dict[str, Any]) -> bool:
    """A query whose arguments must fit each other has no other way to refuse them, by field."""
    told, path = error.get("extensions", {}), error.get("path") or [""]
    refused = ANSWERS.get(told.get("code", "")) is Answer.RESULT and bool(told.get("field"))
    return refused and path[0] in {"auditProof", "fleetExport", "fleetPlan"}


def _of_an_appliance(error: dict[str, Any]) -> bool:
    told = error.get("extensions", {})
    known = told.get("code") in OF_APPLIANCES and ANSWERS[told["code"]] is not Answer.FAULT
    return bool(known and told.get("deviceId") and error.get("path") and error.get("message"))
