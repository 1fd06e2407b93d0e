"""Every error of ours has an answer, and none of a bug's words get out."""

import logging
from collections.abc import Iterator

import pytest
from graphql import GraphQLError

from ffgateway.domain.errors import (
    Forbidden,
    GatewayError,
    IllegalMove,
    InvalidNumber,
    NotFound,
)
from ffgateway.graphql.errors import ANSWERS, Answer, explain, settled, spelled


def family(error: type[GatewayError]) -> Iterator[type[GatewayError]]:
    yield error
    for child in error.__subclasses__():
        yield from family(child)


@pytest.mark.parametrize("error", list(family(GatewayError)), ids=lambda error: error.__name__)
def test_every_error_has_an_answer(error: type[GatewayError]) -> None:
    assert error.code in ANSWERS


def test_no_answer_is_left_over() -> None:
    assert set(ANSWERS) == {error.code for error in family(GatewayError)}


async def _raise(error: GatewayError) -> None:
    raise error


async def test_what_a_caller_can_put_right_is_data() -> None:
    wrong = InvalidNumber("No.", field="recipients[3].fax_number", cure="Use digits.")
    result, (told,) = await settled(_raise(wrong))
    assert result is None
    assert (told.code, told.field) == ("invalid-number", "recipients[3].faxNumber")
    assert (told.message, told.cure) == ("No.", "Use digits.")


@pytest.mark.parametrize("error", [Forbidden("No."), IllegalMove("A bug.")])
async def test_what_a_caller_cannot_put_right_is_raised(error: GatewayError) -> None:
    with pytest.raises(type(error)):
        await settled(_raise(error))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (None, None),
        ("name", "name"),
        ("cursor", "after"),
        ("ca_pem", "caPem"),
        ("documents[0].content_type", "documents[0].contentType"),
    ],
)
def test_fields_are_spelled_as_in_the_schema(ours: str | None, theirs: str | None) -> None:
    assert spelled(ours) == theirs


def test_a_refusal_keeps_its_words_and_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    error = GraphQLError("x", path=["fax"], original_error=NotFound("No fax.", cure="Look."))
    explain(error)
    assert error.message == "No fax."
    assert error.extensions == {"code": "not-found", "cure": "Look."}
    assert not caplog.records


@pytest.mark.parametrize("bug", [ValueError("secret"), IllegalMove("secret")])
@pytest.mark.parametrize("path", [["fax"], None])
def test_a_fault_is_logged_and_says_nothing(
    bug: Exception, path: list[str | int] | None, caplog: pytest.LogCaptureFixture
) -> None:
    error = GraphQLError("secret", path=path, original_error=bug)
    explain(error, request_id="req_7")
    assert "secret" not in error.message
    assert error.extensions == {"code": "internal", "requestId": "req_7"}
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None


def test_the_three_answers_are_all_used() -> None:
    assert set(ANSWERS.values()) == set(Answer)
