"""Changes told apart, against published and independently computed tables."""

import json

import numpy as np
import pytest

from regulars.stats import adtributor, kitagawa, shapley

pytestmark = pytest.mark.shared_data


def oracle(shared, name):
    found = json.loads((shared / "oracles" / f"{name}.json").read_text())

    def near(value):
        return pytest.approx(value, rel=0, abs=found["tolerance"])

    return found["inputs"], found["expected"], near


def test_kitagawa_of_headship_rates(shared):
    rows, expected, _ = oracle(shared, "kitagawa_headship")
    sides = [
        [np.array([row[name] for row in rows if row["pop"] == year]) for name in ("size", "rate")]
        for year in (1970, 1985)
    ]
    (size, rate), (size_after, rate_after) = sides
    # The published table standardises the sizes as they are printed, which add up to 99.9 and 100.2.
    mix, own = kitagawa.mix_and_rate(size / 100, rate, size_after / 100, rate_after)
    by_factor = {row["factor"]: row["diff"] for row in expected}
    middle = ((size * rate).sum() + (size_after * rate_after).sum()) / 200
    # Sizes of one year do not add up to those of the other: what centring takes off is put back.
    assert mix.sum() + (size_after - size).sum() / 100 * middle == pytest.approx(by_factor["age_str"], abs=1e-4)
    assert own.sum() == pytest.approx(by_factor["rate"], abs=1e-4)


def test_das_gupta_of_four_factors(shared):
    rows, expected, near = oracle(shared, "dasgupta_4factor")
    names = [name for name in rows[0] if name != "pop"]
    before, after = ([row[name] for name in names] for row in rows)
    found = shapley.of_product(before, after)
    by_factor = {row["factor"]: row["diff"] for row in expected}
    assert dict(zip(names, found.tolist(), strict=True)) == {name: near(by_factor[name]) for name in names}
    assert found.sum() == near(by_factor["crude"])


def test_shapley_of_a_kpi_tree(shared):
    inputs, expected, near = oracle(shared, "kpi_tree_shapley")
    names = list(inputs["prev"])
    found = shapley.of_product(*([inputs[side][name] for name in names] for side in ("prev", "curr")))
    assert dict(zip(names, found.tolist(), strict=True)) == {name: near(expected[name]) for name in names}
    assert found.sum() == near(expected["total"])


def test_mix_and_rate_of_a_ratio_that_falls_though_all_its_groups_rise(shared):
    inputs, expected, near = oracle(shared, "ratio_mix_rate")
    names = list(inputs["t0"])
    (top, bottom), (top_after, bottom_after) = (
        np.array([inputs[side][name] for name in names], dtype=float).T for side in ("t0", "t1")
    )
    mix, rate = kitagawa.mix_and_rate(*adtributor.weighed(top, top_after, bottom, bottom_after))
    for at, name in enumerate(names):
        assert mix[at] == near(expected["segments"][name]["mix"])
        assert rate[at] == near(expected["segments"][name]["rate"])
    assert mix.sum() == near(expected["mix"])
    assert rate.sum() == near(expected["rate"])
    assert mix.sum() + rate.sum() == near(expected["R1"] - expected["R0"])


def test_adtributor_of_its_paper(shared):
    inputs, expected, near = oracle(shared, "adtributor")
    found = {}
    for dimension, cells in inputs.items():
        before, after = np.array(list(cells.values()), dtype=float).T
        places, power, surprise = adtributor.explaining(before, after)
        found[dimension] = surprise
        assert sorted(list(cells)[place] for place in places) == sorted(expected[dimension]["elements"])
        assert power == near(expected[dimension]["EP"])
        assert surprise / np.log(10) == near(expected[dimension]["S_log10"])
    assert sorted(found, key=lambda name: -found[name]) == expected["ranking"]
