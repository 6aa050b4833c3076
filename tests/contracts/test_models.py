"""What holds for every model: it sees no future, answers once for each customer, on little and nothing, and alike."""

import json
from dataclasses import asdict, is_dataclass, replace
from random import Random

import ibis
import pytest

import regulars.catalogue.models
from regulars.app.predict import predict, snapshot_of
from regulars.core.errors import CatalogueError, QueryError
from regulars.core.periods import day_of
from regulars.core.randomness import stream
from regulars.core.registry import discover, modules_in, modules_of
from regulars.data import engine
from regulars.models.backtest import naive_for
from regulars.models.model import Model
from regulars.views.templates import TEMPLATES
from small import company as by_hand
from small import event, on, refund, sale

from .companies import Company, company
from .stored import store

DAYS = 30


def declared(folder):
    """Return the package's models and the one that `regulars new model` writes."""
    folder.joinpath("written.py").write_text(TEMPLATES["model"][1].replace("NAME", "written"))
    modules = (*modules_of(regulars.catalogue.models), *modules_in(folder, "contract_models"))
    return discover(modules, Model)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return declared(tmp_path_factory.mktemp("models"))


NAMES = [*discover(modules_of(regulars.catalogue.models), Model), "written"]


def foretold(model, snapshot, level=0.95):
    """Return every customer's numbers by id."""
    fitted = model.fit(snapshot, DAYS, stream(1, model.name))
    found = model.predictions(snapshot, fitted, level).join(model.predicts.customers(snapshot), "customer")
    return {row.pop("customer_id"): row for row in engine.run(found.drop("customer"))}


@pytest.fixture(scope="module")
def made() -> Company:
    return company(5, 30)


@pytest.fixture(scope="module")
def known(made):
    return snapshot_of(store(made)[1])


def test_one_naive_rule_stands_beside_each_model(models):
    for model in models.values():
        assert naive_for(model, list(models.values())).naive
    with pytest.raises(CatalogueError, match="found: none"):
        naive_for(models["written"], [models["written"]])


@pytest.mark.parametrize("name", NAMES)
def test_a_model_says_what_it_is(models, name):
    model = models[name]
    assert model.question.endswith("?")
    assert model.source
    assert model.caveat
    assert model.needs


@pytest.mark.parametrize("name", NAMES)
def test_rows_after_as_of_change_no_prediction(models, name):
    orders = [sale(f"c{n % 7}", 3 * n, 10) for n in range(30)]
    later = [*(sale(f"c{n}", 90 + n, 10) for n in range(9)), refund("c1", 99)]
    before = by_hand(90, orders=orders)
    after = by_hand(120, orders=[*orders, *later])
    past = snapshot_of(after).before(on(90))
    assert foretold(models[name], past) == foretold(models[name], snapshot_of(before))
    assert foretold(models[name], snapshot_of(after)) != foretold(models[name], past)


@pytest.mark.parametrize("name", NAMES)
def test_each_customer_is_foretold_once_with_wider_limits_at_a_higher_level(models, name, known):
    narrow, wide = (foretold(models[name], known, level) for level in (0.5, 0.99))
    people = engine.run(models[name].predicts.customers(known).customer_id)
    assert sorted(narrow) == sorted(wide) == sorted(people) != []
    for one in people:
        assert 0 <= wide[one]["low"] <= narrow[one]["low"] <= narrow[one]["high"] <= wide[one]["high"]
        assert narrow[one]["mean"] == wide[one]["mean"]
        assert wide[one]["low"] <= wide[one]["mean"] <= wide[one]["high"]
    assert any(narrow[one]["high"] < wide[one]["high"] for one in people)


@pytest.mark.parametrize("name", NAMES)
def test_rows_in_any_order_and_more_threads_give_the_same(models, name, made, known):
    rng = Random(3)
    mixed = replace(made, tables={table: rng.sample(rows, len(rows)) for table, rows in made.tables.items()})
    again = snapshot_of(store(mixed, threads=8, parts=2)[1])
    assert foretold(models[name], again) == foretold(models[name], known)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_learned_can_be_kept_as_json(models, name, known):
    fitted = models[name].fit(known, DAYS, stream(1, name))
    assert is_dataclass(fitted)
    assert json.loads(json.dumps(asdict(fitted)))
    assert fitted.n > 0
    assert fitted.method


@pytest.mark.parametrize("name", NAMES)
def test_little_and_nothing(models, name):
    one = predict(name, models, by_hand(90, orders=[sale("ann", 3)]), horizon_days=DAYS)
    (row,) = engine.run(one.table)
    assert row["customer_id"] == "ann"
    guests = by_hand(90, orders=[sale(None, 3)], customers=[{"customer_id": "ann"}])
    nobody = predict(name, models, guests, horizon_days=DAYS)
    assert engine.run(nobody.table) == []
    for found in (one, nobody):
        assert found.backtest.score.error.value is None
        assert found.backtest.score.error.why_not
    with pytest.raises(QueryError, match="needs `orders`"):
        predict(name, models, by_hand(90, events=[event("ann", 3)]), horizon_days=DAYS)


def test_records_without_a_day_are_no_records(models):
    records = replace(by_hand(90, orders=[sale("ann", 3)]), as_of=day_of(0))
    records = replace(records, covered={})
    with pytest.raises(QueryError, match="needs `orders`"):
        predict("recent_orders", models, records)


class Wrong:
    """Predictions that break the promise."""

    n, method = 1, "none"

    def __init__(self, change):
        self.change = change

    def predict(self, snapshot, level):
        people = snapshot.tables["people"]
        rows = people.select("customer", mean=ibis.literal(1.0), low=ibis.literal(0.0), high=ibis.literal(2.0))
        return self.change(rows)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.union(rows), "2 rows of 1 customers for 1"),
        (lambda rows: rows.limit(0), "0 rows of 0 customers for 1"),
        (lambda rows: rows.mutate(customer=rows.customer + 1), "nobody else"),
        (lambda rows: rows.mutate(mean=ibis.literal(float("nan"))), "without a number"),
        (lambda rows: rows.mutate(high=ibis.null("float64")), "without a number"),
        (lambda rows: rows.mutate(low=ibis.literal(3.0)), "`low` above `high`"),
    ],
)
def test_a_model_that_breaks_its_promise_is_refused(models, change, said):
    wrong = replace(models["recent_orders"], fit=lambda *_: Wrong(change))
    with pytest.raises(CatalogueError, match=said):
        predict("wrong", {"wrong": wrong}, by_hand(90, orders=[sale("ann", 3)]))
