"""The models."""

import pytest

from ffgateway.simulator.models import MODELS, model_named


@pytest.mark.parametrize(
    ("name", "lines", "megabytes", "channels"),
    [
        ("FF130", 1, 2, False),
        ("FF230", 2, 2, False),
        ("FF430", 4, 5, False),
        ("FF830", 8, 5, False),
        ("FF240", 2, 36, False),
        ("FF440", 4, 36, False),
        ("FF840", 8, 36, False),
        ("FF240-IP", 4, 36, True),
    ],
)
def test_a_model_has_its_lines_and_its_limit(
    name: str, lines: int, megabytes: int, channels: bool
) -> None:
    model = model_named(name)
    assert (model.lines, model.channels) == (lines, channels)
    assert model.request_limit == megabytes * 10**6
    assert model.host == name.lower()


def test_every_model_of_the_wire_can_be_simulated() -> None:
    assert len(MODELS) == 8


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    assert model_named("ff840") is MODELS["FF840"]
    with pytest.raises(ValueError, match="FF440"):
        model_named("FF999")
