"""One generation as it is served: pages are made once, by a process that may die, and kept."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import tally
from tally import ask, made, makers, wait_until

from regulars.core.errors import Busy, StoreError
from regulars.door import serving as module
from regulars.door.serving import NotYet, Serving


def content(serving, reason="", patience=60.0, **asked):
    return serving.page(serving.views["tally"], "", {"reason": reason, **asked}, patience=patience)


def kept(folder):
    return sorted(folder.glob(".regulars/*.made/pages/*.page"))


def persistently(serving, reason):
    """Return a page of a maker that was killed: once it may be told so, where the death was not seen yet."""
    try:
        return ask(serving, reason)
    except Busy:
        return ask(serving, reason)


def test_a_restart_finds_pages_on_disk_and_makes_those_again_that_are_damaged(serving, shop):
    first, second = content(serving), content(serving, "torn")
    serving.close(wait=True)
    (path,) = (one for one in kept(shop) if b"torn" in one.read_bytes())
    path.write_bytes(path.read_bytes().replace(b'"1"', b'"7"'))
    again = Serving(shop)
    assert content(again, patience=0) == first
    assert content(again, "torn") == second
    again.close(wait=True)
    assert made(shop) == ["|", "torn|", "torn|"]


def test_a_maker_that_was_killed_while_idle_is_followed_by_another(serving, shop):
    content(serving)
    (before,) = makers()
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: not makers())
    assert tally.amounts(persistently(serving, "torn")) == {1}
    assert makers() - {before}


def test_who_waited_for_a_maker_that_was_killed_is_told_once_and_served_then(serving):
    found = []

    def wait(reason):
        try:
            found.append(content(serving, reason))
        except Exception as error:
            found.append(type(error))

    asking = [threading.Thread(target=wait, args=(reason,)) for reason in ("slow30", "torn", "")]
    for one in asking:
        one.start()
    wait_until(lambda: made(serving.workspace.folder) == ["slow30|"] or len(made(serving.workspace.folder)) == 3)
    wait_until(lambda: len(serving._making) == 1 or len(serving._making) == 3)
    for one in makers():
        os.kill(one, signal.SIGKILL)
    for one in asking:
        one.join(30)
    assert Busy in found
    assert set(map(type, found)) <= {type, bytes}
    assert b'"1"' in content(serving, "torn")
    assert not serving.busy


def test_a_page_that_kills_its_maker_takes_no_other_page_along(serving):
    with pytest.raises(Busy, match="begins anew"):
        content(serving, "dies")
    assert b'"1"' in content(serving, "torn")


def test_what_never_ends_is_ended(serving, monkeypatch):
    content(serving)
    before = makers()
    with pytest.raises(NotYet):
        content(serving, "slow600", patience=0)
    monkeypatch.setattr(module, "STUCK", 0.2)
    time.sleep(0.3)
    try:
        content(serving, "torn")
    except Busy:
        assert b'"1"' in content(serving, "torn")
    assert not makers() & before


def test_closing_leaves_no_process_no_thread_and_no_file(shop):
    before = tally.threads()
    found = Serving(shop)
    content(found)
    ask(found, view="look")
    assert makers()
    assert tally.files()
    found.close(wait=True)
    assert not makers()
    assert not tally.files()
    assert tally.threads() == before


def test_closing_does_not_wait_for_what_is_being_made(shop):
    found = Serving(shop)
    told = []

    def wait():
        try:
            content(found, "slow60")
        except Busy as error:
            told.append(str(error))

    asking = threading.Thread(target=wait)
    asking.start()
    wait_until(lambda: made(shop) == ["slow60|"])
    began = time.monotonic()
    found.close(wait=True)
    asking.join(10)
    assert time.monotonic() - began < 10
    assert told
    assert not makers()
    with pytest.raises(Busy, match="stopping"):
        content(found, "other")


def test_a_maker_that_is_still_starting_is_closed_too(shop):
    found = Serving(shop)
    found.close(wait=True)
    assert not makers()


def test_a_server_that_is_killed_takes_its_maker_along(shop, tmp_path):
    script = tmp_path / "server.py"
    script.write_text(
        "import sys, time\nfrom pathlib import Path\nfrom regulars.door.serving import Serving\n"
        "if __name__ == '__main__':\n"
        f"    found = Serving(Path({str(shop)!r}))\n"
        "    found.page(found.views['tally'], '', {}, patience=60)\n"
        "    print('there', flush=True)\n    time.sleep(60)\n",
        encoding="utf-8",
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout.readline() == "there\n"
        theirs = makers(server.pid)
        assert theirs
        server.kill()
        server.wait()
    wait_until(lambda: not any(Path(f"/proc/{one}").exists() for one in theirs), what="the maker outlived the server")


def test_a_maker_that_begins_late_makes_pages_of_the_generation_that_is_served(serving, shop):
    tally.publish(shop, 2)
    for one in makers():
        os.kill(one, signal.SIGKILL)
    wait_until(lambda: not makers())
    found = persistently(serving, "torn")
    assert (tally.amounts(found), found["generation"]) == ({1}, 1)


def test_a_maker_makes_nothing_under_the_name_of_what_stands_otherwise_by_now(serving, shop):
    (shop / "themes.toml").write_text("# none\n", encoding="utf-8")
    for one in makers():
        os.kill(one, signal.SIGKILL)
    wait_until(lambda: not makers())
    for _ in range(3):
        with pytest.raises((NotYet, Busy)):
            content(serving, "torn")
    assert not kept(shop)


def test_a_maker_that_was_there_before_goes_on_and_keeps_nothing_where_all_was_forgotten(serving, shop):
    content(serving)
    tally.publish(shop, 2)
    found = ask(serving, "torn")
    assert (tally.amounts(found), found["generation"]) == ({1}, 1)
    for number in range(3, 6):
        tally.publish(shop, number)
    assert tally.amounts(ask(serving, "torn", q="later")) == {1}
    names = {path.name.partition(".")[0] for path in shop.glob(".regulars/gen-*")}
    assert names == {"gen-000003", "gen-000004", "gen-000005"}


def test_nothing_can_be_served_of_what_was_never_published(tmp_path):
    (tmp_path / "regulars.toml").write_text(tally.SETTINGS, encoding="utf-8")
    with pytest.raises(StoreError, match="holds no records yet"):
        Serving(tmp_path)
    assert not tally.files()
