"""Log lines: one object a line, and no telephone number in them."""

import json
import logging

import pytest

from ffgateway.telemetry import JsonLines, PlainLines, begin_logging, redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fax to 612-555-2001 failed", "fax to …01 failed"),
        ("+1 (612) 555-2001", "…01"),
        ("tel:612.555.2001, x-16125552001", "tel:…01, x-…01"),
        ("/v1/faxes?to=%2B16125552001&after=1", "/v1/faxes?to=…01&after=1"),
        ("to=612%20555%202001", "to=…01"),
        ('{"fax_number": "6125552001"}', '{"fax_number": "…01"}'),
        ("2026-11-26T17:42:07.123456+00:00", "2026-11-26T17:42:07.123456+00:00"),
        ("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"),
        ("http://192.168.100.200:8080/", "http://192.168.100.200:8080/"),
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


def test_what_the_server_says_is_there_once_and_without_colours() -> None:
    line = PlainLines().format(_record(msg="Running", color_message="\x1b[1mRunning\x1b[0m"))
    assert line.endswith("Running")


def test_a_plain_line_is_one_line() -> None:
    line = PlainLines().format(_record(webhook="whk_1"))
    assert line.endswith("delivery.attempt webhook=whk_1")
    assert "\n" not in line


NUMBER = "+16125552001"
FORMS = [JsonLines, PlainLines]


def _fallen() -> logging.LogRecord:
    """A line with a number in each of its places."""
    fault = ValueError(NUMBER)
    told = (type(fault), fault, None)
    more = {"to": NUMBER, "all": [NUMBER, {NUMBER: NUMBER}], "fault": ValueError(NUMBER)}
    return _record(msg=f"{NUMBER} %s", args=(NUMBER,), exc_info=told, stack_info=NUMBER, **more)


@pytest.mark.parametrize("form", FORMS)
def test_a_number_is_cut_short_wherever_a_line_has_it(form: type[JsonLines | PlainLines]) -> None:
    line = form().format(_fallen())
    assert (NUMBER in line, "5552001" in line, line.count("…01")) == (False, False, 9)


@pytest.mark.parametrize("form", FORMS)
def test_numbers_are_shown_to_who_asks_for_them(form: type[JsonLines | PlainLines]) -> None:
    line = form(numbers=True).format(_fallen())
    assert (line.count(NUMBER), "…01" in line) == (9, False)


def test_libraries_do_not_tell_what_they_tell_for_finding_faults() -> None:
    names = ("", "ffgateway", "ffgateway.rest", "httpcore", "websockets", "uvicorn.error")
    before = {name: logging.getLogger(name).level for name in names}
    handlers = logging.getLogger().handlers[:]
    try:
        begin_logging(level="debug", json=True)
        loud = {name for name in names if logging.getLogger(name).isEnabledFor(logging.DEBUG)}
        assert loud == {"ffgateway", "ffgateway.rest"}
        begin_logging(level="error", json=True)
        assert not logging.getLogger("uvicorn.error").isEnabledFor(logging.WARNING)
    finally:
        logging.getLogger().handlers[:] = handlers
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
