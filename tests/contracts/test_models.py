"""What holds for every model: it sees no future, answers once for each customer, on little and nothing, and alike."""

import json
from dataclasses import replace
from random import Random

import numpy as np
import pytest

import regulars.catalogue.features
import regulars.catalogue.models
from past import known_before
from regulars.app.foretell import outcomes, snapshot_of
from regulars.app.kept import plain
from regulars.app.trying import foretell
from regulars.core.errors import CatalogueError, QueryError
from regulars.core.periods import day_of
from regulars.core.randomness import stream
from regulars.core.registry import discover, modules_in, modules_of
from regulars.data import engine
from regulars.data.feature import Feature
from regulars.models.backtest import naive_for
from regulars.models.model import Forecast, Horizon, Kind, Model
from regulars.stats import additive
from regulars.stats.likelihood import NotFitted
from regulars.views.templates import TEMPLATES
from small import company as by_hand
from small import contract, on, refund, sale

from .companies import DEFINITIONS, Company, company
from .stored import store

HORIZON = Horizon(30)
#: A few that are known of everybody, of some, with and without a sign: each takes time to compile.
SOME = ("order_recency", "order_days_90", "overdue", "sales_90", "plan_age", "monthly_change", "active_days_28")
FEATURES = [one for name, one in discover(modules_of(regulars.catalogue.features), Feature).items() if name in SOME]
NAMES = [*discover(modules_of(regulars.catalogue.models), Model), "written"]
#: Those that differ from another by a word: what holds of that one is not tried on them every time.
ALIKE = {"value_learned", "value_learned_level", "orders_learned_level", "orders_learned", "contract_end_health"}
ALIKE |= {"bg_nbd_value", "bg_nbd_silence", "mbg_nbd_value", "mbg_nbd_covariates", "pareto_nbd_silence", "value_laws"}
EACH = [pytest.param(name, marks=pytest.mark.long) if name in ALIKE else name for name in NAMES]
#: A day with records before and after it.
CUT = day_of(19924)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The package's models and the one that `regulars new model` writes."""
    folder = tmp_path_factory.mktemp("models")
    folder.joinpath("written.py").write_text(TEMPLATES["model"][1].replace("NAME", "written"))
    return discover((*modules_of(regulars.catalogue.models), *modules_in(folder, "contract_models")), Model)


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    """What holds of every model does not depend on how long a curve is polished."""
    monkeypatch.setitem(additive._TREES, "max_iter", 10)


def foretold(model, snapshot, level=0.95):
    """Return each customer's numbers by id."""
    fitted = model.fit(snapshot, HORIZON, stream(1, "contract"))
    found = model.predictions(snapshot, fitted, level)
    people = snapshot.tables["people"].select("customer", "customer_id")
    ids = {row["customer"]: row["customer_id"] for row in engine.run(people)}
    columns = {"mean": found.mean, "low": found.low, "high": found.high, **found.more}
    columns |= {f"doubt {at}": one for at, one in enumerate(found.doubts)}
    columns |= {} if found.spread is None else {"spread": found.spread}
    rows = zip(*columns.values(), strict=True)
    who = [ids[number] for number in model.predicts.people(snapshot)]
    return {one: dict(zip(columns, map(float, row), strict=True)) for one, row in zip(who, rows, strict=True)}


def about(rows):
    """Return what equals each customer's numbers but for rounding."""
    return {who: pytest.approx(row, rel=1e-9, abs=1e-9, nan_ok=True) for who, row in rows.items()}


@pytest.fixture(scope="module")
def made() -> Company:
    return company(5, 300, DEFINITIONS.model_copy(update={"lapse_days": 90}))


@pytest.fixture(scope="module")
def known(made):
    return snapshot_of(store(made)[1], FEATURES).before(CUT)


@pytest.fixture(scope="module")
def cache():
    return {}


@pytest.fixture
def usual(models, known, cache):
    """Return what a model foretells of the company, made once; skips those that cannot be fitted on it."""

    def of(name):
        if name not in cache:
            try:
                cache[name] = foretold(models[name], known)
            except NotFitted as cause:
                cache[name] = str(cause)
        if isinstance(cache[name], str):
            pytest.skip(cache[name])
        return cache[name]

    return of


def test_one_naive_rule_stands_beside_each_model(models):
    for name in outcomes(models):
        assert naive_for(name, list(models.values())).naive
    with pytest.raises(CatalogueError, match="found: none"):
        naive_for("orders", [models["written"]])


@pytest.mark.parametrize("name", NAMES)
def test_a_model_says_what_it_is(models, name):
    model = models[name]
    assert model.question.endswith("?")
    assert model.source
    assert model.caveat
    assert model.tables
    assert model.naive == (model.complexity == 0)


def fitted_or_not(model, snapshot):
    try:
        return model.fit(snapshot, HORIZON, stream(1, "contract"))
    except NotFitted:
        return None


def test_nearly_every_model_can_be_fitted_on_the_company(models, known):
    """Else what follows would say nothing."""
    refused = {model.name for model in models.values() if fitted_or_not(model, known) is None}
    assert refused <= {"mbg_cnbd_k", "mbg_nbd_covariates", "bg_nbd_covariates", "pareto_nbd_covariates"}


@pytest.mark.parametrize("name", EACH)
def test_rows_after_as_of_change_no_prediction(models, name, usual, without_future):
    usually = usual(name)
    assert len(usually) > 10
    assert foretold(models[name], without_future) == about(usually)


@pytest.fixture(scope="module")
def without_future(made):
    early = known_before(made, CUT)
    for table in ("orders", "subscriptions"):
        assert 0 < len(early.tables[table]) < len(made.tables[table])  # else there is no future to leave out
    return snapshot_of(store(early)[1], FEATURES)


@pytest.mark.parametrize("name", EACH)
def test_rows_in_any_order_and_more_threads_give_the_same(models, name, usual, mixed):
    usually = usual(name)
    assert repr(foretold(models[name], mixed)) == repr(usually)  # so that nan is nan


@pytest.fixture(scope="module")
def mixed(made):
    rng = Random(3)
    tables = {table: rng.sample(rows, len(rows)) for table, rows in made.tables.items()}
    return snapshot_of(store(replace(made, tables=tables), threads=8, parts=2)[1], FEATURES).before(CUT)


@pytest.mark.parametrize("name", EACH)
def test_each_customer_is_foretold_once_with_wider_limits_at_a_higher_level(models, name, known, usual):
    model, usually = models[name], usual(name)
    fitted = model.fit(known, HORIZON, stream(1, "contract"))
    narrow, wide = (model.predictions(known, fitted, level) for level in (0.5, 0.99))
    people = model.predicts.people(known)
    assert (np.diff(people) > 0).all()
    assert len(usually) == len(people) == len(wide.mean) > 10
    assert (narrow.mean == wide.mean).all()
    for found in (narrow, wide):
        assert ((found.low <= found.mean) & (found.mean <= found.high)).all()
    assert (wide.low <= narrow.low + 1e-9).all()
    assert (wide.high >= narrow.high - 1e-9).all()
    if name != "contract_as_now":  # nobody ends: its limits are all or nothing
        assert (wide.high - wide.low).sum() > (narrow.high - narrow.low).sum()
    if model.predicts.kind is Kind.PROBABILITY:
        assert 0 <= wide.low.min() <= wide.high.max() <= 1


@pytest.mark.parametrize("name", EACH)
def test_what_is_learned_can_be_kept_as_json(models, name, known, usual):
    usual(name)
    fitted = models[name].fit(known, HORIZON, stream(1, "contract"))
    assert json.loads(json.dumps(plain(fitted.learned), allow_nan=False)) is not Ellipsis
    assert fitted.n > 0
    assert fitted.method
    assert all(isinstance(note, str) and note for note in fitted.notes)


def both_kinds(n, day, **rest):
    return {"orders": [sale(f"c{one}", day(one), one + 1) for one in range(n)]} | {
        "subscriptions": [contract(f"c{one}", day(one), **rest) for one in range(n)]
    }


def bought_back(one):
    """Return a customer's orders, each of which is given back with more."""
    days = range(one, 200 + one, 40 + one % 9 * 11)
    return [row for day in days for row in (sale(f"c{one}", day, 1), refund(f"c{one}", day, 5))]


#: Little and nothing to learn from.
CASES = {
    "one customer": lambda: by_hand(90, **both_kinds(1, lambda _: 3)),
    "nobody": lambda: by_hand(
        90, orders=[sale(None, 3)], subscriptions=[contract("ann", 3, 5)], customers=[{"customer_id": "ann"}]
    ),
    "all on one day": lambda: by_hand(90, **both_kinds(40, lambda _: 3)),
    "all yesterday": lambda: by_hand(90, **both_kinds(40, lambda _: 89)),
    "three days": lambda: by_hand(
        3,
        orders=[sale(f"c{one}", day, one + 1) for one in range(40) for day in range(one % 3 + 1)],
        subscriptions=[contract(f"c{one}", one % 3) for one in range(40)],
        since=on(0),
    ),
    "nobody comes again": lambda: by_hand(290, **both_kinds(140, lambda one: 2 * one), since=on(0)),
    "everybody gives back what was not bought": lambda: by_hand(
        290, orders=[refund(f"c{one}", 2 * one, one + 1) for one in range(140)], since=on(0)
    ),
    "nobody brings anything": lambda: by_hand(290, orders=[r for n in range(80) for r in bought_back(n)], since=on(0)),
    "some take more than they bring": lambda: by_hand(
        290,
        orders=[
            row
            for one in range(80)
            for row in (
                *bought_back(one)[: one % 3],
                *(sale(f"c{one}", day, 20 + one % 7) for day in range(one, 280, 20 + one % 50)),
            )
        ],
        since=on(0),
    ),
    "everything is free": lambda: by_hand(
        290,
        orders=[sale(f"c{one}", day, 0) for one in range(60) for day in range(one, 280, 20 + one)],
        subscriptions=[contract(f"c{one}", one, monthly=0) for one in range(60)],
        since=on(0),
    ),
    "all end in their first month": lambda: by_hand(
        290,
        orders=[sale("ann", 3)],
        subscriptions=[contract(f"c{one}", 2 * one, 2 * one + 20) for one in range(140)],
        since=on(0),
    ),
}


USUAL = {"one customer", "nobody", "three days", "some take more than they bring", "all end in their first month"}


@pytest.mark.parametrize("case", [c if c in USUAL else pytest.param(c, marks=pytest.mark.long) for c in CASES])
def test_little_and_nothing_give_a_sound_forecast_or_a_plain_reason(models, case):
    known = snapshot_of(CASES[case](), FEATURES)
    for model in models.values():
        if not set(model.tables) <= set(known.since):
            continue
        fitted = fitted_or_not(model, known)
        if fitted is None:
            continue
        found = model.predictions(known, fitted, 0.95)  # refuses whatever is no number
        assert all(np.isfinite(values).all() for name, values in found.more.items() if not name.startswith("value_"))
        assert json.dumps(plain(fitted.learned), allow_nan=False)


@pytest.mark.parametrize("case", ["one customer", "nobody", "three days"])
@pytest.mark.parametrize("outcome", ["orders", "value", "lapse", "contract_end"])
def test_where_nothing_can_be_tried_nothing_is_foretold(models, case, outcome):
    """There is no prediction without its score, however simple the rule that makes it."""
    every = [model for model in models.values() if model.predicts.name == outcome]
    with pytest.raises(QueryError, match=f"`{outcome}` cannot be tried on the past, so nothing is foretold: "):
        foretell(every, snapshot_of(CASES[case](), FEATURES), HORIZON, level=0.95)


class Wrong:
    """Predictions that break the promise."""

    n, method, notes, learned = 1, "none", (), ()

    def __init__(self, **change):
        self.change = change

    def predict(self, snapshot, level):
        return Forecast(**{"mean": np.ones(1), "low": np.zeros(1), "high": np.full(1, 2.0)} | self.change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mean": np.ones(2)}, "2 numbers `mean` for 1 customer to be predicted"),
        ({"high": np.ones(0)}, "0 numbers `high` for 1 customer "),
        ({"low": 0.0}, "1 number `low` for 1 customer "),
        ({"more": {"alive": np.ones(3)}}, "3 numbers `alive`"),
        ({"spread": np.ones(3)}, "3 numbers `spread`"),
        ({"doubts": np.ones((2, 3))}, r"3 numbers `doubts\[0\]`"),
        ({"mean": np.array([np.nan])}, "1 customer no sound prediction"),
        ({"high": np.array([np.inf])}, "no sound prediction"),
        ({"low": np.array([1.5])}, "no sound prediction"),
        ({"high": np.array([0.5])}, "no sound prediction"),
        ({"spread": np.array([np.nan])}, "no sound prediction"),
        ({"doubts": np.array([[0.1], [np.nan]])}, "no sound prediction"),
    ],
)
def test_a_model_that_breaks_its_promise_is_refused(models, change, said):
    wrong = replace(models["recent_orders"], fit=lambda *_: Wrong(**change))
    with pytest.raises(CatalogueError, match=said):
        foretell([wrong], snapshot_of(by_hand(90, orders=[sale("ann", 3)])), HORIZON, level=0.95)


def test_a_probability_above_one_is_refused(models):
    wrong = replace(models["lapse_by_recency"], fit=lambda *_: Wrong())
    with pytest.raises(CatalogueError, match="lie in 0 to 1"):
        foretell([wrong], snapshot_of(by_hand(90, orders=[sale("ann", 3)])), HORIZON, level=0.95)
