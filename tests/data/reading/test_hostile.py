"""Files that are no records: refused as a whole, with a reason, whatever their bytes."""

import gzip
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.core.errors import SourceError
from regulars.data.reading import records

GOOD = b"id,customer,at\n" + b"".join(b"%d,c%d,2024-01-01\n" % (i, i % 7) for i in range(300))


def read(path: Path) -> int:
    """Read all of a file as a load does; return how many records it has."""
    layout = records.sniff(path)
    records.header(path, layout)
    return sum(piece.rows.num_rows + len(piece.broken) for piece in records.read(path, layout))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(range(256)) * 100, "is not text in utf-8"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 3000 + bytes(range(200)), "is not text in utf-8"),
        (b"\0" * 5000, "is not text in utf-8"),
        (GOOD.decode().encode("utf-16-le"), r"encoding` \(`utf-16-le`\?\)"),
        (b"\xef\xbb\xbf", "is empty"),
    ],
    ids=["noise", "program", "nulls", "utf-16 without mark", "a byte order mark alone"],
)
def test_what_is_no_text_is_refused_as_a_whole(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(SourceError, match=said):
        read(tmp_path / "x.csv")


def test_utf_16_without_mark_reads_where_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(GOOD.decode().encode("utf-16-le"))
    layout = records.sniff(tmp_path / "x.csv", encoding="utf-16-le")
    assert records.header(tmp_path / "x.csv", layout) == ("id", "customer", "at")


@pytest.mark.parametrize("name", ["x.csv.gz", "x.csv.zst"])
def test_compressed_files_that_break_off_are_refused(tmp_path: Path, name: str) -> None:
    whole = gzip.compress(GOOD) if name.endswith("gz") else zstandard.ZstdCompressor().compress(GOOD)
    for length in range(1, len(whole) - 1, 37):
        (tmp_path / name).write_bytes(whole[:length])
        with pytest.raises(SourceError):
            read(tmp_path / name)


_BYTES = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"\r", b"\n", b'"', b",", b";", b"\t", b"\0", b"a", b"1", b"\xff"]), max_size=40).map(
        b"".join
    ),
)


@settings(max_examples=150, deadline=None)
@given(_BYTES, st.sampled_from(["csv", "tsv", "txt", "jsonl", "csv.gz", "csv.zst", "parquet", "xlsx"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{ending}"
    path.write_bytes(content)
    with suppress(SourceError):
        assert read(path) >= 0
