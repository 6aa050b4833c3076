"""Which model is chosen: the one with the least squared error, among its equals the one that hedges."""

from dataclasses import replace

import numpy as np
import pytest

from regulars.catalogue.models.outcomes import lapse, orders
from regulars.core.estimate import Interval, unknown
from regulars.models.choice import ordered
from regulars.models.model import Kind, Model
from regulars.models.scores import Seen, measures
from regulars.models.trial import Tried

LEVEL = 0.95
SIZE = 400
CAME = np.random.default_rng(1).poisson(2.0, SIZE).astype(float)


def model(name, predicts=orders, **rest):
    return Model(name=name, question="?", predicts=predicts, fit=None, source="", caveat="", **rest)


def seen(mean, came=CAME):
    day = Seen(customer=np.arange(1, len(came) + 1), mean=mean, inside=np.ones(len(came), dtype=bool), came=came)
    return [day]


def tried(name, days, kind=Kind.COUNT, why_not=""):
    score = {one.name: one.take(days, LEVEL) for one in measures(kind)} if days else {}
    return Tried(model=name, version=1, score=score, gain=unknown("x", level=LEVEL), why_not=why_not)


def best(models, means, kind=Kind.COUNT):
    """Return names, best first, and why."""
    days = {name: seen(mean, CAME if kind is Kind.COUNT else CAME > 2) for name, mean in means.items()}
    if kind is Kind.PROBABILITY:
        days = {name: [replace(day[0], came=(CAME > 2).astype(float))] for name, day in days.items()}
    found, why = ordered(
        [tried(name, days[name], kind) for name in means], {one.name: one for one in models}, days, unknown_gains(days)
    )
    return [one.model for one in found], why


def unknown_gains(names, **known):
    return dict.fromkeys(names, unknown("x", level=LEVEL)) | known


def gain(value, low, high):
    return Interval(value=value, low=low, high=high, level=LEVEL, method="ratio", n=SIZE)


def noisy(error, seed=2):
    return CAME + np.random.default_rng(seed).normal(0, error, SIZE)


def test_the_least_squared_error_is_chosen_whatever_is_simpler():
    models = [model("plain", naive=True, complexity=0), model("elaborate", complexity=5)]
    names, why = best(models, {"plain": noisy(1.0), "elaborate": noisy(0.3)})
    assert names == ["elaborate", "plain"]
    assert why == "the least squared error, detectably less than all others'"


def test_the_worse_follow_by_squared_error():
    models = [model(name) for name in "abcd"]
    means = {"a": noisy(2.0), "b": noisy(0.2), "c": noisy(4.0), "d": noisy(1.0)}
    assert best(models, means)[0] == ["b", "d", "a", "c"]


def test_among_equals_a_combination_is_chosen_though_its_error_is_a_little_greater():
    models = [model("one"), model("blend", hedges=True, complexity=5)]
    means = {"one": noisy(0.30, 3), "blend": noisy(0.305, 4)}
    assert np.square(means["one"] - CAME).mean() < np.square(means["blend"] - CAME).mean()
    names, why = best(models, means)
    assert names == ["blend", "one"]
    assert why.startswith("past days cannot tell 2 models apart by squared error; of these, the combination")


def test_a_combination_that_is_detectably_worse_is_not():
    models = [model("one"), model("blend", hedges=True)]
    assert best(models, {"one": noisy(0.3), "blend": noisy(1.0)})[0] == ["one", "blend"]


def test_among_equals_the_mean_rank_decides():
    """What errs a hair less by square is worse by tenths and total."""
    days = {"short": seen(noisy(0.30, 3)), "fair": seen(noisy(0.305, 4))}
    short, fair = (tried(name, days[name]) for name in days)
    scored = fair.score["mae"]
    worse = {
        "decile_error": replace(scored, value=9.0),
        "bias": replace(scored, value=0.5),
        "gini": replace(scored, value=0.1),
    }
    short = replace(short, score={**short.score, **worse})
    fair = replace(fair, score={**fair.score, **dict.fromkeys(worse, replace(scored, value=1.0))})
    models = {one.name: one for one in (model("short", complexity=0), model("fair", complexity=5))}
    found, why = ordered([short, fair], models, days, unknown_gains(days))
    assert [one.model for one in found] == ["fair", "short"]
    assert why.endswith("of these, the best by mean rank")


def test_models_that_say_the_same_count_once():
    """Three laws that are one are better by tenths, and worse by everything else: their number decides nothing."""
    names = ("sharp", "law", "law_again", "law_once_more")
    days = {name: seen(noisy(0.3 if name == "sharp" else 0.301, 3)) for name in names}
    told = []
    for name in names:
        one = tried(name, days[name])
        by_tenths = {"decile_error": replace(one.score["mae"], value=0.3 if name == "sharp" else 0.2)}
        told.append(replace(one, score={**one.score, **by_tenths}))
    models = {name: model(name, complexity=2 if name == "sharp" else 1) for name in names}
    assert ordered(told, models, days, unknown_gains(days))[0][0].model == "sharp"


def test_among_the_very_same_the_simplest():
    models = [model("elaborate", complexity=3), model("simple", complexity=1)]
    assert best(models, {"elaborate": noisy(1.0), "simple": noisy(1.0)})[0] == ["simple", "elaborate"]


def test_probabilities_are_compared_by_squared_error_too():
    models = [model("good", lapse), model("bad", lapse)]
    chance = np.where(CAME > 2, 0.8, 0.2)
    assert best(models, {"bad": 1 - chance, "good": chance}, Kind.PROBABILITY)[0] == ["good", "bad"]


def test_what_failed_comes_last_the_rule_before_others():
    models = {one.name: one for one in (model("rule", naive=True), model("a"), model("b"), model("c"))}
    every = [tried(name, (), why_not="no") for name in ("c", "rule", "b")]
    found, why = ordered([*every, tried("a", seen(noisy(9.0)))], models, {"a": seen(noisy(9.0))}, unknown_gains("a"))
    assert [one.model for one in found] == ["a", "rule", "b", "c"]
    found, why = ordered(every, models, {}, {})
    assert [one.model for one in found] == ["rule", "b", "c"]
    assert why == "there is no past to try models on, so the simple rule stands"


@pytest.mark.parametrize("came", [np.zeros(20), np.array([-3.0, 2.0, 0.0, 1.0] * 5)])
def test_nothing_or_less_than_nothing_can_come(came):
    models = {one.name: one for one in (model("a"), model("b"))}
    days = {"a": seen(np.zeros(20), came), "b": seen(np.ones(20), came)}
    found, _ = ordered([tried(name, days[name]) for name in "ab"], models, days, unknown_gains(days))
    assert found[0].model == "a"


def test_what_is_detectably_worse_than_the_rule_is_never_level_with_the_best():
    models = [model("plain", naive=True), model("a"), model("hedge", hedges=True)]
    means = {"plain": noisy(1.0), "a": noisy(1.0, 3), "hedge": noisy(1.02, 4)}
    days = {name: seen(mean) for name, mean in means.items()}
    told = [tried(name, days[name]) for name in means]
    named = {one.name: one for one in models}
    assert ordered(told, named, days, unknown_gains(days))[0][0].model == "hedge"
    gains = unknown_gains(days, hedge=gain(-0.09, -0.14, -0.04))
    assert ordered(told, named, days, gains)[0][0].model != "hedge"


def test_what_is_detectably_better_than_the_rule_comes_before_what_may_be():
    models = {one.name: one for one in (model("plain", naive=True), model("sure"), model("hedge", hedges=True))}
    days = {"plain": seen(noisy(1.0)), "sure": seen(noisy(1.0, 3)), "hedge": seen(noisy(1.02, 4))}
    told = [tried(name, days[name]) for name in models]
    gains = unknown_gains(days, sure=gain(0.1, 0.04, 0.15), hedge=gain(0.1, -0.2, 0.15))
    found, why = ordered(told, models, days, gains)
    assert found[0].model == "sure"
    assert why.endswith("squared error; it alone is detectably better than the simple rule")
    gains["hedge"] = gain(0.1, 0.01, 0.15)
    found, why = ordered(told, models, days, gains)
    assert found[0].model == "hedge"
    assert "of the 2 that are detectably better than the simple rule, the combination" in why


def test_one_that_alone_could_be_tried_is_not_better_than_others():
    days = {"plain": seen(noisy(1.0))}
    named = {"plain": model("plain", naive=True)}
    assert ordered([tried("plain", days["plain"])], named, days, unknown_gains(days))[1] == "no other could be tried"
