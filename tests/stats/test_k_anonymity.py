"""Nobody can be told apart from fewer than k, and no value is given up that the rule does not ask for."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.stats.k_anonymity import OTHER, anonymous

VALUES = st.sampled_from(["a", "b", "c", None])


@st.composite
def tables(draw):
    columns = draw(st.integers(1, 3))
    k = draw(st.integers(2, 6))
    return draw(st.lists(st.tuples(*[VALUES] * columns), min_size=k, max_size=40)), k


def told(row):
    """Return how many of the first columns are still there."""
    return next((place for place, value in enumerate(row) if value == OTHER), len(row))


@given(tables())
def test_each_combination_is_shared_by_k_and_values_stay_what_they_were(table):
    rows, k = table
    found = anonymous(rows, k)
    assert min(Counter(found.rows).values()) >= k
    assert len(found.rows) == len(rows)
    for before, after in zip(rows, found.rows, strict=True):
        assert after == before[: told(after)] + (OTHER,) * (len(before) - told(after))
    assert found.values == sum(len(one) - told(one) for one in found.rows)
    assert found.given_up == sum(told(one) < len(one) for one in found.rows)


def kept_by_rule(rows, k):
    """Return how many columns each row keeps by the rule alone, told again from its words."""
    keeps = [len(rows[0])] * len(rows)
    for column in range(len(rows[0]), 0, -1):
        # Who has not given up more than this is too few together with those who are told the same of.
        shown = [row[:keep] for row, keep in zip(rows, keeps, strict=True)]
        few = [shown.count(one) < k for one in shown]
        keeps = [column - 1 if lone else keep for keep, lone in zip(keeps, few, strict=True)]
    return keeps


@given(tables())
def test_nothing_is_given_up_that_the_rule_does_not_ask_for(table):
    rows, k = table
    found, ruled = anonymous(rows, k), kept_by_rule(rows, k)
    more = [place for place, one in enumerate(found.rows) if told(one) != ruled[place]]
    assert all(told(found.rows[place]) == 0 for place in more)
    nothing, sizes = ruled.count(0), Counter(r[:n] for r, n in zip(rows, ruled, strict=True) if n)
    if nothing == 0 or nothing >= k:
        assert more == []
        return
    spare = sum(size - k for size in sizes.values())
    assert len(more) == (k - nothing if spare >= k - nothing else min(sizes.values()))


def test_what_is_shared_by_enough_is_untouched():
    rows = [("NL", "a")] * 3 + [("DE", None)] * 3
    found = anonymous(rows, 3)
    assert (found.rows, found.given_up, found.values) == (rows, 0, 0)


def test_rows_without_columns_share_all_there_is():
    assert anonymous([()] * 3, 3).rows == [()] * 3


@pytest.mark.parametrize(("rows", "k", "why"), [([("a",)] * 4, 5, "cannot be shared"), ([("a",)], 1, "by itself")])
def test_what_cannot_be_is_refused(rows, k, why):
    with pytest.raises(ValueError, match=why):
        anonymous(rows, k)
