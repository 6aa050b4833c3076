"""Pages of one generation: made once for all who ask the same, and nobody waits for what is not theirs."""

import shutil
import threading

import pytest
import tally
from tally import ask, made, makers, patiently, wait_until

from regulars.core.errors import Busy, FaultyDeclaration, QueryError
from regulars.door import serving as module
from regulars.door.serving import NotYet, Serving


@pytest.fixture(scope="module")
def steady(published, tmp_path_factory):
    """A generation that is open for pages, for tests that leave it as it is."""
    found = Serving(shutil.copytree(published, tmp_path_factory.mktemp("steady") / "shop"))
    yield found
    found.close(wait=True)


def content(serving, reason="", patience=60.0, **asked):
    return serving.page(serving.views["tally"], "", {"reason": reason, **asked}, patience=patience)


def worked_out(serving, q):
    """Return what was worked out of the pages that ask for `q`."""
    return [line.partition("|")[0] for line in made(serving.workspace.folder) if line.endswith(f"|{q}")]


def test_a_page_is_made_once(steady):
    first = content(steady, q="once")
    assert content(steady, q="once") == first
    assert worked_out(steady, "once") == [""]


def test_equal_questions_are_one_page_and_others_are_not(steady):
    content(steady, "torn", q="equal")
    content(steady, q=" equal ", reason="torn")
    content(steady, reason="torn ", q="equal")
    content(steady, reason="torn", q="Equal")
    assert (worked_out(steady, "equal"), worked_out(steady, "Equal")) == (["torn"], ["torn"])


def test_whoever_asks_the_same_meanwhile_waits_for_the_same(steady):
    found = []
    askers = [threading.Thread(target=lambda: found.append(content(steady, "slow0.5", q="same"))) for _ in range(8)]
    for one in askers:
        one.start()
    for one in askers:
        one.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert worked_out(steady, "same") == ["slow0.5"]


def test_what_takes_long_is_not_there_yet_and_then_is(steady):
    with pytest.raises(NotYet):
        content(steady, "slow0.6", q="long", patience=0)
    assert steady.busy
    assert tally.amounts(patiently(steady, "slow0.6", q="long", patience=0)) == {1}
    assert worked_out(steady, "long") == ["slow0.6"]
    wait_until(lambda: not steady.busy)


def test_what_is_refused_late_is_refused_in_the_end(steady, monkeypatch):
    with pytest.raises(QueryError, match="takes a while"):
        patiently(steady, "refused late", q="late", patience=0.01)
    with pytest.raises(QueryError, match="takes a while"):
        content(steady, "refused late", q="late", patience=0)
    assert worked_out(steady, "late") == ["refused late"]
    monkeypatch.setattr(module, "_REMEMBERED", 0.0)  # and is asked again after a while
    with pytest.raises(QueryError):
        content(steady, "refused late", q="late")
    assert len(worked_out(steady, "late")) == 2


def test_look_ups_wait_for_no_page(steady):
    with pytest.raises(NotYet):
        content(steady, "slow2", q="looked", patience=0)
    assert tally.amounts(ask(steady, view="look")) == {1}
    assert steady.busy


def test_a_fault_in_a_view_of_the_companys_own_is_told_and_ends_nothing(steady):
    content(steady, q="sound")
    before = makers()
    with pytest.raises(FaultyDeclaration, match=r"own.py"):
        content(steady, "own fault")
    assert b'"1"' in content(steady, "torn", q="sound")
    assert makers() == before


def test_no_more_pages_are_waited_for_than_can_be(steady, monkeypatch):
    monkeypatch.setattr(module, "WAITING", 3)
    for number in range(3):
        with pytest.raises(NotYet):
            content(steady, "slow0.3", q=f"many{number}", patience=0)
    with pytest.raises(Busy, match="Too many pages"):
        content(steady, "slow0.3", q="many3", patience=0)
    with pytest.raises(NotYet):  # those that are waited for are, all the same
        content(steady, "slow0.3", q="many2", patience=0)
    wait_until(lambda: not steady.busy)
