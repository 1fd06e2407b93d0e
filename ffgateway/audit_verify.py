"""Verify an audit log of ffgateway, or one row's proof, far away from it and with nothing but Python.

    python audit_verify.py audit.ndjson --checkpoint checkpoints.txt --key KEY

Copy this one file; it needs Python 3.11 and no package. KEY is the text that the gateway shows as
its verifier key (`ffgateway audit keys`), got from somebody you trust and not together with the log.
A checkpoint is a signed note (C2SP tlog-checkpoint) that you kept outside: it says how many rows the
log had and what the root of its Merkle tree (RFC 6962) was. A row that was edited, removed, moved or
added since changes that root. The leaf of a row is SHA-256(0x00, salt, its RFC 8785 JSON); of a
purged row there is only its leaf. Exit code 0: all is as it was; 1: it is not; 2: it cannot be read.

The gateway itself seals with these very functions.
"""

import argparse
import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

SALT_BYTES = 16
BLOCK_LEVEL = 12
BLOCK = 1 << BLOCK_LEVEL
"""Leaves that are put together at once."""

EMPTY_ROOT = hashlib.sha256().digest()
ALGORITHM = b"\x01"
"""Ed25519, in the keys of signed notes."""

_SHOWN = 10
"""The most findings that are told one by one."""


class Unreadable(Exception):
    """What was given is no log, checkpoint, proof or key."""


# RFC 8785 ---------------------------------------------------------------------------------------


def canonical(value: Any) -> str:
    """JSON in its one canonical form (RFC 8785). Raises `ValueError` for what JSON does not have."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        if abs(value) > 2**53 - 1:
            raise ValueError("a number is too large for JSON that everybody reads alike")
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        names = sorted(value, key=_utf16) if not all(map(str.isascii, value)) else sorted(value)
        return "{" + ",".join(f"{canonical(n)}:{canonical(value[n])}" for n in names) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    raise ValueError(f"{type(value).__name__} is nothing that JSON has")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")


def _float(value: float) -> str:
    """A number as ECMAScript writes it: the shortest digits that lead back to it."""
    if value - value != 0:
        raise ValueError("JSON has no infinity and nothing that is no number")
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, rest = mantissa.partition(".")
    digits = (whole + rest).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + rest) - len(digits))
    digits = digits.rstrip("0")
    sign = "-" if value < 0 else ""
    if not digits:
        return "0"
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1:+d}"


# RFC 6962 ---------------------------------------------------------------------------------------


def leaf_hash(salt: bytes, row: bytes) -> bytes:
    """The leaf of a row, given its canonical JSON."""
    return hashlib.sha256(b"\x00" + salt + row).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two parts of the tree beside each other."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes of parts of one size; only the last may be smaller, and none may lack."""
    sha256, level = hashlib.sha256, hashes
    while len(level) > 1:
        pairs = iter(level)
        above = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(pairs, pairs, strict=False)
        ]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0] if level else EMPTY_ROOT


class Tree:
    """A tree that grows leaf after leaf and keeps only its right edge."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []  # complete blocks: level above a block, hash
        self._loose: list[bytes] = []

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves."""
        several = iter(leaves)
        while fresh := list(islice(several, BLOCK - len(self._loose))):
            self.size += len(fresh)
            self._loose += fresh
            if len(self._loose) == BLOCK:
                self._close(fold(self._loose))
                self._loose = []

    def _close(self, block: bytes) -> None:
        level = 0
        while self._edge and self._edge[-1][0] == level:
            block, level = node_hash(self._edge.pop()[1], block), level + 1
        self._edge.append((level, block))

    def root(self) -> bytes:
        """The root over all leaves so far."""
        right = fold(self._loose) if self._loose else None
        for _, block in reversed(self._edge):
            right = block if right is None else node_hash(block, right)
        return EMPTY_ROOT if right is None else right


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to (RFC 9162, 2.1.3.2); None when it has another length."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for one in proof:
        if last == 0:
            return None
        if place % 2 or place == last:
            root = node_hash(one, root)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, one)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def consistent(before: int, root: bytes, after: int, grown: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a tree grew out of a smaller one by adding alone (RFC 9162, 2.1.4.2)."""
    if before > after or before < 0:
        return False
    if before in {0, after}:
        same = before == 0 or root == grown
        return same and not proof and (before > 0 or root == EMPTY_ROOT)
    path = list(proof)
    if before & (before - 1) == 0:
        path.insert(0, root)
    if not path:
        return False
    place, last = before - 1, after - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = node_hash(one, old), node_hash(one, new)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, one)
        place, last = place >> 1, last >> 1
    return last == 0 and old == root and new == grown


# Ed25519 (RFC 8032), verification alone: nothing here is secret, so it need not take even time ---

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_Point = tuple[int, int, int, int]


def _add(one: _Point, two: _Point) -> _Point:
    a = (one[1] - one[0]) * (two[1] - two[0]) % _P
    b = (one[1] + one[0]) * (two[1] + two[0]) % _P
    c = 2 * one[3] * two[3] * _D % _P
    d = 2 * one[2] * two[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(one: _Point) -> _Point:
    a, b = one[0] * one[0] % _P, one[1] * one[1] % _P
    h = a + b
    e = h - (one[0] + one[1]) ** 2 % _P
    g = a - b
    f = 2 * one[2] * one[2] % _P + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _sum(one: int, of: _Point, two: int, other: _Point) -> _Point:
    """`one` times a point and `two` times another, in one go."""
    both, total = _add(of, other), (0, 1, 1, 0)
    table = {(1, 0): of, (0, 1): other, (1, 1): both}
    for bit in range(max(one, two).bit_length() - 1, -1, -1):
        total = _double(total)
        wanted = one >> bit & 1, two >> bit & 1
        if wanted in table:
            total = _add(total, table[wanted])
    return total


def _point(text: bytes) -> _Point | None:
    y = int.from_bytes(text, "little")
    odd, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and odd):
        return None
    x = _P - x if x % 2 != odd else x
    return x, y, 1, x * y % _P


_BASE = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a key made a signature."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, nonce = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or _BASE is None or scalar >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    minus = (-key[0] % _P, key[1], 1, -key[3] % _P)
    made = _sum(scalar, _BASE, int.from_bytes(digest, "little") % _L, minus)
    same_x = (nonce[0] * made[2] - made[0]) % _P == 0
    return same_x and (nonce[1] * made[2] - made[1]) % _P == 0


# Signed notes and checkpoints ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """A verifier key of signed notes: `NAME+ID+BASE64`."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + ALGORITHM + self.public).digest()[:4]

    def text(self) -> str:
        """The key as people hand it on."""
        told = base64.b64encode(ALGORITHM + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{told}"

    @classmethod
    def read(cls, text: str) -> "Key":
        """Raises `Unreadable`."""
        name, _, rest = text.strip().partition("+")
        hexadecimal, _, told = rest.partition("+")
        raw = _base64(told, "a key")
        key = cls(name, raw[1:])
        if raw[:1] != ALGORITHM or len(raw) != 33 or key.id.hex() != hexadecimal or not name:
            raise Unreadable("that is not an Ed25519 key of signed notes: NAME+ID+BASE64")
        return key

    @classmethod
    def several(cls, given: Iterable[str]) -> "list[Key]":
        """Keys, and those in files of a key a line. Raises `Unreadable` and `OSError`."""
        return [
            cls.read(line)
            for one in given
            for line in ([one] if "+" in one else Path(one).read_text("utf-8").splitlines())
            if line.strip()
        ]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log at one moment. `text` is what is signed."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The body of the note."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def note(text: str, signatures: Iterable[tuple[Key, bytes]]) -> str:
    """A signed note: a text and signatures of it."""
    lines = [
        f"\u2014 {key.name} {base64.b64encode(key.id + made).decode()}\n"
        for key, made in signatures
    ]
    return f"{text}\n{''.join(lines)}"


def read_checkpoint(text: str) -> tuple[Checkpoint, list[tuple[str, bytes, bytes]]]:
    """A checkpoint and its signatures: name, key id and the signature. Raises `Unreadable`."""
    body, blank, tail = text.rpartition("\n\n")
    lines = (body + "\n").split("\n")
    signatures = []
    for line in tail.splitlines():
        mark, _, rest = line.partition(" ")
        name, _, told = rest.partition(" ")
        raw = _base64(told, "a signature")
        if mark != "\u2014" or not name or len(raw) < 5:
            raise Unreadable("a line of signatures is none")
        signatures.append((name, raw[:4], raw[4:]))
    if not blank or len(lines) < 4 or not signatures or not lines[0]:
        raise Unreadable("that is not a signed checkpoint")
    if not (lines[1].isascii() and lines[1].isdecimal()) or str(int(lines[1])) != lines[1]:
        raise Unreadable("the size in a checkpoint is no whole number")
    root = _base64(lines[2], "the root in a checkpoint")
    checkpoint = Checkpoint(lines[0], int(lines[1]), root)
    if len(root) != 32 or checkpoint.text != body + "\n":
        raise Unreadable("that is not a checkpoint of an audit log: origin, size and root")
    return checkpoint, signatures


def opened(text: str, keys: Iterable[Key]) -> Checkpoint | None:
    """A checkpoint, if one of the keys signed it. Raises `Unreadable` for what is none."""
    checkpoint, signatures = read_checkpoint(text)
    for key in keys:
        for name, known, made in signatures:
            ours = (name, known) == (key.name, key.id) and name == checkpoint.origin
            if ours and ed25519_verify(key.public, checkpoint.text.encode(), made):
                return checkpoint
    return None


def notes_in(text: str) -> list[str]:
    """The checkpoints of a file that holds one after the other."""
    found, lines = list[str](), list[str]()
    for line in text.replace("\r\n", "\n").splitlines(keepends=True):
        if lines and lines[-1].startswith("\u2014 ") and not line.startswith("\u2014 "):
            found.append("".join(lines))
            lines = []
        if lines or line.strip():
            lines.append(line if line.endswith("\n") else line + "\n")
    return [*found, "".join(lines)] if lines else found


def _base64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(f"{what} is not in base64") from None


# A whole log --------------------------------------------------------------------------------------


def written(index: int, row: str, salt: bytes) -> str:
    """A line of a log: a row, and what its leaf is made from. `row` is canonical."""
    return f'{{"index":{index},"row":{row},"salt":"{salt.hex()}"}}\n'


def written_purged(index: int, leaf: bytes) -> str:
    """A line of a log whose row was purged."""
    return f'{{"index":{index},"leaf":"{leaf.hex()}"}}\n'


_TAIL = len(b',"salt":"') + 2 * SALT_BYTES + len(b'"}\n')


def leaves(lines: Iterable[bytes], findings: list[str]) -> Iterator[bytes]:
    """The leaf of each line. What is wrong is added to `findings`; raises `Unreadable`."""
    sha256, unhex = hashlib.sha256, bytes.fromhex
    for index, line in enumerate(lines):
        head = b'{"index":%d,"row":' % index
        tail = line[-_TAIL:]
        if line.startswith(head) and tail.startswith(b',"salt":"') and tail.endswith(b'"}\n'):
            try:
                salt = unhex(tail[9:-3].decode())
            except ValueError:
                raise Unreadable(f"line {index + 1}: the salt is not hexadecimal") from None
            # what is hashed are the very bytes of the row: no need to read them
            yield sha256(b"\x00" + salt + line[len(head) : -_TAIL]).digest()
        else:
            yield _leaf(index, line, findings)


def _leaf(index: int, line: bytes, findings: list[str]) -> bytes:
    """The leaf of a line that was written by somebody else, or purged."""
    try:
        told = json.loads(line)
        if told["index"] != index:
            findings.append(f"line {index + 1}: row {told['index']} is where row {index} belongs")
        if "row" not in told:
            return bytes.fromhex(told["leaf"])
        return leaf_hash(bytes.fromhex(told["salt"]), canonical(told["row"]).encode())
    except (ValueError, TypeError, KeyError, RecursionError) as flaw:
        raise Unreadable(f"line {index + 1} is no line of an audit log: {flaw}") from None


def verify(lines: Iterable[bytes], checkpoints: Sequence[Checkpoint]) -> tuple[int, list[str]]:
    """Hold a log against checkpoints, in the order in which they were kept: rows, and findings.

    Raises `Unreadable`.
    """
    findings = rolled_back(checkpoints)
    tree, rows = Tree(), leaves(lines, findings)
    for checkpoint in sorted(checkpoints, key=lambda one: one.size):
        tree.extend(islice(rows, checkpoint.size - tree.size))
        if tree.size < checkpoint.size:
            findings.append(f"the log has {tree.size} rows, and had {checkpoint.size}")
            return tree.size, findings
        if tree.root() != checkpoint.root:
            findings.append(f"the first {checkpoint.size} rows are not what was signed")
    beyond = sum(1 for _ in rows)
    if beyond:
        findings.append(f"{beyond} rows at the end are in no checkpoint: nothing proves them")
    return tree.size + beyond, findings


def rolled_back(checkpoints: Iterable[Checkpoint]) -> list[str]:
    """What is wrong with the order in which checkpoints were kept: a log never shrinks."""
    return [
        f"a checkpoint of {before.size} rows was followed by {after.size} rows"
        for before, after in pairwise(checkpoints)
        if after.size < before.size
    ]


def verify_proof(told: Mapping[str, Any], keys: Sequence[Key]) -> list[str]:
    """Hold one row's proof, as `/v1/audit/{number}/proof` gives it, against its checkpoint."""
    try:
        checkpoint = opened(told["checkpoint"], keys)
        leaf, proof = bytes.fromhex(told["leaf_hash"]), list(map(bytes.fromhex, told["proof"]))
        row, index = told["row"], int(told["leaf_index"])
        made = leaf if row is None else leaf_hash(bytes.fromhex(told["salt"]), _bytes(row))
    except (ValueError, TypeError, KeyError) as flaw:
        raise Unreadable(f"that is not a proof: {flaw}") from None
    if checkpoint is None:
        return ["the checkpoint is not signed by that key"]
    findings = [] if made == leaf else ["the row is not the one that was sealed"]
    if root_of_inclusion(leaf, index, checkpoint.size, proof) != checkpoint.root:
        findings.append("the row is not in the log that was signed")
    return findings


def _bytes(row: Any) -> bytes:
    return canonical(row).encode()


# The command --------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what the arguments name; return the exit code."""
    words = argparse.ArgumentParser(prog="audit_verify", description="Verify an audit log offline.")
    words.add_argument("file", help="a log (`ffgateway audit log`) or a proof (`audit prove`)")
    words.add_argument("--checkpoint", action="append", default=[], help="file; repeat for more")
    words.add_argument("--key", action="append", required=True, help="verifier key, or its file")
    given = words.parse_args(arguments)
    try:
        told, findings = check(Path(given.file), list(map(Path, given.checkpoint)), given.key)
    except (Unreadable, OSError) as flaw:
        print(f"cannot be verified: {flaw}", file=sys.stderr)
        return 2
    for finding in findings[:_SHOWN]:
        print(f"NOT AS IT WAS: {finding}", file=sys.stderr)
    print(f"{told}: " + (f"{len(findings)} findings" if findings else "as it was signed"))
    return 1 if findings else 0


def check(file: Path, checkpoints: Sequence[Path], keys: Sequence[str]) -> tuple[str, list[str]]:
    """Verify a file: what it is, and what is wrong. Raises `Unreadable` and `OSError`."""
    known = Key.several(keys)
    signed, findings = list[Checkpoint](), list[str]()
    for path in checkpoints:
        read = [opened(text, known) for text in notes_in(path.read_text(encoding="utf-8"))]
        findings += [f"a checkpoint in {path} is not signed by that key" for one in read if not one]
        kept = [one for one in read if one]
        findings += rolled_back(kept)  # within a file: which of two was kept first nobody knows
        signed += kept
    with file.open("rb") as lines:
        proof = _proof_in(file, lines.readline())
        if proof is not None:
            return "the row", findings + verify_proof(proof, known)
        if not signed:
            if findings:
                return "the log", findings
            raise Unreadable("a log is verified against a checkpoint: --checkpoint FILE")
        lines.seek(0)
        rows, found = verify(lines, sorted(signed, key=lambda one: one.size))
    return f"{rows} rows", findings + found


def _proof_in(file: Path, first: bytes) -> Mapping[str, Any] | None:
    """What the file holds, if it is one row's proof."""
    if first.startswith(b'{"index":') or not first.startswith(b"{"):
        return None
    try:
        told = json.loads(file.read_bytes())
    except ValueError:
        return None
    return told if isinstance(told, dict) and "leaf_hash" in told else None


if __name__ == "__main__":
    sys.exit(main())
