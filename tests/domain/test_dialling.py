"""From what people write to what a line dials."""

import pytest

from ffgateway.domain.dialling import NO_PLAN, DialPlan, Kind, Parsed, dial, well_written

HOUSE = DialPlan(outside="9,", international="011", national="1", extension_digits=4)
CHICAGO = Parsed(country=1, national="3125550123", domestic=True)
BERLIN = Parsed(country=49, national="3012345678", domestic=False)


@pytest.mark.parametrize(
    "number",
    ["123", "+123", "(312) 555-0100", "+1 (312) 555-0100", "+(44) 20 7946 0958", "+44 (0)20 7946-0958",
     "312.555.0100", "312 -555", "1" * 20, "1 2" + " 3" * 18],
)  # fmt: skip
def test_a_number_is_written_as_people_write_it(number: str) -> None:
    assert well_written(number)


@pytest.mark.parametrize(
    "number",
    ["", "12", "1 2", "1" * 21, "1" + " ()" * 50_000, "((312) 555-0100", "312   555", "312 - 555",
     "(312)  555", "312-", " 312", "312)", "3+12", "(+1) 312 555", "555-0100x7", "١٢٣٤", "312\n555", "312\n",
     "1  2" + "  3" * 18],
    ids=lambda number: f"{number[:12]!r} of {len(number)}",
)  # fmt: skip
def test_what_is_no_number_is_refused(number: str) -> None:
    assert not well_written(number)


@pytest.mark.parametrize(
    ("number", "parsed", "plan", "text", "kind"),
    [
        ("555-0100", None, NO_PLAN, "555-0100", Kind.AS_GIVEN),
        ("+1 312 555 0123", None, NO_PLAN, "+1 312 555 0123", Kind.AS_GIVEN),
        ("555-0100", None, HOUSE, "9,5550100", Kind.AS_GIVEN),
        ("4711", None, HOUSE, "4711", Kind.EXTENSION),
        ("47-11", None, HOUSE, "4711", Kind.EXTENSION),
        ("47110", None, HOUSE, "9,47110", Kind.AS_GIVEN),
        ("+4711", None, HOUSE, "9,4711", Kind.AS_GIVEN),
        ("(312) 555-0123", CHICAGO, HOUSE, "9,13125550123", Kind.NATIONAL),
        ("+1 312 555 0123", CHICAGO, NO_PLAN, "3125550123", Kind.NATIONAL),
        ("+49 30 12345678", BERLIN, HOUSE, "9,0114930 12345678".replace(" ", ""), Kind.INTERNATIONAL),
    ],
)  # fmt: skip
def test_a_number_is_written_for_its_line(
    number: str, parsed: Parsed | None, plan: DialPlan, text: str, kind: Kind
) -> None:
    dialled = dial(number, parsed, plan)
    assert (dialled.text, dialled.kind) == (text, kind)


def test_what_the_whole_world_would_write_comes_along_where_it_is_known() -> None:
    assert dial("+49 30 12345678", BERLIN, HOUSE).e164 == "+493012345678"
    assert dial("4711", None, HOUSE).e164 is None
