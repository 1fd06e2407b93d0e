"""What GraphQL's types cannot say, for schemathesis: how many items a page has, what a cursor is.

And which errors are answers: an appliance that is down gives null and an entry that names it.
"""

from typing import Any

import schemathesis
from graphql import (
    ArgumentNode,
    DocumentNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    ObjectFieldNode,
    StringValueNode,
    ValueNode,
    Visitor,
    visit,
)
from schemathesis.core.failures import Failure
from schemathesis.graphql.checks import GraphQLServerError

from ffgateway.domain.errors import DeviceError
from ffgateway.domain.pages import MAX_LIMIT, write_cursor
from ffgateway.graphql.errors import ANSWERS, Answer
from ffgateway.rest.problems import family
from ffgateway.rest.wording import ID
from tests.support.living import LIVING, SPARE

OF_APPLIANCES = frozenset(family(DeviceError)) - {DeviceError.code}
CHANGING = frozenset({"updateDevice", "retireDevice"})
"""Where the appliance that lives gives way to the spare one."""

TEXTS = {
    "caPem": "",
    "content": "SGVsbG8sIHdvcmxkLgo=",
    "contentType": "text/plain",
    "deviceId": LIVING,
    "dialect": "faxfinder-3",
    "events": "fax.*",
    "faxId": f"fax_{ID}",
    "faxNumber": "+16125550100",
    "fingerprint": "",
    "keyId": f"key_{ID}",
    "types": "*",
    "url": "http://192.0.2.10",
    "webhookId": f"whk_{ID}",
    "zone": "America/Chicago",
}
"""A text that is right, by the name of its argument: it stands in for every second one."""

OWNERS = ("fax", "device", "webhook", "key")

NUMBERS = {
    "first": MAX_LIMIT,
    "maxTries": 100,
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

    def __init__(self, field: str) -> None:
        super().__init__()
        self._field = field

    def leave_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode:
        """Arguments by name, texts by what they may hold."""
        return ArgumentNode(name=node.name, value=self._value(node.name.value, node.value))

    def leave_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode:
        """Fields of inputs likewise."""
        return ObjectFieldNode(name=node.name, value=self._value(node.name.value, node.value))

    def _value(self, name: str, value: ValueNode) -> ValueNode:
        if isinstance(value, IntValueNode) and name in NUMBERS:
            given = int(value.value)
            beyond = not -(2**31) <= given < 2**31  # too large for the type
            return value if beyond else IntValueNode(value=str(given % NUMBERS[name] + 1))
        if isinstance(value, FloatValueNode) and name in NUMBERS:
            return FloatValueNode(value="1.5")
        if isinstance(value, ListValueNode):
            return ListValueNode(values=tuple(self._value(name, one) for one in value.values))
        if isinstance(value, StringValueNode):
            return StringValueNode(value=self._text(name, value.value))
        return value

    def _text(self, name: str, text: str) -> str:
        if name == "after":
            return str(len(text)) if self._field == "events" else write_cursor(str(len(text)))
        if name == "id":
            name = next((one for one in OWNERS if one in self._field.lower()), "") + "Id"
        if name == "types" or len(text) % 2 == 0:
            text = TEXTS.get(name, text or "some text")
        if self._field in CHANGING and text == LIVING:
            return SPARE
        return "".join(each for each in text if each.isprintable())[:200]


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: DocumentNode) -> DocumentNode:
    """Make a generated document one that somebody could mean."""
    field = str(context.operation.label).rpartition(".")[2] if context.operation else ""
    changed: DocumentNode = visit(body, Sensible(field))
    return changed


@schemathesis.hook
def filter_failure(
    _context: schemathesis.HookContext,
    failure: Failure,
    _case: schemathesis.Case[Any],
    _response: schemathesis.Response,
) -> bool:
    """Keep a failure, unless every error of it is an appliance's, and says so as it must."""
    if not isinstance(failure, GraphQLServerError):
        return True
    return not all(_of_an_appliance(dict(one)) for one in failure.errors)


def _of_an_appliance(error: dict[str, Any]) -> bool:
    told = error.get("extensions", {})
    known = told.get("code") in OF_APPLIANCES and ANSWERS[told["code"]] is not Answer.FAULT
    return bool(known and told.get("deviceId") and error.get("path") and error.get("message"))
