"""The files under `openapi/` and `schema/` are what the code says, and the gateway serves the same."""

from pathlib import Path

import pytest
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
