import numpy as np
import pytest

from regulars.stats import leakage


@pytest.fixture
def customers():
    rng = np.random.default_rng(3)
    n = 2000
    recency = rng.gamma(1, 60, n)
    came = (rng.random(n) < 1 / (1 + np.exp(2 - recency / 60))).astype(float)
    return {"recency": recency, "age": rng.gamma(3, 100, n)}, came, rng


def names(findings):
    return [one.column for one in findings]


def test_a_column_written_afterwards_is_named_whatever_its_direction(customers):
    honest, came, rng = customers
    noisy = np.where(rng.random(len(came)) < 0.02, 1 - came, came)
    leaking = {"up": noisy, "down": -noisy}
    found = leakage.tells_alone(honest | leaking, came)
    assert names(found) == ["up", "down"]
    assert all(one.value > one.limit == 0.95 and f"`{one.column}`" in one.said for one in found)


def test_a_column_that_leaks_by_being_missing_is_named(customers):
    honest, came, rng = customers
    value = rng.normal(size=len(came))
    gone = {"left_on": np.where(came == 1, value, np.nan), "last_bill": np.where(came == 1, np.nan, value)}
    assert names(leakage.tells_alone(honest | gone, came)) == ["left_on", "last_bill"]


def test_honest_columns_are_not_named(customers):
    honest, came, rng = customers
    some_missing = np.where(rng.random(len(came)) < 0.3, np.nan, honest["age"])
    infinite = np.where(rng.random(len(came)) < 0.3, np.inf, honest["age"])
    assert leakage.tells_alone(honest | {"patchy": some_missing, "endless": infinite}, came) == ()
    assert leakage.tells_alone(honest, np.ones(len(came))) == ()


def test_a_column_that_is_a_date_tells_days_apart(customers):
    honest, came, rng = customers
    old = honest | {"day": np.full(len(came), 100.0), "counter": np.arange(len(came)) + 0.0}
    new = {name: x[:1500] + rng.normal(0, 0.1, 1500) for name, x in honest.items()}
    new |= {"day": np.full(1500, 130.0), "counter": np.arange(1500) + 1500.0}
    assert names(leakage.tells_days_apart(old, new)) == ["day", "counter"]


def test_a_column_that_was_not_there_yet_fades(customers):
    honest, came, rng = customers
    n = len(came)
    complaint = np.where((came == 1) & (rng.random(n) < 0.6), rng.normal(size=n), np.nan)
    columns = honest | {"complaint": complaint}
    earlier = {
        "recency": honest["recency"] * rng.uniform(0.8, 1.2, n),
        "age": honest["age"] - 30,
        "complaint": np.full(n, np.nan),
    }
    found = leakage.fades(columns, earlier, came)
    assert names(found) == ["complaint"]
    assert found[0].value == pytest.approx(0.3, abs=0.03)
    assert leakage.tells_alone(columns, came) == ()  # the first guard alone would not do


def test_a_trial_on_what_was_learned_is_found_and_an_honest_one_is_not(customers):
    _, came, rng = customers
    noise = rng.normal(size=(len(came), 1))

    def cheats(labels):
        return labels + 0.5 * noise[:, 0]

    def honest(labels):
        return noise[:, 0]

    found = leakage.learns_from_noise(cheats, came, rng=np.random.default_rng(1))
    assert [one.guard for one in found] == ["learns from noise"]
    assert leakage.learns_from_noise(honest, came, rng=np.random.default_rng(1)) == ()


def test_few_customers_are_not_accused_of_what_chance_does():
    came = np.repeat([0.0, 1.0], [30, 6])
    for seed in range(20):
        scores = np.random.default_rng(100 + seed).normal(size=36)
        found = leakage.learns_from_noise(lambda _, scores=scores: scores, came, rng=np.random.default_rng(seed))
        assert found == () or abs(found[0].value - 0.5) > 0.25
