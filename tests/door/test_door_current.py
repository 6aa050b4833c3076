"""Which generation is served: the newest, without a restart and without a mix; the old one goes on until then."""

import threading
import time

import pytest
import tally
from tally import ask, makers, wait_until

import regulars
from regulars.core.errors import Busy, RegularsError, StoreError
from regulars.door import current as module
from regulars.door.current import Current
from regulars.door.serving import NotYet


def generation(current):
    with current.serving() as serving:
        return serving.generation


def state(current):
    with current.serving() as serving:
        return serving.state


def follows(current, holds, seconds=60):
    """Ask as visitors do, until something holds."""

    def asked():
        with current.serving() as serving:
            return holds(serving)

    wait_until(asked, seconds)


def settled(current):
    """Wait until nothing is followed any more."""
    time.sleep(1.1)
    generation(current)
    wait_until(lambda: current._following is None or not current._following.is_alive())


def test_a_new_generation_is_shown_without_a_restart(current, shop):
    with current.serving() as serving:
        assert tally.amounts(ask(serving)) == {1}
    tally.publish(shop, 2)
    follows(current, lambda serving: serving.generation == 2)
    with current.serving() as serving:
        assert tally.amounts(ask(serving)) == {2}
    assert current.trouble == ""


def test_whoever_reads_the_old_one_reads_it_to_the_end(current, shop):
    with current.serving() as old:
        tally.publish(shop, 2)
        follows(current, lambda serving: serving.generation == 2)
        assert old.generation == 1
        assert tally.amounts(ask(old, view="look")) == {1}
        assert tally.amounts(ask(old)) == {1}
        assert len(tally.files()) == 2
    wait_until(lambda: len(tally.files()) == 1)
    with pytest.raises(Busy):
        old.page(old.views["tally"], "", {"q": "new"}, patience=1)
    wait_until(lambda: len(makers()) <= 1)


def test_nothing_is_opened_anew_where_nothing_changed(current, shop):
    with current.serving() as serving:
        ask(serving)
        ask(serving, view="look")
        first = serving
    (shop / "regulars.toml").touch()
    (shop / ".regulars" / "gen-000001.made" / "listed_orders.json").write_text("{}", encoding="utf-8")
    settled(current)
    settled(current)
    with current.serving() as serving:
        assert serving is first
    wait_until(lambda: len(makers()) == 1)


#: Others are told apart as these are (test_door_pages_kept.py).
CHANGES = {
    "settings": lambda shop: (shop / "regulars.toml").write_text(
        tally.SETTINGS.replace('"Tally"', '"Renamed"'), encoding="utf-8"
    ),
    "a view of its own, in place": lambda shop: (shop / "views" / "own.py").write_text(
        tally.VIEW.replace('title="Amounts"', 'title="Changed"'), encoding="utf-8"
    ),
}


@pytest.mark.usefixtures("late_makers")
def test_what_shapes_pages_shows_while_serving(current, shop):
    for what, change in CHANGES.items():
        before = state(current)
        change(shop)
        follows(current, lambda serving, before=before: serving.state != before)
        with current.serving() as serving:
            found = ask(serving, view="look")
        assert found["generation"] == 1, what
    assert found["company"] == "Renamed"
    assert found["blocks"][0]["title"] == "Changed"


def damage(shop, number):
    path = shop / ".regulars" / f"gen-{number:06d}.duckdb"
    path.write_bytes(path.read_bytes()[:-4096])
    return path


def test_where_the_newest_is_damaged_the_old_one_goes_on_and_says_so(current, shop):
    with current.serving() as serving:
        ask(serving)
    tally.publish(shop, 2)
    whole = (shop / ".regulars" / "gen-000002.duckdb").read_bytes()
    path = damage(shop, 2)
    wait_until(lambda: generation(current) == 1 and current.trouble)
    assert str(shop) not in current.trouble
    assert "gen-" not in current.trouble
    with current.serving() as serving:
        assert tally.amounts(ask(serving, "torn")) == {1}  # pages that were not made before, too
    path.write_bytes(whole)
    module_again = module._AGAIN
    try:
        module._AGAIN = 0.0  # nothing that is watched changed: it is tried again all the same
        follows(current, lambda serving: serving.generation == 2)
    finally:
        module._AGAIN = module_again
    assert current.trouble == ""


@pytest.mark.usefixtures("late_makers")
def test_settings_that_are_wrong_take_nothing_down_and_are_followed_once_right(current, shop):
    assert generation(current) == 1
    (shop / "regulars.toml").write_text("[company", encoding="utf-8")
    wait_until(lambda: generation(current) == 1 and current.trouble)
    (shop / "regulars.toml").write_text(tally.SETTINGS.replace('"Tally"', '"Right"'), encoding="utf-8")
    follows(current, lambda serving: serving.workspace.settings.company.name == "Right")
    assert current.trouble == ""


@pytest.mark.usefixtures("late_makers")
def test_a_fault_while_opening_does_not_end_the_following(current, shop, monkeypatch):
    assert generation(current) == 1
    real = module.Serving

    def failing(folder):
        raise ZeroDivisionError("nobody foresaw it")

    monkeypatch.setattr(module, "Serving", failing)
    tally.publish(shop, 2)
    wait_until(lambda: generation(current) == 1 and current.trouble)
    assert "ZeroDivision" not in current.trouble
    monkeypatch.setattr(module, "Serving", real)
    monkeypatch.setattr(module, "_AGAIN", 0.0)
    follows(current, lambda serving: serving.generation == 2)


def test_faulty_declarations_of_its_own_take_no_page_down(current, shop):
    (shop / "views" / "broken.py").write_text("this is no Python\n", encoding="utf-8")
    (shop / "kpis").mkdir()
    (shop / "kpis" / "broken.py").write_text("import nothing_that_there_is\n", encoding="utf-8")
    with current.serving() as serving:
        assert tally.amounts(ask(serving)) == {1}
        assert "overview" in serving.views
        with pytest.raises(RegularsError, match="broken"):
            serving.views["broken"]


@pytest.mark.usefixtures("late_makers")
def test_nothing_published_is_said_and_then_served(tmp_path):
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "own.py").write_text(tally.VIEW, encoding="utf-8")
    (tmp_path / "regulars.toml").write_text(tally.SETTINGS, encoding="utf-8")
    current = Current(tmp_path, warm=False)
    current.begin()
    for _ in range(2):
        with pytest.raises(StoreError, match="holds no records yet"):
            generation(current)
    tally.publish(tmp_path, 5)
    assert generation(current) == 1
    current.close()


class Small(module.Serving):
    """A generation with the pages of the shop's own alone: to make all others takes a while."""

    def __init__(self, folder):
        super().__init__(folder)
        self.views = {name: self.views[name] for name in ("look", "tally")}


def test_pages_of_the_menu_and_lists_are_made_before_a_new_generation_is_shown(shop, monkeypatch):
    monkeypatch.setattr(module, "Serving", Small)
    current = Current(shop)
    assert generation(current) == 1
    follows(current, lambda serving: not serving.busy)
    tally.publish(shop, 2)
    follows(current, lambda serving: serving.generation == 2)
    with current.serving() as serving:
        assert serving.page(serving.views["tally"], "", {}, patience=0)
    current.close()
    assert tally.made(shop).count("|") >= 3  # one page of each generation, and the list of the second


def test_closing_leaves_no_process_no_thread_and_no_file(shop):
    before = tally.threads()
    current = Current(shop, warm=False)
    current.begin()
    with current.serving() as serving:
        ask(serving)
    current.close()
    assert not makers()
    assert not tally.files()
    assert tally.threads() == before
    with pytest.raises(Busy, match="stopping"):
        generation(current)
    current.close()  # twice is once


def test_closing_while_a_new_generation_is_opened_leaves_nothing_either(shop):
    before = tally.threads()
    current = Current(shop, warm=False)
    assert generation(current) == 1
    tally.publish(shop, 2)
    time.sleep(1.1)
    generation(current)  # a look, which begins to follow
    current.close()
    assert not makers()
    assert not tally.files()
    assert tally.threads() == before


def test_closing_at_once_leaves_nothing(shop):
    before = tally.threads()
    current = Current(shop, warm=False)
    current.begin()
    current.close()
    assert not makers()
    assert not tally.files()
    assert tally.threads() == before


class Reader(threading.Thread):
    """Asks for pages as fast as they come, and writes down what it sees."""

    def __init__(self, current, view, over):
        super().__init__()
        self.current, self.view, self.over = current, view, over
        self.seen, self.wrong = [], []

    def run(self):
        while not self.over.is_set():
            try:
                with self.current.serving() as serving:
                    found = ask(serving, "torn", view=self.view, patience=5.0)
                    self.seen.append(found["generation"])
                    amounts = tally.amounts(found)
                    if amounts != {found["generation"]} or found["generation"] != serving.generation:
                        self.wrong.append((serving.generation, found["generation"], amounts))
            except NotYet:
                continue
            except Exception as error:
                self.wrong.append(error)


def publications(current, shop, count, *, each_seen):
    """Publish again and again while three read; return what they saw."""
    over = threading.Event()
    readers = [Reader(current, view, over) for view in ("tally", "look", "tally")]
    for one in readers:
        one.start()
    try:
        for number in range(2, 2 + count):
            tally.publish(shop, number)
            if each_seen:
                wait_until(lambda number=number: all(number in one.seen or one.wrong for one in readers))
        follows(current, lambda serving: serving.generation == 1 + count)
    finally:
        over.set()
        for one in readers:
            one.join(60)
    return readers


def checked(readers, *, least):
    for one in readers:
        assert one.wrong == []
        assert one.seen == sorted(one.seen)
        assert len(set(one.seen)) >= least


@pytest.mark.long
def test_readers_see_one_generation_whole_while_others_are_published(current, shop):
    checked(publications(current, shop, 2, each_seen=True), least=2)


@pytest.mark.long
def test_readers_see_one_generation_whole_through_thirty_publications(current, shop):
    readers = publications(current, shop, 30, each_seen=False)
    checked(readers, least=8)
    assert sum(len(one.seen) for one in readers) > 300
    wait_until(lambda: len(makers()) <= 1)
    assert len(tally.files()) == 1


@pytest.mark.usefixtures("late_makers")
def test_a_company_that_is_refreshed_from_this_process_is_followed(current, shop):
    assert generation(current) == 1
    tally.orders(shop, 3)
    with regulars.open(shop) as company:
        company.refresh()
        follows(current, lambda serving: serving.generation == 2)
