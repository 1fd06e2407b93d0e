"""What may be read, what is refused before it costs anything, and what can be written."""

import contextlib
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ffgateway.ffws.elements import (
    ANSWER_LIMIT,
    DEEPEST,
    MOST_ELEMENTS,
    Fields,
    escaped,
    parse,
    parse_response,
    read_message,
    respelt,
    write_message,
)
from ffgateway.ffws.errors import HostileDocument, MalformedDocument, UnwritableText
from ffgateway.ffws.faxes import read_fax_entries, read_schedule_fax

LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE response [
 <!ENTITY a "ha">
 <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
 <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
 <!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
 <!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
]>
<response><message>&e;&e;&e;</message></response>"""

HOSTILE = {
    "a billion laughs": LAUGHS,
    "an external entity": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
    "an external DTD": b'<!DOCTYPE r SYSTEM "http://192.0.2.1/r.dtd"><response/>',
    "a DTD behind a long comment": b"<!--" + b"x" * 10**5 + b"--><!DOCTYPE r><response/>",
    "fifty megabytes": b"<response>" + b" " * 50_000_000 + b"</response>",
    "a hundred thousand levels": b"<a>" * 100_000 + b"</a>" * 100_000,
    "a hundred thousand levels left open": b"<a>" * 100_000,
    "one level too many": b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1),
    "a million elements": b"<response>" + b"<a/>" * 1_000_000 + b"</response>",
}


@pytest.mark.parametrize("read", [read_fax_entries, read_schedule_fax])
@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_refused_in_under_50_ms(
    read: Callable[[bytes], object], document: bytes
) -> None:
    began = time.process_time()
    with pytest.raises(HostileDocument):
        read(document)
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize("read", [read_fax_entries, read_schedule_fax])
@pytest.mark.parametrize(
    "document",
    [
        pytest.param("<!DOCTYPE r><response/>".encode("utf-16"), id="UTF-16"),
        pytest.param("<!DOCTYPE r><response/>".encode("utf-32"), id="UTF-32"),
        pytest.param(
            b'<?xml version="1.0" encoding="UTF-7"?>+ADw-!DOCTYPE r+AD4-<response/>', id="UTF-7"
        ),
        pytest.param(
            b"<?xml version='1.0'" + b" " * 5000 + b"encoding='UTF-7'?>+ADw-!DOCTYPE r+AD4-<r/>",
            id="UTF-7, far to the right",
        ),
        pytest.param(b"<?xml version='1.0' encoding='cp037'?><response/>", id="EBCDIC, declared"),
        pytest.param(
            "<?xml version='1.0'?><!DOCTYPE r><r/>".encode("cp037"), id="EBCDIC, found out"
        ),
    ],
)
def test_an_encoding_in_which_a_dtd_could_hide_is_refused(
    read: Callable[[bytes], object], document: bytes
) -> None:
    with pytest.raises(MalformedDocument):
        read(document)


@pytest.mark.parametrize("read", [read_fax_entries, read_schedule_fax])
@pytest.mark.parametrize(
    "document",
    [
        b"",
        b" \n",
        b"Bad Gateway",
        b"<response>",
        b"<response></respons>",
        b"<response/>tail",
        b"<response>&nbsp;</response>",
        b"<response>\xff</response>",
        b"<response>\x0b</response>",
        b"<html><body>no</body></html>",
        b"<response xmlns='urn:x'/>",
    ],
)
def test_what_is_not_the_document_expected_is_malformed(
    read: Callable[[bytes], object], document: bytes
) -> None:
    with pytest.raises(MalformedDocument):
        read(document)


def test_a_malformed_document_is_not_quoted_in_the_error() -> None:
    with pytest.raises(MalformedDocument) as error:
        parse(b"<response><password>secret</response>")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("levels", [1, DEEPEST])
def test_depth_up_to_the_limit_is_read(levels: int) -> None:
    assert parse(b"<response>" * levels + b"</response>" * levels).tag == "response"


@given(
    document=st.binary(max_size=60) | st.text(alphabet="<>/!?&;x= \n", max_size=60).map(str.encode)
)
@settings(max_examples=200, deadline=None)
def test_no_bytes_at_all_raise_anything_else(document: bytes) -> None:
    for read in (read_fax_entries, read_schedule_fax):
        with contextlib.suppress(MalformedDocument):
            read(document)


def test_the_limit_of_size_is_the_callers() -> None:
    document = b"<response/>"
    assert parse(document, limit=len(document)).tag == "response"
    with pytest.raises(HostileDocument):
        parse(document, limit=len(document) - 1)


def test_the_limits_leave_room_for_the_longest_honest_list() -> None:
    entry = b"<fax_entry>" + b"<a>x</a>" * 38 + b"</fax_entry>"
    assert 10_000 * entry.count(b"<") < MOST_ELEMENTS * 2
    assert ANSWER_LIMIT >= 10_000 * 1_600


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"<response><message>Success</message></response>", id="no declaration"),
        pytest.param(
            b'<?xml version="1.0" encoding="UTF-8"?><response><message>Success</message></response>',
            id="declaration",
        ),
        pytest.param(
            b"\n <?xml version='1.0' encoding='utf-8'?>\n<response>\n<message>\nSuccess\n</message></response>\n",
            id="line feeds and single quotes",
        ),
        pytest.param(
            b"\xef\xbb\xbf<response><message>Success</message></response>", id="byte order mark"
        ),
        pytest.param(
            b"<response><!-- so --><message>Suc<!-- and so -->cess</message><?x y?></response>",
            id="comments and instructions",
        ),
        pytest.param(b"<response><message><![CDATA[Success]]></message></response>", id="CDATA"),
        pytest.param(
            b"<response><code>0</code><message lang='en'>Success</message></response>",
            id="unknown elements and attributes",
        ),
    ],
)
def test_every_way_to_say_success_is_understood(document: bytes) -> None:
    assert read_message(document) == "Success"


def test_latin_1_is_read_when_declared() -> None:
    document = (
        '<?xml version="1.0" encoding="ISO-8859-1"?><response><message>Müller</message></response>'
    )
    assert read_message(document.encode("latin-1")) == "Müller"


@pytest.mark.parametrize("document", [b"<response/>", b"<response><message/></response>"])
def test_a_missing_message_reads_as_nothing(document: bytes) -> None:
    assert read_message(document) == ""


def test_a_message_is_written_as_the_captured_answer_has_it() -> None:
    assert write_message("scheduling failed: internal error") == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<response>\n'
        b"<message>scheduling failed: internal error</message>\n</response>"
    )


def fields(inside: str) -> Fields:
    return Fields(parse_response(f"<response>{inside}</response>".encode()), "response")


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), (" 7\n", 7), ("-1", -1), ("007", 7), ("", 3), ("  ", 3)],
)
def test_a_number_is_decimal_and_an_empty_one_is_the_default(text: str, number: int) -> None:
    assert fields(f"<n>{text}</n>").integer("n", 3) == number


@pytest.mark.parametrize(
    "text", ["x", "1.0", "1_000", "+1", "0x10", "\u0663", "9" * 5000, "1 2", "--1"]
)
def test_what_is_not_a_number_is_malformed_and_named(text: str) -> None:
    with pytest.raises(MalformedDocument) as error:
        fields(f"<n>{text}</n>").optional_integer("n")
    assert error.value.element == "response/n"


@pytest.mark.parametrize("inside", ["", "<n/>", "<n> </n>"])
def test_a_number_that_must_be_there_is_named_when_it_is_not(inside: str) -> None:
    with pytest.raises(MalformedDocument) as error:
        fields(inside).integer("n")
    assert error.value.element == "response/n"


@pytest.mark.parametrize(
    ("text", "flag"),
    [("true", True), ("TRUE", True), ("1", True), ("false", False), ("False", False), ("0", False)],
)
def test_a_flag_is_read_in_any_case(text: str, flag: bool) -> None:
    assert fields(f"<f> {text} </f>").flag("f", default=not flag) is flag


@pytest.mark.parametrize("default", [True, False])
def test_an_empty_flag_is_the_default(default: bool) -> None:
    assert fields("<f/>").flag("f", default=default) is default


def test_a_flag_of_another_word_is_malformed() -> None:
    with pytest.raises(MalformedDocument):
        fields("<f>perhaps</f>").flag("f", default=True)


@pytest.mark.parametrize(
    "text", ["2013-07-16T21:25:17", "2013-07-16 21:25:17", "\n2013-07-16T21:25:17 "]
)
def test_both_forms_of_a_time_are_read(text: str) -> None:
    moment = fields(f"<t>{text}</t>").moment("t")
    assert moment is not None
    assert (moment.isoformat(), moment.tzinfo) == ("2013-07-16T21:25:17", None)


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2013-07-16",
        "2013-07-16T21:25",
        "2013-07-16T21:25:17Z",
        "2013-07-16T21:25:17+02:00",
        "2013-13-16T21:25:17",
        "2013-07-16T25:25:17",
        "2013-W29-2T21:25:17",
        "07/16/2013 21:25:17",
    ],
)
def test_what_is_not_a_time_is_malformed_and_named(text: str) -> None:
    with pytest.raises(MalformedDocument) as error:
        fields(f"<t>{text}</t>").moment("t")
    assert error.value.element == "response/t"


def test_line_breaks_inside_a_url_are_layout() -> None:
    assert fields("<u>\n https://dot10/ffws/v1/\n  ofax/1 </u>").url("u") == (
        "https://dot10/ffws/v1/ofax/1"
    )


def test_a_text_may_end_in_a_space_that_is_not_a_blank_of_xml() -> None:
    assert fields("<t> a\u00a0 </t>").text("t") == "a\u00a0"


def test_of_several_children_with_one_name_the_last_counts() -> None:
    assert fields("<t>a</t><u/><t>b</t>").text("t") == "b"


@pytest.mark.parametrize(
    "text", ["\0", "\x07", "\x0b", "\x1f", chr(0xD800), chr(0xDFFF), "\ufffe", "\uffff"]
)
def test_what_xml_cannot_carry_is_refused_and_named(text: str) -> None:
    with pytest.raises(UnwritableText) as error:
        escaped("recipient/name", f"a{text}b")
    assert error.value.element == "recipient/name"


@pytest.mark.parametrize(
    "text", ["<&>\"'", "a\rb", "a\r\nb", "a\tb\nc", "]]>", "\x85\u2028", "\U0001f4e0"]
)
def test_everything_else_survives(text: str) -> None:
    assert read_message(write_message(text)) == text


def test_elements_are_respelt_at_any_depth() -> None:
    document = b"<response><log><nr>1</nr></log><log><nr>2</nr></log></response>"
    ours = parse(respelt(document, {"log": "entry", "nr": "number"}))
    assert [node.tag for node in ours.iter()] == ["response", *["entry", "number"] * 2]
