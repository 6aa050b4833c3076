"""BG/BB on months: occasions by hand, and totals where months are what customers live by."""

import numpy as np
import pytest

from regulars.app.foretell import snapshot_of
from regulars.catalogue.models.bg_bb import _occasions, bg_bb
from regulars.catalogue.models.outcomes import orders
from regulars.core.randomness import stream
from regulars.models.model import Horizon
from small import company, on, sale


def test_occasions_by_hand():
    rows = [
        *(sale("ann", day) for day in (0, 1, 30, 31, 95)),  # months 1 (1, 30) and 2 (31); day 95 is in month 4
        sale("bob", 40),
        *(sale("cyd", day) for day in (90, 99)),
    ]
    seen, days = _occasions(snapshot_of(company(100, orders=rows, since=on(0))))
    assert days == 3
    assert seen.opportunities.tolist() == [3, 1, 0]  # 99, 59 and 9 days: a month that has only begun is none
    assert seen.frequency.tolist() == [2, 0, 0]
    assert seen.recency.tolist() == [2, 0, 0]


def test_who_lives_by_the_month_is_foretold():
    rng = np.random.default_rng(4)
    rows = []
    for who in range(700):
        start, chance, leaves = int(rng.integers(0, 120)), rng.beta(2, 3), rng.beta(1, 8)
        rows.append(sale(f"c{who:03}", start))
        for month in range(24):
            if rng.random() < leaves:
                break
            if rng.random() < chance:
                rows.append(sale(f"c{who:03}", start + 30 * month + int(rng.integers(1, 31))))
    rows = [row for row in rows if row["ordered_at"].date() < on(540)]
    later = snapshot_of(company(540, orders=rows, since=on(0)))
    known, horizon = later.before(on(360)), Horizon(180)
    fitted = bg_bb.fit(known, horizon, stream(1, "x"))
    found = bg_bb.predictions(known, fitted, 0.9)
    came = orders.seen(later, orders.people(known), known.day, horizon)
    assert fitted.per_occasion == 1
    assert found.mean.sum() == pytest.approx(came.sum(), rel=0.12)
    assert ((found.low <= came) & (came <= found.high)).mean() > 0.87
    assert np.corrcoef(found.mean, came)[0, 1] > 0.6
