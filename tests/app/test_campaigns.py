"""Campaigns on record: what chance drew is read out, what somebody chose is refused; nothing is found in nothing."""

from dataclasses import replace

import pytest

from regulars.app.campaigns import campaigns
from regulars.app.refresh import refresh
from regulars.app.workspace import Workspace
from regulars.catalogue.sources.simulated import simulate
from regulars.catalogue.sources.simulation.company import Company as Planted

TABLES = ("customers", "orders", "campaigns", "touches")
PLAIN = Planted()
NOTHING = replace(PLAIN, segments=tuple(replace(one, uplift=0.0) for one in PLAIN.segments))


def read_out(folder, planted):
    simulate(folder, customers=4_000, seed=2, company=planted, tables=TABLES)
    refresh(Workspace.at(folder))
    with Workspace.at(folder).opened() as opened:
        return {one.audience.name: one for one in campaigns(opened.records)}, opened.records.run(
            opened.records.tables["touches"].group_by("arm").aggregate(n=opened.records.tables["touches"].count())
        )


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return read_out(tmp_path_factory.mktemp("planted"), PLAIN)


def outcome(found, name):
    return next(one for one in found.outcomes if one.name == name)


def test_an_effect_that_was_planted_is_found(planted):
    found = planted[0]["autumn_offer"]
    assert found.finished
    assert found.audience.treated > found.audience.held > 100
    brought = outcome(found, "brought").change.interval
    assert brought.low > 0, "purchases of the treated were sped up by two fifths"
    assert found.profit.interval.value == pytest.approx(brought.value - 0.4)
    assert found.total.interval.value == pytest.approx(found.profit.interval.value * found.audience.treated)


def test_where_nothing_was_planted_nothing_is_found(tmp_path):
    found = read_out(tmp_path, NOTHING)[0]["autumn_offer"]
    for one in found.outcomes:
        assert one.change.interval.low <= 0 <= one.change.interval.high


def test_what_somebody_chose_is_not_called_an_effect(planted):
    found = planted[0]["spring_mailing"]
    assert "somebody chose" in found.why_not
    assert (found.outcomes, found.profit, found.total, found.effect) == ((), None, None, None)


def test_every_customer_of_a_campaign_counts(planted):
    found, arms = planted
    held = next(one["n"] for one in arms if one["arm"] == "holdout")
    assert found["autumn_offer"].audience.held == held
    assert found["autumn_offer"].missing == 0
