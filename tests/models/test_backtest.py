"""Scores, worked out by hand from predictions and orders that are known."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from regulars.app.foretell import snapshot_of
from regulars.catalogue.models.outcomes import contract_end, lapse, orders
from regulars.catalogue.models.recent_orders import recent_orders
from regulars.catalogue.models.shifted_beta_geometric import sbg_end
from regulars.core.errors import CatalogueError
from regulars.data import engine
from regulars.models.backtest import CUTOFFS, backtest, days_to_try, fitted
from regulars.models.model import Forecast, Horizon
from regulars.stats.intervals import ratio
from regulars.stats.likelihood import NotFitted
from regulars.stats.moments import PairSums
from small import company, contract, on, sale

HORIZON = Horizon(20)


@dataclass(frozen=True, kw_only=True)
class Said:
    """Foretells what it is told to, by customer id and the day on which it is asked."""

    says: Any
    n: int = 1
    method: str = "told"
    learned: tuple = ()
    notes: tuple = ()

    def predict(self, snapshot, level):
        known = engine.run(snapshot.tables["people"].select("customer", "customer_id").order_by("customer"))
        people = set(orders.people(snapshot).tolist())
        rows = [self.says(one["customer_id"], snapshot.as_of) for one in known if one["customer"] in people]
        return Forecast(**dict(zip(("mean", "low", "high"), np.array(rows, float).T, strict=True)))


def saying(says, name="said"):
    return replace(recent_orders, name=name, naive=False, fit=lambda *_: Said(says=says))


def rows():
    """Return 30 customers with orders every few days, from day 0 to 99."""
    return [sale(f"c{who:02}", day) for who in range(30) for day in range(who % 10, 100, 5 + who % 7)]


@pytest.fixture(scope="module")
def known():
    return snapshot_of(company(100, orders=rows(), since=on(0)))


def came(who, day):
    """Return how often a customer orders in the horizon after `day`."""
    start = (day - on(0)).days
    return sum(
        row["customer_id"] == who and start <= (row["ordered_at"].date() - on(0)).days < start + HORIZON.days
        for row in rows()
    )


def known_on(day):
    return sorted({row["customer_id"] for row in rows() if row["ordered_at"].date() < day})


def tried(known, model, horizon=HORIZON):
    """Return what was found of a model, and the trial."""
    models = [recent_orders] if model is recent_orders else [recent_orders, model]
    trial = backtest(models, known, horizon, level=0.95, seed=1)
    return trial.of(model.name), trial


def test_cutoffs_are_a_horizon_apart_and_leave_a_horizon_of_records():
    assert CUTOFFS == 4
    assert days_to_try(on(0), on(100), HORIZON, 1) == (HORIZON, (on(80), on(60), on(40), on(20)))
    assert days_to_try(on(25), on(100), HORIZON, 1) == (HORIZON, (on(80), on(60)))
    lead = Horizon(20, 15)
    assert days_to_try(on(0), on(100), lead, 1) == (lead, (on(65), on(45), on(25)))


def test_what_is_learned_from_labels_needs_two_horizons_of_records():
    assert days_to_try(on(0), on(100), HORIZON, 2) == (HORIZON, (on(80), on(60), on(40)))
    lead = Horizon(20, 10)
    assert days_to_try(on(0), on(100), lead, 2) == (lead, (on(70), on(50)))


def test_where_records_are_short_the_horizon_is_cut():
    assert days_to_try(on(0), on(100), Horizon(51), 1) == (Horizon(50), (on(50),))
    assert days_to_try(on(0), on(100), Horizon(51), 2) == (Horizon(33), (on(67),))
    assert days_to_try(on(0), on(100), Horizon(90, 20), 1) == (Horizon(40, 20), (on(40),))
    assert days_to_try(on(0), on(14), Horizon(90), 1) == (Horizon(7), (on(7),))
    assert days_to_try(on(0), on(13), Horizon(90), 1) == (Horizon(90), ())


def test_a_shorter_horizon_is_said(known):
    found, trial = tried(known, recent_orders, Horizon(51))
    assert (trial.asked_days, trial.days, trial.cutoffs) == (51, 50, (on(50),))
    assert found.score["mae"].value is not None


def test_whoever_knows_the_future_scores_best(known):
    found, trial = tried(known, saying(lambda who, day: (came(who, day),) * 3))
    assert [found.score[name].value for name in ("rmse", "mae", "bias", "coverage")] == [0, 0, 1, 1]
    assert found.score["coverage"].low < 1  # of 30 customers, none outside proves little
    assert found.gain.value == 1
    assert found.totals == (1, 1, 1, 1)
    assert (trial.naive, trial.chosen) == ("recent_orders", "said")
    assert trial.of("recent_orders").gain.why_not == "it is the rule itself"


def test_scores_are_those_of_a_plain_reckoning(known):
    def says(who, day):
        mean = (int(who[1:]) * 7 + day.toordinal()) % 11 / 2
        return mean, mean - 1.5, mean + 1

    found, trial = tried(known, saying(says))
    customers = {who: [] for who in known_on(on(100))}
    for cutoff in trial.cutoffs:
        for who in known_on(cutoff):
            mean, real = says(who, cutoff)[0], came(who, cutoff)
            inside = mean - 1.5 <= real <= mean + 1
            customers[who].append((1, real, abs(mean - real), (mean - real) ** 2, mean, inside))
    sums = np.array([np.sum(days, axis=0) for days in customers.values() if days])
    count, real, error, squared, mean, inside = sums.T
    for name, (above, below, power) in {
        "mae": (error, count, 1),
        "rmse": (squared, count, 0.5),
        "bias": (mean, real, 1),
        "coverage": (inside, count, 1),
    }.items():
        expected, score = ratio(PairSums.of(zip(above, below, strict=True))), found.score[name]
        assert score.n == len(sums)
        for part in ("value", "low", "high"):
            assert getattr(score, part) == pytest.approx(getattr(expected, part) ** power, rel=1e-6), (name, part)
    by_day = [
        (sum(says(who, day)[0] for who in known_on(day)), sum(came(who, day) for who in known_on(day)))
        for day in trial.cutoffs
    ]
    assert found.totals == pytest.approx([said / real for said, real in by_day])
    assert sum(one.n for one in found.deciles) == sum(len(known_on(day)) for day in trial.cutoffs)


def test_the_gain_is_the_share_of_the_rules_squared_error(known):
    found, trial = tried(known, saying(lambda *_: (2.0, 0.0, 9.0)))
    own, rule = (trial.of(name).score["rmse"].value ** 2 for name in ("said", "recent_orders"))
    assert found.gain.value == pytest.approx(1 - own / rule, rel=1e-5)


def test_a_worse_model_has_a_negative_gain_and_is_not_chosen(known):
    found, trial = tried(known, saying(lambda *_: (50.0, 40.0, 60.0)))
    assert found.gain.high < 0
    assert found.score["coverage"].value == 0
    assert found.score["coverage"].high > 0
    assert found.score["bias"].low > 1
    assert trial.chosen == "recent_orders"


def test_ties_leave_a_tenth(known):
    found, _ = tried(known, saying(lambda *_: (1.0, 0.0, 9.0)))
    assert found.score["top_tenth"].value == pytest.approx(0.1, abs=1e-6)


def test_records_too_short_have_no_score():
    short = snapshot_of(company(13, orders=rows()[:2], since=on(0)))
    found, trial = tried(short, recent_orders, Horizon(51))
    assert trial.cutoffs == ()
    assert found.score["mae"].why_not == "records of 13 days are too short to try it: that takes 14 days"
    assert (found.gain.value, found.deciles) == (None, ())
    assert trial.why == "there is no past to try models on, so the simple rule stands"


def test_where_nothing_came_nothing_could_be_foretold():
    quiet = snapshot_of(company(100, orders=[sale(f"c{one}", one % 2) for one in range(10)], since=on(0)))
    found, _ = tried(quiet, saying(lambda *_: (1.0, 0.0, 2.0)))
    assert found.score["bias"].why_not == "nothing came that could have been foretold"
    assert found.score["mae"].value == 1
    assert found.score["coverage"].value == 1
    assert found.totals == (None,) * 4


def test_a_score_of_a_few_customers_is_none():
    few = snapshot_of(company(100, orders=[sale(f"c{one}", one % 2) for one in range(9)], since=on(0)))
    found, _ = tried(few, saying(lambda *_: (1.0, 0.0, 2.0)))
    assert found.why_not == "past days had fewer than 10 customers to try it on"
    assert found.score["mae"].value is None


def test_huge_numbers_are_scored(known):
    found, _ = tried(known, saying(lambda *_: (1e14, 0.0, 1e15)))
    assert found.gain.value < 0


def test_nothing_of_a_past_day_or_later_is_seen(known):
    """A model is handed what was known before each day, and labels end before the records do."""
    asked = []

    def fit(snapshot, horizon, rng):
        days = snapshot.tables["purchase_days"]
        asked.append((snapshot.as_of, engine.run(days.day.max()), snapshot.day))
        return Said(says=lambda *_: (1.0, 0.0, 2.0))

    tried(known, replace(saying(None), fit=fit))
    assert [day for day, _, _ in asked] == [on(80), on(60), on(40), on(20)]
    assert all(last < day for _, last, day in asked)
    with pytest.raises(ValueError, match="is not known on"):
        orders.seen(known, orders.people(known), known.day - 19, HORIZON)


def test_a_model_that_could_not_be_fitted_on_a_day_has_no_score(known):
    def fit(snapshot, horizon, rng):
        if snapshot.as_of == on(20):
            raise NotFitted("too few")
        return Said(says=lambda who, day: (came(who, day),) * 3)

    found, trial = tried(known, replace(saying(None), fit=fit))
    assert found.why_not == "too few"
    assert {one.why_not for one in found.score.values()} == {"too few"}
    assert trial.chosen == "recent_orders"


def test_draws_are_the_same_on_every_run_and_for_every_model(known):
    drawn = []

    def fit(snapshot, horizon, rng):
        drawn.append(rng.random())
        return Said(says=None)

    for name, day in (("one", 80), ("one", 80), ("other", 80), ("one", 60)):
        fitted(replace(saying(None, name), fit=fit), known.before(on(day)), HORIZON, 1)
    assert len(set(drawn)) == 2
    assert drawn[0] == drawn[1] == drawn[2]


def test_there_must_be_one_rule(known):
    with pytest.raises(CatalogueError, match="found: none"):
        backtest([saying(None)], known, HORIZON, level=0.95, seed=1)
    with pytest.raises(CatalogueError, match="`recent_orders`, `two`"):
        backtest([recent_orders, replace(recent_orders, name="two")], known, HORIZON, level=0.95, seed=1)


def ended():
    """Return contracts from day 0: one ends in the lead, one in the horizon, one after it, one never."""
    ends = {"lead": 65, "inside": 75, "edge": 70, "after": 80, "never": None, "before": 59}
    rows = [contract(f"{who} {n}", 0, end) for who, end in ends.items() for n in range(10)]
    return company(100, subscriptions=[*rows, contract("later 1", 63)], since=on(0))


def test_who_left_within_the_lead_is_no_example_of_staying_or_leaving():
    later = snapshot_of(ended())
    known = later.before(on(60))
    people = contract_end.people(known)
    names = {row["customer"]: row["customer_id"] for row in engine.run(later.tables["people"])}
    found = contract_end.seen(later, people, known.day, Horizon(10, 10))
    told = {names[who].split()[0]: value for who, value in zip(people.tolist(), found.tolist(), strict=True)}
    assert told.keys() == {"lead", "inside", "edge", "after", "never"}
    assert np.isnan(told.pop("lead"))
    assert told == {"inside": 1, "edge": 1, "after": 0, "never": 0}
    without = contract_end.seen(later, people, known.day, Horizon(20))
    assert sum(without) == 30


def test_who_renews_within_the_grace_has_not_ended():
    rows = [contract("ann", 0, 70), contract("ann", 75), contract("bob", 0, 70), contract("bob", 90)]
    later = snapshot_of(company(100, subscriptions=rows, since=on(0), renewal_grace_days=10))
    people = contract_end.people(later.before(on(60)))
    assert contract_end.seen(later, people, later.before(on(60)).day, Horizon(20)).tolist() == [0, 1]


def test_silence_is_what_comes_where_nothing_does(known):
    past = known.before(on(60))
    people = lapse.people(past)
    found = lapse.seen(known, people, past.day, Horizon(3))
    names = {row["customer"]: row["customer_id"] for row in engine.run(known.tables["people"])}
    ordered = {row["customer_id"] for row in rows() if on(60) <= row["ordered_at"].date() < on(63)}
    assert {names[who] for who, silent in zip(people.tolist(), found, strict=True) if not silent} == ordered
    assert set(found.tolist()) == {0.0, 1.0}


def test_scores_are_of_those_whom_it_concerns():
    """With a lead, a customer who left within it is not scored."""
    known = snapshot_of(ended())
    rule = replace(sbg_end, naive=True, fit=lambda *_: Half())
    trial = backtest([rule], known, Horizon(10, 10), level=0.95, seed=1)
    (day,) = [at for at, cutoff in enumerate(trial.cutoffs) if cutoff == on(60)]
    assert trial.of("sbg_end").totals[day] == pytest.approx(4 * 0.5 / 2)


class Half:
    n, method, learned, notes = 1, "half", (), ()

    def predict(self, snapshot, level):
        half = np.full(len(contract_end.people(snapshot)), 0.5)
        return Forecast(mean=half, low=half, high=half)
