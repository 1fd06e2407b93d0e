"""Child processes of the demonstration: started, waited for, and always ended."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

import ffgateway
from ffgateway.cli.output import Trouble

PATIENCE = 30.0
"""Seconds for a child to come up: it imports a good deal, and the machine may be slow."""
GRACE = 10.0
"""Seconds for a child to end of itself before it is killed."""
LOOK = 0.1
TAIL = 15
"""Lines of a child's log that are shown when it could not be started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One process, what it is called, and where its output goes."""

    name: str
    process: asyncio.subprocess.Process
    log: Path


class Children:
    """The processes of one demonstration. Their folder is where they run and keep everything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    @property
    def all(self) -> tuple[Child, ...]:
        """Every process that was started, whether it still runs or not."""
        return tuple(self._children)

    async def start(
        self,
        name: str,
        *arguments: str,
        ready: str | Sequence[str],
        settings: Mapping[str, str] | None = None,
        key: str = "",
    ) -> None:
        """Start `ffgateway ARGUMENTS` and wait until the URLs in `ready` answer well, with `key`.

        A URL that asks for the key tells the child from a stranger who was quicker to take its
        port. Raises `Trouble`, with the end of the child's log.
        """
        log = self._folder / f"{name}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "ffgateway",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,  # so that no .env of somebody else's is read
                env=_environment(settings or {}),
                start_new_session=True,  # Ctrl-C is for this process alone, which then ends them
            )
        child = Child(name=name, process=process, log=log)
        self._children.append(child)
        await _answering(child, [ready] if isinstance(ready, str) else ready, key)

    async def end(self) -> None:
        """End them all, the last first: politely, then not."""
        running = [one.process for one in self._children if one.process.returncode is None]
        for process in reversed(running):
            process.terminate()
        waiting = [asyncio.create_task(process.wait()) for process in running]
        if not waiting:
            return
        _, late = await asyncio.wait(waiting, timeout=GRACE)
        if late:
            for process in running:
                if process.returncode is None:
                    process.kill()
            await asyncio.wait(late)


@asynccontextmanager
async def children_in(folder: Path) -> AsyncIterator[Children]:
    """Give children a folder, and end them whatever happens."""
    children = Children(folder)
    try:
        yield children
    finally:
        ending = asyncio.ensure_future(children.end())
        while not ending.done():
            with contextlib.suppress(asyncio.CancelledError):  # Ctrl-C again: still end them all
                await asyncio.shield(ending)


def free_port(preferred: int | None = None) -> int:
    """Return a port that nobody listens on: the preferred one if it is free."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            taken: int = probe.getsockname()[1]
            return taken
    raise Trouble("no port of 127.0.0.1 is free")


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Give a child what we have, less our own settings, and the package it is to run."""
    inherited = {
        name: text for name, text in os.environ.items() if not name.startswith("FFGATEWAY_")
    }
    package = str(Path(ffgateway.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (package, inherited.get("PYTHONPATH"))))
    return inherited | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"} | dict(settings)


async def _answering(child: Child, urls: Sequence[str], key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = "nothing"
    try:
        async with (
            asyncio.timeout(PATIENCE),
            httpx.AsyncClient(headers=headers, trust_env=False) as client,
        ):
            while child.process.returncode is None:
                answer = await _amiss(client, urls)
                if not answer:
                    return
                await asyncio.sleep(LOOK)
    except TimeoutError:
        raise Trouble(
            f"{child.name} is not ready in {PATIENCE:g} s ({answer})\n{_tail(child)}"
        ) from None
    raise Trouble(f"{child.name} ended with {child.process.returncode}\n{_tail(child)}")


async def _amiss(client: httpx.AsyncClient, urls: Sequence[str]) -> str:
    """Say what is wrong with the first URL that does not answer well; nothing when all do."""
    for url in urls:
        try:
            answer = await client.get(url)
        except httpx.TransportError as not_yet:
            return str(not_yet) or type(not_yet).__name__
        if not answer.is_success:
            return str(answer.status_code)
    return ""


def _tail(child: Child) -> str:
    return "\n".join(child.log.read_text(errors="replace").splitlines()[-TAIL:])
