"""The tables depend on the set of files and records, never on the order in which they come."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from workspaces import HEAD, LINES, LINES_HEADER, ORDERS, ORDERS_HEADER, load, write

ALIASES = """
[[source]]
name = "aliases"
files = ["aliases*.csv"]
[source.tables.identity]
alias = "alias"
customer_id = "customer"
evidence = "'test'"
"""
ids = st.sampled_from(["1", "2", "3"])
people = st.sampled_from(["ann", "bob", ""])
amounts = st.sampled_from(["1.00", "2.50", "-1.00", "x"])
days = st.sampled_from(["2024-01-01", "2024-01-02 10:00", "2024-02-30"])
known = st.sampled_from(["2024-01-05", "2024-01-06", ""])
order = st.tuples(
    ids, people, days, st.sampled_from(["sale", "refund"]), amounts, known, st.sampled_from(["NL", "DE", ""])
)
line = st.tuples(ids, people, days, st.sampled_from(["tea", "cup"]), st.sampled_from(["1", "-1", "2"]), st.just("3.00"))
alias = st.tuples(st.sampled_from(["ann", "bob", "cy"]), st.sampled_from(["ann", "bob", "dee"]))


def table(header: str, rows: list[tuple[str, ...]]) -> str:
    return header + "".join(",".join(row) + "\n" for row in rows)


def files(name: str, header: str, row: st.SearchStrategy[tuple[str, ...]]) -> st.SearchStrategy[dict[str, str]]:
    numbered = st.lists(st.lists(row, max_size=5), min_size=1, max_size=2)
    return numbered.map(lambda found: {f"{name}{n}.csv": table(header, rows) for n, rows in enumerate(found)})


workspace = st.tuples(
    files("orders", ORDERS_HEADER, order),
    files("lines", LINES_HEADER, line),
    files("aliases", "alias,customer\n", alias),
).map(lambda parts: {name: text for part in parts for name, text in part.items()})


def check(found: dict[str, str], order: list[str], shuffled: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        whole, piecewise = Path(name, "whole"), Path(name, "piecewise")
        for folder in (whole, piecewise):
            write(folder, HEAD + ORDERS + LINES + ALIASES)
        for path, text in shuffled.items():
            (whole / path).write_text(text)
        _, wanted = load(whole)
        # Files arrive one by one; the first was another one before, and one is there that goes away again.
        (piecewise / order[0]).write_text(found[order[-1]])
        (piecewise / "orders9.csv").write_text(ORDERS_HEADER + "1,eve,2024-01-01,sale,9.00,2025-01-01,FR\n")
        load(piecewise)
        (piecewise / "orders9.csv").unlink()
        for path in order:
            (piecewise / path).write_text(found[path])
        _, tables = load(piecewise)
        assert tables == wanted


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[dict[str, str], list[str], dict[str, str]]:
    found = draw(workspace)
    shuffled = {}
    for name, text in found.items():
        header, *rows = text.splitlines()
        shuffled[name] = "\n".join([header, *draw(st.permutations(rows))]) + "\n"
    return found, draw(st.permutations(sorted(found))), shuffled


# Shrinking would take minutes: the examples are small as they are.
quick = settings(
    deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.reuse, Phase.generate)
)


@settings(quick, max_examples=2, derandomize=True)
@given(arrivals())
def test_order_of_files_and_rows_does_not_matter(arrival: tuple[dict[str, str], list[str], dict[str, str]]) -> None:
    check(*arrival)


@pytest.mark.long
@settings(quick, max_examples=100)
@given(arrivals())
def test_order_of_files_and_rows_does_not_matter_at_length(
    arrival: tuple[dict[str, str], list[str], dict[str, str]],
) -> None:
    check(*arrival)
