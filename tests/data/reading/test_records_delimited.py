"""Delimited text: every physical record is a row or a broken record, whatever the bytes."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from regulars.core.errors import SourceError
from regulars.data.reading import delimited, lines, records
from regulars.data.reading.records import LINE, Layout, Records

CSV = Layout(format="csv")
HEAD = b"id,email,on,amount,n\n"
GOOD = b"%d,u@x.org,2024-01-01,1.50,2\n"

Rows = list[tuple[int, list[str]]]
Faults = list[tuple[int, str]]


def _flat(source: list[Records]) -> tuple[Rows, Faults]:
    rows = [row for part in source for row in part.rows.to_pylist()]
    lines = [row.pop(LINE) for row in rows]
    broken = [(one.line, one.reason) for part in source for one in part.broken]
    return [(line, list(row.values())) for line, row in zip(lines, rows, strict=True)], broken


def _read(path: Path, content: bytes, layout: Layout = CSV, **options: int) -> tuple[Rows, Faults]:
    path.write_bytes(content)
    return _flat(list(delimited.read(path, layout, **options)))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records") / "x.csv"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"9,a@b.c,2024-01-01,1.5", "too_few_columns"),
        (b"9,a@b.c,2024-01-01,1.5,2,more", "too_many_columns"),
        (b'9,"a@b.c,2024-01-01,1.5,2', "unclosed_quote"),
        (b'9,a@b.c,2024-01-01,1.5,"2', "unclosed_quote"),
        (b'9,a@b.c",2024-01-01,1.5,2', "stray_quote"),
        (b'9,"a"@b.c,2024-01-01,1.5,2', "stray_quote"),
        (b'9,"a" ,2024-01-01,1.5,2', "stray_quote"),
        (b"9,a\xff\xfe@b.c,2024-01-01,1.5,2", "invalid_utf8"),
        ("9,a@b.c,2024-01-01,1.5,2".encode("utf-16-be"), "nul_byte"),
        (b"\xfe\xff" + "9,a@b.c,2024-01-01,1.5,2".encode("utf-16-be"), "invalid_utf8"),
        (b"9,a\0b@b.c,2024-01-01,1.5,2", "nul_byte"),
        (b"9," + b"x" * 3_000_000 + b",2024-01-01,1.5,2", "field_too_long"),
        (b'9,"' + b"x" * 1_000_001 + b'",2024-01-01,1.5,2', "field_too_long"),
        (b"9," + b"x" * (lines.LONGEST_LINE + 5_000_000) + b",2024-01-01,1.5,2", "field_too_long"),
        (b"9,a@b.c,2024-01-01,1.5,2\r10,a@b.c,2024-01-01,1.5,2", "stray_line_end"),
        (b",,,,", "empty_row"),
        (b'"","",,,""', "empty_row"),
        (b"", "empty_row"),
    ],
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else None,
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_a_broken_line_costs_itself_only(path: Path, line: bytes, reason: str, end: bytes) -> None:
    good = [GOOD % number for number in range(3000)]
    content = b"".join([HEAD, *good[:100], line + b"\n", *good[100:]]).replace(b"\n", end)
    rows, broken = _read(path, content)
    assert broken == [(102, reason)]
    assert [row[0] for _, row in rows] == [str(number) for number in range(3000)]
    assert rows[100][0] == 103


def test_multi_line_fields_are_kept_and_lines_still_count(path: Path) -> None:
    rows, broken = _read(path, b'a,b\n1,"x\ny, ""z""\n\n"\n2,c\n"3\r\n","d\re"\n4,f')
    assert rows == [
        (2, ["1", 'x\ny, "z"\n\n']),
        (6, ["2", "c"]),
        (7, ["3\r\n", "d\re"]),
        (9, ["4", "f"]),
    ]
    assert broken == []


@pytest.mark.parametrize(("n_lines", "whole"), [(delimited.MOST_LINES - 1, True), (delimited.MOST_LINES, False)])
def test_a_field_over_too_many_lines_is_an_unclosed_quote(path: Path, n_lines: int, whole: bool) -> None:
    rows, broken = _read(path, b'a,b\n1,"x' + b"\nfill" * n_lines + b'"\n2,c\n')
    assert ((2, "unclosed_quote") in broken) is not whole
    assert rows[-1] == (n_lines + 3, ["2", "c"])
    assert len(broken) == (0 if whole else n_lines + 1)


def test_a_closed_field_with_wrong_columns_or_damaged_text_breaks_line_by_line(path: Path) -> None:
    _, broken = _read(path, b'a,b\n1,"x\ny",z\n2,"x\n\xff"\n3,"x\n\0"\n')
    assert broken == [
        (2, "unclosed_quote"),
        (3, "stray_quote"),
        (4, "unclosed_quote"),
        (5, "invalid_utf8"),
        (6, "unclosed_quote"),
        (7, "nul_byte"),
    ]


def test_blank_lines_are_no_records_only_at_the_very_end(path: Path) -> None:
    rows, broken = _read(path, b"a\n1\n\n\r\n2\n\n\r\n\n", size=3)
    assert rows == [(2, ["1"]), (5, ["2"])]
    assert broken == [(3, "empty_row"), (4, "empty_row")]


def test_a_byte_order_mark_is_dropped_at_the_beginning_only(path: Path) -> None:
    rows, broken = _read(path, "\ufeffa,b\n\ufeff1,2\n3,\ufeff4\n\ufeff5,6\n".encode(), size=9)
    assert rows == [(2, ["\ufeff1", "2"]), (3, ["3", "\ufeff4"]), (4, ["\ufeff5", "6"])]
    assert not broken


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp1252", "utf-8-sig", "shift_jis"])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_other_encodings_are_read(path: Path, encoding: str, size: int) -> None:
    text = "a,b\r\n1,x\r\n2,y,z\r\n" + ("3,é€\r\n" if encoding != "shift_jis" else "3,日本\r\n")
    layout = Layout(format="csv", encoding=encoding if "utf" not in encoding else "utf-8")
    rows, broken = _read(path, text.encode(encoding), layout, size=size)
    assert rows == [(2, ["1", "x"]), (4, ["3", text[-4:-2]])]
    assert broken == [(3, "too_many_columns")]


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-16", "a,b\n1,x\n2,".encode("utf-16") + b"\x00\xd8" + "\n3,z\n".encode("utf-16-le")),
        ("utf-16", "a,b\n1,x\n2,y\n3,z".encode("utf-16")[:-1]),
        ("cp1252", b"a,b\n1,x\n2,\x81\n3,z\n"),
    ],
)
def test_damage_in_other_encodings_breaks_its_line(path: Path, encoding: str, content: bytes) -> None:
    rows, broken = _read(path, content, Layout(format="csv", encoding=encoding))
    assert [reason for _, reason in broken] == ["invalid_utf8"]
    assert len(rows) == 2


def test_old_mac_line_ends_are_read_where_there_are_no_others(path: Path) -> None:
    rows, broken = _read(path, b'a,b\r1,x\r2,"y\rz"\r3\r')
    assert rows == [(2, ["1", "x"]), (3, ["2", "y\rz"])]
    assert broken == [(5, "too_few_columns")]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "\x01", " "])
def test_any_one_byte_delimits(path: Path, delimiter: str) -> None:
    content = f'a{delimiter}b\n1{delimiter}"{delimiter}"\n2,2{delimiter}x\n'
    layout = Layout(format="csv", delimiter=delimiter)
    assert _read(path, content.encode(), layout) == ([(2, ["1", delimiter]), (3, ["2,2", "x"])], [])


def test_the_header_may_stand_lower_and_span_lines(path: Path) -> None:
    layout = Layout(format="csv", header_row=3)
    assert _read(path, b'made by x\n\nid,"first\nname"\n1,Ann\n', layout) == ([(5, ["1", "Ann"])], [])
    assert records.header(path, layout) == ("id", "first\nname")


@pytest.mark.parametrize(
    ("content", "layout", "names"),
    [
        (b"", CSV, "is empty"),
        (b"\xef\xbb\xbf\n\n", CSV, "is empty"),
        (b"a,b,a\n", CSV, "`a` more than once"),
        (b"a,,b, \n", CSV, "no name for column 2, 4"),
        (b",,\n1,2,3\n", CSV, "names no columns"),
        (b'a,"b\n1,2\n', CSV, "unclosed_quote"),
        (b"a,\xff\n", CSV, "`encoding`"),
        (b"a,__line__\n", CSV, "reserved"),
        (b"a,b\n", Layout(format="csv", header_row=3), "has no line 3"),
        (b"a,b\n", Layout(format="csv", encoding="klingon"), "no text encoding"),
        (b"a,b\n", Layout(format="csv", encoding="hex"), "no text encoding"),
    ],
)
def test_a_file_without_usable_names_is_an_error(path: Path, content: bytes, layout: Layout, names: str) -> None:
    path.write_bytes(content)
    for action in (records.header, lambda *args: list(records.read(*args))):
        with pytest.raises(SourceError, match=names):
            action(path, layout)


@pytest.mark.parametrize("bad", [{"delimiter": ""}, {"delimiter": "||"}, {"delimiter": '"'}, {"delimiter": "§"}])
def test_a_delimiter_that_cannot_be_is_an_error(bad: dict[str, str]) -> None:
    with pytest.raises(SourceError, match="delimiter"):
        Layout(format="csv", **bad)


def test_pieces_hold_at_most_so_many_rows_and_everything(path: Path) -> None:
    path.write_bytes(HEAD + b"".join(GOOD % n + b"short\n" * (n % 3 == 0) for n in range(100)))
    parts = list(records.read(path, CSV, rows=7))
    assert max(part.rows.num_rows for part in parts) == 7
    rows, broken = _flat(parts)
    assert [row[0] for _, row in rows] == [str(number) for number in range(100)]
    assert [line for line, _ in broken] == sorted(line for line, _ in broken)
    assert len(broken) == 34
    assert _flat(list(records.read(path, CSV))) == (rows, broken)


def test_what_is_kept_of_a_broken_record_is_its_beginning(path: Path) -> None:
    path.write_bytes(b"a,b\n" + b"\xe9" + b"x" * 5_000 + b"\n")
    (part,) = delimited.read(path, CSV)
    assert part.broken[0].text.startswith("\\xe9xxx")
    assert len(part.broken[0].text) == 1_000


# Content in which everything that matters is frequent.
_PIECES = ("a", "b", ",", '"', '""', "\n", "\r", "\r\n", " ", "é", "\ufeff", "0", ",,", ',"', '",', "x\n")
_TEXT = st.lists(st.sampled_from(_PIECES), max_size=8).map("".join)
_SIZE = st.sampled_from([1, 2, 3, 7, 64, 1 << 20])


@settings(deadline=None, max_examples=100)
@given(
    rows=st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(_TEXT, min_size=n, max_size=n), max_size=12)),
    style=st.sampled_from(  # before Python 3.13 a lone \r is only quoted where it is in the line end
        [("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL)]
    ),
    size=_SIZE,
)
@example(rows=[["\n"], ["\n"]], style=("\n", csv.QUOTE_ALL), size=1)
def test_what_a_csv_writer_wrote_reads_back(
    path: Path, rows: list[list[str]], style: tuple[str, int], size: int
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator=style[0], quoting=style[1])
    columns = len(rows[0]) if rows else 1
    writer.writerow([f"c{position}" for position in range(columns)])
    writer.writerows(rows)
    got, broken = _read(path, written.getvalue().encode(), size=size)
    assert [row for _, row in got] == [row for row in rows if any(row)]
    assert [reason for _, reason in broken] == ["empty_row" for row in rows if not any(row)]


_MUTANTS = st.sampled_from([b"\n", b"\r", b"\0", b'"', b",", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"", b"\xfe\xff"])


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    lines = [
        "c,d",
        *draw(st.lists(st.sampled_from(['1,"x"', "2,y", '3,"p\nq"', '"",""', "é,ü", "", '4,"""5"']), max_size=9)),
    ]
    content = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines).encode()
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(content)))
        content = content[:at] + draw(_MUTANTS) + content[at + draw(st.integers(0, 2)) :]
    return content


@settings(deadline=None, max_examples=250)
@given(content=_mutated(), size=_SIZE)
@example(content=b'c,d\n1,"\n', size=2)
@example(content=b"c,d\r1,2\r\n", size=1 << 20)
def test_whatever_the_bytes_every_line_is_accounted_for(path: Path, content: bytes, size: int) -> None:
    assume(not content.startswith((b"\xfe\xff", b"\xff\xfe")))  # UTF-16: its lines end otherwise
    try:
        rows, broken = _read(path, content, size=size)
    except SourceError:
        return
    # An independent count: a row covers one line and one more for each line end inside of its fields.
    end = "\n" if b"\n" in content or b"\r" not in content else "\r"
    text = content.decode("latin-1") + end
    physical = text.rstrip("\r\n").count(end) + 1
    first = min([line for line, _ in rows + broken], default=physical + 1)
    assert sum(1 + "".join(row).count(end) for _, row in rows) + len(broken) == physical - (first - 1)
    if rows or broken:
        names = records.header(path, CSV)
        assert first == 2 + "".join(names).count(end)
    numbers = [line for line, _ in rows + broken]
    assert len(set(numbers)) == len(numbers)
    assert [line for line, _ in rows] == sorted(line for line, _ in rows)
    assert [line for line, _ in broken] == sorted(line for line, _ in broken)


@settings(deadline=None, max_examples=150)
@given(content=_mutated(), size=_SIZE)
def test_many_lines_together_read_as_each_alone(content: bytes, size: int, path: Path) -> None:
    try:
        together = _read(path, content)
    except SourceError:
        return
    with pytest.MonkeyPatch.context() as patch:
        look = lines.look
        patch.setattr(lines, "look", lambda *args, **rest: _doubt(look(*args, **rest)))
        assert _read(path, content, size=size) == together


def _doubt(found: lines.Lines) -> lines.Lines:
    found.certain[:] = False
    return found
