"""The format of log lines: one JSON object, or one line for people. Numbers of people are cut short."""

import logging
import re
import sys
from datetime import UTC, datetime

import orjson

_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

_NUMBER = re.compile(r"(?<![\w.-])\+?\d[\d ().-]{5,}\d(?![\w.-])")


def redacted(text: str) -> str:
    """Leave the last two digits of what looks like a telephone number."""
    return _NUMBER.sub(lambda found: "…" + found.group()[-2:], text)


class JsonLines(logging.Formatter):
    """One object a line: time, level, logger, message, then what the line brought along."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record; an exception goes into `exception`."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in _PLAIN}
        if record.exc_info:
            line["exception"] = redacted(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


class PlainLines(logging.Formatter):
    """For people: time, level, message, then `key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record on one line, an exception below it."""
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        more = " ".join(
            f"{key}={value}" for key, value in record.__dict__.items() if key not in _PLAIN
        )
        text = f"{at} {record.levelname.lower():7} {redacted(record.getMessage())} {more}".rstrip()
        if record.exc_info:
            text += "\n" + redacted(self.formatException(record.exc_info))
        return text


def begin_logging(*, level: str, json: bool) -> None:
    """Send every log line to standard error in one format. The servers' own lines come along."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if json else PlainLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("httpx", "sqlalchemy", "aiosqlite", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
