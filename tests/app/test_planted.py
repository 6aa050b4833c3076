"""What was planted in the simulated company is found: the strongest driver, and the incident in its week."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from regulars.app import comments
from regulars.app import said as answers
from regulars.app.drivers import drivers
from regulars.app.refresh import refresh
from regulars.app.said import Asked
from regulars.app.themes import themes
from regulars.app.workspace import Workspace
from regulars.catalogue.sources.simulated import simulate
from regulars.catalogue.sources.simulation.company import Company as Planted
from regulars.core.periods import Grain, Period
from regulars.views.company import Company

PLANTED = Planted(survey_orders=0.5, response_rate=0.5)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("planted")
    tables = ("customers", "orders", "order_lines", "responses")
    simulate(folder, customers=12_000, seed=1, company=PLANTED, tables=tables)
    refresh(Workspace.at(folder))
    with Company(Workspace.at(folder)) as opened:
        yield opened


def asked(company: Company, end: date) -> Asked:
    return Asked(question="nps", touchpoint="transactional", period=Period(end - timedelta(days=365), end))


def test_delivery_delay_ranks_first(company: Company) -> None:
    (found,) = drivers(company.records, company.workspace.drivers, asked(company, company.records.as_of))
    first, *others = found.told
    assert first.driver.name == "delivery_delay"
    assert first.place == "fix first"
    assert first.share.interval.low > max(told.share.interval.high for told in others)
    assert first.slope is not None
    assert first.slope.interval.high < 0
    # The price matters nothing, and is not said to.
    price = next(told for told in others if told.driver.name == "price_paid")
    assert price.slope is not None
    assert price.slope.interval.low <= 0 <= price.slope.interval.high


def rising(company: Company, end: date) -> set[str]:
    told = comments.heard(company.workspace.shelf, company.records, company.opened.generation.path)
    shelf, path = company.workspace.shelf, company.opened.generation.path
    records = comments.with_heard(company.records, shelf, path, company.opened.backend)
    found = themes(records, told, answers.said(records, asked(company, end)), Grain.WEEK)
    assert found.newest.end == end
    return {one.theme.id for one in found.themes if one.rise.rising}


@pytest.mark.long
def test_the_incident_shows_in_its_weeks_and_not_before(company: Company) -> None:
    """Orders of 3 to 16 June 2024 came six days late: they arrive, and are spoken of, from the 10th to the end."""
    begun = PLANTED.incident_start
    weeks = [begun + timedelta(days=7 * place) for place in range(-3, 5)]
    found = {end: rising(company, end) for end in weeks}
    assert "delivery" in found[begun + timedelta(days=21)], found
    assert not any("delivery" in found[end] for end in weeks[:4]), found
