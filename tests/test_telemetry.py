"""Log lines: one object a line, and no telephone number in them."""

import json
import logging

import pytest

from ffgateway.telemetry import JsonLines, PlainLines, redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fax to 612-555-2001 failed", "fax to …01 failed"),
        ("+1 (612) 555-2001", "…01"),
        ("3 faxes in 250 ms", "3 faxes in 250 ms"),
        ("evt_01M83WY87A1WS39TREBZ77YJPR", "evt_01M83WY87A1WS39TREBZ77YJPR"),
    ],
)
def test_what_looks_like_a_number_keeps_its_last_two_digits(text: str, shown: str) -> None:
    assert redacted(text) == shown


def _record(**more: object) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": "ffgateway", "levelname": "INFO", "msg": "delivery.attempt", **more}
    )


def test_a_json_line_carries_what_the_call_brought_along() -> None:
    line = json.loads(JsonLines().format(_record(webhook="whk_1", status=204)))
    assert (line["message"], line["webhook"], line["status"]) == ("delivery.attempt", "whk_1", 204)


def test_a_plain_line_is_one_line() -> None:
    line = PlainLines().format(_record(webhook="whk_1"))
    assert line.endswith("delivery.attempt webhook=whk_1")
    assert "\n" not in line
