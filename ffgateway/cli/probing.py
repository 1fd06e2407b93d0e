"""`ffgateway devices probe` and `raw`: an appliance as it is, beside what is believed of it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from ffgateway.cli.api import api
from ffgateway.cli.output import JsonOption, Trouble, say, show, show_table

PATIENCE = httpx.Timeout(30, read=900)
"""Seconds: some thirty questions, and a slow appliance takes its time over each."""

DeviceId = Annotated[str, typer.Argument(metavar="ID", help="dev_…")]


def probe(
    *,
    device_id: DeviceId,
    overrides_to: Annotated[
        Path | None,
        typer.Option(help="Write an override file for `--dialect-file`.", dir_okay=False),
    ] = None,
    samples_to: Annotated[
        Path | None,
        typer.Option(help="Write scrubbed samples into a folder.", file_okay=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask an appliance for everything that can be read, and compare. Nothing is changed there."""
    with api(patience=PATIENCE) as gateway:
        found = gateway.post(f"/v1/devices/{device_id}/probe")
    show(found, as_json=as_json, people=_table)
    try:
        if overrides_to:
            overrides_to.write_text(override_file(found), encoding="utf-8")
            say(f"{overrides_to} is written; read it before it is given to `devices update`")
        if samples_to:
            for path, text in samples(found).items():
                file = samples_to / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            say(f"{len(samples(found))} samples are in {samples_to}; look through them too")
    except OSError as full:
        raise Trouble(f"the file cannot be written: {full}") from full


def _table(found: Mapping[str, Any]) -> None:
    headings = ("operation", "evidence", "path tried", "status", "ms", "verdict", "new", "missing")
    rows = [
        [
            one["operation"],
            one["evidence"],
            one["path"],
            one["status"],
            one["milliseconds"],
            f"{one['verdict']}: {one['reason']}" if one["reason"] else one["verdict"],
            one["unknown"],
            one["missing"],
        ]
        for one in found["findings"]
    ]
    show_table(headings, rows, empty="nothing was found")


CONFIRMED = "as-believed"
UNCERTAIN = ("stand-in", "inferred")
"""Grades that an observation raises."""


def override_file(found: Mapping[str, Any]) -> str:
    """What the probe found as an override file.

    A form that was believed and is right becomes observed. What is otherwise is for a person to
    fill in, so it is a comment.
    """
    lines = [
        "# What a probe saw of one appliance. Each operation that stands here counts as observed.",
        "# Take the # away from what you know, and correct it: path, method, elements (ours: its).",
        f"# Model: {_said(found['model'])}; firmware: {_said(found['firmware'])}.",
        "",
    ]
    for one in found["findings"]:
        if one["evidence"] not in UNCERTAIN and one["verdict"] != "differs":
            continue
        lines += _confirmed(one) if one["verdict"] == CONFIRMED else _open(one)
    return "\n".join(lines) + "\n"


def _confirmed(one: Mapping[str, Any]) -> list[str]:
    return [f"# {one['status']} with every element that is known.", f"{one['operation']}: {{}}", ""]


def _open(one: Mapping[str, Any]) -> list[str]:
    told = f"{one['status'] or 'not asked'}, {one['verdict']}"
    lines = [f"# {_said(told + (': ' + one['reason'] if one['reason'] else ''))}"]
    lines += [f"# new: {each}" for each in one["unknown"]]
    lines += [f"# missing: {each}" for each in one["missing"]]
    lines.append(f"# {one['operation']}:")
    lines.append(f"#   path: {_template(one)}")
    if one["verdict"] == "differs":
        lines.append("#   elements: {ours: its}")
    return [*lines, ""]


def _template(one: Mapping[str, Any]) -> str:
    """The path as it was tried, without what is before it; the places are for a person to put back."""
    return _said(str(one["path"]).removeprefix("/ffws/v1"))


def _said(text: object) -> str:
    """One line of a comment, whatever an appliance said."""
    return re.sub(r"[^\x20-\x7e]+", " ", str(text)).strip() or "not known"


def samples(found: Mapping[str, Any]) -> dict[str, str]:
    """Scrubbed samples by the path that they have among the samples of this project."""
    folder = re.sub("[^a-z0-9.-]", "", f"{found['model'] or 'unknown'}-{found['firmware']}".lower())
    return {
        f"{folder.strip('-.')}/{one['operation']}.probed.{one['status']}.xml": one["sample"]
        for one in found["findings"]
        if one["sample"] is not None
    }


def raw(
    *,
    device_id: DeviceId,
    method: Annotated[str, typer.Argument(help="GET, POST, PUT or DELETE.")],
    path: Annotated[str, typer.Argument(help="Below /ffws/v1/: users/admin.")],
    query: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A parameter; repeat for more.")
    ] = None,
    body: Annotated[
        Path | None,
        typer.Option(help="File with XML, or with lossless JSON.", exists=True, dir_okay=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send an appliance any request, and print what it answers. Needs the admin scope."""
    pairs = [each.partition("=") for each in query or []]
    if any(not equals for _, equals, _ in pairs):
        raise Trouble("--query takes NAME=VALUE")
    request = {
        "method": method.upper(),
        "path": path,
        "query": [{"name": name, "value": value} for name, _, value in pairs],
        **(_content(body) if body else {}),
    }
    with api() as gateway:
        answer = gateway.post(f"/v1/devices/{device_id}/ffws", request)
    show(answer, as_json=as_json, people=_answer)


def _content(file: Path) -> dict[str, object]:
    try:
        text = file.read_text(encoding="utf-8")
        return {"json": json.loads(text)} if text.lstrip().startswith("{") else {"xml": text}
    except (OSError, ValueError, RecursionError) as unreadable:
        raise Trouble(f"{file} is neither XML in UTF-8 nor JSON: {unreadable}") from unreadable


def _answer(answer: Mapping[str, Any]) -> None:
    """The status beside, the answer alone on standard output."""
    limited = ", cut off" if answer["limited"] else ""
    say(f"{answer['status']} {answer['content_type']}, {answer['size']} bytes{limited}")
    print(answer["xml"] if answer["xml"] is not None else answer["base64"])
