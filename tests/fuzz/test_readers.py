"""Whatever bytes come, a reader gives back a noun or the one error it is known for, soon.

True documents are cut, stretched and mixed, which gets further than bytes drawn at random. The runs
of `make test` are short; `make fuzz` takes as long as it is told.
"""

import asyncio
import base64
import contextlib
import importlib
import inspect
import os
import pkgutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

import ffgateway.ffws
from ffgateway.app import parts, surface
from ffgateway.cli.contact_files import read_contacts, read_groups
from ffgateway.cli.output import Trouble
from ffgateway.domain import recipient_files
from ffgateway.ffws import lossless
from ffgateway.ffws.cutting import split_fax_entries
from ffgateway.ffws.errors import FfwsError, MalformedDocument
from ffgateway.settings import Settings

EXAMPLES = int(os.environ.get("FFGATEWAY_FUZZ", "60"))
SOON = 1.0
"""Seconds of CPU for one example; a document as long as these takes milliseconds."""

some = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FFGATEWAY_FUZZ" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)

SAMPLES = sorted(Path(__file__).parents[1].glob("samples/ffws/**/*.xml"))
CONTENTS = [path.read_bytes() for path in SAMPLES] + [b"", b"<response/>"]

XML = [
    b"<", b">", b"</", b"/>", b"&", b"&#0;", b"&lt;", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?",
    b"<!DOCTYPE r [<!ENTITY a 'b'>]>", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"<a>" * 40, b"xmlns='u'",
    b"<fax_entry>", b"</fax_entry>", b"<response>", b"9" * 50, b"-1", b"\xc2\xa0", b"x" * 5000,
]  # fmt: skip
FORM = [
    b"--b", b"\r\n", b"--b--", b"\r\n\r\n", b'Content-Disposition: form-data; name="', b'"', b"\0",
    b'; filename="', b"Content-Type: ", b"multipart/mixed; boundary=c", b"; charset=utf-7", b"\xff",
    b"to", b"documents", b"recipients", b"%PDF-1.7", b"[", b"Content-Transfer-Encoding: base64\r\n",
    b"filename*=UTF-8''%00%FF", b"x" * 3000, b"--b\r\n" * 50,
]  # fmt: skip
JSON = [
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\u0000", b"\\ud800", b"\\u", b"\xff", b"null",
    b'"documents":[', b'"content":"', b"=", b"A" * 3000, b"[" * 300, b"1e999", b"-0", b"\0", b"NaN",
]  # fmt: skip
CSV = [
    b",", b";", b'"', b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"fax_number", b"name",
    b"555-0100", b"=cmd()", b"x" * 5000, b",,,,,,,,,,", b'""', b"\xed\xa0\x80", b"members",
]  # fmt: skip

A_FORM = b"""--b\r\nContent-Disposition: form-data; name="to"\r\n\r\n612-555-2001\r
--b\r\nContent-Disposition: form-data; name="priority"\r\n\r\n2\r
--b\r\nContent-Disposition: form-data; name="documents"; filename="a.txt"\r
Content-Type: text/plain\r\n\r\nHello\r\n--b--\r\n"""
A_BODY = b"""{"recipients": [{"fax_number": "612-555-2001", "name": "A"}], "priority": 2,
"documents": [{"name": "a.txt", "content_type": "text/plain", "content": "SGVsbG8="}]}"""
A_TABLE = b"fax_number,name,comments\n612-555-2001,Ann,\n612-555-2002,Bob,hello\n"


@st.composite
def spoilt(draw: st.DrawFn, wholes: list[bytes], words: list[bytes]) -> bytes:
    """A true one, or two halves of two, with some of it taken out and other things put in."""
    content = draw(st.sampled_from(wholes))
    if draw(st.booleans()):
        other = draw(st.sampled_from(wholes))
        content = (
            content[: draw(st.integers(0, len(content)))]
            + other[draw(st.integers(0, len(other))) :]
        )
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(content)))
        gone = draw(st.sampled_from([0, 0, 1, 2, 10, 200]))
        put = draw(st.sampled_from(words) | st.binary(max_size=8))
        content = content[:at] + put + content[at + gone :]
    return content


@contextlib.contextmanager
def soon() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < SOON


def _readers() -> list[Callable[[bytes], object]]:
    found = {}
    for module in pkgutil.iter_modules(ffgateway.ffws.__path__, "ffgateway.ffws."):
        for name, one in vars(importlib.import_module(module.name)).items():
            if name.startswith("read_") and inspect.isfunction(one):
                first = next(iter(inspect.signature(one).parameters))
                if first in {"document", "piece"}:
                    found[name] = one
    return list(found.values())


READERS = [*_readers(), lossless.to_json]


def test_every_reader_of_the_wire_is_among_these() -> None:
    assert len(READERS) > 25
    assert len(SAMPLES) > 20


@some
@given(document=spoilt(CONTENTS, XML))
def test_a_document_becomes_a_noun_or_is_malformed(document: bytes) -> None:
    with soon():
        for read in READERS:
            with contextlib.suppress(MalformedDocument):
                read(document)
        for piece in split_fax_entries(document) or ():
            assert piece in document


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "@x", "#text", "", "a b", "\0", "\ud800", "xmlns"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@some
@given(
    tree=st.dictionaries(st.sampled_from(["response", "a", "@a", "#text", "1"]), trees, max_size=2)
)
def test_a_tree_becomes_a_document_that_can_be_read_or_is_refused(tree: dict[str, Any]) -> None:
    with soon(), contextlib.suppress(FfwsError):
        lossless.to_json(lossless.to_xml(tree))


@some
@given(content=spoilt([A_TABLE, b""], CSV))
def test_a_table_is_read_or_its_flaws_are_told(content: bytes) -> None:
    with soon():
        reading = recipient_files.read(content)
        assert bool(reading.addressees) != bool(reading.flaws)
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            for read in (read_contacts, lambda path: read_groups(path, ())):
                with contextlib.suppress(Trouble):
                    read(Path(file.name))


class Asking:
    """A gateway in this process, and a loop that stands still between two examples."""

    def __init__(self, folder: Path) -> None:
        self._runner = asyncio.Runner()
        self._stack = contextlib.AsyncExitStack()
        self._client = self._runner.run(self._open(folder))

    async def _open(self, folder: Path) -> httpx.AsyncClient:
        key = "ffgw_for-tests-0123456789"
        given = Settings(
            database_url=f"sqlite+aiosqlite:///{folder / 'test.db'}",
            spool_dir=folder / "spool",
            secret_key=SecretStr(base64.b64encode(bytes(32)).decode()),
            bootstrap_key=SecretStr(key),
            quota_per_minute=0,
        )
        wired = await self._stack.enter_async_context(parts(given))
        transport = httpx.ASGITransport(app=surface(wired.gateway, given))
        headers = {"Authorization": f"Bearer {key}"}
        client = httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)
        return await self._stack.enter_async_context(client)

    def post(self, path: str, content: bytes, kind: str) -> int:
        headers = {"Content-Type": kind}
        asked = self._client.post(path, content=content, headers=headers)
        return self._runner.run(asked).status_code

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    made = Asking(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.close()


ANSWERS = {202, 400, 413, 415, 422}


@some
@given(content=spoilt([A_FORM], FORM))
def test_a_form_is_taken_or_refused(asking: Asking, content: bytes) -> None:
    with soon():
        assert asking.post("/v1/faxes", content, "multipart/form-data; boundary=b") in ANSWERS


@some
@given(content=spoilt([A_BODY], JSON))
def test_a_body_is_taken_or_refused(asking: Asking, content: bytes) -> None:
    with soon():
        assert asking.post("/v1/faxes", content, "application/json") in ANSWERS
        assert asking.post("/graphql", content, "application/json") in ANSWERS | {200}
