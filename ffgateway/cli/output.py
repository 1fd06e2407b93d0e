"""What commands print: tables for people, JSON for pipes, one line for trouble.

Answers go to standard output. What is only said on the way (progress, addresses) goes to standard
error, so that a pipe gets the answer alone.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for pipes.")]
"""The switch that every command with an answer has."""


WIDE = 10_000
"""Columns of what is no terminal: a pipe breaks no line."""


class Trouble(Exception):
    """The command cannot do what was asked; its text is the one line that is printed for it."""


def say(text: str) -> None:
    """Print a line that is not part of the answer."""
    print(text, file=sys.stderr, flush=True)


def show_json(answer: object) -> None:
    """Print an answer as JSON; times and the like as their text."""
    print(json.dumps(answer, indent=2, ensure_ascii=False, default=str), flush=True)


def show_line(answer: object) -> None:
    """Print an answer as one line of JSON, for a stream of them."""
    print(json.dumps(answer, ensure_ascii=False, default=str), flush=True)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print rows under headings, or `empty` when there are none.

    Cells are printed as they are: what a caller or an appliance wrote is never read as markup. A
    pipe gets whole cells, however wide.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        print(empty)
        return
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=not console.is_terminal)
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDE)
    console.print(table)


def show_fields(fields: Mapping[str, object]) -> None:
    """Print one thing, a field to a line; what is empty is left out."""
    told = {name: plain(value) for name, value in fields.items()}
    width = max((len(name) for name, text in told.items() if text), default=0)
    for name, text in told.items():
        if text:
            print(f"{name:<{width}}  {text}")


def plain(value: object) -> str:
    """Write a value as people would: nothing for None, yes and no, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(plain(each) for each in value)
    if isinstance(value, dict):
        return "; ".join(f"{name} {plain(each)}" for name, each in value.items() if plain(each))
    return str(value)


def show(answer: Any, *, as_json: bool, people: Callable[[Any], None]) -> None:
    """Print an answer for a pipe or, by `people`, for people."""
    if as_json:
        show_json(answer)
    else:
        people(answer)
