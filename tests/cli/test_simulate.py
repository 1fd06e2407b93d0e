"""Accounts of a simulated appliance, and the sample that is faxed to it."""

from dataclasses import fields
from inspect import signature
from pathlib import Path

import httpx
import pytest
from pypdf import PdfReader

from ffgateway.cli.children import Children, free_port
from ffgateway.cli.main import main
from ffgateway.cli.sending import SAMPLE
from ffgateway.cli.simulate import account, simulate
from ffgateway.domain.devices import DeviceDraft


@pytest.mark.parametrize(
    ("text", "name", "password", "role"),
    [
        ("admin:secret", "admin", "secret", "admin"),
        ("nurse:secret", "nurse", "secret", "user"),
        ("nurse:secret:admin", "nurse", "secret", "admin"),
        ("admin:secret:user", "admin", "secret", "user"),
    ],
)
def test_an_account_is_read(text: str, name: str, password: str, role: str) -> None:
    read = account(text)
    assert (read.username, read.password, read.role.value) == (name, password, role)


@pytest.mark.parametrize("text", ["", "admin", "admin:", ":secret", "admin:secret:king"])
def test_what_is_no_account_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(ValueError, match=r"role|written") as refused:
        account(text)
    assert "secret" not in str(refused.value)


def test_the_magic_numbers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["simulate", "--numbers"])
    assert end.value.code == 0
    assert "0187" in capsys.readouterr().out


def test_its_clock_is_in_the_zone_that_one_is_registered_with_unless_somebody_says_otherwise() -> (
    None
):
    (zone,) = (one for one in fields(DeviceDraft) if one.name == "zone")
    assert signature(simulate).parameters["zone"].default == zone.default


@pytest.mark.parametrize(
    "wrong", [["--model", "FF999"], ["--zone", "Mars/North"], ["--user", "admin"]]
)
def test_a_wrong_option_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["simulate", *wrong])
    assert end.value.code == 2


async def test_a_seed_furnishes_the_appliance(tmp_path: Path) -> None:
    port, children = str(free_port()), Children(tmp_path)
    url = f"http://127.0.0.1:{port}"
    try:
        command = ("simulate", "--port", port, "--seed", "7")
        await children.start("box", *command, ready=f"{url}/_control/state")
        async with httpx.AsyncClient(base_url=url, auth=("admin", "admin")) as client:
            answer = await client.get("/ffws/v1/status/SHARE")
    finally:
        await children.end()
    assert "<share>//files.example/faxes</share>" in answer.text


def test_the_sample_is_three_pages_of_text() -> None:
    pages = PdfReader(SAMPLE, strict=True).pages
    assert len(pages) == 3
    assert all(len(page.extract_text()) > 300 for page in pages)
