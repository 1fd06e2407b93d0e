"""What commands print."""

import json
from datetime import UTC, datetime

import pytest

from ffgateway.cli.output import plain, say, show_fields, show_json, show_table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (["a", "b"], "a, b"),
        ({"code": "busy", "text": None}, "code busy"),
    ],
)
def test_values_are_written_as_people_would(value: object, text: str) -> None:
    assert plain(value) == text


def test_what_somebody_wrote_is_never_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("name",), [["[bold]x[/bold] :smile:"]], empty="none")
    assert "[bold]x[/bold] :smile:" in capsys.readouterr().out


def test_a_pipe_gets_whole_cells(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("a", "b"), [["x" * 150, "y" * 150]], empty="none")
    assert f"{'x' * 150}  {'y' * 150}\n" in capsys.readouterr().out


def test_an_empty_list_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("a",), [], empty="nothing here")
    assert capsys.readouterr().out == "nothing here\n"


def test_json_goes_out_whole_and_progress_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    say("on the way")
    show_json({"at": datetime(2026, 11, 23, tzinfo=UTC), "name": "Zoë"})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"at": "2026-11-23 00:00:00+00:00", "name": "Zoë"}
    assert err == "on the way\n"


def test_fields_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    show_fields({"id": "fax_1", "failure": None, "status": "queued"})
    assert capsys.readouterr().out == "id      fax_1\nstatus  queued\n"
