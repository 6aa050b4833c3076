"""Survey statistics against published and independently computed results."""

import json

import numpy as np
import pytest

from regulars.stats import contrasts, intervals, nps, power, shrinkage

pytestmark = pytest.mark.filterwarnings("error")


def near(value, tolerance=1e-9):
    return pytest.approx(value, rel=0, abs=tolerance)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((65, 20, 15), 0.33997201689950085, 0.6293333855126583),
        ((18, 10, 8), 0.00017315364425339236, 0.5117276329641497),
        ((6, 3, 1), -0.02002702747744552, 0.793180014838933),
        ((10, 0, 0), 0.4449344002742216, 1.0),
    ],
)
def test_score_interval_of_nps_is_tangos(counts, low, high):
    found = nps.nps(*counts)
    assert (found.low, found.high) == (near(low, 2e-7), near(high, 2e-7))


@pytest.mark.shared_data
def test_nps_intervals(shared):
    oracle = json.loads((shared / "oracles/nps_ci.json").read_text())
    methods = {"score95": nps.nps, "wald95": nps.nps_wald, "adj_wald3_95": nps.nps_adjusted_wald}
    for case in oracle["expected"]:
        counts = (case["promoters"], case["passives"], case["detractors"])
        assert nps.nps_variance(*counts) == near(case["var"])
        for name, method in methods.items():
            found = method(*counts)
            assert found.value == near(case["nps"])
            assert [found.low, found.high] == [near(limit, oracle["tolerance"]) for limit in case[name]], name


@pytest.mark.parametrize(
    ("before", "after", "se", "p"),
    [
        ((65, 20, 15), (55, 25, 20), 0.108512672071054, 0.166871309260397),
        ((250, 230, 120), (310, 200, 90), 0.0428552689184664, 0.000464991110125546),
    ],
)
def test_two_periods_of_nps_as_in_r_nps_test(before, after, se, p):
    found = contrasts.difference(nps.nps_wald(*after), nps.nps_wald(*before))
    assert found.high - found.value == near(intervals.z(0.95) * se)
    assert contrasts.p_value(found) == near(p)


@pytest.mark.shared_data
def test_two_periods_of_nps(shared):
    for case in json.loads((shared / "oracles/nps_two_sample.json").read_text())["expected"]:
        x, y = (nps.nps_wald(*reversed(case[side])) for side in "xy")
        gap = contrasts.difference(max(x, y, key=lambda i: i.value), min(x, y, key=lambda i: i.value))
        assert [gap.value, gap.low, gap.high] == [near(case["delta"]), near(case["ci"][0]), near(case["ci"][1])]


def test_sample_sizes():
    assert power.sample_size(0.57, 0.05) == 876
    assert power.sample_size(1, 0.10) == 385
    assert power.sample_size_change(0.57, 0.57, 0.05, power=0.8) == 3580


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.255288519878274, 0.3662095769828),  # Newcombe 1998, table I
        (15, 148, 0.0623863995307363, 0.160487241723308),
        (412, 500, 0.78818582871064, 0.854873598670274),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(successes, n, low, high):
    found = intervals.wilson(successes, n)
    tolerance = 1e-9 if n > 100 else 5e-5
    assert (found.low, found.high) == (near(low, tolerance), near(high, tolerance))


@pytest.mark.shared_data
def test_shares(shared):
    for case in json.loads((shared / "oracles/csat_wilson.json").read_text())["expected"]:
        score, exact = intervals.wilson(case["x"], case["n"]), intervals.clopper_pearson(case["x"], case["n"])
        assert [score.value, score.low, score.high] == [near(case[key]) for key in ("est", "lo", "hi")]
        assert [exact.low, exact.high] == [near(limit) for limit in case["exact"]]


def test_garwoods_table():
    """Garwood 1936: 95 % limits of 0, 1, 10 and 50 arrivals."""
    published = {0: (0, 3.6889), 1: (0.0253, 5.5716), 10: (4.7954, 18.3904), 50: (37.1110, 65.9185)}
    for count, limits in published.items():
        found = intervals.poisson_exact(count)
        assert (found.low, found.high) == tuple(near(limit, 5e-4) for limit in limits)


P_1995 = (0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528)
P_1995 += (0.759, 1.0)


def test_benjamini_hochberg_1995():
    assert (contrasts.benjamini_hochberg(P_1995) <= 0.05).sum() == 4
    assert (contrasts.holm(P_1995) <= 0.05).sum() == 3


@pytest.mark.shared_data
def test_adjusted_p_values(shared):
    expected = json.loads((shared / "oracles/bh_1995.json").read_text())["expected"]
    back = list(reversed(expected["p"]))
    assert contrasts.benjamini_hochberg(expected["p"]) == near(expected["bh"], 1e-12)
    assert contrasts.holm(expected["p"]) == near(expected["holm"], 1e-12)
    assert list(reversed(contrasts.holm(back))) == near(expected["holm"], 1e-12)


def test_trend_of_smokers():
    """R's prop.trend.test example (Fleiss 1981)."""
    found = contrasts.cochran_armitage([83, 90, 129, 70], [86, 93, 136, 82])
    assert (found.value, found.p_value) == (near(8.22492228519771), near(0.00413189747764149))


def test_moments_between_segments_by_hand():
    """Equal variances: tau² is what the sample variance, 0.1, has over them."""
    values, variances = np.array([0.1, 0.3, 0.5, 0.7, 0.9]), np.full(5, 0.02)
    assert shrinkage.dersimonian_laird(values, variances) == near(0.1 - 0.02)
    assert shrinkage.best_linear(values, variances, 0.08)[0][0] == near(0.1 + 0.2 * 0.4)


@pytest.mark.shared_data
def test_shrunken_segments(shared):
    oracle = json.loads((shared / "oracles/eb_segments.json").read_text())
    rows = oracle["inputs"]
    for row in rows:
        counts = (row["promoters"], row["n"] - row["promoters"] - row["detractors"], row["detractors"])
        assert nps.nps_adjusted_variance(*counts) == near(row["v"])
    values, variances = np.array([row["nps"] for row in rows]), np.array([row["v"] for row in rows])
    for name, estimator in (("DL", shrinkage.dersimonian_laird), ("REML", shrinkage.reml)):
        expected, tolerance = oracle["expected"][name], oracle["tolerance"][name]
        between = estimator(values, variances)
        assert between == near(expected["tau2"], tolerance)
        weights = 1 / (variances + between)
        assert weights @ values / weights.sum() == near(expected["mu"], tolerance)
        assert weights.sum() ** -0.5 == near(expected["mu_se"], tolerance)
        drawn, errors = shrinkage.best_linear(values, variances, between)
        assert drawn.tolist() == [near(blup, tolerance) for blup in expected["blup"]]
        assert errors.tolist() == [near(error, tolerance) for error in expected["blup_se"]]


def test_averaging_over_tau_is_near_the_known_tau_where_there_are_many_segments():
    rng = np.random.default_rng(3)
    truth = rng.normal(50, 8, 400)
    variances = rng.uniform(4, 40, 400)
    seen = rng.normal(truth, np.sqrt(variances))
    drawn = np.array([one.value for one in shrinkage.shrink(seen, variances, [30] * 400)])
    known, _ = shrinkage.best_linear(seen, variances, 64.0)
    assert np.abs(drawn - known).max() < 0.5
