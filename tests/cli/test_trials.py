"""Scores in the terminal: what has none says why, once."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from regulars.app.foretell import Foretold, foretell, snapshot_of
from regulars.catalogue.models.mbg_nbd import mbg_nbd
from regulars.catalogue.models.outcomes import orders
from regulars.catalogue.models.recent_orders import recent_orders
from regulars.cli import trials
from regulars.core.estimate import unknown
from regulars.models.model import Horizon
from small import company, on, sale

WHY = "records of 30 days are too short to try it: 180 are needed"


@pytest.fixture(scope="module")
def found():
    rows = [sale(f"c{who:02}", day) for who in range(30) for day in range(who % 10, 100, 5 + who % 7)]
    snapshot = snapshot_of(company(100, orders=rows, since=on(0)))
    made = foretell([recent_orders, mbg_nbd], snapshot, Horizon(20), level=0.9, only="mbg_nbd")
    known = datetime(2024, 4, 10, tzinfo=UTC)
    return Foretold(
        outcome=orders, model=mbg_nbd, said=made.said, table=made.table, known_at=known, flags=("odd_days",)
    )


def written(part, width=140):
    console = Console(file=io.StringIO(), width=width)
    console.print(part)
    return console.file.getvalue()


def untried(found, *names):
    """Return predictions of whose models these could not be tried."""
    nothing = unknown(WHY, level=0.9)

    def blank(one):
        return replace(one, score=dict.fromkeys(one.score, nothing), gain=nothing, why_not=WHY)

    tried = tuple(blank(one) if one.model in names else one for one in found.said.trial.tried)
    return replace(found, said=replace(found.said, trial=replace(found.said.trial, tried=tried)))


def test_a_score_stands_beside_the_rules_with_days_and_customers(found):
    page = written(trials.score(found))
    assert "Tried on the past" in page
    assert "recent_orders" in page
    assert "90 % interval" in page
    assert "n = 30 customers on 4 days" in " ".join(page.split())


def test_measures_without_a_value_say_why_once(found):
    own = found.tried
    nothing = unknown("nothing came of one of the tenths", level=0.9)
    score = {**own.score, "decile_error": nothing, "gini": nothing}
    tried = tuple(replace(one, score=score) if one is own else one for one in found.said.trial.tried)
    less = replace(found, said=replace(found.said, trial=replace(found.said.trial, tried=tried)))
    for page in (written(trials.score(less)), written(trials.trial(less))):
        assert page.count("nothing came of one of the tenths") == 1
        assert page.count("(1)") == 3


def test_models_that_could_not_be_tried_stand_below_with_their_reason_once(found):
    page = " ".join(written(trials.trial(untried(found, "recent_orders"))).split())
    assert f"Not tried: `recent_orders`, because {WHY}." in page
    assert page.count(WHY) == 1


def test_beneath_predictions_each_sentence_stands_once(found):
    said = trials.beneath(found, replace(found, flags=("odd_days", "small_n")))
    assert said.count("Several orders of one day count as one.") == 1
    assert said.count("odd days") == 1
    assert "too few customers to trust the value" in said
