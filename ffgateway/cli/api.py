"""A running gateway, as the commands see it: paths and JSON in, JSON out, troubles as one line.

Nothing here knows a fax from a device. `FFGATEWAY_URL` and `FFGATEWAY_KEY` say where it is and who
asks.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import httpx

from ffgateway.cli.output import Trouble

DEFAULT_URL = "http://127.0.0.1:8080"
PATIENCE = httpx.Timeout(30, write=300)
"""Seconds. Documents are large and lines are slow, so writing may take longer."""
LONG = httpx.Timeout(30, read=1200)
"""Seconds. The gateway gives an appliance half a minute, and two seconds for each thing asked of it."""
SILENCE = httpx.Timeout(30, read=60)
"""Seconds without a byte before a stream is taken for dead; the gateway says something more often."""
AGAIN = timedelta(seconds=1)
"""How long a listener waits before it takes up a stream that broke."""
PAGE = 100


class Broken(Trouble):
    """An answer that began and did not come to its end: what came of it is good."""


class Api:
    """One gateway, asked with one key."""

    def __init__(self, url: str, key: str, *, patience: httpx.Timeout = PATIENCE) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(base_url=self.url, headers=headers, timeout=patience)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._client.close()

    def get(self, path: str, **params: object) -> Any:
        """Read something; parameters that are None are left out."""
        return self._ask("GET", path, params=_given(params))

    def post(
        self,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        key: str | None = None,
        **params: object,
    ) -> Any:
        """Do something; with the same `key` (an `Idempotency-Key`) only once."""
        return self._ask("POST", path, json=body, params=_given(params) or None, headers=_once(key))

    def apply(self, path: str, body: Mapping[str, object]) -> Any:
        """Do something on many appliances, which may take as long as each of them is given."""
        return self._ask("POST", path, json=body, timeout=LONG)

    def gather(self, path: str, **params: object) -> Any:
        """Read something from many appliances, which may take as long."""
        return self._ask("GET", path, params=_given(params), timeout=LONG)

    def patch(self, path: str, body: Mapping[str, object]) -> Any:
        """Change something."""
        return self._ask("PATCH", path, json=body)

    def delete(self, path: str) -> Any:
        """Remove something."""
        return self._ask("DELETE", path)

    def upload(
        self, path: str, *, data: Mapping[str, object], files: Iterable[Any], key: str | None = None
    ) -> Any:
        """Send a form with files: `(field, (name, file, content type))` each; `key` as in `post`."""
        return self._ask("POST", path, data=_given(data), files=list(files), headers=_once(key))

    def download(self, path: str, *, to: Path, **params: object) -> int:
        """Write a document to a file, whole or not at all; return how many bytes it has."""
        kept = to.with_name(f".{to.name}.{os.getpid()}")
        try:
            size = self._fetch(path, kept, _given(params))
            kept.replace(to)
        except httpx.HTTPError as gone:
            raise Trouble(f"{self.url} gave no whole document: {gone}") from gone
        except OSError as full:
            raise Trouble(f"{to} cannot be written: {full}") from full
        finally:
            with suppress(OSError):  # of a folder that is not there nothing is left behind
                kept.unlink(missing_ok=True)
        return size

    def _fetch(self, path: str, to: Path, params: dict[str, Any]) -> int:
        with to.open("xb") as part, self._client.stream("GET", path, params=params) as answer:
            if not answer.is_success:
                answer.read()
                raise Trouble(problem(answer))
            return sum(part.write(piece) for piece in answer.iter_bytes())

    def lines(self, path: str, **params: object) -> Iterator[bytes]:
        """Yield the whole lines of a long answer. Raises `Broken` when it ends before its time."""
        rest = b""
        try:
            with self._client.stream("GET", path, params=_given(params)) as answer:
                if not answer.is_success:
                    answer.read()
                    raise Trouble(problem(answer))
                for piece in answer.iter_bytes():
                    *whole, rest = (rest + piece).split(b"\n")
                    yield from (line + b"\n" for line in whole)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout) as gone:
            raise Broken(f"{self.url} gave no whole answer: {gone}") from gone
        except httpx.TransportError as gone:
            raise Trouble(f"{self.url} does not answer: {gone}") from gone

    def items(self, path: str, *, most: int, **params: object) -> list[Any]:
        """Read a list, over as many pages as it takes for `most` of its items."""
        found: list[Any] = []
        cursor = None
        while len(found) < most:
            page = self.get(path, limit=min(PAGE, most - len(found)), cursor=cursor, **params)
            found += page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                break
        return found

    def follow(
        self, *, after: int | None, types: Sequence[str] = (), subject: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield events beyond a position (None: from now on), for as long as there is a gateway.

        A stream that breaks is taken up where it had got to, so nothing is missed or told twice.
        """
        while True:
            asked = _given({"after": after, "types": list(types), "subject": subject})
            try:
                for reached, event in self._stream(asked):
                    after = reached
                    if event is not None:
                        yield event
            except (httpx.RemoteProtocolError, httpx.ReadTimeout, httpx.ReadError):
                pass  # cut short: the same as an end
            time.sleep(AGAIN.total_seconds())

    def _stream(self, params: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any] | None]]:
        try:
            with self._client.stream(
                "GET", "/v1/events/stream", params=params, timeout=SILENCE
            ) as answer:
                if answer.is_error:
                    answer.read()
                    raise Trouble(problem(answer))
                yield from frames_in(answer.iter_lines())
        except (httpx.ConnectError, httpx.ConnectTimeout) as gone:
            raise Trouble(f"{self.url} does not answer: {gone}") from gone

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        try:
            answer = self._client.request(method, path, **request)
        except (httpx.TransportError, httpx.InvalidURL) as gone:
            raise Trouble(f"{self.url} does not answer: {gone or type(gone).__name__}") from gone
        if not answer.is_success:
            raise Trouble(problem(answer))
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError as strange:
            raise Trouble(f"{self.url} answers, but not with JSON: is it a gateway?") from strange


def api(*, patience: httpx.Timeout = PATIENCE) -> Api:
    """Return the gateway that the environment names."""
    url = os.environ.get("FFGATEWAY_URL") or DEFAULT_URL
    return Api(url, os.environ.get("FFGATEWAY_KEY", ""), patience=patience)


def problem(answer: httpx.Response) -> str:
    """Put a problem document (RFC 9457) into one line: what, where, and what would help."""
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return f"the gateway answered {answer.status_code} {answer.reason_phrase}".rstrip()
    line = str(told.get("detail") or told.get("title") or f"status {answer.status_code}")
    flaws = [f"{one['field']}: {one['message']}" for one in told.get("errors") or ()]
    if flaws:
        line = "; ".join(flaws)
    elif told.get("field"):
        line = f"{told['field']}: {line}"
    cure = told.get("cure")
    if answer.status_code == 401:  # what helps here is a variable, not a header
        cure = "Set FFGATEWAY_KEY to a key; `ffgateway keys create` makes one."
    return f"{line} {cure}" if cure else line


def frames_in(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Yield how far each frame of a stream of Server-Sent Events has got, and its event if it has one.

    Comments and other fields are dropped, and so is a frame that was cut short.
    """
    data: list[str] = []
    reached: int | None = None
    for line in lines:
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        elif name == "id" and value.strip().isdecimal():
            reached = int(value)
        elif not line:
            told = json.loads("\n".join(data)) if data else None
            if reached is not None:
                yield reached, told
            data, reached = [], None


def given(**fields: object) -> dict[str, object]:
    """The fields that were given, for a body: an option left out is None and stays out."""
    return _given(fields)


def _once(key: str | None) -> dict[str, str]:
    if key is None:
        return {}
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= 255):
        raise Trouble("An idempotency key is 1 to 255 printable ASCII characters.")
    text = key.replace("\\", "\\\\").replace('"', '\\"')
    return {"Idempotency-Key": f'"{text}"'}  # a string of a structured field (RFC 9651, 3.3.3)


def _given(params: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}
