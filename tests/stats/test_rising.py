import numpy as np
import pytest
from scipy import stats

from regulars.stats.rising import rising


def drawn(rng, themes, periods, *, spread=0.0, comments=300, jump=1.0):
    """Counts and totals; shares of 2 to 20 %, their variance between periods `spread` of p (1 - p)."""
    usual = np.exp(rng.uniform(np.log(0.02), np.log(0.2), themes))[:, None]
    totals = rng.poisson(comments, periods + 1)
    shares = np.repeat(usual, periods + 1, axis=1)
    if spread:
        shares = rng.beta(usual * (1 / spread - 1), (1 - usual) * (1 / spread - 1), shares.shape)
    shares[0, -1] = min(jump * shares[0, -1], 1)
    return rng.binomial(totals, shares), totals


@pytest.mark.parametrize(("themes", "periods", "spread"), [(30, 6, 0.0), (30, 4, 0.01), (5, 6, 0.01), (1, 12, 0.01)])
def test_false_calls_stay_at_their_rate_where_nothing_rises(themes, periods, spread):
    rng = np.random.default_rng(7)
    called = sum(any(one.rising for one in rising(*drawn(rng, themes, periods, spread=spread))) for _ in range(300))
    assert called / 300 <= 0.13  # three standard errors above 0.1 where it is 0.08


def test_taking_themes_for_steady_would_call_far_more():
    rng, called = np.random.default_rng(7), 0
    for _ in range(100):
        counts, totals = drawn(rng, 30, 6, spread=0.01)
        steady = (counts[:, :-1].sum(axis=1) + 0.5) / totals[:-1].sum()
        called += (stats.binom.sf(counts[:, -1] - 1, totals[-1], steady) * 30 < 0.1).any()
    assert called / 100 > 0.4


def test_a_jump_is_found():
    rng, found, false = np.random.default_rng(8), 0, 0.0
    for _ in range(100):
        calls = [one.rising for one in rising(*drawn(rng, 30, 8, jump=3.0))]
        found += calls[0]
        false += sum(calls[1:]) / max(sum(calls), 1)
    assert found >= 75
    assert false / 100 <= 0.1


def test_what_it_says():
    counts = [[5, 6, 4, 5, 20], [10, 11, 9, 10, 10], [0, 0, 0, 0, 0], [100] * 5]
    jumped, steady, never, always = rising(counts, [100] * 5)
    assert (jumped.rising, steady.rising, never.rising, always.rising) == (True, False, False, False)
    assert (jumped.share.value, jumped.expected.value) == (0.2, 0.05)
    assert jumped.expected.high < jumped.share.value
    assert steady.expected.low < steady.share.value < steady.expected.high
    assert (never.expected.value, never.expected.low) == (0, 0)
    assert (always.expected.value, always.expected.high) == (1, 1)
    assert jumped.p_value <= jumped.q_value


def test_order_of_themes_and_of_earlier_periods_does_not_matter():
    counts, totals = drawn(np.random.default_rng(1), 6, 7, spread=0.02)
    there = rising(counts, totals)
    order = [3, 0, 6, 1, 5, 2, 4, 7]
    back = rising(counts[::-1, order], totals[order])
    assert [one.p_value for one in back[::-1]] == pytest.approx([one.p_value for one in there])


def test_more_of_it_is_never_less_surprising():
    p = [rising([[9, 12, 10, 8, count]], [100] * 5)[0].p_value for count in range(0, 101, 5)]
    assert p == sorted(p, reverse=True)


def test_a_new_theme_and_periods_without_comments():
    new = rising([[0, 0, 0, 0, 0, 6], [5, 0, 6, 4, 5, 5]], [80, 0, 90, 85, 80, 90])
    assert (new[0].rising, new[1].rising) == (True, False)
    assert "4 earlier periods" in rising([[1, 0, 3, 4, 9]], [10, 0, 10, 10, 10])[0].share.why_not
    assert "newest period has no comments" in rising([[1, 2, 3, 4, 0]], [10, 10, 10, 10, 0])[0].expected.why_not
    assert rising(np.empty((0, 5)), [10] * 5) == ()
    with pytest.raises(ValueError, match="of at most"):
        rising([[1, 2]], [1, 1])
