"""Faults as data: described, matched, counted."""

from typing import Any

import pytest

from ffgateway.simulator.faults import LASTING, OPERATIONS, Fault, Faults, Kind, fault_from
from ffgateway.simulator.functions import FUNCTIONS
from ffgateway.simulator.gate import _CARRY_OUT


def test_every_kind_is_carried_out_by_the_gate_or_befalls_the_whole_unit() -> None:
    assert set(_CARRY_OUT) | LASTING == set(Kind)
    assert not set(_CARRY_OUT) & LASTING


def test_a_fault_is_read_from_json() -> None:
    described = {"kind": "latency", "times": 3, "method": "get", "path": "/ofax*", "seconds": 1.5}
    assert fault_from(described) == Fault(
        kind=Kind.LATENCY, times=3, method="GET", path="/ofax*", seconds=1.5
    )


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_stands_for_a_method_and_a_path_that_exists(name: str) -> None:
    fault = fault_from({"kind": "error", "operation": name})
    assert any(
        fault.meets(method, path) for path, functions in FUNCTIONS.items() for method in functions
    )


@pytest.mark.parametrize(
    "described",
    [
        {},
        {"kind": "fire"},
        {"kind": "error", "times": 0},
        {"kind": "error", "times": "often"},
        {"kind": "latency", "seconds": -1},
        {"kind": "latency", "seconds": float("nan")},
        {"kind": "error", "operation": "dance"},
        {"kind": "error", "colour": "red"},
    ],
    ids=str,
)
def test_a_description_that_makes_no_sense_is_refused(described: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is for people
        fault_from(described)


def test_a_fault_happens_as_often_as_it_says_to_requests_that_match() -> None:
    faults = Faults()
    faults.add(Fault(kind=Kind.ERROR, times=2, method="POST", path="/ofax"))
    met = [
        faults.take(method, path) is not None
        for method, path in [
            ("GET", "/ofax"),
            ("POST", "/ofax"),
            ("POST", "/ofax/1"),
            ("POST", "/ofax"),
            ("POST", "/ofax"),
        ]
    ]
    assert met == [False, True, False, True, False]


def test_faults_happen_in_the_order_they_were_put() -> None:
    faults = Faults()
    for kind in (Kind.ERROR, Kind.EMPTY):
        faults.add(Fault(kind=kind))
    taken = [faults.take("GET", "/ofax") for _ in range(3)]
    assert [fault and fault.kind for fault in taken] == [Kind.ERROR, Kind.EMPTY, None]


def test_faults_can_be_taken_away() -> None:
    faults = Faults()
    faults.add(Fault(kind=Kind.ERROR, times=5))
    faults.clear()
    assert list(faults) == []
