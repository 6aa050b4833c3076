"""The machinery knows no entry of the catalogue by name: it works with none."""

import ast
from datetime import UTC, date, datetime
from importlib import import_module

import ibis
import pytest

from regulars.core.definitions import Definitions
from regulars.core.errors import UnknownName
from regulars.core.periods import Grain, Period
from regulars.core.registry import discover, modules_of
from regulars.kpis import query
from regulars.kpis.kpi import KPI
from regulars.kpis.question import Question

from .source import MODULES, SRC, shown, tree

QUARTER = Period(date(2024, 1, 1), date(2024, 4, 1))


@pytest.fixture
def records():
    people = ibis.memtable({"customer": [1], "customer_id": ["a"], "market": ["NL"]})
    return query.Records(
        tables={"people": people},
        run=lambda expression: expression.to_pyarrow().to_pylist(),
        as_of=date(2024, 4, 1),
        known_at=datetime(2024, 4, 1, tzinfo=UTC),
        covered={},
        definitions=Definitions(),
        flags={},
    )


@pytest.fixture
def kpis(tmp_path, monkeypatch):
    (tmp_path / "bare_catalogue").mkdir()
    (tmp_path / "bare_catalogue" / "__init__.py").touch()
    (tmp_path / "bare_catalogue" / "empty.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    return discover(modules_of(import_module("bare_catalogue")), KPI)


def test_an_empty_catalogue_declares_nothing(kpis):
    assert dict(kpis) == {}


def test_no_question_has_no_answer(kpis, records):
    assert query.answer(Question(kpis=(), period=QUARTER, grain=Grain.MONTH), kpis, records) == []


def test_every_name_is_unknown(kpis, records):
    with pytest.raises(UnknownName, match="No KPI is called `net_revenue`"):
        query.answer(Question(kpis=("net_revenue",), period=QUARTER), kpis, records)


def names_the_catalogue(node):
    match node:
        case ast.ImportFrom(module="regulars"):
            named = [f"regulars.{alias.name}" for alias in node.names]
        case ast.ImportFrom():
            named = [node.module or ""]
        case ast.Import():
            named = [alias.name for alias in node.names]
        case ast.Call():
            named = [str(part.value) for part in node.args if isinstance(part, ast.Constant)]
        case _:
            named = []
    return any(name.startswith("regulars.catalogue") for name in named)


def test_the_catalogue_is_loaded_in_one_place():
    outside = [path for path in MODULES if not path.is_relative_to(SRC / "catalogue")]
    loading = [shown(path) for path in outside if any(map(names_the_catalogue, ast.walk(tree(path))))]
    assert loading == ["src/regulars/app/workspace.py"]
