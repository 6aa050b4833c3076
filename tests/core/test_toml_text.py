import tomllib
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from regulars.core.toml_text import Lines, Noted, dumps

_texts = st.text(st.characters(exclude_categories=["Cs"]))
_plain = st.one_of(_texts, st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.dates())
_values = st.one_of(_plain, st.lists(_plain, max_size=4))
_documents = st.recursive(
    st.dictionaries(_texts, _values, max_size=4),
    lambda tables: st.dictionaries(
        _texts, st.one_of(_values, tables, st.lists(tables, min_size=1, max_size=3)), max_size=4
    ),
    max_leaves=8,
)


@given(_documents)
def test_what_is_written_reads_back_the_same(document: dict[str, object]) -> None:
    assert tomllib.loads(dumps(document)) == document


@given(_texts, _texts)
def test_comments_never_change_what_is_read(above: str, beside: str) -> None:
    table = {"b": Noted(value="x", above=[above], beside=beside)}
    document = {"a": Noted(value=table, above=[above], beside=beside), "s": [Noted(value=table, above=[above])]}
    assert tomllib.loads(dumps(document)) == {"a": {"b": "x"}, "s": [{"b": "x"}]}


def test_long_arrays_are_broken_into_lines() -> None:
    text = dumps({"a": ["x" * 60, "y" * 60]})
    assert len(text.splitlines()) == 4
    assert tomllib.loads(text) == {"a": ["x" * 60, "y" * 60]}


def test_dates_stay_dates() -> None:
    assert dumps({"as_of": date(2011, 12, 10)}) == "as_of = 2011-12-10\n"


def test_lines_of_nested_arrays_of_tables() -> None:
    text = "\n".join(
        [
            "# [[source]]",
            "[[source]]",
            'name = "a"',
            "[source.tables.orders]",
            "amount = '''",
            "name = 1",
            "'''",
            "[[source]]  # second",
            "[source.tables.orders]",
            '"odd name" = "x"',
            "null = [",
            '  "NULL",',
            "]",
        ]
    )
    lines = Lines(text)
    assert lines.of(("source", 0)) == 2
    assert lines.of(("source", 0, "tables", "orders", "amount")) == 5
    assert lines.of(("source", 0, "tables", "orders", "name")) == 4
    assert lines.of(("source", 1, "tables", "orders", "odd name")) == 10
    assert lines.of(("source", 1, "tables", "orders", "null", 1)) == 11
    assert lines.of(("store",)) == 1
