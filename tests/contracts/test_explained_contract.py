"""Every KPI says why it moved, in parts that add up, or why it cannot."""

from datetime import date
from types import SimpleNamespace

import pytest

from regulars.app import measure
from regulars.app.compared_periods import before
from regulars.app.explaining import explain
from regulars.app.explanation import NOISE
from regulars.core.periods import Period
from regulars.kpis.ranks import Gini, TopShare
from regulars.kpis.recurring import DOWNS, MOVEMENTS

from .companies import company
from .stored import KPIS, store

JUNE = Period(date(2024, 6, 1), date(2024, 7, 1))
#: One of each kind of formula, for every day; all of them in the long run.
_KINDS = {type(kpi.formula): name for name, kpi in reversed(KPIS.items()) if "campaign" not in name}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    backend, records = store(company(2, 70))
    settings = SimpleNamespace(company=SimpleNamespace(currency="EUR", time_zone="UTC"))
    workspace = SimpleNamespace(kpis=KPIS, settings=settings, store=tmp_path_factory.mktemp("store"))
    return workspace, SimpleNamespace(records=records, backend=backend)


def explained(name, asked, period=JUNE):
    workspace, opened = asked
    found = explain(name, workspace, opened, period=period, against=before(period))
    adds_up(found)
    return found


def adds_up(found):
    assert found.sentence.endswith(".")
    change = found.change.interval
    if change.value is None:
        assert change.why_not
        assert change.why_not in found.sentence
        assert found.cannot
        return
    after, earlier = found.after.interval.value, found.before.interval.value
    assert change.value == pytest.approx(after - earlier, rel=1e-9, abs=1e-9 * max(abs(after), abs(earlier)))
    parts = [one.estimate.interval for one in found.parts]
    size = max(abs(after), abs(earlier), *(abs(one.value) for one in parts))
    assert sum(one.value for one in parts) == pytest.approx(after - earlier, abs=1e-9 * size)
    # What customers did with what they pay a month is told whole, as its KPIs count it, and what is chance beside it.
    assert found.parts[0].name == NOISE or any("Chance alone is expected" in note for note in found.notes)
    for one in parts:
        assert one.low <= one.value <= one.high
        assert one.method
    for one in found.ranked:
        assert one.contribution.interval.low <= one.contribution.interval.value <= one.contribution.interval.high
    if isinstance(found.kpi.formula, Gini | TopShare):
        assert "ranked" in found.cannot


@pytest.mark.parametrize("name", sorted(_KINDS.values()))
def test_one_of_every_kind(name, asked):
    explained(name, asked)


@pytest.mark.long
@pytest.mark.parametrize("name", KPIS)
def test_every_one(name, asked):
    explained(name, asked)
    explained(name, asked, Period(date(2024, 8, 1), date(2024, 9, 1)))  # not over: records end on the 15th


def test_movements_of_mrr_are_what_their_kpis_say(asked):
    workspace, opened = asked
    found = {one.name: one.estimate.interval for one in explained("mrr", asked).parts}
    names = ("new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr")
    rows = measure.ask(names, workspace.kpis, opened.records, grain=None, start=JUNE.start, end=JUNE.end)
    for part, row in zip(MOVEMENTS, rows, strict=True):
        said = row.estimate.interval
        down = part in DOWNS
        assert found[part].value == (-1 if down else 1) * said.value
        assert sorted((abs(found[part].low), abs(found[part].high))) == [said.low, said.high]
    assert any(one.value for one in found.values())
    year = {one.name: one.estimate.interval.value for one in explained("arr", asked).parts}
    assert year == pytest.approx({name: 12 * one.value for name, one in found.items()})
