"""The published files: written, compared, and cleared of what is no more."""

from pathlib import Path

import pytest
import yaml
from graphql import build_schema
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from ffgateway.cli.export import differences, published, write
from ffgateway.cli.main import main
from ffgateway.domain.events import EventType

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


def test_what_is_published_is_valid_and_complete() -> None:
    files = published()
    described = yaml.safe_load(files["openapi/openapi.yaml"])
    validate(described)
    assert {*described["webhooks"]} == {kind.value for kind in EventType}
    assert build_schema(files["schema/gateway.graphql"]).subscription_type is not None
    for kind in EventType:
        Draft202012Validator.check_schema(
            yaml.safe_load(files[f"schema/events/{kind.value}.v1.json"])
        )


def test_publishing_twice_gives_the_same_files() -> None:
    assert published() == published()


def test_the_command_writes_and_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def ran(*options: str) -> object:
        with pytest.raises(SystemExit) as end:
            main(["export", "--to", str(tmp_path), *options])
        return end.value.code

    assert ran("--check") == 1
    assert "openapi/openapi.yaml" in capsys.readouterr().err
    assert ran() == 0
    assert ran("--check") == 0
