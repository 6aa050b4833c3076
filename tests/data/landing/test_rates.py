"""Rates hold for their day and a week after it, and are read strictly."""

from decimal import Decimal
from pathlib import Path

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.core.errors import SettingsError
from regulars.data import engine
from regulars.data.landing import rates
from regulars.data.landing.conversion import convert


def read(folder: Path, text: str) -> list[dict[str, object]]:
    (folder / "rates.csv").write_text(text)
    return rates.read(folder / "rates.csv").to_pylist()


def test_a_rate_holds_until_the_next_and_at_most_seven_days(tmp_path: Path) -> None:
    rows = read(tmp_path, "currency,on,rate\nUSD,1970-01-01,0.5\nUSD,1970-01-03,0.25\nJPY,1970-01-01,0.01\n")
    dollars = {row["day"]: row["rate"] for row in rows if row["currency"] == "USD"}
    assert dollars == {0: Decimal("0.5"), 1: Decimal("0.5")} | dict.fromkeys(range(2, 10), Decimal("0.25"))
    assert [row["day"] for row in rows if row["currency"] == "JPY"] == list(range(8))


def test_every_wrong_line_is_named(tmp_path: Path) -> None:
    text = "currency,on,rate\nUSD,2024-01-01,0\nusd,2024-01-01,1\nUSD,2024-13-01,1\nUSD,2024-01-01,0.123456789\n"
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, text)
    assert [problem.split(":")[1] for problem in refused.value.problems] == ["2", "3", "4", "5"]


def test_two_rates_of_one_day_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="two rates"):
        read(tmp_path, "currency,on,rate\nUSD,2024-01-01,1\nUSD,2024-01-01,2\n")


amount = st.decimals(min_value=-(10**14) + 1, max_value=10**14 - 1, places=4, allow_nan=False)
rate = st.decimals(min_value=Decimal("0.00000001"), max_value=10**6, places=8, allow_nan=False)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(amount, rate), min_size=50, max_size=100))
def test_conversion_is_exact_and_rounds_half_away_from_zero(pairs: list[tuple[Decimal, Decimal]]) -> None:
    schema = {"place": "int64", "amount": "decimal(18, 4)", "rate": "decimal(18, 8)"}
    rows = [{"place": at, "amount": one, "rate": other} for at, (one, other) in enumerate(pairs)]
    table = ibis.memtable(rows, schema=schema)
    backend = engine.connect()
    found = backend.to_pyarrow(table.select("place", made=convert(table.amount, table.rate)).order_by("place"))
    backend.disconnect()
    for (one, other), made in zip(pairs, found["made"].to_pylist(), strict=True):
        exact = _half_up(one, other)
        assert made == (exact if abs(exact) < 10**14 else None)


def _half_up(one: Decimal, other: Decimal) -> Decimal:
    product = int(one.scaleb(4)) * int(other.scaleb(8))  # units of 10**-12
    whole = (abs(product) + 5 * 10**7) // 10**8
    return Decimal(whole if product >= 0 else -whole).scaleb(-4)
