"""The demonstration itself, as people run it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ffgateway.cli.children import free_port

pytestmark = pytest.mark.timeout(150)


@contextmanager
def demonstration(*options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "ffgateway", "demo", "--port", str(free_port()), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def children_of(pid: int) -> list[int]:
    """The processes that have `pid` for a parent; the fourth field of `stat` names it (proc(5))."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone meanwhile
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_fax_comes_to_its_expected_end() -> None:
    with demonstration("--once") as process:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
        assert "Everything was as expected." in out


def test_an_interrupted_demonstration_leaves_no_process_behind() -> None:
    with demonstration() as process:
        assert process.stdout is not None
        line = next(text for text in process.stdout if "fax.accepted" in text)
        assert line
        children = children_of(process.pid)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 130
    assert len(children) >= 4
    assert not [pid for pid in children if alive(pid)]
