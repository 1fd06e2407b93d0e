"""The gateway behind a fence: it can reach this machine and nothing else, whatever it is told.

A generated request may name any host in the world as an appliance or a receiver. Run as
`python -m tests.support.fenced`; settings come from the environment as always.
"""

import errno
import ipaddress
import socket
import sys
from typing import Any

import uvicorn


def _here(host: object) -> bool:
    if host in {None, "", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _fence(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not _here(arguments[1][0]):
        raise OSError(errno.ENETUNREACH, "behind the fence")
    if event == "socket.getaddrinfo" and not _here(arguments[0]):
        raise socket.gaierror(socket.EAI_NONAME, "behind the fence")


def main() -> None:
    """Put the fence up, then serve. The fence sees what Python's own sockets do: hence asyncio's loop."""
    sys.addaudithook(_fence)
    from ffgateway.app import create_app
    from ffgateway.settings import Settings

    settings = Settings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="asyncio",
        access_log=False,
    )


if __name__ == "__main__":
    main()
