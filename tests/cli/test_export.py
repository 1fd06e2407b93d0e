"""The published files: written, compared, and cleared of what is no more."""

from pathlib import Path

from ffgateway.cli.export import differences, write

FILES = {"openapi/openapi.yaml": "openapi: 3.1.0\n", "schema/events/fax.sent.v1.json": "{}\n"}


def test_what_was_written_does_not_differ(tmp_path: Path) -> None:
    assert write(FILES, tmp_path) == sorted(FILES)
    assert differences(FILES, tmp_path) == []
    assert write(FILES, tmp_path) == []


def test_a_file_that_was_changed_or_lost_differs(tmp_path: Path) -> None:
    write(FILES, tmp_path)
    (tmp_path / "openapi/openapi.yaml").write_text("openapi: 3.0.0\n")
    (tmp_path / "schema/events/fax.sent.v1.json").unlink()
    assert differences(FILES, tmp_path) == sorted(FILES)


def test_the_schema_of_an_event_that_is_no_more_goes(tmp_path: Path) -> None:
    write(FILES, tmp_path)
    left = tmp_path / "schema/events/fax.gone.v1.json"
    left.write_text("{}\n")
    assert differences(FILES, tmp_path) == ["schema/events/fax.gone.v1.json"]
    write(FILES, tmp_path)
    assert not left.exists()
