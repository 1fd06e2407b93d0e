"""The files under `openapi/` and `schema/` are what the code says, and the gateway serves the same."""

import re
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from ffgateway.cli.export import published
from ffgateway.delivery.published import webhooks
from ffgateway.rest.openapi import document

ROOT = Path(__file__).parents[2]
FILES = published()


@pytest.mark.parametrize("name", FILES)
def test_a_published_file_is_what_the_code_says(name: str) -> None:
    assert (ROOT / name).read_text() == FILES[name], "run `make export`"


def test_nothing_else_is_published() -> None:
    kept = [path for folder in ("openapi", "schema") for path in (ROOT / folder).rglob("*")]
    assert {str(path.relative_to(ROOT)) for path in kept if path.is_file()} == set(FILES)


def test_the_openapi_document_is_valid() -> None:
    OpenAPIV31SpecValidator(document(webhooks())).validate()


def test_what_the_document_is_not_held_to_is_little_and_said() -> None:
    folder = ROOT / "tests/audit"
    spectral = yaml.safe_load((folder / "spectral.yaml").read_text())
    ignored = yaml.safe_load((folder / ".redocly.lint-ignore.yaml").read_text())
    redocly = yaml.safe_load((folder / "redocly.yaml").read_text())
    assert redocly == {"extends": ["recommended-strict"]}
    departures = [*spectral["rules"], *spectral["overrides"], *ignored.values()]
    texts = [(folder / name).read_text() for name in ("spectral.yaml", ".redocly.lint-ignore.yaml")]
    said = [int(number) for number in re.findall(r"# (\d)\. ", "".join(texts))]
    assert said == list(range(1, len(departures) + 1))
    assert len(departures) <= 5
