"""What OCSF asks of an event, and BALP of an AuditEvent, beyond what their models can say."""

from typing import Any

from py_ocsf_models.events.base_event import BaseEvent
from py_ocsf_models.objects.api import API
from py_ocsf_models.objects.resource_details import ResourceDetails
from py_ocsf_models.objects.user import User

from ffgateway.delivery import ocsf


class ApiActivity(BaseEvent):  # type: ignore[misc]  # the package is not typed
    """Class 6003 of OCSF 1.5.0 by what it requires: the package has models of findings alone."""

    activity_id: int
    category_uid: int
    class_uid: int
    type_uid: int
    time: int
    api: API
    actor: dict[str, Any]
    src_endpoint: dict[str, Any]
    resources: list[ResourceDetails]


class Authentication(BaseEvent):  # type: ignore[misc]
    """Class 3002, likewise."""

    activity_id: int
    category_uid: int
    class_uid: int
    type_uid: int
    time: int
    user: User
    service: dict[str, Any]


def is_ocsf(told: dict[str, Any]) -> None:
    """Hold an event against its class."""
    kind = Authentication if told["class_uid"] == ocsf.AUTHENTICATION else ApiActivity
    event = kind.model_validate(told)
    assert event.type_uid == event.class_uid * 100 + event.activity_id
    assert event.category_uid == event.class_uid // 1000
    User.model_validate(told["user"] if kind is Authentication else told["actor"]["user"])


def agents_of(told: dict[str, Any]) -> dict[str, Any]:
    """The agents of an AuditEvent by the code of their part."""
    return {one["type"]["coding"][0]["code"]: one for one in told["agent"]}


PATTERNS = {
    "R": ("read", "110152", "110153", "IRCP"),
    "C": ("create", "110153", "110152", "AUT"),
    "U": ("update", "110153", "110152", "AUT"),
    "D": ("delete", "110150", "custodian", "AUT"),
}
"""By action: the interaction, and the parts of client, server and user."""


def follows_basic_pattern(told: dict[str, Any]) -> None:
    """What IHE.BasicAudit.Read, .Create, .Update and .Delete (BALP 1.1.4) ask for."""
    interaction, client, server, person = PATTERNS[told["action"]]
    (profile,) = told["meta"]["profile"]
    assert profile.rpartition(".")[2].lower() == interaction
    assert (told["type"]["code"], told["outcome"]) == ("rest", "0")
    assert [one["code"] for one in told["subtype"]] == [interaction]
    agents = agents_of(told)
    assert len(agents) == len(told["agent"]), "one of each part"
    for part in (client, server):
        assert agents[part]["who"], part
        assert agents[part]["network"], part
        assert "media" not in agents[part]
    user = agents[person]
    assert user["requestor"]
    assert "network" not in user
    data = [one for one in told["entity"] if one["type"]["code"] == "2"]
    assert [one["role"]["code"] for one in data] == ["4"]
    assert data[0]["what"]
