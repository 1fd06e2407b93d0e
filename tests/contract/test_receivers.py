"""Receivers in other languages over deliveries of ours: the snippets of the documentation, run.

Each is given the same cases in one process: genuine ones, and ones that somebody tampered with.
"""

import json
import shutil
import threading
import time
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import standardwebhooks
import svix

from ffgateway.rest import pages
from tests.support.deliveries import (
    BODIES,
    NOW,
    OTHER,
    PRIVATE,
    PUBLIC,
    PUBLIC_ONLY,
    SECRET,
    SHARED,
    Case,
    expected,
    judged,
    need,
)

SNIPPETS = Path(pages.__file__).parent / "snippets"


NODE = """
import { createInterface } from "node:readline";
import { verify } from "./verify.mjs";
for await (const line of createInterface({ input: process.stdin })) {
  const [key, id, timestamp, signature, body] = line.split("\\t");
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  let genuine = true;
  try { verify(Buffer.from(body, "base64"), headers, [key], NOW); } catch { genuine = false; }
  console.log(genuine);
}
"""


def test_node_believes_what_is_genuine_and_nothing_else(tmp_path: Path) -> None:
    node = need("node")
    shutil.copy(SNIPPETS / "verify.mjs", tmp_path)
    (tmp_path / "harness.mjs").write_text(NODE.replace("NOW", str(NOW)))
    cases = [*SHARED, *PUBLIC_ONLY]
    assert judged([node, "harness.mjs"], cases, tmp_path) == expected(cases)


JAVA = """
class Harness {
    public static void main(String[] none) throws Exception {
        var in = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            String[] part = line.split("\\t");
            byte[] body = Base64.getDecoder().decode(part[4]);
            System.out.println(Webhooks.verify(body, part[1], part[2], part[3], List.of(part[0]), NOWL));
        }
    }
}
"""


def test_java_believes_what_is_genuine_and_nothing_else(tmp_path: Path) -> None:
    java = need("java")
    snippet = (SNIPPETS / "Webhooks.java").read_text()
    head, _, rest = snippet.partition("class Webhooks")  # the first class is the one that is run
    whole = f"{head}{JAVA.replace('NOW', str(NOW))}\nclass Webhooks{rest}"
    (tmp_path / "Harness.java").write_text(whole)
    cases = [*SHARED, *PUBLIC_ONLY]
    command = [java, "-XX:TieredStopAtLevel=1", "Harness.java"]
    assert judged(command, cases, tmp_path) == expected(cases)


CSHARP = """
while (Console.ReadLine() is { } line)
{
    var part = line.Split('\\t');
    var body = Convert.FromBase64String(part[4]);
    Console.WriteLine(Webhooks.Verify(body, part[1], part[2], part[3], new[] { part[0] }, NOW) ? "true" : "false");
}
"""
PROJECT = """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType>
<TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>"""


def test_csharp_believes_what_is_genuine_and_nothing_else(tmp_path: Path) -> None:
    dotnet = need("dotnet")
    shutil.copy(SNIPPETS / "Webhooks.cs", tmp_path)
    (tmp_path / "Harness.cs").write_text("using System;\n" + CSHARP.replace("NOW", str(NOW)))
    (tmp_path / "harness.csproj").write_text(PROJECT)
    assert judged([dotnet, "run"], SHARED, tmp_path) == expected(SHARED)


def test_the_python_snippet_receives(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """A server of the snippet's own, asked by a client: a delivery, the same again, and a forgery."""
    space: dict[str, Any] = {}
    exec(compile((SNIPPETS / "python.txt").read_text(), "python.txt", "exec"), space)  # noqa: S102
    space["SECRETS"][:] = [PUBLIC, OTHER]
    monkeypatch.setattr(space["Receiver"], "log_message", lambda *_: None)
    at = int(time.time())
    case = Case(body=BODIES[0], secrets=(PRIVATE,), at=at)
    with HTTPServer(("127.0.0.1", 0), space["Receiver"]) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            answers = [
                httpx.post(url, content=body, headers=case.headers).status_code
                for body in (case.body, case.body, case.body + b" ")
            ]
        finally:
            server.shutdown()
            thread.join()
    assert answers == [204, 204, 400]
    event = json.loads(case.body)
    assert capsys.readouterr().out == f"{event['type']} {event['data']['id']}\n"


@pytest.mark.parametrize("library", [standardwebhooks.Webhook, svix.Webhook])
def test_other_libraries_for_python_verify_every_body(library: Any) -> None:
    at = int(time.time())  # they read the machine's clock
    verifier = library(SECRET)
    for body in BODIES:
        case = Case(body=body, secrets=(OTHER, PRIVATE, SECRET), at=at)
        verifier.verify(body, case.headers)  # raises when it does not hold
        with pytest.raises(
            (standardwebhooks.WebhookVerificationError, svix.WebhookVerificationError)
        ):
            verifier.verify(body + b" ", case.headers)


def test_the_page_shows_every_snippet() -> None:
    page = pages.receivers()
    assert set(pages.SNIPPETS.values()) == {one.name for one in SNIPPETS.iterdir()}
    for sentence in ("ReplayGuard", "timingSafeEqual", "MessageDigest.isEqual", "FixedTimeEquals"):
        assert sentence in page
