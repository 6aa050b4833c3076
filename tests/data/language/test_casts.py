# ruff: noqa: DTZ001, E501 - instants are stored without zone; tables of cells are wide
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, localcontext

import ibis
import pyarrow as pa
import pytest
from expressions import BY_KIND, COLUMNS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.core.errors import ExpressionError
from regulars.data import engine
from regulars.data.language import casts
from regulars.data.language.expression import Expression, parse
from regulars.data.tables import Kind

HOLLAND = {"time_zone": "Europe/Amsterdam"}
few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def backend():
    opened = engine.connect(threads=2)
    yield opened
    opened.disconnect()


@pytest.fixture(scope="module")
def ask(backend):
    """Give value and reasons of each row; columns are lists of texts."""

    def ask(text, kind, *, prose=True, reading=None, **columns):
        expression = parse(text) if isinstance(text, str) else text
        table = ibis.memtable(pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))
        made = casts.compile(expression, table, kind, casts.Reading(**(reading or {})), prose=prose)
        faults = {f"{place}": fault.failed for place, fault in enumerate(made.faults)}
        rows = backend.to_pyarrow(table.select(value=made.value, **faults)).to_pylist()
        told = [(fault.column, fault.reason) for fault in made.faults]
        for row in rows:
            assert None not in [row[name] for name in faults]
        return [(row["value"], [fault for name, fault in zip(faults, told, strict=True) if row[name]]) for row in rows]

    return ask


@pytest.fixture(scope="module")
def read(ask):
    """Give the value of each text, or its reason."""

    def read(kind, texts, text="x", **reading):
        rows = ask(text, kind, reading=reading, x=list(texts))
        assert all(len(faults) <= 1 and (value is None or not faults) for value, faults in rows)
        return [faults[0][1] if faults else value for value, faults in rows]

    return read


# --- what a cell may be (RELIABILITY, Annex A) -------------------------------------------------------------------

BAD = {
    Kind.MONEY: {
        "not_a_number": [
            "twelve", "1,234.50", "1.234,50", "$5.00", "5.00 EUR", "(5.00)", "5.00-", "\u22125.00", "٣", "１", "NaN", "nan", "inf",
            "-Infinity", "1e400", "1e2", "0x1F", "1_000", "NULL", "N/A", "-", "+", ".5", "5.", "1.2.3", "--1", "1 000",
            "5\0", "5\n", "½", "\u00a05", "5\t",
        ],
        "too_many_decimals": ["1.005", "1.500", "0.0001", "123456789012345678901.005"],
        "number_out_of_range": ["100000000000000", "-100000000000000.00", "9" * 40],
    },
    Kind.NUMBER: {
        "not_a_number": ["NaN", "1e4"],
        "too_many_decimals": ["0.12345", "0.30000000000000004"],
        "number_out_of_range": ["100000000000000"],
    },
    Kind.INTEGER: {
        "not_a_number": ["two", "1,000", "0x10", "1e3", "٣", "∞"],
        "not_an_integer": ["2.7", "2.0", "-0.5"],
        "number_out_of_range": ["9223372036854775808", "-9223372036854775809", "9" * 50],
    },
    Kind.INSTANT: {
        "not_an_instant": [
            "2024-13-01", "2024-02-30", "2023-02-29", "12/31/2024", "31/12/2024", "24-12-31", "0000-00-00", "infinity", "-infinity",
            "epoch", "now", "today", "2024-1-2", "2024-01-02 1:00", "2024-01-02 24:00", "2024-01-02 10:60", "20240102",
            "2024-01-02 10:00:60", "2024-01-02 10:00:00.1234567", "2024-01-02T10", "2024-01-02 10:00 UTC", "2024-01-02  10:00",
            "2024-01-02Z", "2024-01-02 10:00+2", "2024-01-02 10:00+0200", "2024-01-02 10:00+15:00", "2024-01-02 10:00+02:60",
            "2024-01-02t10:00", "2024-01-02 (BC)", "1704189600", "2024-W01-1", "x", "2024-01-02\0", "2024-01-02 10:00z",
        ],
        "date_out_of_range": ["9999-12-31", "1899-12-31 23:59:59", "2100-01-01", "0001-01-01T00:00:00Z", "9999-12-31 10:00+02:00"],
        "local_time_gap": ["2024-03-31 02:00", "2024-03-31T02:30:00", "2024-03-31 02:59:59.999999"],
    },
    Kind.DATE: {
        "not_a_date": ["2024-01-02 10:00", "2024-01-02T00:00:00Z", "2024-01-02+02:00", "2024-02-30", "0000-00-00", "1/2/2024", "infinity"],
        "date_out_of_range": ["1899-12-31", "2100-01-01", "9999-12-31"],
    },
    Kind.BOOLEAN: {"not_a_boolean": ["2", "-1", "ja", "on", "truee", "null"]},
    Kind.TEXT: {"control_character": ["a@b.c\u202e", "a\x01b", "\x7f", "a\0", "\u2066x", "a\x85", "\x1b[31m", "\u202ax"]},
}  # fmt: skip

GOOD = {
    Kind.MONEY: {
        "0": "0", "-0.00": "0", "+5.1": "5.1", "007.50": "7.5", "99999999999999.99": "99999999999999.99", " 5 ": "5",
        "-99999999999999.99": "-99999999999999.99", "0" * 60 + "1.5": "1.5",
    },
    Kind.NUMBER: {"1.2345": "1.2345", "-0.0001": "-0.0001"},
    Kind.INTEGER: {"+7": 7, "-0": 0, "9223372036854775807": 2**63 - 1, "-9223372036854775808": -(2**63), "0" * 60 + "1": 1},
    Kind.INSTANT: {
        "2024-01-02": datetime(2024, 1, 1, 23), "2024-07-02": datetime(2024, 7, 1, 22), "2024-01-02 10:00": datetime(2024, 1, 2, 9),
        "2024-01-02T10:00:00.5": datetime(2024, 1, 2, 9, 0, 0, 500_000), "2024-07-02T10:00:00Z": datetime(2024, 7, 2, 10),
        "2024-07-02 10:00Z": datetime(2024, 7, 2, 10), "2024-07-02 10:00+05:30": datetime(2024, 7, 2, 4, 30),
        "2024-07-02T23:30:00.000001-14:00": datetime(2024, 7, 3, 13, 30, 0, 1), "2024-02-29": datetime(2024, 2, 28, 23),
        "2024-03-31 01:59:59": datetime(2024, 3, 31, 0, 59, 59), "2024-03-31 03:00": datetime(2024, 3, 31, 1),
        "2024-10-27 02:30": datetime(2024, 10, 27, 0, 30), "2024-10-27 03:00": datetime(2024, 10, 27, 2),
        "2024-03-31 02:30Z": datetime(2024, 3, 31, 2, 30),
    },
    Kind.DATE: {"2024-02-29": date(2024, 2, 29), "1900-01-01": date(1900, 1, 1), "2099-12-31": date(2099, 12, 31)},
    Kind.BOOLEAN: {
        **dict.fromkeys(("true", "TRUE", "1", "Yes", "t", "y"), True), **dict.fromkeys(("false", "0", "no", "F", "n"), False),
    },
    Kind.TEXT: {"  a b ": "a b", "a\tb\nc": "a\tb\nc", "=1+1": "=1+1", "ﬁ": "ﬁ", "\u200fשלום": "\u200fשלום", "N/A": "N/A"},
}  # fmt: skip


@pytest.mark.parametrize("kind", list(Kind))
def test_a_cell_is_what_it_says_or_has_a_reason(read, kind):
    bad = [(text, reason) for reason, texts in BAD[kind].items() for text in texts]
    found = read(kind, [text for text, _ in bad], **HOLLAND)
    assert dict(zip(bad, found, strict=True)) == {one: one[1] for one in bad}
    good = GOOD[kind]
    wanted = [Decimal(value) if kind in (Kind.MONEY, Kind.NUMBER) else value for value in good.values()]
    assert dict(zip(good, read(kind, good, **HOLLAND), strict=True)) == dict(zip(good, wanted, strict=True))


@pytest.mark.parametrize("kind", list(Kind))
def test_what_means_no_value_is_no_fault(read, kind):
    tokens = ["", "   ", "NULL", "N/A", "-", None, " N/A "]
    assert read(kind, tokens, null=("", "NULL", "N/A", "-")) == [None] * len(tokens)


def test_only_the_tokens_that_are_given_mean_no_value(read):
    assert read(Kind.TEXT, ["", "null", "NULL"], null=("NULL",)) == ["", "null", None]
    assert read(Kind.MONEY, ["", "5"], null=()) == ["not_a_number", Decimal(5)]
    assert read(Kind.TEXT, ["-x"], text="trim_suffix(x, 'x')", null=("-",)) == [None]


def test_identifiers_refuse_what_prose_may_hold(ask):
    texts = ["a\tb", "a\nb", "a\u200fb", "a"]
    rows = ask("x", Kind.TEXT, prose=False, x=texts)
    assert rows == [(None, [("x", "control_character")])] * 3 + [("a", [])]


def test_numbers_as_a_source_writes_them(read):
    german = {"decimal": ",", "thousands": "."}
    texts = ["1.234,50", "1234,5", "12.345.678,9", "1.23,5", "1.2345", "1.5", ".123", "1..234", "0.001,00", "1234.567"]
    bad = "not_a_number"
    assert read(Kind.MONEY, texts, **german) == [
        Decimal("1234.5"), Decimal("1234.5"), Decimal("12345678.9"), bad, bad, bad, bad, bad, Decimal(1), bad,
    ]  # fmt: skip
    assert read(Kind.INTEGER, ["1 234", "12 34"], thousands=" ") == [1234, bad]
    assert read(Kind.NUMBER, ["1'234.5"], thousands="'") == [Decimal("1234.5")]
    assert read(Kind.MONEY, ["1", "1.0"], money_decimals=0) == [Decimal(1), "too_many_decimals"]
    assert read(Kind.MONEY, ["1.2345", "1.23456"], money_decimals=4) == [Decimal("1.2345"), "too_many_decimals"]


# --- expressions -------------------------------------------------------------------------------------------------


def test_computed_money_is_rounded_half_away_from_zero(ask):
    rows = ask("a * b", Kind.MONEY, a=["1", "-3", "0.5", "1.00000001"], b=["0.12345", "1.00005", "0.0001", "0.5"])
    assert rows == [(Decimal(value), []) for value in ("0.1235", "-3.0002", "0.0001", "0.5")]


def test_what_has_no_room_is_out_of_range(ask):
    many, out = "99999999999999", [("a, b", "number_out_of_range")]
    assert ask("a * b", Kind.MONEY, a=[many, "10000000000"], b=[many, "10000"]) == [(None, out)] * 2
    assert ask("a + b", Kind.MONEY, a=[many, "1"], b=[many, "2"]) == [(None, out), (Decimal(3), [])]
    assert ask("a / b", Kind.MONEY, a=["1", "1"], b=["0", "0.00000001"]) == [(None, out), (Decimal(10**8), [])]
    assert ask("a * b", Kind.INTEGER, a=["99999999999", "3"], b=["99999999999", "2"]) == [(None, out), (6, [])]


def test_whole_numbers_are_never_cut(ask):
    rows = ask("number(a)", Kind.INTEGER, a=["2.0", "2.7", "12345678901234.5"])
    assert rows == [(2, []), (None, [("a", "not_an_integer")]), (None, [("a", "not_an_integer")])]
    assert ask("round(a, 0)", Kind.INTEGER, a=["2.5", "-2.5", "2.4"]) == [(3, []), (-3, []), (2, [])]


def test_faults_count_only_where_they_are_asked(ask):
    bad_a, bad_b = [("a", "not_a_number")], [("b", "not_a_number")]
    assert ask("if(a < 0, b, 1)", Kind.MONEY, a=["-1", "1", "x", "-1"], b=["3", "x", "x", "x"]) == [
        (Decimal(3), []),
        (Decimal(1), []),
        (Decimal(1), bad_a),
        (None, bad_b),
    ]
    assert ask("coalesce(a, b, 0)", Kind.MONEY, a=["1", "", "x", ""], b=["x", "x", "1", ""]) == [
        (Decimal(1), []),
        (None, bad_b),
        (None, bad_a),
        (Decimal(0), []),
    ]
    rows = ask("c = 'x' and a > 1 or b > 1", Kind.BOOLEAN, a=["2", "z", "z"], b=["z", "z", "2"], c=["x", "y", "y"])
    assert rows == [(True, []), (None, bad_b), (True, [])]
    assert ask("map(c, 'Y', number(a), 0)", Kind.MONEY, a=["x", "x"], c=["Y", "N"]) == [(None, bad_a), (Decimal(0), [])]


def test_one_text_has_one_fault_however_often_it_is_read(ask):
    assert ask("a * a + abs(a) - if(a > 0, a, -a)", Kind.MONEY, a=["x", "2"]) == [
        (None, [("a", "not_a_number")]),
        (Decimal(4), []),
    ]


def test_a_fault_shows_the_text(backend):
    table = ibis.memtable(pa.table({"day": ["30/02/2024"], "time": ["10:00"]}))
    made = casts.compile(
        parse("datetime(concat(day, ' ', time), '%d/%m/%Y %H:%M')"), table, Kind.INSTANT, casts.Reading()
    )
    assert {fault.column for fault in made.faults} == {"day, time"}
    wrong = next(fault for fault in made.faults if fault.reason == "not_an_instant")
    assert backend.to_pyarrow(table.select(v=wrong.value)).to_pylist() == [{"v": "30/02/2024 10:00"}]


@pytest.mark.parametrize(
    ("text", "kind", "given", "wanted"),
    [
        ("lower(x)", Kind.TEXT, "ÄB", "äb"),
        ("upper(x)", Kind.TEXT, "äb", "ÄB"),
        ("trim(concat(' ', x, ' '))", Kind.TEXT, "a", "a"),
        ("trim_prefix(x, 'C')", Kind.INTEGER, "C12", 12),
        ("trim_prefix(x, 'C')", Kind.INTEGER, "12", 12),
        ("trim_suffix(x, '.0')", Kind.TEXT, "17850.0", "17850"),
        ("trim_suffix(x, '.0')", Kind.TEXT, "17850", "17850"),
        ("left(x, 2)", Kind.TEXT, "äbc", "äb"),
        ("right(x, 2)", Kind.TEXT, "äbc", "bc"),
        ("left(x, 10)", Kind.DATE, "2024-01-02 10:00", date(2024, 1, 2)),
        ("replace(x, ',', '.')", Kind.MONEY, "1,5", Decimal("1.5")),
        ("split_part(x, '/', 2)", Kind.TEXT, "a/b/c", "b"),
        ("split_part(x, '/', 4)", Kind.TEXT, "a/b/c", None),
        ("concat(x, '-', 'b')", Kind.TEXT, "a", "a-b"),
        ("concat(x, '-', null)", Kind.TEXT, "a", None),
        ("starts_with(x, 'C')", Kind.BOOLEAN, "C1", True),
        ("ends_with(x, 'C')", Kind.BOOLEAN, "C1", False),
        ("contains(x, '%')", Kind.BOOLEAN, "C1", False),
        ("length(x) * 2", Kind.INTEGER, "äbc", 6),
        ("-x + 1", Kind.MONEY, "5.5", Decimal("-4.5")),
        ("abs(x)", Kind.MONEY, "-5.5", Decimal("5.5")),
        ("round(x, 2)", Kind.MONEY, "2.675", Decimal("2.68")),
        ("round(x, 2)", Kind.MONEY, "-2.675", Decimal("-2.68")),
        ("(x * 2) * (x * 3) * x", Kind.MONEY, "1.5", Decimal("20.25")),
        ("(x * x) * (x * x)", Kind.MONEY, "1.00001", Decimal("1")),
        ("x / 8 * 8", Kind.MONEY, "-0.0001", Decimal("-0.0001")),
        ("integer(x) + 1", Kind.INTEGER, "5", 6),
        ("x in ('a', 'b')", Kind.BOOLEAN, "b", True),
        ("x in (1, -2.5)", Kind.BOOLEAN, "-2.50", True),
        ("x is null", Kind.BOOLEAN, "", True),
        ("x is not null", Kind.BOOLEAN, "", False),
        ("x != 'a'", Kind.BOOLEAN, "", None),
        ("if(x = 'a', 'yes', 'no')", Kind.TEXT, "", "no"),
        ("map(x, 'Y', 'yes', 'N', 'no')", Kind.TEXT, "N", "no"),
        ("map(x, 'Y', 'yes', 'N', 'no')", Kind.TEXT, "?", None),
        ("map(x, 'Y', 'yes', lower(x))", Kind.TEXT, "ZZ", "zz"),
        ("map(x, 'Y', true, false)", Kind.BOOLEAN, "Y", True),
        ("x = true", Kind.BOOLEAN, "yes", True),
        ("datetime(x, '%d/%m/%Y %H:%M')", Kind.INSTANT, "1/2/2024 8:05", datetime(2024, 2, 1, 7, 5)),
        ("datetime(x, '%d/%m/%Y %I:%M %p')", Kind.INSTANT, "1/2/2024 12:05 am", datetime(2024, 1, 31, 23, 5)),
        ("datetime(x, '%d %b %y')", Kind.INSTANT, "1 feb 24", datetime(2024, 1, 31, 23)),
        ("datetime(x, '%Y-%m-%d %H:%M%z')", Kind.INSTANT, "2024-01-01 10:00+0530", datetime(2024, 1, 1, 4, 30)),
        ("datetime(x, '%Y%m%d') >= '2024-01-01'", Kind.BOOLEAN, "20240101", True),
        ("date(x, '%d.%m.%Y')", Kind.DATE, "1.2.2024", date(2024, 2, 1)),
        ("epoch_seconds(x)", Kind.INSTANT, "1262304000.123456", datetime(2010, 1, 1, 0, 0, 0, 123456)),
        ("epoch_seconds(x)", Kind.INSTANT, "-0.5", datetime(1969, 12, 31, 23, 59, 59, 500_000)),
        ("epoch_millis(x)", Kind.INSTANT, "-1", datetime(1969, 12, 31, 23, 59, 59, 999_000)),
        ("add_days(x, 1)", Kind.INSTANT, "2024-03-30 10:00", datetime(2024, 3, 31, 8)),
        ("add_days(x, -30)", Kind.INSTANT, "2024-01-31", datetime(2023, 12, 31, 23)),
        ("add_days(x, null)", Kind.INSTANT, "2024-01-31", None),
        ("add_seconds(x, 90)", Kind.INSTANT, "2024-03-31 01:59", datetime(2024, 3, 31, 1, 0, 30)),
        ("add_seconds('2024-01-01 10:00', x * 60)", Kind.INSTANT, "2.5", datetime(2024, 1, 1, 9, 2, 30)),
        ("add_seconds(x, -0.25)", Kind.INSTANT, "2024-01-31", datetime(2024, 1, 30, 22, 59, 59, 750_000)),
        ("add_seconds(x, null)", Kind.INSTANT, "2024-01-31", None),
        ("'sale'", Kind.TEXT, "", "sale"),
        ("'2024-01-02'", Kind.INSTANT, "", datetime(2024, 1, 1, 23)),
        ("null", Kind.MONEY, "", None),
        ("1.5", Kind.MONEY, "", Decimal("1.5")),
    ],
)  # fmt: skip
def test_what_expressions_give(ask, text, kind, given, wanted):
    assert ask(text, kind, reading=HOLLAND, x=[given]) == [(wanted, [])]


@pytest.mark.parametrize(
    ("text", "kind", "given", "reason"),
    [
        ("datetime(x, '%d/%m/%Y')", Kind.INSTANT, "1/2/2024 and more", "not_an_instant"),
        ("datetime(concat(x, ' '), '%d/%m/%Y')", Kind.INSTANT, "1/2/2024", "not_an_instant"),
        ("datetime(x, '%d/%m/%Y')", Kind.INSTANT, "30/2/2024", "not_an_instant"),
        ("datetime(x, '%d/%m/%Y')", Kind.INSTANT, "1/2/1024", "date_out_of_range"),
        ("datetime(x, '%d/%m/%Y %H:%M')", Kind.INSTANT, "31/3/2024 2:30", "local_time_gap"),
        ("datetime(x, '%Y-%m-%d%z')", Kind.INSTANT, "2024-01-01", "not_an_instant"),
        ("date(x, '%d/%m/%Y')", Kind.DATE, "31/4/2024", "not_a_date"),
        ("date(x, '%d/%m/%Y')", Kind.DATE, "1/4/3024", "date_out_of_range"),
        ("epoch_seconds(x)", Kind.INSTANT, "99999999999999999999", "date_out_of_range"),
        ("epoch_seconds(x)", Kind.INSTANT, "1e9", "not_an_instant"),
        ("epoch_millis(x)", Kind.INSTANT, "4102444800000", "date_out_of_range"),
        ("epoch_millis(x)", Kind.INSTANT, "1.5", "not_an_instant"),
        ("add_days('2024-01-01', x)", Kind.INSTANT, "99999999999", "date_out_of_range"),
        ("add_days('2024-01-01', x)", Kind.INSTANT, "30000", "date_out_of_range"),
        ("add_days('2024-01-01', x)", Kind.INSTANT, "1.5", "not_an_integer"),
        ("add_seconds('2024-01-01', x)", Kind.INSTANT, "99999999999", "date_out_of_range"),
        ("add_seconds('2024-01-01', x)", Kind.INSTANT, "3000000000", "date_out_of_range"),
        ("add_seconds('2024-01-01', x)", Kind.INSTANT, "soon", "not_a_number"),
        ("number(x)", Kind.TEXT, "x", "here a text is needed"),
    ],
)
def test_what_expressions_refuse(ask, text, kind, given, reason):
    if " " in reason:
        with pytest.raises(ExpressionError, match=reason):
            ask(text, kind, x=[given])
    else:
        assert ask(text, kind, reading=HOLLAND, x=[given]) == [(None, [("x", reason)])]


def test_columns_that_are_no_texts_are_taken_as_texts(backend):
    table = ibis.memtable(pa.table({"__line__": [1, 2]}))
    made = casts.compile(parse("concat('r', __line__)"), table, Kind.TEXT, casts.Reading())
    assert backend.to_pyarrow(table.select(v=made.value)).to_pydict() == {"v": ["r1", "r2"]}


# --- oracles -----------------------------------------------------------------------------------------------------


def _rounded(value: Decimal, places: int) -> Decimal:
    with localcontext() as context:
        context.prec = 80
        return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


numerals = st.from_regex(r"[+-]?[0-9]{1,16}(\.[0-9]{1,6})?", fullmatch=True) | st.from_regex(
    r"[+-]?[0-9.,]{0,6}[0-9eE_x ]{0,3}", fullmatch=True
)


@few
@given(st.lists(numerals, min_size=1, max_size=40))
def test_money_agrees_with_decimal(read, texts):
    wanted = []
    for text in texts:
        text = text.strip(" ")
        whole, _, places = text.lstrip("+-").partition(".")
        if not text:
            wanted.append(None)
        elif not (whole.isdecimal() and text.count("+") + text.count("-") <= 1) or (
            "." in text and not places.isdecimal()
        ):
            wanted.append("not_a_number")
        elif len(places) > 2:
            wanted.append("too_many_decimals")
        else:
            wanted.append(Decimal(text) if abs(Decimal(text)) < 10**14 else "number_out_of_range")
    assert dict(zip(texts, read(Kind.MONEY, texts), strict=True)) == dict(zip(texts, wanted, strict=True))


operands = st.decimals(min_value=-(10**9), max_value=10**9, places=8) | st.decimals(-(10**6), 10**6, places=2)


@settings(few, max_examples=8)
@given(st.lists(st.tuples(operands, operands, operands), min_size=20, max_size=100))
def test_arithmetic_agrees_with_decimal(ask, rows):
    a, b, c = ([f"{value:f}" for value in column] for column in zip(*rows, strict=True))
    found = ask("a * b - c + 0.00005", Kind.MONEY, a=a, b=b, c=c)
    for (x, y, z), (value, faults) in zip(rows, found, strict=True):
        exact = _rounded(x * y, 8) - z + Decimal("0.00005")
        wanted = _rounded(exact, 4)
        assert (value, faults) == (
            (wanted, []) if abs(wanted) < 10**14 else (None, [("a, b, c", "number_out_of_range")])
        )


@few
@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 30)),
            st.integers(-14 * 60, 14 * 60),
            st.sampled_from(("T", " ")),
            st.sampled_from(("auto", "minutes", "milliseconds", "microseconds")),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_instants_with_an_offset_agree_with_datetime(read, rows):
    aware = [(at.replace(tzinfo=timezone(timedelta(minutes=m))), sep, spec) for at, m, sep, spec in rows]
    texts = [at.isoformat(sep, spec) for at, sep, spec in aware]
    wanted = [datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) for text in texts]
    assert read(Kind.INSTANT, texts, **HOLLAND) == wanted


# Whatever the expression and however nasty the texts: the engine raises nothing, and faults are never unknown.

NASTY = [None, "", "x", "0", "-1", "99999999999999", "9" * 45, "0.00000001", "1e400", "NaN", "2024-02-30", "2024-03-31 02:30",
         "9999-12-31", "infinity", "true", "\0", "\u202e", "é" * 50, " 5 "]  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(list(BY_KIND)).flatmap(lambda kind: st.tuples(st.just(kind), BY_KIND[kind])), st.randoms())
def test_no_text_makes_the_engine_raise(ask, drawn, shuffle):
    kind, root = drawn
    columns = {}
    for name in COLUMNS:
        columns[name] = list(NASTY)
        shuffle.shuffle(columns[name])
    ask(Expression(root=root, text=str(root)), kind, reading=HOLLAND, **columns)


def test_columns_of_a_kind_are_compared_as_they_are(backend):
    worth, open_ = [3.25, float("nan"), None, -1.0, float("inf")], [True, None, False, True, False]
    table = ibis.memtable(pa.table({"worth": pa.array(worth, pa.float64()), "open": pa.array(open_)}))
    kinds = {"worth": Kind.NUMBER, "open": Kind.BOOLEAN}
    for text, expected in {
        "worth > 3": [True, None, None, False, None],
        "-worth * 2 = 2 and open": [False, None, False, True, False],
        "worth is null or not open": [False, True, True, False, True],
        "open = true": open_,
    }.items():
        made = casts.compile(parse(text, kinds), table, Kind.BOOLEAN, casts.Reading())
        assert backend.to_pyarrow(table.select(value=made.value))["value"].to_pylist() == expected, text
