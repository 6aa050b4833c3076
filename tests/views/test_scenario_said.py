"""What is said of a change that breaks even on average and pays in less than half of draws."""

from types import SimpleNamespace

import pytest

from regulars.views.played import _skewed


@pytest.mark.parametrize(
    ("net", "pays", "skewed", "said"),
    [
        (0.0, 0.3, True, True),
        (-4.0, 0.3, True, True),
        (-30.0, 0.3, True, False),
        (0.0, 0.6, True, False),
        (0.0, 0.3, False, False),
    ],
)
def test_a_mean_above_the_median_is_explained(net, pays, skewed, said):
    found = SimpleNamespace(
        net=SimpleNamespace(interval=SimpleNamespace(value=net, low=net - 20, high=net + 80)),
        pays=SimpleNamespace(interval=SimpleNamespace(value=pays)),
        skewed=skewed,
    )
    assert ("mean above the median" in _skewed(found)) is said
