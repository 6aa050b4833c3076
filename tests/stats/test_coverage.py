"""The fast version of benchmarks/coverage.py: no interval may be far from holding the truth 95 % of the time."""

import importlib.util
from pathlib import Path

import pytest

_FILE = Path(__file__).parents[2] / "benchmarks" / "coverage.py"
_SPEC = importlib.util.spec_from_file_location("coverage_benchmark", _FILE)
coverage = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(coverage)

_CASES = {
    "share": coverage.share(0.3),
    "mean": coverage.mean_spend,
    "ratio": coverage.order_value,
    "total": coverage.revenue,
    "survival": coverage.staying(90),
    "median stay": coverage.median_stay,
    "NPS": coverage.score(coverage.nps.nps),
    "change of NPS": coverage.change(coverage.score(coverage.nps.nps)),
    "shrunken": coverage.shrunken,
}


@pytest.mark.parametrize("name", _CASES)
def test_nineteen_times_in_twenty(name):
    held, *_ = coverage.measure(name, _CASES[name], n=200, replications=800)
    assert 0.92 <= held <= 0.98
