"""`audit export` against a gateway whose connections break: taken up behind the last whole line."""

import socket
import threading
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ffgateway.cli.exports import TRIES, export
from ffgateway.cli.output import Trouble

ROWS = [b'{"index":%d,"leaf":"%s"}\n' % (index, b"00" * 32) for index in range(6)]
HEAD = b'{"items":[{"size":6,"checkpoint":"a head\\n"}],"next_cursor":null}'


def served(answers: list[tuple[int, bytes]]) -> tuple[str, list[bytes]]:
    """A server that gives each request the next answer: so many bytes are promised, these come."""
    listening = socket.create_server(("127.0.0.1", 0))
    asked: list[bytes] = []

    def serve() -> None:
        with listening:
            for promised, body in answers:
                connection, _ = listening.accept()
                with connection:
                    asked.append(connection.recv(65536).split(b"\r\n")[0])
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {promised}\r\nConnection: close\r\n\r\n"
                    connection.sendall(head.encode() + body)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}", asked


def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(export)
    return made


def test_an_export_that_breaks_is_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = b"".join(ROWS)
    url, asked = served(
        [
            (len(HEAD), HEAD),
            (len(whole), b"".join(ROWS[:2]) + ROWS[2][:9]),
            (len(whole), b"".join(ROWS[2:5])),
            (len(ROWS[5]), ROWS[5]),
        ]
    )
    monkeypatch.setenv("FFGATEWAY_URL", url)
    file, head = tmp_path / "log", tmp_path / "head"
    ran = CliRunner().invoke(app(), [str(file), "--checkpoint", str(head)])
    assert ran.exit_code == 0, ran.output
    assert file.read_bytes() == whole
    assert head.read_text() == "a head\n"
    afters = [line.split(b"after=")[1].split(b"&")[0] for line in asked[1:]]
    assert afters == [b"0", b"2", b"5"]


def test_one_that_gives_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = served([(len(HEAD), HEAD), *[(100, b"")] * TRIES])
    monkeypatch.setenv("FFGATEWAY_URL", url)
    ran = CliRunner().invoke(app(), [str(tmp_path / "log")])
    assert isinstance(ran.exception, Trouble)
    assert len(asked) == 1 + TRIES
