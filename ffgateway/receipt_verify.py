"""Verify a delivery receipt of ffgateway, as JSON or as PDF, far away from it and with nothing but Python.

    python receipt_verify.py receipt.pdf --key KEY

Copy this file and `audit_verify.py` into one folder; they need Python 3.11 and no package. KEY is the
gateway's verifier key (`ffgateway audit keys list`), got from somebody you trust and not together
with the receipt. What is signed is the JSON; a PDF carries it as its one attachment, and the page
is only its picture. So this prints what the signed JSON says: compare it with the page.
Exit code 0: the gateway said so, and its sealed log as well; 1: it did not; 2: it cannot be read.
"""

import argparse
import base64
import binascii
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

try:
    from ffgateway.audit_verify import Key, Unreadable, canonical, ed25519_verify, verify_proof
except ModuleNotFoundError:  # copied out of the package, beside the other file
    if sys.flags.isolated:  # `python -I` does not look beside a script
        sys.path.append(str(Path(__file__).parent))
    from audit_verify import (  # type: ignore[import-not-found, no-redef]
        Key,
        Unreadable,
        canonical,
        ed25519_verify,
        verify_proof,
    )

KIND = "ffgateway/receipt/1"
"""What a receipt calls itself; also what its signature begins with, so that it can be of nothing else."""

ATTACHMENT = "receipt.json"
"""What the attachment of a PDF is called."""

IMPORTED = "fax.imported"
"""The row of a fax that others made, when it was first seen."""

CORRECTED = "fax.corrected"
"""The row of an end that its appliance showed after another one had been decided."""

PARTS = frozenset({"receipt", "signature"})

_EMBEDDED = re.compile(rb"/EmbeddedFile(?![A-Za-z])")
_LENGTH = re.compile(rb"/Length (\d{1,9})")
_STREAM = re.compile(rb">>\s*stream\r?\n")
_NEAR = 2000
"""Bytes of an object before its content."""


def signed_text(body: Mapping[str, Any]) -> str:
    """What a signature is made of: the kind, and the RFC 8785 JSON of the receipt."""
    return f"{KIND}\n{canonical(body)}"


def read(content: bytes) -> Any:
    """The receipt in a file, PDF or JSON. Raises `Unreadable`."""
    try:
        return json.loads(attached(content) if content.startswith(b"%PDF-") else content)
    except (ValueError, RecursionError) as flaw:
        raise Unreadable(f"that is no receipt: {flaw}") from None


def attached(pdf: bytes) -> bytes:
    """The one attachment of a PDF of ours. Raises `Unreadable`."""
    found = list(_EMBEDDED.finditer(pdf))
    if len(found) != 1:
        raise Unreadable(f"the PDF has {len(found)} attachments and not the one of a receipt")
    begin = pdf.rfind(b" obj", 0, found[0].start())
    stream = _STREAM.search(pdf, found[0].start(), found[0].start() + _NEAR)
    length = _LENGTH.search(pdf, begin, stream.end()) if stream and begin >= 0 else None
    if stream is None or length is None:
        raise Unreadable("the attachment of the PDF is not as the gateway writes it")
    return pdf[stream.end() : stream.end() + int(length[1])]


def verify_receipt(told: Any, keys: Sequence[Key]) -> list[str]:
    """What is wrong with a receipt. Raises `Unreadable` for what is none."""
    try:
        body, signature = told["receipt"], told["signature"]
        kind, rows, end = body["kind"], list(body["audit"]), body["fax"]["finished_at"]
        fax_id, checkpoint, made = body["fax"]["id"], body["checkpoint"], signature["value"]
        text, signature_bytes = signed_text(body), base64.b64decode(made, validate=True)
        by = signature["key"]
    except (KeyError, TypeError, ValueError, binascii.Error, RecursionError) as flaw:
        raise Unreadable(f"that is no receipt: {flaw!r}") from None
    findings = [f"{name}: nobody signed that" for name in sorted(set(told) - PARTS)]
    findings += [f"signature.{one}: nobody signed that" for one in sorted(set(signature) - _SIGNS)]
    if kind != KIND:
        findings.append(f"it is of another kind: {kind}")
    if signature.get("algorithm") != "Ed25519":
        findings.append("it is signed in another way than with Ed25519")
    ours = [key for key in keys if f"{key.name}+{key.id.hex()}" == by]
    if not ours:
        findings.append(f"it is signed by another key: {by}")
    elif not any(ed25519_verify(key.public, text.encode(), signature_bytes) for key in ours):
        findings.append("the receipt is not what the gateway signed")
    if not rows:
        findings.append("no row of the log says so")
    for row in rows:
        findings += _of_row(row, checkpoint, keys, fax_id)
    if rows and not any(_said(row, "at") == end or _taken_in(row, body) for row in rows):
        findings.append("the log has no row of the moment at which the fax is said to have ended")
    if rows and body["fax"].get("corrected_as") and not any(_corrects(row, body) for row in rows):
        findings.append("the log has no row of the end that its appliance is said to have shown")
    return findings


_SIGNS = frozenset({"key", "algorithm", "value"})


def _of_row(row: Any, checkpoint: str, keys: Sequence[Key], fax_id: str) -> list[str]:
    if not isinstance(row, dict):
        raise Unreadable("a row of the log is none")
    name = f"row {row.get('number')}"
    findings = [f"{name}: {one}" for one in verify_proof({**row, "checkpoint": checkpoint}, keys)]
    if _said(row, "number") != row.get("number"):
        findings.append(f"{name}: it has another number in the log")
    if _said(row, "resource") != fax_id:
        findings.append(f"{name}: it is of another fax")
    return findings


def _taken_in(row: Any, body: Mapping[str, Any]) -> bool:
    """Whether others made the fax, and it had ended when the gateway first saw it."""
    return bool(_said(row, "action") == IMPORTED and body["fax"].get("origin") == "appliance")


def _corrects(row: Any, body: Mapping[str, Any]) -> bool:
    """Whether a row says that the appliance showed the end that the receipt names beside its own."""
    return bool(_said(row, "action") == CORRECTED and _shown(row) == body["fax"]["corrected_as"])


def _shown(row: Any) -> Any:
    told = _said(row, "detail")
    for name in ("changed", "corrected_as", "after"):
        told = told.get(name) if isinstance(told, dict) else None
    return told


def _said(row: Any, name: str) -> Any:
    told = row.get("row") if isinstance(row, dict) else None
    return told.get(name) if isinstance(told, dict) else None


def summary(body: Mapping[str, Any]) -> list[str]:
    """What a receipt says, in lines. Raises `Unreadable`."""
    try:
        fax, to = body["fax"], body["fax"]["recipient"]
        number = fax["dialled"] or to["fax_number"]
        lines = [
            f"{fax['id']} {fax['status']} at {fax['finished_at']}",
            ", ".join(filter(None, ("to " + number, to["name"], to["organization"]))),
            f"pages {fax['pages']}, attempts {fax['attempts']}",
        ]
        if fax.get("corrected_as"):
            lines.insert(1, f"afterwards its appliance showed it as {fax['corrected_as']}")
        return lines + [f"document {one['sha256']} {one['name']}" for one in fax["documents"]]
    except (KeyError, TypeError) as flaw:
        raise Unreadable(f"that is no receipt: {flaw!r}") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what the arguments name; return the exit code."""
    words = argparse.ArgumentParser(prog="receipt_verify", description="Verify a receipt offline.")
    words.add_argument("file", help="a receipt, as JSON or PDF")
    words.add_argument("--key", action="append", required=True, help="verifier key, or its file")
    given = words.parse_args(arguments)
    try:
        told = read(Path(given.file).read_bytes())
        findings = verify_receipt(told, Key.several(given.key))
        lines = summary(told["receipt"])
    except (Unreadable, OSError) as flaw:
        print(f"cannot be verified: {flaw}", file=sys.stderr)
        return 2
    for finding in findings:
        print(f"NOT SO: {finding}", file=sys.stderr)
    for line in lines:
        print(line)
    print(f"the receipt: {len(findings)} findings" if findings else "the receipt: as it was signed")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
