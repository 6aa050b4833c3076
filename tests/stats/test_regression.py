import numpy as np
import pytest

from regulars.stats import regression
from regulars.stats.likelihood import NotFitted
from regulars.stats.regression import least_squares

RNG = np.random.default_rng(1)
X = RNG.normal(size=(90, 3))
GROUPS = RNG.integers(0, 12, 90)
Y = X @ [1.0, 0, 2] + RNG.normal(size=90) + RNG.normal(size=12)[GROUPS]
WEIGHTS = RNG.uniform(0.5, 2, 90)
COLUMNS = dict(zip("abc", X.T, strict=True))


def errors(fit):
    return [one.error for one in fit.coefficients]


def values(fit):
    return [one.value.value for one in fit.coefficients]


def design():
    return np.column_stack([np.ones(90), X])


def test_errors_by_cluster_are_those_of_leaving_each_cluster_out():
    root = np.sqrt(WEIGHTS)

    def fitted(rows):
        return np.linalg.lstsq(root[rows, None] * design()[rows], (root * Y)[rows], rcond=None)[0]

    whole = fitted(np.full(90, True))
    gaps = np.array([fitted(group != GROUPS) - whole for group in range(12)])
    fit = least_squares(Y, COLUMNS, weights=WEIGHTS, clusters=GROUPS)
    assert values(fit) == pytest.approx(whole)
    assert errors(fit) == pytest.approx(np.sqrt((gaps**2).sum(axis=0)))
    assert fit.clusters == 12


@pytest.mark.parametrize("clusters", [None, GROUPS])
def test_degrees_of_freedom_are_those_of_the_matrix_of_what_clusters_add(clusters):
    z, own = design(), np.arange(90) if clusters is None else clusters
    inverse = np.linalg.inv(z.T @ z)
    hat = z @ inverse @ z.T
    weights = []
    for group in np.unique(own):
        mine = own == group
        free = np.linalg.inv(np.eye(mine.sum()) - hat[np.ix_(mine, mine)])
        weights.append(inverse[1] @ z[mine].T @ free @ (np.eye(90) - hat)[mine])
    covariance = np.array(weights) @ np.array(weights).T
    expected = np.trace(covariance) ** 2 / (covariance**2).sum()
    assert least_squares(Y, COLUMNS, clusters=clusters)["a"].df == pytest.approx(expected)


def test_a_weight_of_three_is_three_rows_of_one_unit():
    times = 1 + np.arange(90) % 3
    rows = np.repeat(np.arange(90), times)
    heavy = least_squares(Y, COLUMNS, weights=times)
    long = least_squares(Y[rows], {name: x[rows] for name, x in COLUMNS.items()}, clusters=rows)
    assert values(heavy) == pytest.approx(values(long))
    assert errors(heavy) == pytest.approx(errors(long))
    assert [one.df for one in heavy.coefficients] == pytest.approx([one.df for one in long.coefficients])


def test_neither_order_nor_the_scale_of_weights_matters_and_weights_of_1_are_none():
    order = RNG.permutation(90)
    fit = least_squares(Y, COLUMNS, clusters=GROUPS)
    for other in (
        least_squares(Y[order], {name: x[order] for name, x in COLUMNS.items()}, clusters=GROUPS[order]),
        least_squares(Y, COLUMNS, weights=np.full(90, 7.0), clusters=[str(group) for group in GROUPS]),
    ):
        assert values(fit) == pytest.approx(values(other))
        assert errors(fit) == pytest.approx(errors(other))
        assert fit.r_squared == pytest.approx(other.r_squared)


def test_rows_without_weight_are_not_there():
    fit = least_squares(Y, COLUMNS, weights=GROUPS > 3)
    some = least_squares(Y[GROUPS > 3], {name: x[GROUPS > 3] for name, x in COLUMNS.items()})
    assert (errors(fit), fit.n) == (pytest.approx(errors(some)), some.n)


def test_columns_that_follow_from_others_are_named():
    columns = {
        "a": X[:, 0],
        "same": np.full(90, 0.1),
        "b": X[:, 1],
        "sum": X[:, 0] + 2 * X[:, 1] + 3,
        "far": X[:, 2] + 1e6,
        "nothing": np.zeros(90),
    }
    fit = least_squares(Y, columns)
    assert fit.dropped == {
        "same": "is the same everywhere",
        "sum": "follows from a, b",
        "nothing": "is the same everywhere",
    }
    assert fit["far"].value.value == pytest.approx(least_squares(Y, COLUMNS)["c"].value.value, rel=1e-6)
    with pytest.raises(KeyError):
        fit["sum"]


def test_what_one_unit_alone_tells_has_no_error_and_spoils_no_other():
    alone = least_squares(Y, COLUMNS | {"one": np.arange(90) == 3})
    without = least_squares(np.delete(Y, 3), {name: np.delete(x, 3) for name, x in COLUMNS.items()})
    assert "one unit alone" in alone["one"].value.why_not
    assert alone["one"].p_value == 1
    assert alone["a"].error == pytest.approx(without["a"].error)


def test_a_group_of_five_has_hardly_more_than_four_degrees_of_freedom():
    rare = (np.arange(90) < 5).astype(float)
    assert least_squares(Y, {"rare": rare})["rare"].df == pytest.approx(4.2, abs=0.3)


def test_nothing_to_fit():
    with pytest.raises(NotFitted, match="too few for 4 coefficients"):
        least_squares(Y[:5], {name: x[:5] for name, x in COLUMNS.items()})
    with pytest.raises(NotFitted, match="too few"):
        least_squares([], {})
    with pytest.raises(NotFitted, match="2 independent units"):
        least_squares(Y, COLUMNS, clusters=GROUPS > 5)
    with pytest.raises(NotFitted, match="same everywhere"):
        least_squares(np.ones(90), COLUMNS)
    with pytest.raises(ValueError, match="a: one finite number"):
        least_squares(Y, {"a": np.full(90, np.nan)})
    with pytest.raises(ValueError, match="below 0"):
        least_squares(Y, COLUMNS, weights=-WEIGHTS)


@pytest.mark.parametrize("clustered", [False, True])
def test_nineteen_times_in_twenty_with_few_mentions_and_uneven_spread(clustered):
    """8 of 120 rows with twice the spread, or 15 clusters with an effect of their own."""
    rng, held = np.random.default_rng(6), 0
    for _ in range(500):
        units = np.arange(120) % 15
        x = np.where(clustered, units < 4, np.arange(120) < 8).astype(float)
        noise = rng.normal(size=15)[units] if clustered else rng.normal(size=120) * x
        found = least_squares(x + noise + rng.normal(size=120), {"x": x}, clusters=units if clustered else None)
        held += found["x"].value.low <= 1 <= found["x"].value.high
    assert 0.92 <= held / 500 <= 0.985


def test_told_apart_gives_a_base():
    base = regression.told_apart(COLUMNS)
    assert base.q.T @ base.q == pytest.approx(np.eye(3), abs=1e-12)
    assert base.back @ (base.q.T @ X) == pytest.approx(np.eye(3), abs=1e-12)
