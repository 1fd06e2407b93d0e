"""An event → the body and headers that tell of it: our own envelope, or CloudEvents 1.0.

In both forms of CloudEvents the attributes are those of our envelope: `data` is what is `data`
there, `position` and the rest are extension attributes. All of those are strings, as integers of
CloudEvents end at 2^31. The binary form has its attributes in headers, which no signature covers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import orjson

from ffgateway.delivery.payload_schemas import schema_id
from ffgateway.delivery.payloads import moment, payload
from ffgateway.domain.events import API_VERSION, Event
from ffgateway.domain.receivers import BodyFormat

SOURCE = "urn:ffgateway"
"""CloudEvents' `source`. Ids of events are unique beyond one gateway, so it needs to say no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What goes on the wire, but for what signs it and lets it in."""

    headers: Mapping[str, str]
    content: bytes


def written(event: Event, form: BodyFormat) -> Written:
    """Write an event. The same event gives the same bytes on every try."""
    match form:
        case BodyFormat.STANDARD:
            return Written(headers={"content-type": "application/json"}, content=payload(event))
        case BodyFormat.CLOUDEVENTS:
            whole = {
                **attributes(event),
                "datacontenttype": "application/json",
                "data": dict(event.data),
            }
            kind = "application/cloudevents+json; charset=utf-8"
            return Written(headers={"content-type": kind}, content=orjson.dumps(whole))
        case BodyFormat.CLOUDEVENTS_BINARY:
            named = {f"ce-{name}": _escaped(value) for name, value in attributes(event).items()}
            headers = {"content-type": "application/json", **named}
            return Written(headers=headers, content=orjson.dumps(dict(event.data)))


def attributes(event: Event) -> dict[str, str]:
    """The attributes of CloudEvents and extensions of ours: all but `data` and its content type."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": SOURCE,
        "type": event.type,
        "subject": event.subject,
        "time": moment(event.at),
        "dataschema": f"{schema_id(event.type)}#/properties/data",
        "position": str(event.position),
        "subjectsequence": str(event.sequence),
        "apiversion": API_VERSION,
    }


def _escaped(value: str) -> str:
    """Percent-encode what a header may not hold (CloudEvents HTTP binding, section 3.1.3.2)."""
    return quote(value, safe="!#$&'()*+,-./:;<=>?@[]^_`{|}~")
