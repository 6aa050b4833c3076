"""What holds for every view: it answers on little and on nothing, and no number leaves it alone (the first law)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

import regulars
import regulars.catalogue.kpis
import regulars.catalogue.views
from heard_shop import contracts, rows, workspace
from regulars.core.errors import UnknownName
from regulars.core.registry import discover, modules_of
from regulars.kpis.cohorts import Cohort
from regulars.views.blocks import Heading, Notice, Text
from regulars.views.fill import Page, fill
from regulars.views.templates import TEMPLATES
from regulars.views.view import Ask, View

from .companies import Company
from .stored import KPIS, store

COHORTS: Mapping[str, Cohort] = discover(modules_of(regulars.catalogue.kpis), Cohort)
INTERVAL = {"value", "low", "high", "level", "method", "n", "why_not"}
PROVENANCE = {"period", "as_of", "version", "flags"}
#: What pages are about in these tests.
ABOUT = {"kpi": "net_revenue", "customer": "c001", "action": "win_back_offer", "experiment": "spring"}
#: Pages of what was read and declared, and of single customers, who are few numbers or none.
COUNTED = {"behind", "customer", "customers", "data", "kpi"}
#: What waits for predictions, for what was decided or for a question: filled in tests/app/test_deciding.py,
#: tests/cli/test_supposing.py and tests/cli/test_working_commands.py.
WAITING = {"actions", "alerts", "experiment", "experiment_plan", "experiments", "ledger", "queue", "whatif"}
#: Pages that say numbers in a sentence, with their limits.
TELLS = {"kpi", "note"}
TABLES = ("customers", "orders", "order_lines", "subscriptions", "events")


def written() -> View:
    """Return the view that `regulars new view` writes."""
    names: dict[str, Any] = {}
    exec(TEMPLATES["view"][1].replace("NAME", "written"), names)
    return names["written"]


VIEWS = {**discover(modules_of(regulars.catalogue.views), View), "written": written()}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a company whose customers speak, ask and pay monthly, with the view that `regulars new view` writes."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "views").mkdir()
    (folder / "views" / "written.py").write_text(TEMPLATES["view"][1].replace("NAME", "written"), encoding="utf-8")
    made = workspace(folder, rows() | {"subscriptions": contracts()})
    with (made / "regulars.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[segments.dutch]\nwhere = "market = \'NL\'"\n[segments.often]\nwhere = "orders > 1"\n')
        settings.write('\n[goals.revenue]\nkpi = "net_revenue"\ntarget = 90000\nperiod = "2025"\n')
        settings.write('[goals.newcomers]\nkpi = "new_customers"\ntarget = 300\nperiod = "2025"\nunder = "revenue"\n')
    with regulars.open(made) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(shop: Any) -> Mapping[str, Page]:
    """Every view of that company, as a server makes them: with what others have worked out before."""
    memory: dict[str, Any] = {}
    return {name: shop.view(name, about=ABOUT.get(view.about, ""), memory=memory) for name, view in VIEWS.items()}


@pytest.fixture(scope="module", params=["no rows", "no tables"])
def nothing(request: pytest.FixtureRequest, shop: Any) -> Ask:
    records = store(Company(tables={name: [] for name in TABLES}), threads=1)[1]
    covered = {} if request.param == "no tables" else records.covered
    known = replace(records, covered=covered)
    return Ask(records=known, kpis=KPIS, tables=COHORTS, opened=shop.opened, workspace=shop.workspace)


def numbers(value: Any, around: frozenset[str] = frozenset()) -> Iterator[tuple[str, set[str], frozenset[str]]]:
    """Yield every number that is no count: its name, the names beside it, and those in the records around it."""
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, float) or name == "value":
                yield name, set(value), around | set(value)
            yield from numbers(part, around | set(value))
    elif isinstance(value, list):
        assert not any(isinstance(part, float) for part in value)
        for part in value:
            yield from numbers(part, around)


@pytest.mark.parametrize("name", VIEWS)
def test_every_number_has_beside_it_what_the_law_says(name, pages):
    found = list(numbers(pages[name].record()))
    assert len(found) > 20 or name in COUNTED | WAITING
    for number, beside, around in found:
        assert beside >= INTERVAL, number
        assert around >= PROVENANCE, number


@pytest.mark.parametrize("name", VIEWS)
def test_words_hold_no_numbers(name, pages):
    for block in pages[name].blocks:
        if isinstance(block, Text) and name in TELLS and any(map(str.isdigit, block.text)):
            assert re.search(r"\(.* to .*\)|because", block.text), block.text
        elif isinstance(block, Heading | Text):
            assert not any(character.isdigit() for character in block.text)


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_is_told_as_nothing(name, nothing):
    if VIEWS[name].about == "customer":
        with pytest.raises(UnknownName):
            fill(VIEWS[name], replace(nothing, about="c001"), "EUR")
        return
    shown = fill(VIEWS[name], replace(nothing, about=ABOUT.get(VIEWS[name].about, "")), "EUR")
    assert shown.blocks
    for number, *_ in numbers(shown.record()):
        assert number == "level"
    if not nothing.records.covered and name not in COUNTED:
        said = " ".join(block.text for block in shown.blocks if isinstance(block, Notice))
        assert re.search(r"`(orders|responses|subscriptions|tickets)`", said)
        assert all(isinstance(block, Heading | Text | Notice) for block in shown.blocks)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_says_what_it_answers(name):
    assert VIEWS[name].question.endswith("?")
    assert VIEWS[name].title
