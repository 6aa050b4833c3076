"""Surveys, reviews and a log of cases of real companies, from `init` to the numbers that others found."""

from pathlib import Path

import duckdb
import pytest

from regulars.app import comments
from regulars.app import said as answers
from regulars.app.drivers import drivers
from regulars.app.refresh import refresh
from regulars.app.said import Asked
from regulars.app.workspace import Workspace
from regulars.core.periods import Period
from regulars.data.guess import propose, to_toml
from regulars.views.company import Company

pytestmark = pytest.mark.shared_data


def opened(folder: Path, *paths: Path) -> Company:
    """Return the company that `init` and `run` make of files, nothing edited."""
    (folder / "regulars.toml").write_text(to_toml(propose(paths, workspace=folder)), encoding="utf-8")
    workspace = Workspace.at(folder, files_exist=True)
    refresh(workspace)
    return Company(workspace)


def one(company: Company, name: str):
    (row,) = company.kpi(name, grain="all").rows
    return row.estimate.interval


def test_an_airports_survey(shared: Path, tmp_path: Path) -> None:
    """San Francisco International Airport, 2017: code 11 is blank; 2,746 answers, NPS 39.84 unweighted."""
    with opened(tmp_path, shared / "data/sfo_survey") as company:
        asked = Asked(question="nps", touchpoint="relational", period=company.records.covered["responses"])
        said = answers.said(company.records, asked)
        assert len(said) == 2_746
        assert round(100 * said.net.mean(), 2) == 39.84
        assert said.weighted
        # The records weigh answers, and so does the KPI: its effective n is smaller than its n.
        found = one(company, "nps")
        assert found.n == 2_746
        assert found.value == pytest.approx(100 * (said.net @ said.weight) / said.weight.sum(), abs=1e-9)
        assert "effective n" in found.method
        assert company.quarantine() == []
        # No column says when: the date is made of the file's name, and every score says so.
        (row,) = company.kpi("nps", grain="all").rows
        assert "answers_at_one_instant" in row.estimate.flags


@pytest.fixture(scope="module")
def olist(shared: Path, tmp_path_factory: pytest.TempPathFactory):
    """Olist's orders and reviews with the column of weights: delivered orders were sampled, others are all there."""
    folder = tmp_path_factory.mktemp("olist")
    files = folder / "files"
    files.mkdir()
    for path in (shared / "data/olist_subset").glob("*.parquet"):
        (files / path.name).write_bytes(path.read_bytes())
    reviews, orders = files / "olist_order_reviews_dataset.parquet", files / "olist_orders_dataset.parquet"
    duckdb.sql(
        "copy (select r.*, case when o.order_status = 'delivered' then 18.654 else 1 end as weight"
        f" from '{reviews}' r join '{orders}' o using (order_id)) to '{folder}/weighted.parquet'"
    )
    (folder / "weighted.parquet").replace(reviews)
    with opened(folder, files) as company:
        yield company


def test_late_deliveries_of_a_marketplace(olist: Company) -> None:
    period = Period(olist.records.covered["responses"].start, olist.records.as_of)
    asked = Asked(question="csat", touchpoint="transactional", period=period)
    found = next(one for one in drivers(olist.records, olist.workspace.drivers, asked) if one.about == "order")
    late = found.told[0]
    assert late.driver.name == "delivery_delay"
    wrong = late.wrong
    assert wrong is not None
    assert round(100 * wrong.share.interval.value, 2) == 8.02
    assert round(wrong.score_with.interval.value, 2) == 2.50
    assert round(wrong.score_without.interval.value, 2) == 4.28
    others = [told.share.interval.high for told in found.told[1:]]
    assert late.share.interval.low > max(others)


def test_portuguese_sentiment_from_ratings(olist: Company) -> None:
    told = comments.heard(olist.workspace.shelf, olist.records, olist.opened.generation.path)
    assert told.auc.value >= 0.95
    assert told.languages["pt"] > 0.97 * told.comments
    assert {"delivery", "wrong_or_damaged"} <= {theme.id for theme in told.themes}


def test_a_helpdesks_log(shared: Path, tmp_path: Path) -> None:
    """4,580 cases; mean throughput 40.86 days (the 12 that are not over yet are not in it)."""
    with opened(tmp_path, shared / "data/helpdesk") as company:
        assert len(company.records.run(company.records.tables["ticket_courses"])) == 4_580
        assert one(company, "first_resolution_time").n == 4_580
        assert round(one(company, "throughput_time").value / 86_400, 2) == 40.86


def test_tickets_of_a_software_company(shared: Path, tmp_path: Path) -> None:
    with opened(tmp_path, shared / "data/ravenstack") as company:
        table = duckdb.sql(f"select * from '{shared}/data/ravenstack/ravenstack_support_tickets.parquet'").fetchall()
        assert one(company, "first_resolution_time").n == len(table)
        # Replies after so many minutes: their median, to the second.
        minutes = sorted(row[6] for row in table)
        middle = (minutes[(len(minutes) - 1) // 2] + minutes[len(minutes) // 2]) / 2
        assert one(company, "first_response_time").value == pytest.approx(middle * 60)
        assert one(company, "ticket_csat").n > 400
        escalated = sum(row[8] for row in table)
        assert one(company, "escalation_rate").value == pytest.approx(escalated / len(table))
