"""JSON lines, Excel, Parquet and compressed files: as text, losing nothing."""

import contextlib
import datetime as dt
import decimal
import gzip
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.core.errors import SourceError
from regulars.data.reading import lines, workbook
from regulars.data.reading.records import LINE, Layout, fingerprint, header, mask, read, sniff

AT = dt.datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001 - neither Excel nor Parquet says a zone
CONTENT = b"a,b\n1,x\n2\n3,z\n"


def _rows(path: Path, **options: Any) -> list[list[str | None]]:
    layout = sniff(path, **options)
    return [list(row.values()) for part in read(path, layout, rows=2) for row in part.rows.to_pylist()]


def _broken(path: Path) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for part in read(path, sniff(path)) for one in part.broken]


def _write_sheet(path: Path, rows: list[list[Any]], *, name: str = "Sheet1", first: int = 0) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows, first):
            for column, value in enumerate(row):
                sheet.write(at, column, value, day if isinstance(value, dt.date) else None)


# --- JSON lines


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a":1', "invalid_json"),
        (b"[1,2]", "invalid_json"),
        (b"7", "invalid_json"),
        (b'{"a":NaN}', "invalid_json"),
        (b'{"a":1,"a":2}', "invalid_json"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "invalid_json"),
        (b'{"a":"\xff"}', "invalid_utf8"),
        (b'{"a":"\\ud800"}', "invalid_utf8"),
        (b'{"a":"\0"}', "nul_byte"),
        (b'{"a":"\\u0000"}', "nul_byte"),
        (b'{"a":"' + b"x" * 1_000_001 + b'"}', "field_too_long"),
        (b'{"a":"' + b"x" * (lines.LONGEST_LINE + 1) + b'"}', "field_too_long"),
        (b"{}", "empty_row"),
        (b'{"a":null,"b":""}', "empty_row"),
        (b"", "empty_row"),
        (b" \r", "empty_row"),
    ],
    ids=lambda value: value[:16].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_a_broken_json_line_costs_itself_only(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"a":"1"}\n' + line + b'\n{"a":"2","b":"y"}\n\n')
    assert _rows(path) == [["1", None, 1], ["2", "y", 3]]
    assert _broken(path) == [(2, reason)]


def test_json_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(
        b'{"a": 1.10, "b": 123456789012345678901234567890}\r\n'
        b'{"b": 1e400, "late": {"k": [1.50, null, "\xc3\xa9\\n"]}}\r\n'
        b'{"a": true, "b": ""}'
    )
    assert header(path, sniff(path)) == ("a", "b", "late")
    assert _rows(path) == [
        ["1.10", "123456789012345678901234567890", None, 1],
        [None, "1e400", '{"k":[1.50,null,"é\\n"]}', 2],
        ["true", "", None, 3],
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, max_examples=100)
@given(value=_JSON)
def test_json_values_come_back_from_their_text(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "value.jsonl"
    path.write_text(json.dumps({"k": "1", "v": value}), encoding="utf-8")
    got = _rows(path)
    if isinstance(value, str) and "\0" in value:
        assert got == []
    elif value is None or isinstance(value, str):
        assert got == [["1", value, 1]]
    else:
        assert json.loads(str(got[0][1])) == value


def test_a_json_array_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('[{"a": 1}]')
    with pytest.raises(SourceError, match="one object per line"):
        sniff(tmp_path / "x.json")
    (tmp_path / "y.jsonl").write_text("7\n")
    with pytest.raises(SourceError, match="no line that is a JSON object"):
        header(tmp_path / "y.jsonl", Layout(format="jsonl"))


# --- Excel


def test_cells_are_text_with_excels_own_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    rows = [
        ["note"],
        [],
        ["id", "on", "at", "yes", "amount", "error", ""],
        [17850, dt.date(2024, 1, 2), AT, True, 0.1, "=1/0"],
        [],
        [1e15, "2024-13-01", None, False, 1e-7, "x", "too much"],
        ["9", None, None, None, 12.50, " "],
        [None, ""],
    ]
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Other").write(0, 0, "a")
        sheet = book.add_worksheet("Q & <A>")
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                style = {dt.date: "yyyy-mm-dd", dt.datetime: "yyyy-mm-dd hh:mm:ss"}.get(type(value), "General")
                sheet.write(at, column + 1, value, book.add_format({"num_format": style}))
        sheet.write_formula(3, 6, "=1/0", None, "#DIV/0!")
    layout = sniff(path, sheet="Q & <A>", header_row=3)
    assert header(path, layout) == ("id", "on", "at", "yes", "amount", "error")
    (part,) = read(path, layout)
    assert [list(row.values()) for row in part.rows.to_pylist()] == [
        ["17850", "2024-01-02", "2024-01-02T03:04:05", "true", "0.1", "#DIV/0!", 4],
        ["9", None, None, None, "12.5", " ", 7],
    ]
    assert [(one.line, one.reason) for one in part.broken] == [(5, "empty_row"), (6, "too_many_columns")]
    assert part.broken[1].text == "1000000000000000,2024-13-01,,false,0.0000001,x,too much"


def test_a_sheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    _write_sheet(tmp_path / "x.xlsx", [["a"], ["1"]], name="Sales")
    with pytest.raises(SourceError, match="Did you mean `Sales`"):
        header(tmp_path / "x.xlsx", Layout(format="excel", sheet="Sale"))
    with pytest.raises(SourceError, match="names no columns"):
        header(tmp_path / "x.xlsx", Layout(format="excel", header_row=7))


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(101_000_000))
    with pytest.raises(SourceError, match="times its size"):
        header(path, Layout(format="excel"))


@pytest.mark.parametrize("at", [0x06, 0x1E, 0x40, 0x200])
def test_a_damaged_workbook_is_an_error_or_the_same_rows(tmp_path: Path, at: int) -> None:
    path = tmp_path / "x.xlsx"
    _write_sheet(path, [["a"], [1]])
    content = path.read_bytes()
    directory = content.rfind(b"PK\x01\x02") if at == 0x06 else 0  # the version needed to unpack: 8.4
    path.write_bytes(content[: directory + at] + b"\x54" + content[directory + at + 1 :])
    with contextlib.suppress(SourceError):
        assert _rows(path) == [["1", 2]]


def test_a_sheet_with_a_cell_far_out_is_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "x.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "z")
    with pytest.raises(SourceError, match="spreads over 1048576 rows and 16384 columns"):
        header(tmp_path / "x.xlsx", Layout(format="excel"))


def test_errors_are_found_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "x.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        for row in range(1, 60):
            sheet.write(row, 0, row)
            sheet.write_formula(row, 1, "=NA()", None, "#N/A")
    for size in (50, 333):
        monkeypatch.setattr(workbook, "BLOCK", size)
        assert [row[1] for row in _rows(tmp_path / "x.xlsx")] == ["#N/A"] * 59


# --- Parquet


def test_parquet_values_are_text_without_loss(tmp_path: Path) -> None:
    number = decimal.Decimal
    at = AT.replace(day=1, hour=10, minute=0, second=0)
    table = pa.table(
        {
            "text": pa.array(["a", "é", None]),
            "large": pa.array(["a", "", None], pa.large_string()),
            "view": pa.array(["a", "", None], pa.string_view()),
            "bytes": pa.array([b"a", b"\xc3\xa9", None]),
            "fixed": pa.array([b"ab", b"cd", None], pa.binary(2)),
            "few": pa.array(["x", "y", None]).dictionary_encode(),
            "int": pa.array([2**63 - 1, -(2**63), None]),
            "float": pa.array([17850.0, 0.1, None]),
            "wide": pa.array([1e15, 1e-7, None]),
            "short": pa.array([0.1, 1e16, None], pa.float32()),
            "money": pa.array([number("1.5000"), number("-100.0000"), None], pa.decimal128(18, 4)),
            "tiny": pa.array([number("0E-10"), number("0.0000000001"), None], pa.decimal128(38, 10)),
            "yes": pa.array([True, False, None]),
            "on": pa.array([dt.date(2024, 1, 1), dt.date(1, 1, 1), None]),
            "time": pa.array([dt.time(1, 2), dt.time(1, 2, 3, 400), None]),
            "at": pa.array([at, at.replace(microsecond=500), None], pa.timestamp("ns")),
            "zoned": pa.array([at, at, None], pa.timestamp("ms", "Europe/Amsterdam")),
            "list": pa.array([[1, None], [], None]),
            "struct": pa.array([{"k": "é"}, {"k": None}, None]),
            "null": pa.nulls(3),
            "key": pa.array([1, 2, 3]),
        }
    )
    path = tmp_path / "x.parquet"
    pq.write_table(table, path)
    layout = sniff(path)
    assert header(path, layout) == tuple(table.column_names)
    parts = list(read(path, layout, rows=2))
    assert [part.rows.num_rows for part in parts] == [2, 1]
    assert set(parts[0].rows.schema.types[:-1]) == {pa.string()}
    first, second, third = [row for part in parts for row in part.rows.to_pylist()]
    assert first == {
        "text": "a", "large": "a", "view": "a", "bytes": "a", "fixed": "ab", "few": "x", "int": "9223372036854775807",
        "float": "17850", "wide": "1000000000000000", "short": "0.1", "money": "1.5", "tiny": "0", "yes": "true",
        "on": "2024-01-01", "time": "01:02:00", "at": "2024-01-01T10:00:00", "zoned": "2024-01-01T10:00:00+00:00",
        "list": "[1,null]", "struct": '{"k":"é"}', "null": None, "key": "1", LINE: 1,
    }  # fmt: skip
    assert second == first | {
        "text": "é", "large": "", "view": "", "bytes": "é", "fixed": "cd", "few": "y", "int": "-9223372036854775808",
        "float": "0.1", "wide": "0.0000001", "short": "10000000000000000", "money": "-100", "tiny": "0.0000000001",
        "yes": "false", "on": "0001-01-01", "time": "01:02:03.0004", "at": "2024-01-01T10:00:00.0005", "list": "[]",
        "struct": '{"k":null}', "key": "2", LINE: 2,
    }  # fmt: skip
    assert third == dict.fromkeys(table.column_names) | {"key": "3", LINE: 3}


@settings(deadline=None, max_examples=60)
@given(
    floats=st.lists(st.floats(allow_nan=False), min_size=1, max_size=20),
    decimals=st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=9).filter(lambda x: abs(x) < 10**20)),
)
def test_parquet_numbers_come_back_from_their_text(
    tmp_path_factory: pytest.TempPathFactory, floats: list[float], decimals: list[decimal.Decimal]
) -> None:
    path = tmp_path_factory.getbasetemp() / "numbers.parquet"
    size = max(len(floats), len(decimals))
    numbers = pa.array(decimals + [None] * (size - len(decimals)), pa.decimal128(38, 9))
    pq.write_table(pa.table({"f": floats + [1.0] * (size - len(floats)), "d": numbers}), path)
    got = _rows(path)
    assert [float(str(row[0])) for row in got][: len(floats)] == floats
    assert [decimal.Decimal(str(row[1])) for row in got[: len(decimals)]] == decimals
    assert not any(str(row[0]).endswith(".0") for row in got)


def test_parquet_rows_without_text_are_broken(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    values = pa.array([b"ok", b"\xff", b"a\0b", b"", None, b"x" * 1_000_001, b"ok"])
    pq.write_table(pa.table({"v": values.view(pa.string())}), path)
    assert _rows(path) == [["ok", 1], ["ok", 7]]
    assert _broken(path) == [
        (2, "invalid_utf8"),
        (3, "nul_byte"),
        (4, "empty_row"),
        (5, "empty_row"),
        (6, "field_too_long"),
    ]


def test_damaged_parquet_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"v": list(range(10_000))}), path, write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[2_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(SourceError, match="is damaged"):
        list(read(path, Layout(format="parquet")))
    path.write_bytes(content[:500])
    with pytest.raises(SourceError, match="is damaged"):
        header(path, Layout(format="parquet"))


# --- Files


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "parquet"])
def test_compressed_files_read_like_plain_ones(tmp_path: Path, form: str, suffix: str) -> None:
    plain = tmp_path / f"x.{form}"
    match form:
        case "csv":
            plain.write_bytes(CONTENT)
        case "jsonl":
            plain.write_bytes(b'{"a":1}\n{"a":2}\n')
        case "xlsx":
            _write_sheet(plain, [["a"], [1], [2]])
        case _:
            pq.write_table(pa.table({"a": [1, 2]}), plain)
    packed = tmp_path / f"X.{form.upper()}{suffix}"
    pack = gzip.compress if suffix == ".gz" else zstandard.compress
    half = len(plain.read_bytes()) // 2
    packed.write_bytes(pack(plain.read_bytes()[:half]) + pack(plain.read_bytes()[half:]))
    assert sniff(packed) == sniff(plain)
    assert _rows(packed) == _rows(plain)
    packed.write_bytes(packed.read_bytes()[:-3])
    with pytest.raises(SourceError, match="cut short"):
        list(read(packed, sniff(plain)))


def test_a_compressed_file_may_not_grow_without_end(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 3_000_000, mtime=0))
    with pytest.raises(SourceError, match="grows over 10000000 bytes"):
        list(read(path, Layout(format="csv"), most_bytes=10_000_000))


@pytest.mark.parametrize("form", ["csv", "jsonl", "excel", "parquet"])
def test_a_file_that_is_missing_or_empty_is_an_error(tmp_path: Path, form: str) -> None:
    empty = tmp_path / f"empty.{'xlsx' if form == 'excel' else form}"
    empty.touch()
    for path in (empty, tmp_path / "missing", tmp_path):
        for action in (sniff, lambda x: header(x, Layout(format=form)), lambda x: list(read(x, Layout(format=form)))):
            with pytest.raises(SourceError, match=path.name):
                action(path)
    with pytest.raises(SourceError, match="missing"):
        fingerprint(tmp_path / "missing")


def test_the_fingerprint_is_of_the_bytes_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(CONTENT, mtime=0))
    assert fingerprint(path) == hashlib.sha256(path.read_bytes()).hexdigest()


# --- Sniffing


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.csv", b"a,b;c\n1,2;3\n", {"delimiter": ","}),
        ("x.csv", b'a;b\n"1,2,3";2\n1,2;3\n', {"delimiter": ";"}),
        ("x.txt", b"a|b\n1|2\n", {"delimiter": "|"}),
        ("x.csv", b"a\n1\n2\n", {"delimiter": ","}),
        ("x.csv", b"a\tb c\n1\t2\n", {"delimiter": "\t"}),
        ("x.tsv", b"a,b\n1,2\n", {"format": "tsv", "delimiter": "\t"}),
        ("data", b"a;b\n1;2\n", {"delimiter": ";"}),
        ("x.csv", "a;b\n1;é\n".encode("cp1252"), {"delimiter": ";", "encoding": "cp1252"}),
        ("x.csv", "a,b\n1,é\n".encode() + b"2,\xe9\n", {"encoding": "utf-8"}),
        ("x.csv", b"a,b\n1,\0\xff\n", {"encoding": "utf-8"}),
        ("x.csv", b"a,b\n1,\x81\n", {"encoding": "utf-8"}),
        ("x.csv", b"a,b\n1,x\xff\n", {"encoding": "utf-8"}),
        ("x.csv", "a;b\n1;é\n".encode("utf-16"), {"delimiter": ";", "encoding": "utf-16"}),
        ("x.csv", "\ufeffa;b\n1;é\n".encode(), {"delimiter": ";"}),
        ("x.csv", b"Report of June\n\nid;name\n1;ann\n", {"delimiter": ";", "header_row": 3}),
        ("x.csv", b"Report of June,,\r\nid,name,at\r\n1,ann,2024\r\n", {"header_row": 2}),
        ("x.csv", b'"Report,\nof June"\nid\tname\n1\tann\n', {"delimiter": "\t", "header_row": 3}),
        ("x.csv", b"Report\nid,2024\n1,2\n", {}),  # not names: told when the header is read
        ("x.csv", b"Report\nid,id\n1,2\n", {}),
        ("x.csv", b",name\na,ann\nb,bob\n", {}),
        ("x.csv", b"id,\nann,bob\ncat,dan\n", {}),
        ("x.csv", b"name\nann\nbob\n", {}),
        ("x.csv", b"title\n" + b"x" * 900_000 + b",y\nz\n", {}),
    ],
)
def test_the_layout_is_told_from_the_beginning(
    tmp_path: Path, name: str, content: bytes, expected: dict[str, str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert sniff(tmp_path / name) == Layout(**{"format": "csv"} | expected)  # type: ignore[arg-type]


def test_what_is_known_better_wins(tmp_path: Path) -> None:
    path = tmp_path / "x.dat"
    path.write_bytes(b"report of June\na,b;c\n1,2;3\n")
    layout = sniff(path, format="csv", delimiter=";", encoding="latin-1", header_row=2)
    assert layout == Layout(format="csv", delimiter=";", encoding="latin-1", header_row=2)
    assert sniff(path, header_row=2).delimiter == ","
    with pytest.raises(SourceError, match="Did you mean `delimiter`"):
        sniff(path, delimeter=";")
    with pytest.raises(SourceError, match="No format is called `xml`"):
        sniff(path, format="xml")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", b"PK\x03\x04rest", "no csv file: its bytes are excel"),
        ("x.parquet", b"a,b\n", "no parquet file: its bytes are text"),
        ("x.csv", b"PAR1", "its bytes are parquet"),
        ("x.csv", gzip.compress(CONTENT, mtime=0), "is compressed"),
        ("x.csv.zst", gzip.compress(CONTENT, mtime=0), "not zstd data"),
        ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or password-protected"),
    ],
)
def test_bytes_that_contradict_the_name_are_an_error(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        sniff(tmp_path / name)


# --- Masking


@pytest.mark.parametrize(
    "value",
    ["2024-13-01", "01/31/2024", "0000-00-00", "2024-01-01T10:00:00Z", "24.12.2024 10:00", "10:00", "1,234.50", "-0.5",
     "$5.00", "(5.00)", "5.00-", "\u22125.00", "\u0661\u0662", "NaN", "-inf", "epoch", "1e400", "0x1F", "1_000", "2.7",
     "N/A", "-", "", "NULL", "EUX", "12 %"],
)  # fmt: skip
def test_numbers_dates_and_words_for_nothing_are_shown(value: str) -> None:
    assert mask(value) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Zoë O'Neil", "Xxx X'Xxxx"),
        ("zoe@x.org", "xxx@x.xxx"),
        ("4111 1111 1111 1111", "9999 9999 9999 9999"),
        ("0612345678", "9999999999"),
        ("AB12-7", "XX99-9"),
        ("a\tb\x1b[0m\u202e", "x\\tx\\x1b[9x\\u202e"),
        ("\u6f22\u5b57", "xx"),
        ("x" * 100, "x" * 60 + "…"),
        ("\x00" * 100, "\\x00" * 15 + "…"),
    ],
)
def test_what_may_tell_who_is_hidden(value: str, shown: str) -> None:
    assert mask(value) == shown


@given(st.text(max_size=200))
def test_masks_are_short_and_harmless_to_a_terminal(value: str) -> None:
    shown = mask(value)
    assert len(shown) <= 61
    assert shown.isprintable()
