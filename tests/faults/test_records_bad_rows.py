"""Records of a broken structure among good ones: each is found, for the right reason, and costs nothing else."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from bad_rows import COLUMNS, KINDS, Form, write

from regulars.data.reading.records import LINE, fingerprint, header, read, sniff

STRUCTURE = {
    "too_few_columns", "too_many_columns", "unclosed_quote", "stray_quote", "invalid_utf8", "nul_byte",
    "field_too_long", "stray_line_end", "empty_row", "invalid_json",
}  # fmt: skip
LEFT_OUT = {
    "csv": set(),
    "jsonl": {"too few columns", "too many columns"},
    "excel": {
        "too few columns", "invalid UTF-8", "UTF-16 with BOM", "NUL", "unclosed quote", "3 MB field",
        "CR-only line ends",
    },
    "parquet": {"too few columns", "too many columns", "UTF-16 with BOM", "unclosed quote", "CR-only line ends"},
}  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "jsonl", "excel", "parquet"])
def test_broken_records_are_found_among_good_ones(tmp_path: Path, form: Form) -> None:
    expected = write(tmp_path, good=2_000, bad=2 * len(KINDS), seed=7, form=form)
    assert set(expected.left_out) == LEFT_OUT[form]
    assert sum(expected.good.values()) == 2_000
    assert sum(map(len, expected.bad.values())) == 2 * len(KINDS)
    total = {"sale": Decimal(0), "refund": Decimal(0)}
    for name, path in expected.files.items():
        bad = expected.bad[name]
        parts = list(read(path, sniff(path), rows=300))
        assert set(header(path, sniff(path))) == set(COLUMNS[name])
        rows = {row[LINE]: row for part in parts for row in part.rows.to_pylist()}
        broken = {one.line: one.reason for part in parts for one in part.broken}
        assert len(rows) + len(broken) == expected.good[name] + len(bad)
        assert broken.keys() == {line for line, kind in bad.items() if kind.reasons <= STRUCTURE}
        for line, reason in broken.items():
            assert reason in bad[line].reasons
        for line, row in rows.items():
            if line not in bad and name == "orders":
                total[str(row["kind"])] += Decimal(str(row["amount"]))
            elif line in bad and len(bad[line].values) == 1 and bad[line].column:
                assert (row[bad[line].column] or "") == bad[line].values[0]
    assert total == {"sale": expected.sales, "refund": expected.refunds}


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, form: Form) -> None:
    prints = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        files = write(tmp_path / folder, good=100, bad=50, seed=1, form=form).files
        prints.append([fingerprint(path) for path in files.values()])
    assert prints[0] == prints[1]


def test_the_settings_name_the_files_and_their_columns(tmp_path: Path) -> None:
    expected = write(tmp_path, good=40, bad=0, seed=1, form="csv")
    sources = tomllib.loads(expected.settings)["source"]
    assert [tmp_path / source["files"][0] for source in sources] == list(expected.files.values())
    for source in sources:
        for table in source["tables"].values():
            columns = {**table, **table.get("attributes", {})}
            assert {text for text in columns.values() if isinstance(text, str)} <= set(COLUMNS[source["name"]])
