"""The gateway as a process of its own: started as a user starts it, killed as a machine kills it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

KEY = "ffgw_0123456789abcdefghijklmnopqrstuv"
"""The administrator's key of gateways under test."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class GatewayProcess:
    """`ffgateway serve` in a folder. It may be killed and started again any number of times."""

    folder: Path
    port: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ("ffgateway", "serve")
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.AsyncClient:
        """A client with the administrator's key."""
        headers = {"Authorization": f"Bearer {KEY}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20, trust_env=False)

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        environment = os.environ | {
            "FFGATEWAY_HOST": "127.0.0.1",
            "FFGATEWAY_PORT": str(self.port),
            "FFGATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{self.folder / 'gateway.db'}",
            "FFGATEWAY_SPOOL_DIR": str(self.folder / "spool"),
            "FFGATEWAY_KEY_FILE": str(self.folder / "service.key"),
            "FFGATEWAY_BOOTSTRAP_KEY": KEY,
            "FFGATEWAY_WEBHOOK_ALLOW": "127.0.0.0/8,::1/128",
            "FFGATEWAY_SETTLE_SECONDS": "0.3",
            "FFGATEWAY_LOG_LEVEL": "warning",
            **self.more,
        }
        root = Path(__file__).parents[2]
        with (self.folder / "gateway.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self.command,
                cwd=self.folder,
                env=environment | {"PYTHONPATH": str(root)},
                stdout=log,
                stderr=log,
            )
        await self._ready()

    async def _ready(self) -> None:
        assert self.process is not None
        async with asyncio.timeout(60), self.client() as client:
            while True:
                if self.process.returncode is not None:
                    log = (self.folder / "gateway.log").read_text()
                    raise AssertionError(f"the gateway ended at once:\n{log[-3000:]}")
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)  # it has not begun to listen: ask again

    def still_there(self) -> None:
        """Raise if it has ended by itself, with how, and the end of its log."""
        assert self.process is not None
        if (code := self.process.returncode) is not None:
            log = (self.folder / "gateway.log").read_text()
            raise AssertionError(f"the gateway is gone, with {code}:\n{log[-3000:]}")

    async def kill(self) -> None:
        """End it as a power cut does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """End it as an operator does; return its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(20):
            code = await self.process.wait()
        self.process = None
        return code


@asynccontextmanager
async def gateway_process(
    folder: Path, *, command: tuple[str, ...] = ("ffgateway", "serve"), **more: str
) -> AsyncIterator[GatewayProcess]:
    """A gateway process that is certainly gone at the end."""
    gateway = GatewayProcess(folder=folder, command=command, more=more)
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.kill()
