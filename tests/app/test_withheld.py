"""Which predictions that are kept beside a generation answer KPIs, and why others do not."""

from datetime import date

import pyarrow as pa
import pytest

from regulars.app import kept
from regulars.app.kept import Said, digest_of
from regulars.app.records import with_foretold
from regulars.core.estimate import Interval
from regulars.data.generations import Generation
from regulars.kpis.query import FORETOLD
from regulars.models.trial import Trial, Tried
from small import company, sale


def found(value):
    return Interval(value=value, low=value / 2, high=value * 1.5, level=0.95, method="DeLong", n=900)


def said(definitions, model, error):
    score = {"calibration_error": found(error)}
    tried = Tried(model=model, version=1, score=score, gain=found(0.1), auc_gain=found(0.04))
    asked = {"outcome": "lapse", "asked_days": 30, "days": 30, "lead_days": 0, "cutoffs": ()}
    trial = Trial(**asked, naive="by_recency", tried=(tried,), chosen=model, why="")
    made = {"outcome": "lapse", "model": model, "model_version": 1, "horizon_days": 30, "lead_days": 0}
    texts = {"notes": (), "columns": (), "learned": {}, "instead": "", "key": "", "method": "x"}
    day, digest = date(2024, 1, 1), digest_of(definitions)
    return Said(**made, **texts, as_of=day, level=0.95, n=1, trial=trial, definitions=digest)


@pytest.fixture
def opened(tmp_path):
    records = company(100, orders=[sale("ann", 1)])
    made = {"number": 1, "format": 1, "version": "", "state": "", "settings": "", "size": 0, "sha256": ""}
    generation = Generation(path=tmp_path / "1.duckdb", as_of=records.as_of, **made)

    def kept_as(name, model, error):
        table = pa.table({"customer": [1], "mean": [0.5]})
        kept.keep(generation.path, name, said(records.definitions, model, error), table, table)
        return with_foretold(records, generation, records.tables["people"].get_backend())

    return kept_as


def test_a_score_that_the_past_justifies_answers(opened):
    records = opened("lapse_health", "lapse_health", 0.02)
    assert f"{FORETOLD}lapse_health" in records.covered
    assert not records.withheld


def test_one_that_it_does_not_is_withheld_with_the_reason(opened):
    records = opened("lapse_health", "lapse_health", 0.082)
    assert f"{FORETOLD}lapse_health" not in records.covered
    why = "the past justifies no score by `lapse_health`: calibration error 8.2 %, where less than 5 % is asked"
    assert records.withheld == {f"{FORETOLD}lapse_health": why}


def test_a_model_that_was_asked_for_by_name_answers_nothing_and_needs_no_reason(opened):
    records = opened("lapse_by_recency", "lapse_by_recency", 0.5)
    assert (dict(records.scores), dict(records.withheld)) == ({}, {})


def test_an_outcome_answers_however_it_did(opened):
    assert f"{FORETOLD}lapse" in opened("lapse", "lapse_by_recency", 0.5).scores
