"""What the demonstration shows while it runs: a live table on a terminal, plain lines elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from ffgateway.cli.story import Part

COLOURS = {"delivered": "green", "failed": "red", "cancelled": "yellow"}


@dataclass(slots=True, kw_only=True)
class Row:
    """What is known of one fax so far."""

    part: Part
    device: str = ""
    status: str = ""
    pages: int = 0
    attempt: int = 0
    last: str = ""


class Board:
    """Faxes and where they are, fed with the webhooks as they come in."""

    def __init__(self, story: Sequence[Part], console: Console) -> None:
        self._rows = {part.reference: Row(part=part) for part in story}
        self._console = console
        self._live: Live | None = None
        self._devices: dict[str, str] = {}

    def knows_device(self, device_id: str, name: str) -> None:
        """Learn what an appliance is called."""
        self._devices[device_id] = name

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the table for as long as the block takes, if there is a terminal to show it on."""
        if not self._console.is_terminal:
            yield
            return
        with Live(self._table(), console=self._console, refresh_per_second=10) as live:
            self._live = live
            try:
                yield
            finally:
                live.update(self._table())
                self._live = None

    def take(self, event: Mapping[str, Any]) -> None:
        """Take a fax's event in, and show it."""
        data = event["data"]
        row = self._rows.get(data.get("client_reference") or "")
        if row is None:
            return
        row.device = self._devices.get(data.get("device_id") or "", "")
        row.status, row.last = data["status"], event["type"]
        row.pages = max(row.pages, data.get("pages") or 0)
        row.attempt = max(row.attempt, data.get("attempt") or 0)
        if self._live is not None:
            self._live.update(self._table())
        else:
            part = row.part
            self._console.print(
                f"{event['timestamp']}  {part.reference}  {part.number}  {event['type']:<21} "
                f"{row.device}",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("fax", "", "over", "to", "on", "status", "pages", "try", "last event"):
            table.add_column(heading, no_wrap=True)
        for row in self._rows.values():
            part = row.part
            colour = COLOURS.get(row.status, "default")
            table.add_row(
                part.reference,
                part.title,
                part.way,
                part.number,
                row.device,
                f"[{colour}]{row.status}[/]",
                str(row.pages or ""),
                str(row.attempt or ""),
                row.last,
            )
        return table
