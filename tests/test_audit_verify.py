"""The verifier that others copy: what was changed behind a log's back is found, and nothing else is."""

import base64
import hashlib
import json
import os
import random
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pymerkle import InmemoryTree, verify_inclusion
from pymerkle.proof import MerkleProof

from ffgateway import audit_verify
from ffgateway.audit_verify import (
    EMPTY_ROOT,
    Checkpoint,
    Key,
    Tree,
    Unreadable,
    canonical,
    consistent,
    ed25519_verify,
    fold,
    leaf_hash,
    note,
    notes_in,
    opened,
    read_checkpoint,
    root_of_inclusion,
    verify,
    written,
    written_purged,
)
from ffgateway.domain.merkle import Part, completed, consistency, inclusion, joined, parts

ORIGIN = "gateway.example/audit"
LOGS = 200


# Trees --------------------------------------------------------------------------------------------

# The inputs and the roots of the tests of RFC 6962 in certificate-transparency (merkle_tree_test)
VECTORS = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (
        "606162636465666768696a6b6c6d6e6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
]
LEAVES = [leaf_hash(b"", bytes.fromhex(text)) for text, _ in VECTORS]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_rfc_6962_vectors(size: int) -> None:
    wanted = bytes.fromhex(VECTORS[size - 1][1])
    tree = Tree()
    tree.extend(LEAVES[:size])
    assert tree.root() == fold(LEAVES[:size]) == wanted
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


PATHS = {  # of the same tests: leaf, size, path
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}


@pytest.mark.parametrize("place", PATHS)
def test_inclusion_proofs_are_those_of_the_rfc_6962_vectors(place: tuple[int, int]) -> None:
    path = [joined(row, _Known(LEAVES)) for row in inclusion(*place)]
    assert [one.hex() for one in path] == PATHS[place]


class _Known(dict[Part, bytes]):
    """The hash of every part of a small tree."""

    def __init__(self, leaves: list[bytes]) -> None:
        super().__init__()
        self._leaves = leaves

    def __missing__(self, part: Part) -> bytes:
        first = part.place << part.level
        return fold(self._leaves[first : first + (1 << part.level)])


SIZES = [*range(1, 34), 63, 64, 65, 255, 256, 257, 300]


def test_every_proof_leads_to_its_root_and_no_other_leaf_does() -> None:
    leaves = [hashlib.sha256(str(number).encode()).digest() for number in range(300)]
    known, chance = _Known(leaves), random.Random(7)
    for size in SIZES:
        root = fold(leaves[:size])
        assert joined(parts(0, size), known) == root
        for index in chance.sample(range(size), min(size, 8)):
            path = [joined(row, known) for row in inclusion(index, size)]
            assert root_of_inclusion(leaves[index], index, size, path) == root
            assert root_of_inclusion(leaves[index - 1], index, size, path) != root or size == 1
            assert root_of_inclusion(leaves[index], index, size, [*path, root]) != root
        for before in chance.sample(range(1, size + 1), min(size, 8)):
            path = [joined(row, known) for row in consistency(before, size)]
            old = fold(leaves[:before])
            assert consistent(before, old, size, root, path)
            assert not consistent(before, EMPTY_ROOT, size, root, path)
            assert not consistent(before, old, size, EMPTY_ROOT, path)


def test_parts_that_become_complete_are_kept_once() -> None:
    kept = [part for end in range(1, 70_000, 999) for part in completed(max(end - 999, 0), end)]
    assert len(set(kept)) == len(kept)
    assert Part(16, 0) in kept
    assert Part(8, 200) in kept


def test_proofs_verify_with_pymerkle() -> None:
    """pymerkle hashes a leaf as RFC 6962 does: an entry is the salt and the row of ours."""
    entries = [os.urandom(16) + b"row %d" % number for number in range(40)]
    theirs = InmemoryTree(algorithm="sha256")
    for entry in entries:
        theirs.append_entry(entry)
    ours = _Known([leaf_hash(entry[:16], entry[16:]) for entry in entries])
    for size in (1, 2, 7, 32, 40):
        root = joined(parts(0, size), ours)
        assert theirs.get_root(size) == root
        for index in {0, size // 2, size - 1}:
            proof = theirs.prove_inclusion(index + 1, size)
            path = [joined(row, ours) for row in inclusion(index, size)]
            assert list(proof.path[1:]) == path
            verify_inclusion(ours[Part(0, index)], root, _theirs(proof, path))


def _theirs(proof: MerkleProof, path: list[bytes]) -> MerkleProof:
    """Our path in the form that pymerkle reads."""
    told = proof.serialize()
    told["path"] = [told["path"][0], *(one.hex() for one in path)]
    return MerkleProof.deserialize(told)


# RFC 8785 -----------------------------------------------------------------------------------------

FLOATS = {  # of its appendix B
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "becbf647612f3696": "-0.0000033333333333333333",
}


@pytest.mark.parametrize("bits", FLOATS)
def test_numbers_are_written_as_rfc_8785_shows(bits: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(value) == FLOATS[bits]


def test_names_are_sorted_as_rfc_8785_shows() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\u00f6"]
    told = json.loads(canonical(dict.fromkeys(names, "")))
    assert list(told) == ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert canonical({"b": [True, None, '\u000f\n"\\/é'], "a": 1}) == (
        '{"a":1,"b":[true,null,"\\u000f\\n\\"\\\\/é"]}'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, {1, 2}])
def test_what_json_does_not_have_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|json"):
        canonical(value)


# Signatures and notes -----------------------------------------------------------------------------


def test_signatures_are_told_apart_as_a_library_does() -> None:
    for seed in range(6):
        key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        public, text = key.public_key().public_bytes_raw(), b"x" * seed
        made = key.sign(text)
        assert ed25519_verify(public, text, made)
        assert not ed25519_verify(public, text + b"!", made)
        assert not ed25519_verify(public, text, made[:-1] + bytes([made[-1] ^ 1]))
        assert not ed25519_verify(public[::-1], text, made)
        higher = int.from_bytes(made[32:], "little") + audit_verify._L
        if higher < 2**256:
            assert not ed25519_verify(public, text, made[:32] + higher.to_bytes(32, "little"))


def test_a_published_signed_note_verifies() -> None:
    """The example of golang.org/x/mod/sumdb/note, whose format C2SP's is."""
    key = Key.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    signature = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert signature[:4] == key.id
    assert ed25519_verify(key.public, text.encode(), signature[4:])


@dataclass(frozen=True)
class Signer:
    """A key of tests."""

    secret: Ed25519PrivateKey

    @property
    def key(self) -> Key:
        return Key(ORIGIN, self.secret.public_key().public_bytes_raw())

    def sign(self, leaves: list[bytes]) -> str:
        text = Checkpoint(ORIGIN, len(leaves), fold(leaves)).text
        return note(text, [(self.key, self.secret.sign(text.encode()))])


OURS = Signer(Ed25519PrivateKey.from_private_bytes(b"a" * 32))
ANOTHER = Signer(Ed25519PrivateKey.from_private_bytes(b"b" * 32))


def test_a_checkpoint_is_a_signed_note_and_opens_with_its_key_alone() -> None:
    text = OURS.sign(LEAVES)
    assert text.split("\n")[:4] == [ORIGIN, "8", base64.b64encode(fold(LEAVES)).decode(), ""]
    assert text.split("\n")[4].startswith(f"— {ORIGIN} ")
    assert opened(text, [ANOTHER.key, OURS.key]) == Checkpoint(ORIGIN, 8, fold(LEAVES))
    assert opened(text, [ANOTHER.key]) is None
    assert opened(text.replace("\n8\n", "\n9\n"), [OURS.key]) is None
    assert Key.read(OURS.key.text()) == OURS.key
    assert notes_in(text + "\n" + text + "\n\n" + text) == [text] * 3


@pytest.mark.parametrize(
    "text", ["", "a\n\n", "a\nb\nc\n\n— a YQ==\n", "o\n01\nAAAA\n\n— o AAAAAAAA\n", "\n1\n\n\n— \n"]
)
def test_what_is_no_checkpoint_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Unreadable):
        read_checkpoint(text)


# Whole logs ---------------------------------------------------------------------------------------


@dataclass
class Log:
    """A log as it left the gateway, and a checkpoint in the middle and at its end."""

    lines: list[bytes]
    checkpoints: list[str]

    @property
    def leaves(self) -> list[bytes]:
        return list(audit_verify.leaves(self.lines, []))


def a_log(seed: int) -> Log:
    """A small log of chance: its rows, some purged, some in another form than ours."""
    made = _log(seed)
    return Log(list(made.lines), list(made.checkpoints))


@cache
def _log(seed: int) -> Log:
    """The same logs are changed in many ways: each is made once."""
    chance, lines = random.Random(seed), []
    for index in range(chance.randrange(3, 40)):
        row = {
            "number": index + 1,
            "at": "2026-01-01",
            "detail": {"to": chance.random(), "ä": None},
        }
        salt = chance.randbytes(16)
        line = written(index, canonical(row), salt)
        if chance.random() < 0.1:
            line = written_purged(index, leaf_hash(salt, canonical(row).encode()))
        elif chance.random() < 0.1:
            line = json.dumps(json.loads(line)) + "\n"  # as another tool writes it
        lines.append(line.encode())
    log = Log(lines, [])
    middle = chance.randrange(1, len(lines))
    log.checkpoints = [OURS.sign(log.leaves[:middle]), OURS.sign(log.leaves)]
    return log


def findings(log: Log) -> list[str]:
    """What the verifier finds, given the key and the checkpoints."""
    signed = [_opened(text) for text in log.checkpoints]
    unsigned = ["a checkpoint is not signed by that key" for one in signed if one is None]
    return unsigned + verify(log.lines, [one for one in signed if one is not None])[1]


@cache
def _opened(text: str) -> Checkpoint | None:
    """The same logs are changed in many ways: a signature of theirs is looked at once."""
    return opened(text, [OURS.key])


def _numbered(lines: list[bytes]) -> list[bytes]:
    """The lines with their places as they stand: nothing to be found by them."""
    told = [json.loads(line) | {"index": index} for index, line in enumerate(lines)]
    return [(json.dumps(one) + "\n").encode() for one in told]


def _edit(log: Log, chance: random.Random) -> None:
    whole = [index for index, line in enumerate(log.lines) if b'"row"' in line]
    index = chance.choice(whole)
    told = json.loads(log.lines[index])
    told["row"][chance.choice(["number", "at"])] = "changed"
    log.lines[index] = written(index, canonical(told["row"]), bytes.fromhex(told["salt"])).encode()


def _delete(log: Log, chance: random.Random) -> None:
    del log.lines[chance.randrange(len(log.lines) - 1)]
    log.lines = _numbered(log.lines)


def _swap(log: Log, chance: random.Random) -> None:
    one, two = chance.sample(range(len(log.lines)), 2)
    log.lines[one], log.lines[two] = log.lines[two], log.lines[one]
    log.lines = _numbered(log.lines)


def _insert(log: Log, chance: random.Random) -> None:
    line = written(0, canonical({"number": 0}), chance.randbytes(16)).encode()
    log.lines.insert(chance.randrange(len(log.lines) + 1), line)
    log.lines = _numbered(log.lines)


def _cut(log: Log, chance: random.Random) -> None:
    del log.lines[chance.randrange(len(log.lines)) :]


def _rewrite(log: Log, chance: random.Random) -> None:
    _edit(log, chance)
    log.checkpoints[-1] = ANOTHER.sign(log.leaves)


def _roll_back(log: Log, chance: random.Random) -> None:
    """What was signed last was kept; the gateway shows an earlier state, signed as well, as the newest."""
    del log.lines[chance.randrange(1, len(log.lines)) :]
    log.checkpoints.append(OURS.sign(log.leaves))


CHANGES: list[Callable[[Log, random.Random], None]] = [
    *(_edit, _delete, _swap, _insert, _cut, _rewrite, _roll_back)
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__.strip("_"))
def test_every_change_of_a_log_is_found(change: Callable[[Log, random.Random], None]) -> None:
    for seed in range(LOGS):
        chance, log = random.Random(f"change {seed}"), a_log(seed)
        if change in {_edit, _rewrite} and not any(b'"row"' in line for line in log.lines):
            continue
        change(log, chance)
        assert findings(log), f"{change.__name__} of log {seed} was not found"


def test_nothing_is_found_where_nothing_was_changed() -> None:
    for seed in range(LOGS):
        log = a_log(seed)
        assert findings(log) == []


def test_one_copied_file_verifies_on_a_machine_without_the_gateway(tmp_path: Path) -> None:
    (tmp_path / "audit_verify.py").write_text(Path(audit_verify.__file__).read_text())
    log = a_log(3)
    (tmp_path / "log").write_bytes(b"".join(log.lines))
    (tmp_path / "kept").write_text("\n".join(log.checkpoints))
    (tmp_path / "key").write_text(OURS.key.text() + "\n")
    words = ["log", "--checkpoint", "kept", "--key", "key"]

    def run() -> tuple[int, str]:
        # -I: nothing of this machine's packages, -S: nor of its site
        done = subprocess.run(
            [sys.executable, "-I", "-S", "audit_verify.py", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, told = run()
    assert (code, told) == (0, f"{len(log.lines)} rows: as it was signed\n")
    _edit(log, random.Random(1))
    (tmp_path / "log").write_bytes(b"".join(log.lines))
    code, told = run()
    assert code == 1
    assert "NOT AS IT WAS" in told


def test_files_of_checkpoints_come_in_any_order_and_what_is_in_one_does_not(tmp_path: Path) -> None:
    log = a_log(3)
    (tmp_path / "log").write_bytes(b"".join(log.lines))
    old, new = log.checkpoints
    for name, kept in {"old": [old], "new": [new], "up": [old, new], "down": [new, old]}.items():
        (tmp_path / name).write_text("\n".join(kept))

    def code(*files: str) -> int:
        given = [word for name in files for word in ("--checkpoint", str(tmp_path / name))]
        return audit_verify.main([str(tmp_path / "log"), *given, "--key", OURS.key.text()])

    assert code("old", "new") == code("new", "old") == code("up", "old") == 0
    assert code("down") == code("new", "down") == 1


def _proof(log: Log, index: int) -> dict[str, Any]:
    """One row's proof, as REST gives it."""
    leaves, told = log.leaves, json.loads(log.lines[index])
    return {
        "leaf_index": index,
        "leaf_hash": leaves[index].hex(),
        "row": told.get("row"),
        "salt": told.get("salt"),
        "proof": [joined(row, _Known(leaves)).hex() for row in inclusion(index, len(leaves))],
        "checkpoint": log.checkpoints[-1],
    }


def test_a_proof_holds_for_its_row_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = a_log(5)
    file = tmp_path / "proof.json"

    def exit_code(told: dict[str, Any], key: str = OURS.key.text()) -> int:
        file.write_text(json.dumps(told))
        return audit_verify.main([str(file), "--key", key])

    for index in range(len(log.lines)):
        good = _proof(log, index)
        assert exit_code(good) == 0
        assert exit_code(good | {"leaf_index": index + 1}) == 1
        if good["row"] is not None:
            assert exit_code(good | {"row": {**good["row"], "at": "later"}}) == 1
    assert exit_code(good, ANOTHER.key.text()) == 1
    assert exit_code(good | {"proof": "no"}) == 2
    assert "as it was signed" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["no-such-file"], ["log"], ["log", "--checkpoint", "log"]])
def test_what_cannot_be_read_is_said(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "log").write_bytes(b"nothing\n")
    given = [str(tmp_path / word) if not word.startswith("-") else word for word in words]
    assert audit_verify.main([*given, "--key", OURS.key.text()]) == 2
