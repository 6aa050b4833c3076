"""Time-driven costing: the published case, and what is left over."""

import json

import pytest

from regulars.stats.costing import Activity, costing


@pytest.mark.shared_data
def test_published_case(shared):
    oracle = json.loads((shared / "oracles/tdabc.json").read_text())
    expected, near = oracle["expected"], pytest.approx
    activities = {
        name: Activity(minutes=one["unit_minutes"], quantity=one["quantity"])
        for name, one in expected["activities"].items()
    }
    found = costing(expected["cost"], expected["practical_capacity_minutes"], activities)
    assert found.rate == near(expected["cost_per_minute"], abs=oracle["tolerance"])
    for name, one in expected["activities"].items():
        assert activities[name].total_minutes == one["total_minutes"]
        assert found.each[name] == near(one["unit_cost"], abs=oracle["tolerance"])
        assert found.total[name] == near(one["total_cost"], abs=oracle["tolerance"])
    assert (found.used_minutes, found.unused_minutes) == (expected["used_minutes"], expected["unused_minutes"])
    assert found.assigned == near(expected["assigned_cost"], abs=oracle["tolerance"])
    assert found.unused == near(expected["unused_cost"], abs=oracle["tolerance"])


def test_all_cost_is_assigned_or_unused():
    found = costing(1000, 300, {"a": Activity(minutes=7, quantity=3), "b": Activity(minutes=0.5, quantity=11)})
    assert found.assigned + found.unused == pytest.approx(1000, rel=1e-12)
    assert sum(found.total.values()) == pytest.approx(found.assigned, rel=1e-12)


def test_more_than_the_capacity_is_seen():
    assert costing(100, 10, {"a": Activity(minutes=6, quantity=2)}).unused_minutes == -2


def test_no_capacity_has_no_rate():
    with pytest.raises(ValueError, match="above 0"):
        costing(1, 0, {})
