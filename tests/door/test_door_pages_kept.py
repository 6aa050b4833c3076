"""Pages kept on disk: whole or not at all, bound to all that shapes them, and never more than there is room for."""

import json
import os
import shutil
import time
from dataclasses import replace

import pytest
import tally

from regulars.app.workspace import Workspace
from regulars.data import beside
from regulars.views import prepared as module
from regulars.views.prepared import Prepared


@pytest.fixture
def opened(shop):
    with Workspace.at(shop).opened() as found:
        yield found


@pytest.fixture
def prepared(shop, opened):
    return Prepared(Workspace.at(shop), opened)


def view(prepared, name="tally"):
    from regulars.views.view import View

    return prepared.workspace.declared(View, "views")[name]


def make(prepared, **asked):
    key = prepared.key(view(prepared), "", asked)
    return key, prepared.make(key, view(prepared), "", asked)


def path_of(shop, key):
    (path,) = shop.glob(f".regulars/*.made/pages/{key}.*")
    return path


DAMAGES = {
    "empty": lambda kept: b"",
    "half": lambda kept: kept[: len(kept) // 2],
    "garbage": lambda kept: b"garbage",
    "another number, still JSON": lambda kept: kept.replace(b'"1"', b'"7"'),
    "another digest": lambda kept: b"0" * 64 + kept[64:],
    "without its digest": lambda kept: kept[65:],
    "longer": lambda kept: kept + b" ",
    "a line too many": lambda kept: b"\n" + kept,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_page_is_not_found(prepared, shop, opened, damage):
    key, content = make(prepared)
    path = path_of(shop, key)
    whole = path.read_bytes()
    path.write_bytes(DAMAGES[damage](whole))
    assert path.read_bytes() != whole
    again = Prepared(prepared.workspace, opened)
    assert again.found(key) is None
    path.write_bytes(whole)
    assert again.found(key) == content


def test_every_byte_of_a_kept_page_counts(prepared, shop, opened):
    key, _ = make(prepared)
    path = path_of(shop, key)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert Prepared(prepared.workspace, opened).found(key) is None, place


def changed(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


SHAPING = {
    "settings": lambda shop: changed(
        shop / "regulars.toml", tally.SETTINGS.replace("[company]", "[definitions]\nlevel = 0.9\n[company]")
    ),
    "a correction of themes": lambda shop: changed(shop / "themes.toml", "# nothing\n"),
    "a KPI of its own": lambda shop: changed(shop / "kpis" / "one.py", ""),
    "a view, in place": lambda shop: changed(shop / "views" / "own.py", tally.VIEW + "# more\n"),
    "a driver": lambda shop: changed(shop / "drivers" / "one.py", ""),
    "a feature": lambda shop: changed(shop / "features" / "one.py", ""),
    "a model": lambda shop: changed(shop / "models" / "one.py", ""),
    "predictions": lambda shop: changed(shop / ".regulars" / "gen-000001.made" / "value.json", "{}"),
}


@pytest.mark.parametrize("what", SHAPING)
def test_whatever_shapes_pages_is_in_the_name_of_what_is_shown(prepared, shop, opened, what):
    before = prepared.digest
    SHAPING[what](shop)
    assert Prepared(Workspace.at(shop), opened).digest != before


def test_which_alerts_wait_is_in_the_names_of_pages_that_show_them_alone(prepared, shop):
    plain = view(prepared)
    watching = replace(plain, watches=True)
    before = prepared.key(plain, "", {}), prepared.key(watching, "", {})
    changed(shop / ".regulars" / "watched.json", '{"waiting": ["daily:2025-06-10"]}')
    after = prepared.key(plain, "", {}), prepared.key(watching, "", {})
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)
    assert Prepared(Workspace.at(shop), prepared.opened).digest == prepared.digest


NOT_SHAPING = {
    "files of records": lambda shop: tally.orders(shop, 9),
    "lists of customers": lambda shop: changed(shop / ".regulars" / "gen-000001.made" / "listed_orders.json", "{}"),
    "pages": lambda shop: changed(shop / ".regulars" / "gen-000001.made" / "pages" / "x.page", "{}"),
    "what is not of this": lambda shop: changed(shop / "notes.txt", "x"),
    "when a file was written": lambda shop: os.utime(shop / "regulars.toml", (1, 1)),
}


@pytest.mark.parametrize("what", NOT_SHAPING)
def test_what_shows_on_no_page_makes_none_anew(prepared, shop, opened, what):
    before = prepared.digest
    NOT_SHAPING[what](shop)
    assert Prepared(Workspace.at(shop), opened).digest == before


def test_a_moved_workspace_keeps_its_pages(prepared, shop, tmp_path):
    key, content = make(prepared)
    moved = shutil.copytree(shop, tmp_path / "elsewhere")
    with Workspace.at(moved).opened() as opened:
        assert Prepared(Workspace.at(moved), opened).found(key) == content


def test_two_files_of_one_name_in_two_folders_are_told_apart(prepared, shop, opened):
    changed(shop / "kpis" / "one.py", "# x\n")
    before = Prepared(Workspace.at(shop), opened).digest
    shutil.move(shop / "kpis", shop / "models")
    assert Prepared(Workspace.at(shop), opened).digest != before


def test_memory_holds_no_more_than_it_may_and_disk_has_the_rest(prepared, monkeypatch):
    keys = [make(prepared, q=str(number))[0] for number in range(5)]
    size = len(prepared.found(keys[0]))
    monkeypatch.setattr(module, "MOST", 2 * size)
    for key in keys:
        assert prepared.found(key) is not None
        prepared.hold(key, prepared.found(key))
    assert len(prepared._held) == 2
    assert prepared._size == sum(map(len, prepared._held.values()))


def test_disk_holds_no_more_pages_than_it_may(prepared, shop, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 3)
    for number in range(6):
        make(prepared, q=str(number))
    assert len(list(shop.glob(".regulars/*.made/pages/*"))) == 3


def test_what_was_left_half_written_is_deleted_in_time(prepared, shop):
    key, _ = make(prepared)
    half, fresh = (path_of(shop, key).with_name(f"{name}.building") for name in ("1.77", "2.78"))
    for path in (half, fresh):
        path.write_bytes(b"{")
    old = time.time() - 2 * module._LEFT
    os.utime(half, (old, old))
    make(prepared, q="other")
    assert not half.exists()
    assert fresh.exists()


def test_what_is_kept_can_be_read_by_eye(prepared, shop):
    key, content = make(prepared)
    digest, _, rest = path_of(shop, key).read_bytes().partition(b"\n")
    assert rest == content
    assert len(digest) == 64
    assert json.loads(rest)["name"] == "tally"
    assert beside.folder_of(prepared.opened.generation.path).name == "gen-000001.made"
