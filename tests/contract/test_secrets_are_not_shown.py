"""No object shows a secret when it is printed: whatever has one by its name is printed with one in it."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

import ffgateway

CANARY = "canary-that-nobody-may-see"
SECRET = re.compile(
    r"(password|secret|token|private|credential|bearer)s?$|^(key|headers|access|body)$"
)

SHOWN = {
    "ffgateway.cli.fleet_files.FleetFile.passwords": "where they are, never what they are",
    "ffgateway.delivery.bodies.Written.headers": "what CloudEvents says of an event",
    "ffgateway.domain.subscriptions.Subscription.body": "the word for a form",
    "ffgateway.graphql.webhooks.Webhook.body": "likewise",
    "ffgateway.services.endpoint_changes.EndpointChanges.body": "likewise",
    "ffgateway.store.event_tables.SubscriptionRow.body": "likewise",
    "ffgateway.ffws.exchange.WireRequest.headers": "what is asked for; who asks comes later",
    "ffgateway.graphql.fleet_inputs.DeviceSecretsInput.passwords": "objects that hide their own",
    "ffgateway.domain.idempotency.Answer.headers": "those of an answer: where things are",
    "ffgateway.domain.receivers.Access.credentials": "an object that hides its own",
    "ffgateway.domain.receivers.Receiver.access": "likewise",
    "ffgateway.services.endpoint_changes.EndpointChanges.credentials": "likewise",
    "ffgateway.graphql.audit.RotateAuditKeyPayload.key": "an object: a public key",
    "ffgateway.graphql.keys.UpdateKeyPayload.key": "an object that hides its own",
    "ffgateway.graphql.costs.Step.key": "of a dictionary",
    "ffgateway.graphql.limits.Limits.tokens": "a number of words",
    "ffgateway.settings.Settings.graphql_tokens": "likewise",
    "ffgateway.rest.operations.Asked.key": "an Idempotency-Key is no secret",
    "ffgateway.services.once.Request.key": "likewise",
    "ffgateway.rest.receipts.ReceiptSignature.key": "the name of a public key",
    "ffgateway.rest.operations.Asked.body": "an object that hides its own",
    "ffgateway.rest.operations.Operation.headers": "names alone",
    "ffgateway.rest.operations.Operation.body": "a type",
    "ffgateway.services.gateway.Gateway.secrets": "a service",
    "ffgateway.store.rewrapping.Place.key": "columns",
    "ffgateway.store.audit_tables.AuditKeyRow.secret": "sealed",
    "ffgateway.store.tables.ActingUserRow.password": "sealed",
    "ffgateway.store.tables.DeviceRow.password": "sealed",
    "ffgateway.store.event_tables.SubscriptionRow.access": "sealed",
    "ffgateway.store.event_tables.SubscriptionKeyRow.secret": "sealed",
}
"""What is shown although it is called like a secret, and why that is none."""


def _kinds() -> Iterator[type]:
    for module in pkgutil.walk_packages(ffgateway.__path__, "ffgateway."):
        if module.name.endswith("__main__"):
            continue
        for kind in vars(importlib.import_module(module.name)).values():
            data = inspect.isclass(kind) and (is_dataclass(kind) or issubclass(kind, BaseModel))
            if data and kind.__module__ == module.name:
                yield kind


def _filled(kind: Any) -> tuple[object, set[str]]:
    """One of a kind with a canary in each of its fields, and the names of these."""
    if not is_dataclass(kind):
        names = kind.model_fields
        hidden = {name for name, one in names.items() if "SecretStr" in str(one.annotation)}
        values = {name: SecretStr(CANARY) if name in hidden else CANARY for name in names}
        return kind.model_construct(**values), set(names)
    made: Any = object.__new__(kind)  # type: ignore[arg-type]
    for one in fields(kind):
        object.__setattr__(made, one.name, CANARY)
    return made, {one.name for one in fields(kind)}


@pytest.mark.parametrize(
    "kind", list(_kinds()), ids=lambda kind: f"{kind.__module__}.{kind.__name__}"
)
def test_a_secret_is_in_no_repr(kind: type) -> None:
    made, names = _filled(kind)
    shown = repr(made) + str(made)
    for name in filter(SECRET.search, names):
        where = f"{kind.__module__}.{kind.__qualname__}.{name}"
        assert where in SHOWN or f"{name}='{CANARY}'" not in shown


def test_no_exception_is_out_of_date() -> None:
    there = {
        f"{one.__module__}.{one.__qualname__}.{name}"
        for one in _kinds()
        for name in _filled(one)[1]
    }
    assert SHOWN.keys() <= there
