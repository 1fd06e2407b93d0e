"""Receipts: of every end, the same every time, and worth nothing once a single letter is changed."""

import asyncio
import copy
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from ffgateway import audit_verify, receipt_verify
from ffgateway.audit_verify import Key, Unreadable, canonical
from ffgateway.delivery import receipt_pdf
from ffgateway.domain.errors import FaxOpen, NotSealed
from ffgateway.domain.faxes import Fax, FaxStatus, Origin, Recipient
from ffgateway.receipt_verify import read, verify_receipt
from ffgateway.services.faxes import FaxFilter
from ffgateway.simulator.running import Simulator
from tests.support.gateway import ANN, House
from tests.support.late_words import lost, shown_again
from tests.support.sealing import READER
from tests.support.strangers import put_in

UNICODE = Recipient(
    fax_number="555-0110",
    name="Dr. Żółć & <Ωμέγα> Кириллов",
    organization="東京病院 🏥 " + "x" * 150,
)


async def ended(house: House, box: Simulator, fax: Fax, *, looks: int = 8) -> Fax:
    """Hand over, and look until the fax has ended."""
    (device,) = await house.appliances.roster()
    await house.submit()
    for _ in range(looks):
        if (await house.fax(fax)).finished:
            break
        house.clock.advance(30)
        box.advance(30)
        await house.look(device)
    return await house.fax(fax)


async def receipt_of(house: House, fax: Fax) -> dict[str, Any]:
    """Its receipt, once it is sealed; what was told of it is sealed before."""
    found: dict[str, Any] = json.loads((await house.receipts.get(ANN, fax.id)).text)
    return found


async def keys_of(house: House) -> list[Key]:
    return [key.verifier for key in await house.proving.keys(READER)]


@pytest.fixture
async def sent(home: House, box: Simulator) -> Fax:
    """A fax that was delivered, and sealed."""
    await home.sealing.begin()
    await home.register(box, name="front office")
    (fax,) = await home.send(recipients=(UNICODE,), client_reference="PO-4711")
    done = await ended(home, box, fax)
    await home.sealing.seal()
    return done


async def test_a_delivered_fax_has_a_receipt_that_verifies_anywhere(
    home: House, sent: Fax, tmp_path: Path
) -> None:
    told = await receipt_of(home, sent)
    fax = told["receipt"]["fax"]
    assert (fax["status"], fax["pages"], fax["attempts"]) == ("delivered", 1, 1)
    assert fax["documents"][0]["sha256"] == sent.documents[0].sha256
    assert fax["dialled"] == sent.dialled
    assert [one["row"]["action"] for one in told["receipt"]["audit"]] == ["fax.delivered"]
    keys = await keys_of(home)
    assert verify_receipt(told, keys) == []
    pdf = await home.receipts.pdf(ANN, sent.id)
    await home.sealing.seal()  # later heads change nothing
    assert await receipt_of(home, sent) == told
    assert await home.receipts.pdf(ANN, sent.id) == pdf, "the same receipt, the same bytes"
    assert read(pdf) == told
    (tmp_path / "r.pdf").write_bytes(pdf)
    (tmp_path / "r.json").write_text(canonical(told))
    (tmp_path / "key").write_text(keys[0].text())
    for module in (receipt_verify, audit_verify):
        source = Path(str(module.__file__))
        (tmp_path / source.name).write_bytes(source.read_bytes())
    for name in ("r.pdf", "r.json"):
        # -I: nothing of this machine's packages, -S: nor of its site
        command = [sys.executable, "-I", "-S", "receipt_verify.py", name, "--key", "key"]
        run = partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True, check=False)
        ran = await asyncio.to_thread(run, command)
        assert ran.returncode == 0, ran.stderr
        assert "as it was signed" in ran.stdout
        assert sent.documents[0].sha256 in ran.stdout


def leaves_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value of JSON that is no object and no list."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, one in inside:
        if isinstance(one, dict | list) and one:
            yield from leaves_of(one, (*path, name))
        else:
            yield (*path, name)


def other(value: Any) -> Any:
    """Another value of the kind."""
    if isinstance(value, str):
        return value[:-1] + ("A" if value[-1:] != "A" else "B")
    return value + 1 if isinstance(value, int) else "something"


async def test_whatever_is_changed_is_found(home: House, sent: Fax) -> None:
    told, keys = await receipt_of(home, sent), await keys_of(home)
    ways = list(leaves_of(told))
    assert len(ways) > 50
    missed = []
    for *way, name in ways:
        forged = copy.deepcopy(told)
        place: Any = forged
        for one in way:
            place = place[one]
        place[name] = other(place[name])
        try:
            findings = verify_receipt(forged, keys)
        except Unreadable as flaw:
            findings = [str(flaw)]
        if not findings:
            missed.append((*way, name))
    assert missed == []
    expected = {
        ("receipt", "fax", "status"): "the receipt is not what the gateway signed",
        ("signature", "key"): "it is signed by another key",
        ("receipt", "audit", 0, "row", "outcome"): "the row is not the one that was sealed",
        ("receipt", "audit", 0, "row", "resource"): "it is of another fax",
        ("receipt", "fax", "finished_at"): "the log has no row of the moment",
        ("receipt", "kind"): "it is of another kind",
    }
    for (*way, name), reason in expected.items():
        forged = copy.deepcopy(told)
        place = forged
        for one in way:
            place = place[one]
        place[name] = other(place[name])
        assert any(reason in one for one in verify_receipt(forged, keys)), (way, name)
    assert verify_receipt({**told, "note": "believe me"}, keys) == ["note: nobody signed that"]
    assert verify_receipt(told, []) != []
    with pytest.raises(Unreadable):
        verify_receipt({"receipt": {}}, keys)
    forged = copy.deepcopy(told)
    forged["receipt"]["audit"] = []
    assert "no row of the log says so" in verify_receipt(forged, keys)


async def test_every_end_has_one(house: House, box: Simulator) -> None:
    await house.sealing.begin()
    await house.register(box)
    (failed,) = await house.send("555-0187", max_tries=3)
    assert (await ended(house, box, failed, looks=60)).status is FaxStatus.FAILED
    later = house.clock.now().replace(year=2031)
    (cancelled,) = await house.send("555-0100", send_at=later, deadline=later + timedelta(days=1))
    await house.faxes.cancel(ANN, cancelled.id)
    stranger = put_in(box, "555-0110")
    for _ in range(4):
        box.advance(10)
        (device,) = await house.appliances.roster()
        await house.look(device)
    others = FaxFilter(origin=Origin.APPLIANCE)
    page = await house.faxes.list(ANN, others, cursor=None, limit=9)
    (theirs,) = page.items
    assert stranger
    assert theirs.finished
    with pytest.raises(NotSealed):
        await house.receipts.get(ANN, theirs.id)
    await house.sealing.seal()
    keys = await keys_of(house)
    told = {}
    for name, fax in {"failed": failed, "cancelled": cancelled, "theirs": theirs}.items():
        told[name] = await receipt_of(house, fax)
        assert verify_receipt(told[name], keys) == [], name
        pdf = await house.receipts.pdf(ANN, fax.id)
        assert read(pdf) == told[name]
    fax = told["failed"]["receipt"]["fax"]
    assert (fax["attempts"], fax["failure"]["code"]) == (3, "busy")
    assert [(one["number"], one["outcome"], one["code"]) for one in fax["tries"]] == [
        (1, "failed", "busy"),
        (2, "failed", "busy"),
        (3, "failed", "busy"),
    ]
    body = told["cancelled"]["receipt"]
    assert (body["fax"]["cancelled_by"], body["appliance"], body["fax"]["tries"]) == (
        "api",
        None,
        [],
    )
    body = told["theirs"]["receipt"]
    assert (body["fax"]["origin"], body["fax"]["documents"]) == ("appliance", [])
    assert body["fax"]["sent_by"] is None
    assert body["appliance"]["username"]


async def test_an_end_that_its_appliance_shows_otherwise_afterwards_is_in_it(
    home: House, box: Simulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await home.sealing.begin()
    device = await home.register(box)
    fax = await lost(home, box, device)
    await home.sealing.seal()
    before = await receipt_of(home, fax)
    await shown_again(home, box, device, fax)
    with pytest.raises(NotSealed):
        await home.receipts.get(ANN, fax.id)
    await home.sealing.seal()
    told, keys = await receipt_of(home, fax), await keys_of(home)
    assert verify_receipt(before, keys) == verify_receipt(told, keys) == []
    assert "corrected_as" not in before["receipt"]["fax"]
    body = told["receipt"]
    assert (body["fax"]["status"], body["fax"]["corrected_as"]) == ("failed", "delivered")
    assert [one["row"]["action"] for one in body["audit"]][-1] == "fax.corrected"
    grades = {one["field"]: one["grade"] for one in body["evidence"]}
    assert grades["fax.corrected_as"] == "documented"
    pdf = await home.receipts.pdf(ANN, fax.id)
    shown = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "its appliance showed it as delivered" in shown
    (tmp_path / "r.pdf").write_bytes(pdf)
    assert receipt_verify.main([str(tmp_path / "r.pdf"), "--key", keys[0].text()]) == 0
    assert "afterwards its appliance showed it as delivered\n" in capsys.readouterr().out
    body["fax"]["corrected_as"] = "cancelled"
    assert (
        "the log has no row of the end that its appliance is said to have shown"
        in verify_receipt(told, keys)
    )


async def test_the_line_that_it_went_over_is_told_where_it_was_seen(
    home: House, box: Simulator
) -> None:
    await home.sealing.begin()
    device = await home.register(box)
    (fax,) = await home.send("555-0150")
    await home.submit()
    for _ in range(40):
        box.advance(5)
        home.clock.advance(4)
        await home.look(device)
    await home.sealing.seal()
    body = (await receipt_of(home, fax))["receipt"]
    assert body["fax"]["status"] == "delivered"
    assert body["appliance"]["line"] == body["audit"][0]["row"]["detail"]["line"] == 1
    grades = {one["field"]: one["grade"] for one in body["evidence"]}
    assert grades["appliance.line"] == "inferred"


async def test_before_its_end_there_is_none(home: House) -> None:
    (fax,) = await home.send()
    with pytest.raises(FaxOpen):
        await home.receipts.get(ANN, fax.id)


async def test_each_of_four_hundred_recipients_has_their_own(home: House, box: Simulator) -> None:
    await home.sealing.begin()
    await home.register(box)
    many = tuple(Recipient(fax_number="555-0100", name=f"n{one}") for one in range(400))
    faxes = await home.send(recipients=many)
    await ended(home, box, faxes[0])
    while await home.sealing.seal():
        pass
    keys = await keys_of(home)
    for fax in (faxes[0], faxes[199], faxes[399]):
        told = await receipt_of(home, fax)
        assert verify_receipt(told, keys) == []
        assert told["receipt"]["fax"]["recipient"]["name"] == fax.recipient.name


async def test_a_new_key_signs_receipts_of_before_and_both_verify(home: House, sent: Fax) -> None:
    old = await keys_of(home)
    await home.proving.rotate(ANN)
    told = await receipt_of(home, sent)
    assert verify_receipt(told, await keys_of(home)) == []
    assert any("another key" in one for one in verify_receipt(told, old))


def test_a_pdf_with_other_attachments_is_not_taken_for_one(tmp_path: Path) -> None:
    for content in (b"%PDF-1.4\n", b"%PDF-1.4 /EmbeddedFile /EmbeddedFile", b"nothing", b"[1"):
        with pytest.raises(Unreadable):
            read(content)
    (tmp_path / "r").write_bytes(b"[]")
    assert receipt_verify.main([str(tmp_path / "r"), "--key", "x"]) == 2


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Żółć", "Żółć"),
        ("a<b", "a&lt;b"),
        ("東京", '<font name="STSong-Light">東京</font>'),
        ("カナ", '<font name="HeiseiKakuGo-W5">カナ</font>'),
        ("병원", '<font name="HYSMyeongJo-Medium">병원</font>'),
        ("\U0001f3e5", "‹U+1F3E5›"),
        ("カ钱", '<font name="HeiseiKakuGo-W5">カ</font><font name="STSong-Light">钱</font>'),
        ("㐀", "‹U+3400›"),  # none of the viewers' fonts is made for it
        ("שלום רב x", "בר םולש x"),
        ("रोगी", "‹U+0930›‹U+094B›‹U+0917›‹U+0940›"),
    ],
)
def test_a_text_is_written_in_fonts_that_have_it(text: str, marked: str) -> None:
    receipt_pdf._fonts()
    assert receipt_pdf._marked(text) == marked


async def test_a_name_in_any_script_is_on_the_page_and_signed_as_it_is(
    home: House, box: Simulator
) -> None:
    await home.sealing.begin()
    await home.register(box)
    name = "東京カナ钱병원㐀 Żółć \U0001f3e5 रो"
    (fax,) = await home.send(recipients=(Recipient(fax_number="555-0110", name=name),))
    await ended(home, box, fax)
    await home.sealing.seal()
    pdf = await home.receipts.pdf(ANN, fax.id)
    shown = PdfReader(io.BytesIO(pdf)).pages[0].extract_text().replace("\n", "")
    for part in ("東京カナ", "钱", "병원", "‹U+3400›", "Żółć", "‹U+1F3E5›", "‹U+0930›‹U+094B›"):
        assert part in shown, part
    assert read(pdf)["receipt"]["fax"]["recipient"]["name"] == name
