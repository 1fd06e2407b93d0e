"""The format of log lines: one JSON object, or one line for people. Numbers of people are cut short.

That is done to whatever a line says, brings along or has fallen over: who logs need not think of it. Nor need
who works on a request name it: its id is on every line that is told on its behalf.
"""

import logging
import re
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message", "asctime", "taskName",
    "color_message",  # the server brings its message along a second time, for terminals
}  # fmt: skip

_FOUND = re.compile(
    r"""
    (?P<other>                                                  # figures that nobody can dial
        \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b         # a UUID
      | (?<!\d)\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?!\d)  # a day, a moment
      | (?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])              # an address
    )
  | (?<!\w)(?:\+|%2B)?\d(?:[\d ().-]|%20|%28|%29){5,}\d(?!\w)   # a number, in a URL perhaps
    """,
    re.VERBOSE | re.IGNORECASE,
)

request: ContextVar[str] = ContextVar("request", default="")
"""The id of the request that is being worked on, for every log line of it. Loops of our own have none."""

Redact = Callable[[str], str]


def redacted(text: str) -> str:
    """Leave the last two digits of what looks like a telephone number."""
    return _FOUND.sub(lambda found: found["other"] or "…" + found.group()[-2:], text)


def _shown(text: str) -> str:
    return text


def _within(value: object, redact: Redact) -> object:
    """The same with every text in it redacted; what JSON does not know is told as a text."""
    match value:
        case bool() | int() | float() | None:
            return value
        case Mapping():
            return {redact(str(key)): _within(one, redact) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_within(one, redact) for one in value]
    return redact(str(value))


class _Lines(logging.Formatter):
    """What both forms have in common. `numbers` has telephone numbers shown."""

    def __init__(self, *, numbers: bool = False) -> None:
        super().__init__()
        self._redact: Redact = _shown if numbers else redacted

    def _message(self, record: logging.LogRecord) -> str:
        return self._redact(record.getMessage())

    def _brought(self, record: logging.LogRecord) -> dict[str, object]:
        told = {"request_id": request.get()} if request.get() else {}
        return {
            key: _within(value, self._redact)
            for key, value in (told | record.__dict__).items()
            if key not in _PLAIN
        }

    def _fault(self, record: logging.LogRecord) -> str:
        """The exception and the stack, as far as there are any."""
        told = [self.formatException(record.exc_info)] if record.exc_info else []
        told += [self.formatStack(record.stack_info)] if record.stack_info else []
        return self._redact("\n".join(told))


class JsonLines(_Lines):
    """One object a line: time, level, logger, message, then what the line brought along."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record; an exception goes into `exception`."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
        }
        line |= self._brought(record)
        if fault := self._fault(record):
            line["exception"] = fault
        return orjson.dumps(line, default=str).decode()


class PlainLines(_Lines):
    """For people: time, level, message, then `key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record on one line, an exception below it."""
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        more = " ".join(f"{key}={value}" for key, value in self._brought(record).items())
        text = f"{at} {record.levelname.lower():7} {self._message(record)} {more}".rstrip()
        fault = self._fault(record)
        return f"{text}\n{fault}" if fault else text


def begin_logging(*, level: str, json: bool, numbers: bool = False) -> None:
    """Send every log line to standard error in one format. The servers' own lines come along.

    Libraries never tell more than `info`: what they say for finding faults has headers and frames
    in it, and so the keys and documents of our callers.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(numbers=numbers) if json else PlainLines(numbers=numbers))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.getLevelName(level.upper()), logging.INFO))
    logging.getLogger("ffgateway").setLevel(level.upper())
    for name in ("httpx", "sqlalchemy", "aiosqlite", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
