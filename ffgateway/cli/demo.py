"""`ffgateway demo`: the whole gateway at work, beside three simulated appliances, and checked.

The appliances and the gateway are processes of their own, just as `ffgateway simulate` and
`ffgateway serve` run them; everything the gateway keeps is in a temporary folder. This process
sends faxes, receives webhooks, follows a subscription, and says whether all of it was as expected.
"""

import asyncio
import secrets
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ffgateway.cli.output import Trouble

if TYPE_CHECKING:
    from rich.console import Console

    from ffgateway.cli.children import Children
    from ffgateway.cli.following import Following
    from ffgateway.cli.receiver import Receiver
    from ffgateway.cli.sending import Talking
    from ffgateway.cli.table import Board

FLEET: Final = (
    ("front-office", "FF240", "America/New_York"),
    ("ward-3", "FF440", "America/Chicago"),
    ("voip", "FF240-IP", "UTC"),
)
SPEED: Final = 6.0
"""How fast the appliances' time goes: a call takes long enough to be seen by a look each 100 ms."""
LONGEST: Final = 600.0
"""Of the appliances' seconds, the most that the story may take; it takes about a tenth."""
LEAST: Final = 20.0
"""Real seconds that it is given in any case."""

HEARD_WITHIN: Final = 3.0
"""Seconds after which an interrupt is said once more."""

PAPER: Final = 120
"""Columns of what is no terminal."""


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Stop after the summary: exit 0 if all was as expected.")
    ] = False,
    speed: Annotated[
        float, typer.Option(help="How fast the appliances' time goes.", min=1, max=20)
    ] = SPEED,
    port: Annotated[
        int | None, typer.Option(help="Port of the gateway. Default: 8080, or a free one.", min=1)
    ] = None,
) -> None:
    """Show the gateway at work with simulated appliances, real webhooks and a subscription."""
    try:
        good = asyncio.run(_performed(once=once, speed=speed, port=port))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
    if not good:
        sys.exit(1)


async def _performed(*, once: bool, speed: float, port: int | None) -> bool:
    """Tell the story; the answer is whether all went as it should. Whatever was started is ended."""
    from rich.console import Console

    from ffgateway.cli.children import children_in

    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    if me is not None:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, _interrupted, loop, me)
    terminal = sys.stdout.isatty()
    console = Console(highlight=False, width=None if terminal else PAPER)
    with tempfile.TemporaryDirectory(prefix="ffgateway-demo-") as folder:
        async with children_in(Path(folder)) as children:
            stage = Stage(console, children, speed=speed)
            try:
                await stage.set(Path(folder), port)
                good = await stage.play()
            except* Trouble as several:
                raise _first(several) from None
            if not once:
                stage.invite()
                await asyncio.Event().wait()  # until Ctrl-C
    return good


def _interrupted(loop: asyncio.AbstractEventLoop, me: "asyncio.Task[bool]") -> None:
    """End the story, however often it takes to be heard.

    A cancellation that meets the end of an exchange can get lost in a library; nobody should have
    to press Ctrl-C twice for that.
    """
    if not me.done():
        me.cancel()
        loop.call_later(HEARD_WITHIN, _interrupted, loop, me)


def _first(several: BaseExceptionGroup[Trouble]) -> Trouble:
    """Of what went wrong in several tasks together, what was met first: the rest follows from it."""
    found: BaseException = several
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found if isinstance(found, Trouble) else Trouble(str(found))


class Stage:
    """Where the story is told: the processes' addresses, and the key to them."""

    def __init__(self, console: "Console", children: "Children", *, speed: float) -> None:
        self._console = console
        self._children = children
        self._speed = speed
        self._key = f"ffgw_{secrets.token_urlsafe(32)}"
        self._appliances: list[str] = []
        self._url = ""

    async def set(self, folder: Path, port: int | None) -> None:
        """Start the appliances and the gateway, each once the one before it is ready."""
        from ffgateway.cli.children import free_port

        self._console.print(f"Starting {len(FLEET)} simulated appliances and the gateway …")
        ports = [free_port() for _ in FLEET]
        async with asyncio.TaskGroup() as group:
            for (name, model, zone), taken in zip(FLEET, ports, strict=True):
                self._appliances.append(f"http://127.0.0.1:{taken}")
                group.create_task(self._appliance(name, model, zone, taken))
            group.create_task(self._gateway(folder, port))

    async def _appliance(self, name: str, model: str, zone: str, port: int) -> None:
        options = {"--model": model, "--port": port, "--zone": zone, "--speed": self._speed}
        words = [str(word) for option in options.items() for word in option]
        ready = f"http://127.0.0.1:{port}/_control/state"
        await self._children.start(name, "simulate", *words, ready=ready)

    async def _gateway(self, folder: Path, port: int | None) -> None:
        """Start the gateway; if somebody takes the port that was free a moment ago, on another."""
        from ffgateway.cli.children import free_port

        wanted = port or free_port(8080)
        try:
            await self._serve(folder, wanted)
        except Trouble:
            if port is not None or free_port(wanted) == wanted:
                raise
            await self._serve(folder, free_port())

    async def _serve(self, folder: Path, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"
        settings = {
            "FFGATEWAY_HOST": "127.0.0.1",
            "FFGATEWAY_PORT": str(port),
            "FFGATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'ffgateway.db'}",
            "FFGATEWAY_SPOOL_DIR": str(folder / "spool"),
            "FFGATEWAY_KEY_FILE": str(folder / "ffgateway.key"),
            "FFGATEWAY_BOOTSTRAP_KEY": self._key,
            "FFGATEWAY_CLOCK_SKEW_SECONDS": "0",  # simulated time runs fast
            "FFGATEWAY_WEBHOOK_ALLOW": "127.0.0.0/8,::1/128",
        }
        ready = (f"{self._url}/readyz", f"{self._url}/v1/keys")
        await self._children.start(
            "gateway", "serve", ready=ready, settings=settings, key=self._key
        )

    async def play(self) -> bool:
        """Send the faxes, watch them, and check what came of it."""
        import httpx

        from ffgateway.cli.following import following
        from ffgateway.cli.receiver import receiving
        from ffgateway.cli.sending import Talking
        from ffgateway.cli.story import STORY
        from ffgateway.cli.table import Board

        board = Board(STORY, self._console)
        headers = {"Authorization": f"Bearer {self._key}"}
        async with (
            httpx.AsyncClient(
                base_url=self._url, headers=headers, timeout=30, trust_env=False
            ) as client,
            receiving(board.take) as receiver,
            following(f"{self._url}/graphql", self._key) as changes,
        ):
            talking = Talking(client)
            await self._prepare(talking, receiver, board)
            with board.shown():
                faxes = await self._watch(talking, receiver, changes)
            return await self._check(talking, receiver, changes, faxes)

    async def _prepare(self, talking: "Talking", receiver: "Receiver", board: "Board") -> None:
        for (name, model, zone), url in zip(FLEET, self._appliances, strict=True):
            device = await talking.register(name=name, model=model, url=url, zone=zone)
            board.knows_device(device, name)
        webhook = {"url": receiver.url, "events": ["fax.*"], "description": "ffgateway demo"}
        receiver.secret = (await talking.ask("POST", "/v1/webhooks", json=webhook))["secret"]

    async def _watch(
        self, talking: "Talking", receiver: "Receiver", changes: "Following"
    ) -> dict[str, str]:
        """Send every fax, call off those that are to be, wait for all the ends; return the ids.

        A fax that does not come to its end in time is left as it is: the check will say so.
        """
        from ffgateway.cli.story import STORY, Part, ended

        faxes: dict[str, str] = {}

        async def follow(part: Part) -> None:
            faxes[part.reference] = fax_id = await talking.send(part)
            events = receiver.events[fax_id]
            if part.cancel_at is not None:
                seen = {part.cancel_at}
                await receiver.until(lambda: any(one["type"] in seen for one in events))
                await talking.cancel(fax_id)
            await receiver.until(lambda: ended(events))
            await changes.until_position(events[-1]["position"])

        try:
            async with (
                asyncio.timeout(max(LEAST, LONGEST / self._speed)),
                asyncio.TaskGroup() as group,
            ):
                for part in STORY:
                    group.create_task(follow(part))
        except TimeoutError:
            self._console.print("[red]Not every fax came to its end in time.[/]")
        return faxes

    async def _check(
        self,
        talking: "Talking",
        receiver: "Receiver",
        changes: "Following",
        faxes: dict[str, str],
    ) -> bool:
        from ffgateway.cli.sending import tallies
        from ffgateway.cli.verdict import Evidence, report

        evidence = Evidence(
            faxes=faxes,
            events=receiver.events,
            received=receiver.received,
            verified=receiver.verified,
            repeated=receiver.repeated,
            changes=changes.changes,
            tallies=await tallies(self._appliances),
            audit_lines=await talking.audit_lines(),
        )
        return report(evidence, self._console)

    def invite(self) -> None:
        """Say where to look, and with which key."""
        self._console.print(
            f"\nREST     {self._url}/docs\nGraphQL  {self._url}/graphql\nKey      {self._key}\n\n"
            f"  export FFGATEWAY_URL={self._url} FFGATEWAY_KEY={self._key}\n"
            "  ffgateway faxes list\n\nCtrl-C ends it.",
            soft_wrap=True,
        )
