"""From records to decisions: who is proposed what, who is held out, what came of it, and what is believed since."""

import csv
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from ibis import _

import heard_shop
from foretold_by_chance import foretell
from regulars.app import audiences as use
from regulars.app import ledger
from regulars.app.arrivals import weekly
from regulars.app.deciding import plan
from regulars.app.experiment_plan import planned
from regulars.app.learned import learned
from regulars.app.people import state_of
from regulars.app.readout import readout
from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError, SettingsError, UnknownName
from regulars.core.periods import day_number, now
from regulars.decisions.action import Gain
from regulars.decisions.holdout import held_out
from regulars.state import audiences, audit
from regulars.state.audiences import Arm, Status
from regulars.state.audit import By
from regulars.views.prepared import digest_of

BY = By(actor="cli:ada")
SETTINGS = """
[actions.service_recovery_call]
cost = 1
capacity = 30
[actions.win_back_offer]
effect = [0.0, 0.2, 0.4]
source = "A test of ours"
[actions.referral_ask]
off = true
[decisions]
holdout = 0.3
effects_by = "market"
"""
#: Customers with a case that nobody has answered.
WAITING = [f"c{n:03}" for n in range(0, 40, 2)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    rows = heard_shop.rows()
    rows["tickets"] += [(f"open {who}", who, heard_shop.before(9), "size") for who in WAITING]
    shop = heard_shop.workspace(tmp_path_factory.mktemp("decided"), rows)
    toml = shop / "regulars.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    foretell(shop, "orders")
    return shop


@pytest.fixture(scope="module")
def opened(folder):
    workspace = Workspace.at(folder)
    with workspace.opened() as found:
        yield workspace, found.records


@pytest.fixture
def state(folder):
    with state_of(Workspace.at(folder)) as found:
        yield found
        with found.writing() as transaction:
            transaction.change(audiences.audiences.delete())


# What is proposed.


def test_settings_are_what_an_action_costs_and_is_assumed_to_bring(opened):
    workspace, _records = opened
    assert "referral_ask" not in workspace.actions
    assert workspace.actions["service_recovery_call"].cost == 1
    assert workspace.actions["service_recovery_call"].capacity == 30
    assert workspace.actions["win_back_offer"].effect.mean == 0.2
    assert workspace.actions["win_back_offer"].effect.source == "A test of ours"


def test_each_proposal_has_money_cost_doubt_and_a_way_to_measure_it(opened):
    found = plan(*opened)
    proposals = found.proposals()
    assert len(proposals) == (found.policy.chosen >= 0).sum() > 50
    values = [one.profit.interval.value for one in proposals]
    assert values == sorted(values, reverse=True)
    assert values[-1] > 0
    for one in proposals:
        assert one.profit.interval.low < one.profit.interval.value < one.profit.interval.high
        assert one.cost.interval.value > 0
        assert one.why
        assert "costs_unknown" in one.profit.flags, "no order of this shop says what it cost"
        assert use.measured(found, one.action).said
    assert found.scored, "what predictions are worth stands beside"
    calls = found.policy.of(opened[0].actions["service_recovery_call"])
    assert len(calls) == 30, "no more than the team can do"


def test_a_proposal_is_worked_out_from_what_is_foretold(opened):
    found = plan(*opened, names=["service_recovery_call"])
    one = found.proposals(top=1)[0]
    assert one.action.gain is Gain.KEPT
    assert one.profit.interval.value == pytest.approx(one.leaving * 0.1 * one.worth - 1)


def test_a_budget_is_kept(opened):
    found = plan(*opened, budget=10)
    assert found.total.cost.value <= 10 + 1e-9
    assert found.total.profit.value <= plan(*opened).total.profit.value
    assert found.left.interval.high == found.left.interval.value >= 0


def test_a_condition_says_about_whom(opened):
    everybody, some = plan(*opened), plan(*opened, where="market = 'NL'")
    assert len(some.ids) == len(everybody.ids) / 2
    with pytest.raises(QueryError, match="Did you mean `NL`"):
        plan(*opened, where="market = 'NI'")


def test_whoever_is_measured_is_left_in_peace(opened):
    found = plan(*opened, busy={"c003": "spring", "nobody": "spring"})
    assert found.peace["measured"] == 1
    assert "c003" not in found.ids


def test_whoever_waits_for_an_answer_is_sold_nothing_but_service_may_help(opened):
    workspace, records = opened
    found = plan(workspace, records)
    assert set(WAITING) <= set(found.ids)
    waits = np.isin(found.ids, WAITING)
    sold = np.logical_or.reduce(
        [
            found.customers.eligible[one.name]
            for one in found.policy.actions
            if one.team != "service" and one.gain is not Gain.NOTHING
        ]
    )
    assert not (sold & waits).any()
    assert (found.customers.eligible["service_recovery_call"] & waits).any()
    decisions = workspace.settings.decisions.model_copy(update={"sell_to_waiting": True})
    anyway = replace(workspace, settings=workspace.settings.model_copy(update={"decisions": decisions}))
    either = plan(anyway, records)
    assert (either.customers.eligible["win_back_offer"] & waits).any()
    assert "waiting" not in either.peace
    assert 0 < found.peace["waiting"] <= len(WAITING)


@pytest.mark.parametrize(
    ("asked", "error", "why"),
    [
        ({"names": ["win_back_offr"]}, UnknownName, "Did you mean `win_back_offer`"),
        ({"names": ["referral_ask"]}, UnknownName, "No action"),
        ({"budget": 0}, QueryError, "above 0"),
        ({"budget": float("nan")}, QueryError, "above 0"),
        ({"where": "marked = 'NL'"}, QueryError, "no attribute"),
    ],
)
def test_what_cannot_be_is_refused(opened, asked, error, why):
    with pytest.raises(error, match=why):
        plan(*opened, **asked)


@pytest.mark.parametrize("name", ["effects_by", "consent"])
def test_an_attribute_that_customers_do_not_have_is_told(opened, name):
    workspace, records = opened
    limits = workspace.settings.decisions.model_copy(update={name: "marked"})
    settings = workspace.settings.model_copy(update={"decisions": limits})
    with pytest.raises(QueryError, match=f"`decisions.{name}`.*Did you mean `market`"):
        plan(replace(workspace, settings=settings), records)


def test_without_predictions_nothing_is_proposed(tmp_path):
    shop = heard_shop.workspace(tmp_path, heard_shop.rows())
    workspace = Workspace.at(shop)
    with workspace.opened() as found, pytest.raises(QueryError, match="regulars backtest"):
        plan(workspace, found.records)


def test_settings_of_an_action_that_there_is_not_are_told(folder, tmp_path):
    toml = (folder / "regulars.toml").read_text(encoding="utf-8")
    (tmp_path / "regulars.toml").write_text(f"{toml}\n[actions.win_bak]\ncost = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="win_back_offer"):
        Workspace.at(tmp_path).actions  # noqa: B018


# Audiences.


def test_a_page_that_was_kept_is_made_again_after_an_audience_was_written_down(folder, state):
    workspace = Workspace.at(folder)
    with workspace.opened() as found:
        before = digest_of(workspace, found)
        chosen = plan(workspace, found.records)
        use.keep(state, BY, chosen, workspace.actions["win_back_offer"], "autumn")
        assert digest_of(workspace, found) != before


def test_an_audience_is_whom_the_plan_has_drawn_into_arms(opened, state):
    workspace, _records = opened
    found, action = plan(*opened), workspace.actions["win_back_offer"]
    kept = use.keep(state, BY, found, action, "spring")
    members = audiences.of(state, "spring")
    ids = [one.customer_id for one in found.proposals(action=action)]
    assert [one.customer_id for one in members] == ids
    assert [one.arm is Arm.HOLDOUT for one in members] == held_out("spring", ids, 0.3).tolist()
    assert [one.part for one in members] == [found.customers.part[list(found.ids).index(who)] for who in ids]
    assert {one.part for one in members} == {"DE", "NL"}
    assert kept.said["parts"] == "market"
    assert (kept.treated, kept.held) == (sum(one.arm is Arm.TREATED for one in members), len(ids) - kept.treated)
    assert audit.entries(state, limit=1)[0].action == "audience.add"
    assert "spring" in workspace.decided.read_text(encoding="utf-8")
    known = learned(*opened)
    assert set(known.busy) == set(ids)
    assert not set(plan(*opened, busy=known.busy).ids) & set(ids)


def test_an_audience_of_which_nothing_was_done_is_forgotten_and_any_other_stays(opened, state):
    workspace, found = opened[0], plan(*opened)
    action = workspace.actions["win_back_offer"]
    use.keep(state, BY, found, action, "spring")
    use.remove(workspace, state, BY, "spring")
    assert (audiences.every(state), audiences.busy(state, on=found.records.as_of)) == ([], {})
    assert "spring" not in workspace.decided.read_text(encoding="utf-8")
    use.keep(state, BY, found, action, "summer")
    who = next(one.customer_id for one in audiences.of(state, "summer") if one.arm is Arm.TREATED)
    audiences.change(state, "summer", who, status=Status.DECLINED, at=now())
    with pytest.raises(QueryError, match="Something was done"):
        use.remove(workspace, state, BY, "summer")


def test_an_audience_that_was_handed_out_stays(opened, state):
    workspace, found = opened[0], plan(*opened)
    use.keep(state, BY, found, workspace.actions["win_back_offer"], "out")
    audit.record(state, BY, "audience.export", "out", purpose="", rows=1, at=now())
    with pytest.raises(QueryError, match="was handed out"):
        use.remove(workspace, state, BY, "out")


def test_what_changes_nothing_has_no_audience_and_why_nobody_is_in_one_is_said(opened, state):
    workspace, records = opened
    with pytest.raises(QueryError, match="changes nothing"):
        use.keep(state, BY, plan(*opened), workspace.actions["do_nothing"], "spring")
    busy = dict.fromkeys((str(one) for one in plan(*opened).ids), "autumn")
    with pytest.raises(QueryError, match="are in an experiment that is still running"):
        use.keep(state, BY, plan(workspace, records, busy=busy), workspace.actions["win_back_offer"], "spring")


@pytest.mark.parametrize("holdout", [0.0, 0.9])
def test_an_audience_without_a_holdout_is_refused_and_nothing_is_kept(opened, state, holdout):
    with pytest.raises(QueryError, match="left alone"):
        use.keep(state, BY, plan(*opened), opened[0].actions["win_back_offer"], "spring", holdout=holdout)
    assert audiences.every(state) == []


def test_an_audience_that_overlaps_with_one_that_runs_is_refused_by_name_with_how_many(opened, state):
    found, action = plan(*opened), opened[0].actions["win_back_offer"]
    spring = use.keep(state, BY, found, action, "spring")
    whole = spring.treated + spring.held
    with pytest.raises(QueryError, match=rf"of its {whole} customers {whole} in `spring`"):
        use.keep(state, BY, found, action, "summer")
    assert [one.name for one in audiences.every(state)] == ["spring"]


# Before it begins.


def test_what_an_experiment_could_show_is_said_before_it_begins(opened):
    action = opened[0].actions["win_back_offer"]
    whole = plan(*opened, names=["win_back_offer"])
    found = planned(whole, action, holdout=0.25)
    assert [one.share for one in found.choices] == [0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5]
    assert found.chosen.share == 0.25
    least = [one.measured.detectable for one in found.choices]
    assert least == sorted(least, reverse=True), "arms of equal size see most"
    calls = planned(plan(*opened), opened[0].actions["service_recovery_call"])
    money = [one.money for one in calls.choices]
    assert money == sorted(money, reverse=True)
    assert money[-1] > 0
    assert 0 <= calls.cut < 1
    one = found.chosen
    assert one.measured.size == len(whole.policy.of(action))
    assert one.forgone.interval.value == pytest.approx(0.25 * whole.of[action.name].profit.value)
    enough = [each.share for each in found.choices if each.measured.enough]
    assert found.best == (enough[0] if enough else None)


def test_what_cannot_be_measured_is_refused_before_it_begins(opened):
    actions = opened[0].actions
    with pytest.raises(QueryError, match="holdout of 0 cannot be"):
        planned(plan(*opened), actions["win_back_offer"], holdout=0.0)
    with pytest.raises(QueryError, match="changes nothing"):
        planned(plan(*opened), actions["do_nothing"])


def test_weeks_are_said_where_customers_arrive():
    known = {"treated": 80, "held": 20, "days": 30, "base": 0.2, "still": 1.0, "expected": 0.02, "detectable": 0.1}
    one = use.Measured(**known, needed=1_000, weekly=100.0)
    assert one.said.endswith("this list is too small to prove 2.0 points; 9 weeks of new customers are needed")
    assert "10 lists of this size" in use.Measured(**known, needed=1_000).said
    assert "more than 520 weeks" in use.Measured(**known, needed=1_000_000, weekly=1.0).said
    assert "left alone, read out after 30 days" in use.Measured(**{**known, "detectable": 0.01}, needed=50).said


def test_arrivals_are_those_who_were_not_eligible_before(opened):
    workspace, records = opened
    new = replace(workspace.actions["win_back_offer"], eligible=_.days_since_order.between(90, 110))
    found = weekly(new, records, level=0.95)
    days = records.tables["purchase_days"].filter(_.orders > 0)
    last = days.group_by("customer").aggregate(day=_.day.max()).to_pyarrow()
    # Nobody ordered since: of the last eight weeks those became eligible who are silent for 90 to 145 days now.
    ages = day_number(records.as_of) - np.asarray(last["day"])
    assert ages.min() > 56
    who = int(((ages >= 90) & (ages <= 145)).sum())
    assert found.value == pytest.approx(who / 8)
    assert found.low < found.value < found.high
    foretold = replace(new, eligible=_.leaving > 0.5)
    assert "`leaving`" in weekly(foretold, records, level=0.95).why_not


# What came of it.


def after(folder, tmp_path, members, *, lift, days=90):
    """Return the shop later: customers who were treated order more often, by `lift`."""
    rng = np.random.default_rng(4)
    rows = heard_shop.rows()
    for place, one in enumerate(members):
        base = 0.3 + (lift if one.arm is Arm.TREATED else 0)
        if rng.random() < base:
            day = heard_shop.END + timedelta(days=int(rng.integers(1, days)))
            rows["orders"].append((f"x{place}", one.customer_id, day, "sale", 50, "web", 0, "", ""))
    head = heard_shop.HEAD.replace("as_of = 2025-08-01", f"as_of = {heard_shop.END + timedelta(days=days)}")
    shop = tmp_path / "later"
    shop.mkdir()
    toml = [head]
    for name, columns in heard_shop.TABLES.items():
        with (shop / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns.split(), *rows[name]])
        toml += ["[[source]]", f'name = "{name}"', f'files = ["{name}*.csv"]', f"[source.tables.{name}]"]
        toml += [f'{column} = "{column}"' for column in columns.split()]
    (shop / "regulars.toml").write_text("\n".join(toml) + "\n", encoding="utf-8")
    heard_shop.loaded(shop)
    return shop


@pytest.fixture
def audience(opened, state):
    action = opened[0].actions["win_back_offer"]
    use.keep(state, BY, plan(*opened, names=["win_back_offer"]), action, "spring")
    return audiences.named(state, "spring"), audiences.of(state, "spring")


def test_an_effect_is_read_out_in_money_and_corrects_what_is_believed(folder, tmp_path, opened, state, audience):
    kept, members = audience
    with Workspace.at(after(folder, tmp_path, members, lift=0.4)).opened() as found:
        read = readout(kept, members, found.records)
    assert read.finished
    assert read.split.mismatch is False
    ordered = next(one for one in read.outcomes if one.name == "ordered")
    treated = [one for one in members if one.arm is Arm.TREATED]
    assert ordered.treated.interval.n == len(treated)
    assert ordered.change.interval.low <= 0.4 <= ordered.change.interval.high
    assert ordered.change.interval.value > 0.15
    brought = next(one for one in read.outcomes if one.name == "brought")
    cost = kept.said["cost_per_customer"]
    assert read.profit.interval.value == pytest.approx(brought.change.interval.value - cost)
    assert read.total.interval.value == pytest.approx(read.profit.interval.value * len(treated))
    assert read.effect.value == pytest.approx(ordered.change.interval.value)
    action = opened[0].actions["win_back_offer"]
    believed = ledger.effects({"win_back_offer": action}, [read])["win_back_offer"]
    assert action.effect.mean < believed.mean < read.effect.value
    assert believed.deviation < action.effect.deviation
    assert set(believed.parts) == {"", "DE", "NL"}
    assert all(believed.of(name).deviation < action.effect.deviation for name in ("DE", "NL"))
    assert believed.of("DE").n + believed.of("NL").n == len(members)
    (entry,) = ledger.ledger({"win_back_offer": action}, [read])
    assert entry.proved.interval.value == pytest.approx(read.total.interval.value)


def test_while_it_runs_intervals_are_wider_and_teach_nothing_yet(folder, tmp_path, audience):
    kept, members = audience
    with Workspace.at(after(folder, tmp_path, members, lift=0.4, days=45)).opened() as found:
        read = readout(kept, members, found.records)
    assert (read.finished, read.seen, read.effect) == (False, 45, None)
    change = read.outcomes[0].change
    assert change.interval.method.startswith("always valid")
    assert "unfinished" in change.flags


def test_arms_that_were_not_filled_as_drawn_are_not_read_out(folder, tmp_path, audience):
    kept, members = audience
    lost = [one for one in members if one.arm is Arm.TREATED or one.place % 5 < 2]
    with Workspace.at(after(folder, tmp_path, members, lift=0.4)).opened() as found:
        read = readout(kept, lost, found.records)
    assert "something else chose" in read.why_not
    assert read.outcomes == ()
    assert read.profit is None


def test_before_a_day_has_passed_nothing_is_read_out(opened, audience):
    kept, members = audience
    read = readout(kept, members, opened[1])
    assert read.why_not == "no day after it began is on record yet"


def test_records_from_before_it_are_refused(opened, audience):
    kept, members = audience
    with pytest.raises(QueryError, match="Load newer ones"):
        readout(replace(kept, as_of=date(2026, 1, 1)), members, opened[1])
