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
    found = beside.found(generation, "orders")
    assert (found.read(), found.said) == (TABLE, SAID)
    assert found.path.parent == beside.folder_of(generation)


def test_what_was_not_written_is_not_there(generation):
    assert beside.found(generation, "value") is None
    assert beside.found(generation.with_name("g8.duckdb"), "orders") is None


def test_the_new_takes_the_place_of_the_old_and_of_nothing_else(generation):
    beside.write(generation, "orders-more", TABLE, "other")
    beside.write(generation, "orders", TABLE.slice(1), {"n": 1})
    found = beside.found(generation, "orders")
    assert (found.read(), found.said) == (TABLE.slice(1), {"n": 1})
    assert beside.found(generation, "orders-more").read() == TABLE
    assert len(list(beside.folder_of(generation).iterdir())) == 4


@pytest.mark.parametrize("text", [b"", b"{", b"null", b"[]", b"7", b'{"table": 3}', b'{"table": "x"}', b'{"said": 1}'])
def test_a_damaged_manifest_is_none(generation, text):
    (beside.folder_of(generation) / "orders.json").write_bytes(text)
    assert beside.found(generation, "orders") is None


@pytest.mark.parametrize("key", ["table", "sha256", "said"])
def test_a_manifest_that_lacks_something_is_none(generation, key):
    file = beside.folder_of(generation) / "orders.json"
    whole = orjson.loads(file.read_bytes())
    file.write_bytes(orjson.dumps({name: value for name, value in whole.items() if name != key}))
    assert beside.found(generation, "orders") is None


def test_a_damaged_table_is_none(generation):
    found = beside.found(generation, "orders")
    bytes_of = bytearray(found.path.read_bytes())
    bytes_of[len(bytes_of) // 2] ^= 1
    found.path.write_bytes(bytes_of)
    assert beside.found(generation, "orders").read() is None
    found.path.write_bytes(b"")
    assert beside.found(generation, "orders").read() is None
    found.path.unlink()
    assert found.read() is None
    assert beside.found(generation, "orders") is None


def test_who_fails_while_writing_leaves_what_was_there(generation, monkeypatch):
    with pytest.raises(TypeError):
        beside.write(generation, "orders", TABLE.slice(1), {"n": object()})
    assert beside.found(generation, "orders").read() == TABLE
    assert not list(beside.folder_of(generation).glob("*.building"))


def test_all_of_it_is_forgotten(generation):
    beside.forget(generation)
    assert beside.found(generation, "orders") is None
    beside.forget(generation)
