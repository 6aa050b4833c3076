"""Probabilities learned from past days: a planted relation is found, a planted leak is not believed."""

from dataclasses import replace

import numpy as np
import pytest

from regulars.app.foretell import snapshot_of
from regulars.catalogue.features.contracts import monthly_now, seats_now
from regulars.catalogue.models.outcomes import contract_end
from regulars.core.randomness import stream
from regulars.models.chances import chance
from regulars.models.guards import guarded
from regulars.models.learning import examples
from regulars.models.model import Horizon
from regulars.stats import ranking
from regulars.stats.likelihood import NotFitted
from small import company, contract, on

HORIZON = Horizon(30)
SIZE = 1500
#: Chance to end in a month: who pays much is four times as likely to.
CHEAP, DEAR = 0.05, 0.2


def contracts(seed=1):
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(SIZE):
        dear, start = rng.random() < 0.5, int(rng.integers(0, 120))
        end = start + int(rng.geometric(DEAR if dear else CHEAP)) * 30 - int(rng.integers(0, 30))
        seats = int(rng.integers(1, 9))
        rows.append(contract(f"c{who:04}", start, end if end < 200 else None, 50.0 if dear else 5.0, seats=seats))
    return rows


@pytest.fixture(scope="module")
def known():
    # In a snapshot an end that lies ahead is not known, so nothing here gives the answer away.
    return snapshot_of(company(200, subscriptions=contracts(), since=on(0)), [monthly_now, seats_now])


@pytest.fixture(scope="module")
def fitted(known):
    return chance(contract_end)(known, HORIZON, stream(1, "chance"))


@pytest.fixture(scope="module")
def found(known, fitted):
    return fitted.predict(known, 0.95)


def test_a_planted_relation_is_found(known, found):
    dear = known.features["monthly_now"][contract_end.people(known)] > 10
    assert found.mean[dear].mean() == pytest.approx(DEAR, abs=0.06)
    assert found.mean[~dear].mean() == pytest.approx(CHEAP, abs=0.03)
    assert (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()
    assert found.doubts.shape == (6, len(found.mean))


def test_reasons_name_the_planted_driver(known, fitted, found):
    dear = known.features["monthly_now"][contract_end.people(known)] > 10
    driver = fitted.reasons.index("monthly_now")
    assert (found.more["reason_1"][dear] == driver).mean() > 0.95
    assert (found.more["value_1"][dear & (found.more["reason_1"] == driver)] == 50).all()
    assert not (found.more["reason_1"][~dear] == driver).any()  # what speaks against it is no reason for it
    assert (found.more["effect_1"] >= 0).all()


def test_what_speaks_for_staying_is_no_reason_whatever_the_model_made_of_it(known):
    """Declared to go along with staying, much is no reason to leave, though here the model learned that it is."""
    staying = replace(known, declared=[replace(monthly_now, risk=-1), seats_now], _past={})
    found = chance(contract_end)(staying, HORIZON, stream(1, "chance"))
    told = found.predict(staying, 0.95)
    dear = staying.features["monthly_now"][contract_end.people(staying)] > 10
    assert told.mean[dear].mean() > told.mean[~dear].mean()
    assert not (told.more["reason_1"][dear] == found.reasons.index("monthly_now")).any()


def test_next_to_nothing_is_no_reason(found):
    some = found.more["reason_1"] >= 0
    assert some.any()
    assert (found.more["effect_1"][some] >= 0.1).all()


def test_nothing_is_given_as_a_reason_that_nobody_can_act_on(known):
    fixed = replace(known, declared=[replace(monthly_now, actionable=False), seats_now])
    fixed = replace(fixed, _past={})
    assert chance(contract_end)(fixed, HORIZON, stream(1, "x")).reasons == ("seats_now",)


def test_what_is_foretold_comes_as_often_on_later_days(known):
    past = known.before(on(170))
    people = contract_end.people(past)
    told = chance(contract_end)(past, HORIZON, stream(1, "x")).predict(past, 0.95).mean
    came = contract_end.seen(known, people, past.day, HORIZON)
    assert told.sum() == pytest.approx(came.sum(), rel=0.3)
    assert ranking.concordance(told, came) > 0.6


def test_a_column_that_gives_the_answer_away_is_left_out_and_named(known):
    seen = examples(known, contract_end, HORIZON)
    written = replace(seen, columns={**seen.columns, "written_later": seen.came * 2 + 0.1})
    kept, said = guarded(written, known, HORIZON, stream(1, "x"))
    assert set(kept.columns) == {"monthly_now", "seats_now"}
    assert any(one.startswith("left out: `written_later`") for one in said)
    honest, said = guarded(seen, known, HORIZON, stream(1, "x"))
    assert honest.columns.keys() == seen.columns.keys()
    assert not any("left out" in one or "shuffled" in one for one in said)


def test_a_column_of_dates_is_named_but_kept(known):
    seen = examples(known, contract_end, HORIZON)
    dated = replace(seen, columns={**seen.columns, "date": seen.day.astype(float)})
    kept, said = guarded(dated, known, HORIZON, stream(1, "x"))
    assert "date" in kept.columns
    assert any("`date` tells one day from another" in one for one in said)


def test_examples_do_not_overlap_and_end_before_the_snapshot(known):
    seen = examples(known, contract_end, Horizon(30, 7))
    days = sorted(set(seen.day.tolist()))
    assert len(days) == 3
    assert max(days) + 37 == known.day
    assert set(np.diff(days).tolist()) == {30}
    for day in days:
        who = seen.customer[seen.day == day]
        assert len(set(who.tolist())) == len(who)
    assert not np.isnan(seen.came).any()


def test_parts_hold_whole_customers_whatever_their_numbers(known):
    seen = examples(known, contract_end, HORIZON)
    parts = seen.parts(3)
    assert all(len(set(parts[seen.customer == who].tolist())) == 1 for who in np.unique(seen.customer)[:50])
    assert (replace(seen, customer=seen.customer * 7).parts(3) == parts).all()


def test_a_signed_model_only_does_what_its_signs_say(known):
    wrong = replace(replace(known, declared=[replace(monthly_now, risk=-1), replace(seats_now, risk=1)]), _past={})
    found = chance(contract_end, signed=True)(wrong, HORIZON, stream(1, "x")).predict(wrong, 0.95)
    dear = wrong.features["monthly_now"][contract_end.people(wrong)] > 10
    assert found.mean[dear].mean() <= found.mean[~dear].mean() + 0.01  # it may not raise it, whatever the records say


def test_what_cannot_be_learned_is_refused_in_words(known):
    with pytest.raises(NotFitted, match="too short to learn from"):
        chance(contract_end)(known.before(on(40)), HORIZON, stream(1, "x"))
    bare = replace(replace(known, declared=[]), _past={})
    with pytest.raises(NotFitted, match="varies"):
        chance(contract_end)(bare, HORIZON, stream(1, "x"))
