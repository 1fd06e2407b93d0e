"""CloudEvents 1.0 in both forms, read by their own library, for every type of event."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat

from ffgateway.delivery.bodies import SOURCE, Written, written
from ffgateway.delivery.payloads import payload
from ffgateway.delivery.samples import sample
from ffgateway.domain.events import API_VERSION, EventType
from ffgateway.domain.receivers import BodyFormat

FORMS = (BodyFormat.CLOUDEVENTS, BodyFormat.CLOUDEVENTS_BINARY)
LONG_AGO = datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def parsed(one: Written):  # type: ignore[no-untyped-def]
    return from_http_event(HTTPMessage(headers=dict(one.headers), body=one.content), JSONFormat())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", EventType)
def test_the_library_reads_what_the_event_says(kind: EventType, form: BodyFormat) -> None:
    event = sample(kind)
    read = parsed(written(event, form))
    data = read.get_data()
    assert (json.loads(data) if isinstance(data, (bytes, str)) else data) == dict(event.data)
    assert (read.get_id(), read.get_type(), read.get_source()) == (event.id, kind.value, SOURCE)
    assert (read.get_subject(), read.get_specversion()) == (event.subject, "1.0")
    assert read.get_time() == event.at
    assert read.get_extension("position") == str(event.position)
    assert read.get_extension("subjectsequence") == str(event.sequence)
    assert read.get_extension("apiversion") == API_VERSION


def test_our_own_envelope_is_what_it_was() -> None:
    event = sample(EventType.FAX_DELIVERED)
    own = written(event, BodyFormat.STANDARD)
    assert (own.content, own.headers) == (payload(event), {"content-type": "application/json"})


def test_what_no_header_may_hold_is_escaped() -> None:
    event = replace(
        sample(EventType.FAX_DELIVERED), subject='Grüße "100 %"\r\nX-Evil: 1', at=LONG_AGO
    )
    one = written(event, BodyFormat.CLOUDEVENTS_BINARY)
    assert one.headers["ce-subject"] == "Gr%C3%BC%C3%9Fe%20%22100%20%25%22%0D%0AX-Evil:%201"
    assert one.headers["ce-time"] == "1999-12-31T23:59:59.999Z"
    assert all(value.isascii() and value.isprintable() for value in one.headers.values())
    assert parsed(one).get_subject() == event.subject
