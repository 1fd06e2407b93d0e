"""`ffgateway receipt verify`: a receipt, offline."""

from pathlib import Path
from typing import Annotated

import typer

from ffgateway import receipt_verify

app = typer.Typer(help="Receipts of faxes, anywhere; `faxes receipt` fetches one.")


@app.callback()
def receipts() -> None:
    """Receipts of faxes, anywhere; `faxes receipt` fetches one."""


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="A receipt, JSON or PDF.", dir_okay=False)],
    key: Annotated[list[str], typer.Option(help="The verifier key, or a file with it; repeat.")],
) -> None:
    """Verify a receipt offline, and say what it says. `receipt_verify.py` and `audit_verify.py` do it elsewhere."""
    words = [word for one in key for word in ("--key", one)]
    raise typer.Exit(receipt_verify.main([str(file), *words]))
