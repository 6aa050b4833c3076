"""Every KPI is foretold, or says why not: of a small company full of what KPIs stumble over."""

from itertools import pairwise
from math import isfinite
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest

from regulars.app import forecasting
from regulars.app.forecasting import GRAINS
from regulars.core.calendar_settings import CalendarSettings
from regulars.core.periods import Grain
from regulars.kpis.kpi import Shows

from .companies import company
from .stored import KPIS, store

#: One of each kind of formula; all of them in the long run.
_KINDS = {type(kpi.formula): name for name, kpi in reversed(KPIS.items())}
_FEW = tuple(name for name in KPIS if name in _KINDS.values() or name == "net_revenue")


@pytest.fixture(scope="module", params=[_FEW, pytest.param(tuple(KPIS), marks=pytest.mark.long)], ids=["few", "all"])
def asked(request):
    return request.param


@pytest.fixture(scope="module")
def found(asked):
    # As few weeks as can be foretold: the engine's questions grow with their number.
    short = {**GRAINS, Grain.WEEK: (52, 2, 4, 14)}
    records = store(company(11, 50), threads=1)[1]
    settings = SimpleNamespace(calendar=CalendarSettings(country="DE"))
    workspace, opened = SimpleNamespace(kpis=KPIS, settings=settings), SimpleNamespace(records=records)
    with mock.patch.object(forecasting, "GRAINS", short):
        told = forecasting.forecast(asked, workspace, opened, grain="week")
    return {one.kpi.name: one for one in told}


def test_every_kpi_is_foretold_or_says_why_not(found, asked):
    assert tuple(found) == asked
    for name, one in found.items():
        assert bool(one.why_not) != bool(one.steps), name
        assert bool(one.why_not) != bool(one.scored), name
    told = [name for name, one in found.items() if not one.why_not]
    assert len(told) > len(asked) / 3
    assert "net_revenue" in told


def test_what_is_foretold_lies_within_its_limits_and_its_domain(found):
    for name, one in found.items():
        for step in (*([one.completed] if one.completed else []), *one.steps):
            interval = step.interval
            if interval.why_not:
                assert interval.value is None
                continue
            assert interval.low <= interval.value <= interval.high, name
            assert isfinite(interval.low), name
            assert isfinite(interval.high), name
            assert interval.n >= 4
            if one.kpi.least is not None:
                assert interval.low >= one.kpi.least, name
            if one.kpi.shows is Shows.POINTS:
                assert -100 <= interval.low <= interval.high <= 100, name


def test_the_score_stands_beside_it_and_draws_have_its_steps(found):
    rng = np.random.default_rng(3)
    for name, one in found.items():
        if one.why_not:
            continue
        assert {"mase", "naive_mase", "coverage"} == set(one.scored.score), name
        assert one.scored.verdict
        assert one.scored.tried.startswith("tried on"), name
        assert one.draws(5, rng).shape == (5, len(one.steps)), name


def test_periods_follow_each_other(found):
    for name, one in found.items():
        if one.why_not:
            continue
        periods = [one.completed.period] if one.completed else []
        periods += [step.period for step in one.steps]
        assert all(a.end == b.start for a, b in pairwise(periods)), name
        assert sum(step.period.start >= step.as_of.date() for step in one.steps) >= 2, name
