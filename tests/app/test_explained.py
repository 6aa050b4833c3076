"""Why a KPI moved, of a company in which it is known: what was planted stands first, and all surfaces say the same."""

import json
from datetime import date, timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

from regulars.app import compared_periods
from regulars.app.refresh import refresh
from regulars.app.workspace import Workspace
from regulars.cli.main import app
from regulars.core.errors import QueryError, UnknownName
from regulars.core.periods import Period
from regulars.views.company import Company
from workspaces import HEAD, ORDERS, write

_ATTRIBUTES = '[source.tables.customers.attributes]\ntier = "tier"\nage = "age"\n'


def orders() -> str:
    """500 customers of which those in DE order far less in June; 60 come in May, 60 in June."""
    rng, rows = np.random.default_rng(3), []
    for number in range(620):
        begins = 0 if number < 500 else 1 if number < 560 else 2
        market = ("DE", "NL", "FR", "AT")[rng.integers(4)]
        tier, age = ("gold", "basic")[rng.integers(2)], rng.integers(18, 90)
        rate = rng.gamma(2, 0.6)
        for month, first in enumerate((date(2024, 4, 1), date(2024, 5, 1), date(2024, 6, 1))):
            lasts = rate * (0.1 if market == "DE" and month == 2 else 1)
            if month < begins:
                continue
            for _ in range(rng.poisson(lasts) + (month == begins)):
                day = first + timedelta(days=int(rng.integers(30)))
                amount = round(float(rng.lognormal(3, 0.4)), 2)
                rows.append(f"o{len(rows)},c{number},{day},sale,{amount},{day},{market},{tier},{age}")
    return "id,customer,at,kind,amount,known,market,tier,age\n" + "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    write(folder, HEAD + "as_of = 2024-07-01\n" + ORDERS + _ATTRIBUTES, orders_csv=orders())
    refresh(Workspace.at(folder))
    return folder


@pytest.fixture(scope="module")
def company(folder):
    with Company(Workspace.at(folder)) as opened:
        yield opened


@pytest.fixture(scope="module")
def revenue(company):
    return company.explain("net_revenue")


def value(one):
    return one.estimate.interval.value


def test_the_planted_customers_stand_first_and_in_the_sentence(revenue):
    found = revenue.found
    assert (found.period, found.against) == (
        Period(date(2024, 6, 1), date(2024, 7, 1)),
        Period(date(2024, 5, 1), date(2024, 6, 1)),
    )
    first = found.ranked[0]
    assert (first.by, first.values[0], first.found) == (("market",), ("DE",), True)
    assert first.contribution.interval.high < 0
    assert first.moved == "existing customers ordered less often" or "came" in first.moved
    assert "market DE stands out" in found.sentence
    assert found.sentence.startswith("Net revenue fell ")
    assert "noise" in found.sentence
    # Nothing came late, and nothing was defined otherwise.
    assert {"data", "definition"}.isdisjoint(found.by_name)


def test_parts_are_what_they_are_called(company, revenue):
    """New customers and those who were there before, added up from the rows themselves."""
    found, records = revenue.found, company.records
    days = records.tables["purchase_days"].to_pandas()
    first = days.groupby("customer").day.transform("min")
    sums = {}
    for period in (found.against, found.period):
        start, end = ((one - date(1970, 1, 1)).days for one in (period.start, period.end))
        rows = days[(days.day >= start) & (days.day < end)]
        new = first.loc[rows.index] >= start
        sums[period] = [(rows.sales - rows.refunded)[mask].sum() / 10_000 for mask in (new, ~new)]
    new, existing = (sums[found.period][at] - sums[found.against][at] for at in (0, 1))
    names = ("customers", "mix", "frequency", "order_value", "kept")
    told = sum(value(found.part(name)) for name in names if found.part(name))
    noise = value(found.part("noise"))
    assert value(found.part("new")) + told + noise == pytest.approx(new + existing)
    assert value(found.part("new")) == pytest.approx(new, abs=abs(noise))
    assert told == pytest.approx(existing, abs=abs(noise))


def test_a_mean_falls_by_mix_though_nobody_changed(company):
    found = company.explain("revenue_per_customer").found
    assert found.money is not None
    total = sum(value(one) for one in found.parts)
    assert total == pytest.approx(found.change.interval.value)
    assert {one.name for one in found.parts} >= {"noise", "new_existing", "rate_existing", "rate_new"}


def test_all_surfaces_say_the_same(folder, company, revenue):
    done = CliRunner().invoke(app, ["explain", "net_revenue", "-C", str(folder), "--format", "json"])
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.stdout)
    assert told == json.loads(json.dumps(revenue.record()))
    page = company.page("kpi", "net_revenue", period="2024-06").record()
    grid = next(one for one in page["blocks"] if one.get("name") == "why_parts")
    shown = {row["part"]: row["adds"]["value"] for row in grid["rows"]}
    assert shown == {
        **{f"{one.name.replace('_', ' ')}: {one.said}": value(one) for one in revenue.found.parts},
        "change: all of it": revenue.found.change.interval.value,
    }
    text = next(one for one in page["blocks"] if one.get("text") == revenue.sentence)
    assert "DE" in text["held"]
    rows = revenue.flat()
    assert sum(row["value"] for row in rows if row["what"] == "part") == pytest.approx(told["change"]["value"])


def test_only_what_is_asked_for_is_looked_at(company):
    found = company.explain("net_revenue", by="tier", where="market != 'DE'").found
    assert {one.by for one in found.ranked} <= {("tier",), ("customers",)}
    assert found.where == "market != 'DE'"


def test_what_cannot_be_asked_is_refused_by_name(company):
    with pytest.raises(UnknownName, match="Did you mean `net_revenue`"):
        company.explain("net_revenu")
    for wrong, said in (
        ({"against": "pre"}, "Did you mean `prev`"),
        ({"against": "2024-05-01..2024-06-15"}, "does not end before"),
        ({"against": "2024-05-01..2024-05-01"}, "has no day"),
        ({"by": "markt"}, "Did you mean `market`"),
        ({"start": "2025-01-01"}, "no record"),
        ({"where": "market ="}, "cannot be read"),
    ):
        with pytest.raises(QueryError, match=said):
            company.explain("net_revenue", **wrong)


def test_without_a_value_on_either_side_it_says_why(company):
    found = company.explain("nps").found
    assert found.cannot
    assert found.sentence == f"NPS of 2024-06 cannot be set against 2024-05: {found.cannot}."
    assert found.parts == ()


def test_an_unfinished_period_is_set_against_as_many_days(folder):
    text = (folder / "regulars.toml").read_text()
    (folder / "regulars.toml").write_text(text.replace("2024-07-01", "2024-06-11"))
    refresh(Workspace.at(folder))
    with Company(Workspace.at(folder)) as early:
        found = early.explain("net_revenue", start="2024-06-01").found
    assert found.before.period == Period(date(2024, 5, 1), date(2024, 5, 11))
    assert any("first 10 days of each" in note for note in found.notes)
    assert "unfinished" in found.change.flags


def test_periods_to_compare_with():
    def earlier(first, last, against="prev"):
        return compared_periods.earlier(Period(first, last), against)

    march = (date(2024, 3, 1), date(2024, 4, 1))
    assert earlier(*march) == Period(date(2024, 2, 1), date(2024, 3, 1))
    assert earlier(*march, "year") == Period(date(2023, 3, 1), date(2023, 4, 1))
    assert earlier(date(2024, 1, 1), date(2024, 4, 1)) == Period(date(2023, 10, 1), date(2024, 1, 1))
    week = (date(2024, 7, 8), date(2024, 7, 15))
    assert earlier(*week) == Period(date(2024, 7, 1), date(2024, 7, 8))
    assert earlier(*week, "year").start.weekday() == week[0].weekday()
    leap = earlier(date(2024, 2, 29), date(2024, 3, 2), "year")
    assert leap == Period(date(2023, 2, 28), date(2023, 3, 2))
    assert earlier(date(2024, 2, 28), date(2024, 2, 29), "year") == Period(date(2023, 2, 28), date(2023, 3, 1))
    with pytest.raises(QueryError, match="longer than a year"):
        earlier(date(2023, 1, 1), date(2025, 1, 1), "year")
