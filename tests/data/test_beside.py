"""What is kept beside a generation: whole and as it was written, or not at all."""

import orjson
import pyarrow as pa
import pytest

from regulars.data import beside

TABLE = pa.table({"customer": [1, 2], "mean": [0.5, 1.5]})
SAID = {"model": "one", "n": 2}


@pytest.fixture
def generation(tmp_path):
    beside.write(tmp_path / "g7.duckdb", "orders", TABLE, SAID)
    return tmp_path / "g7.duckdb"


def test_it_is_read_back_equal(generation):
    assert beside.read(generation, "orders") == TABLE
    assert beside.said(generation, "orders") == SAID
    assert beside.path(generation, "orders").parent == beside.folder_of(generation)


def test_what_was_not_written_is_not_there(generation):
    for ask in (beside.read, beside.said, beside.path):
        assert ask(generation, "value") is None
        assert ask(generation.with_name("g8.duckdb"), "orders") is None


def test_the_new_takes_the_place_of_the_old_and_of_nothing_else(generation):
    beside.write(generation, "orders-more", TABLE, "other")
    beside.write(generation, "orders", TABLE.slice(1), {"n": 1})
    assert beside.read(generation, "orders") == TABLE.slice(1)
    assert beside.said(generation, "orders") == {"n": 1}
    assert beside.read(generation, "orders-more") == TABLE
    assert len(list(beside.folder_of(generation).iterdir())) == 4


@pytest.mark.parametrize("text", [b"", b"{", b"null", b"[]", b"7", b'{"table": 3}', b'{"table": "x"}', b'{"said": 1}'])
def test_a_damaged_manifest_is_none(generation, text):
    (beside.folder_of(generation) / "orders.json").write_bytes(text)
    assert [ask(generation, "orders") for ask in (beside.read, beside.said, beside.path)] == [None] * 3


@pytest.mark.parametrize("key", ["table", "sha256", "said"])
def test_a_manifest_that_lacks_something_is_none(generation, key):
    file = beside.folder_of(generation) / "orders.json"
    whole = orjson.loads(file.read_bytes())
    file.write_bytes(orjson.dumps({name: value for name, value in whole.items() if name != key}))
    assert [ask(generation, "orders") for ask in (beside.read, beside.said, beside.path)] == [None] * 3


def test_a_damaged_table_is_none(generation):
    file = beside.path(generation, "orders")
    bytes_of = bytearray(file.read_bytes())
    bytes_of[len(bytes_of) // 2] ^= 1
    file.write_bytes(bytes_of)
    assert beside.read(generation, "orders") is None
    file.write_bytes(b"")
    assert beside.read(generation, "orders") is None
    file.unlink()
    assert [ask(generation, "orders") for ask in (beside.read, beside.said, beside.path)] == [None] * 3


def test_who_fails_while_writing_leaves_what_was_there(generation, monkeypatch):
    with pytest.raises(TypeError):
        beside.write(generation, "orders", TABLE.slice(1), {"n": object()})
    assert beside.read(generation, "orders") == TABLE
    assert not list(beside.folder_of(generation).glob("*.building"))


def test_all_of_it_is_forgotten(generation):
    beside.forget(generation)
    assert beside.read(generation, "orders") is None
    beside.forget(generation)
