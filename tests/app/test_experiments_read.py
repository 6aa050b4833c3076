"""Experiments read out: what they brought, what is wrong with them by name, and on whom they work."""

from dataclasses import replace
from datetime import timedelta

import pytest

import drawn_campaigns
from regulars.app.experiment import experiment
from regulars.app.readout import readout
from regulars.app.whom import whom
from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError, UnknownName
from regulars.state.audiences import Arm
from regulars.views.verdicts import verdict


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    workspace = Workspace.at(drawn_campaigns.shop(tmp_path_factory.mktemp("drawn")))
    with workspace.opened() as found:
        yield workspace, found.records


@pytest.fixture(scope="module")
def spring(opened):
    return experiment(*opened, "spring")


def named(found):
    return {one.name: one.said for one in found.flaws.each}


def test_customers_who_were_reached_all_the_same_are_told_and_count_as_drawn(spring):
    found = spring.readout
    held = found.audience.held
    assert f"{drawn_campaigns.REACHED} of {held} held out were contacted all the same" in named(found)["contaminated"]
    assert f"{drawn_campaigns.UNREACHED} of {found.audience.treated} treated" in named(found)["undelivered"]
    assert "contaminated" in found.profit.flags
    ordered = found.outcome("ordered")
    assert (ordered.treated.interval.n, ordered.held.interval.n) == (found.audience.treated, held)


def test_another_campaign_meanwhile_that_reached_arms_differently_is_told(spring):
    (mailing,) = spring.readout.flaws.meanwhile
    assert (mailing.campaign, mailing.unequal) == ("Mailing", True)
    assert mailing.treated > mailing.held > 0
    assert "not contacted alike" in named(spring.readout)["unequal_contact"]


def test_campaigns_that_reach_both_arms_alike_are_told_and_not_accused(opened):
    found = experiment(*opened, "dear").readout
    assert found.flaws.meanwhile == ()
    assert "unequal_contact" not in named(found)


def test_customers_of_a_list_who_were_never_drawn_are_told(opened, spring):
    audience, members = spring.readout.audience, spring.members
    treated = [one for one in members if one.arm is Arm.TREATED]
    fewer = [one for one in members if one not in treated[:5]]
    found = readout(audience, fewer, opened[1])
    assert named(found)["never_assigned"].startswith("5 customers were treated who were never drawn")
    assert "contaminated" in named(found)
    later = replace(audience, as_of=audience.as_of + timedelta(days=5))
    assert not {"never_assigned", "contaminated"} & set(named(readout(later, fewer, opened[1])))


def test_who_stands_in_both_arms_counts_in_neither(opened, spring):
    one = next(one for one in spring.members if one.arm is Arm.TREATED)
    found = readout(spring.readout.audience, [*spring.members, replace(one, arm=Arm.HOLDOUT)], opened[1])
    assert named(found)["both_arms"].startswith("1 customer stood in both arms")
    assert found.outcome("ordered").treated.interval.n == spring.readout.outcome("ordered").treated.interval.n - 1


def test_without_orders_nothing_is_made_up(opened, spring):
    tables = {name: table for name, table in opened[1].tables.items() if name != "purchase_days"}
    found = readout(spring.readout.audience, spring.members, replace(opened[1], tables=tables))
    assert (found.outcomes, found.profit, found.per_save, found.effect) == ((), None, None, None)
    assert verdict(found, "EUR") == ""


def test_what_it_brought_and_costs_fits_together(spring):
    found = spring.readout
    brought, ordered = found.outcome("brought").change.interval, found.outcome("ordered").change.interval
    profit, roi, saved = found.profit.interval, found.roi.interval, found.per_save.interval
    assert (profit.value, profit.low) == (pytest.approx(brought.value - 0.5), pytest.approx(brought.low - 0.5))
    assert (roi.value, roi.high) == (pytest.approx(profit.value / 0.5), pytest.approx(profit.high / 0.5))
    assert saved.value == pytest.approx(0.5 / ordered.value)
    assert saved.low < saved.value < saved.high < 20
    assert ordered.low <= 0.25 <= ordered.high


def test_only_what_was_asked_before_is_read_alone(spring):
    found = {one.name: one for one in spring.readout.outcomes}
    assert {name for name, one in found.items() if one.asked} == {"ordered", "brought"}
    beside = [one.change.interval.level for one in found.values() if not one.asked]
    assert beside == [pytest.approx(1 - 0.05 / len(beside))] * len(beside)
    assert found["order_value"].change.interval.method.startswith("Welch")


def test_a_sentence_says_whether_it_was_worth_it(opened, spring):
    said = verdict(spring.readout, "EUR")
    assert said.startswith("Of 100 treated, ")
    assert said.endswith("worth it.")
    assert "not worth it" not in said
    dear = experiment(*opened, "dear").readout
    assert dear.profit.interval.high < 0
    assert "would not have been seen" in verdict(dear, "EUR")
    assert verdict(dear, "EUR").endswith("not worth it.")
    assert "cannot be told from 0" in dear.per_save.interval.why_not


def test_where_nobody_says_what_it_cost_there_is_no_profit(opened):
    found = experiment(*opened, "untold").readout
    for one in (found.profit, found.total, found.roi):
        assert "campaigns.cost_per_contact" in one.interval.why_not
    assert found.outcome("brought").change.interval.value is not None
    assert "cannot be told" in verdict(found, "EUR")


def test_money_without_costs_of_goods_is_flagged(tmp_path, spring):
    assert "costs_unknown" not in spring.readout.profit.flags
    workspace = Workspace.at(drawn_campaigns.shop(tmp_path, costs=False, customers=120))
    with workspace.opened() as opened:
        found = experiment(workspace, opened.records, "spring").readout
    assert "costs_unknown" in found.profit.flags
    assert "costs_unknown" not in found.outcome("ordered").change.flags


def test_on_whom_it_works_is_not_found_where_it_works_on_all_alike(opened, spring):
    found = whom(spring, *opened)
    assert found.decision == "all"
    assert not found.differs
    assert found.propensity == pytest.approx(1 - spring.readout.audience.held / 750)


def test_on_whom_it_works_is_refused_with_the_reason(opened):
    workspace, records = opened
    with pytest.raises(QueryError, match="somebody chose who was in it"):
        whom(experiment(workspace, records, "mailing"), workspace, records)
    with pytest.raises(QueryError, match="what it cost is not on record"):
        whom(experiment(workspace, records, "untold"), workspace, records)


def test_features_are_those_of_the_day_it_began(opened, spring, monkeypatch):
    from regulars.app import whom as module

    seen = {}

    def stop(columns, *rest, **more):
        seen.update(columns)
        raise QueryError("enough")

    monkeypatch.setattr(module, "uplift", stop)
    with pytest.raises(QueryError, match="enough"):
        whom(spring, *opened)
    # Everybody had ordered once, 40 days before: what came after would tell them apart.
    assert not {"order_recency", "order_days", "order_days_90"} & set(seen)
    assert "order_value" in seen


def test_an_experiment_that_there_is_not_is_told_with_those_that_are(opened):
    with pytest.raises(UnknownName, match="Did you mean `spring`"):
        experiment(*opened, "sprin")
