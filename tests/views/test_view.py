"""Views: blocks take answers only; a wrong view is told what is wrong with it."""

from dataclasses import replace

import pytest

from regulars.catalogue.kpis.cohorts import retention
from regulars.catalogue.kpis.commerce import average_order_value, net_revenue
from regulars.catalogue.kpis.engagement import session_frequency
from regulars.catalogue.kpis.foretold import customer_equity
from regulars.core.errors import CatalogueError, UnknownName
from regulars.views.blocks import Answers, Card, Cards, Cohorts, Heading, Notice, Segments, Text
from regulars.views.fill import fill
from regulars.views.view import Ask, View
from small import company, on, sale

KPIS = {kpi.name: kpi for kpi in (average_order_value, net_revenue, session_frequency)}
TABLES = {"retention": retention}
SALES = [sale(f"c{n}", 10 + 17 * n % 80, 5 + n) for n in range(12)]


@pytest.fixture(scope="module")
def ask() -> Ask:
    return Ask(records=company(100, orders=SALES), kpis=KPIS, tables=TABLES)


def view(*blocks: object) -> View:
    return View(name="mine", title="Mine", question="How?", blocks=lambda ask: blocks)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Text(text=0.5),
        lambda: Heading(text=12),
        lambda: Notice(text=None),
        lambda: Cards(cards=(0.5,)),
        lambda: Card(course=(0.5,)),
        lambda: Card(course=()),
        lambda: Answers(rows=(("net_revenue", 12.0),)),
        lambda: Cohorts(table=[[1.0, 0.5]]),
        lambda: Segments(found={"Champions": 0.2}),
    ],
)
def test_no_block_holds_a_bare_number(build):
    with pytest.raises(CatalogueError):
        build()


@pytest.mark.parametrize("given", [0.5, "12 %", None, KPIS])
def test_what_is_no_block_is_refused(ask, given):
    with pytest.raises(CatalogueError, match="View `mine` gives"):
        fill(view(given), ask, "EUR")


def test_a_view_must_give_blocks(ask):
    with pytest.raises(CatalogueError, match="`yield`"):
        fill(View(name="mine", title="Mine", question="How?", blocks=lambda ask: None), ask, "EUR")


def test_a_card_shows_the_last_finished_answer(ask):
    (card,) = ask.cards("net_revenue").cards
    assert [str(row.estimate.period.start) for row in card.course][-2:] == ["2024-03-01", "2024-04-01"]
    assert str(card.latest.estimate.period.start) == "2024-03-01"  # as-of is 10 April
    assert card.latest.change is not None


def test_cards_keep_what_lacks_beside_what_is_there_and_say_why(ask):
    shown = ask.cards("session_frequency", "net_revenue")
    assert [card.latest.kpi.name for card in shown.cards] == ["session_frequency", "net_revenue"]
    assert shown.cards[0].latest.estimate.interval.why_not == "needs `events`"


def test_what_lacks_altogether_is_a_notice(ask):
    assert ask.cards("session_frequency") == Notice(text="Not shown: needs `events` (`session_frequency`).")
    nobody = Ask(records=company(100, customers=[{"customer_id": "a"}]), kpis=KPIS, tables=TABLES)
    for block in (nobody.answers("net_revenue"), nobody.cohorts("retention"), nobody.segments()):
        assert isinstance(block, Notice)
        assert "orders`" in block.text
    assert (nobody.answerable, nobody.missing) == ((), ("`events`", "`orders`"))


def test_what_waits_for_nothing_but_to_be_foretold_is_told_apart_from_what_lacks_records():
    foretold = KPIS | {"customer_equity": customer_equity}
    with_orders = Ask(records=company(100, orders=SALES), kpis=foretold, tables=TABLES)
    without = Ask(records=company(100, customers=[{"customer_id": "a"}]), kpis=foretold, tables=TABLES)
    assert (with_orders.untold, without.untold) == (True, False)
    assert not any("foretold" in name for name in with_orders.missing)
    made = replace(with_orders, records=replace(with_orders.records, withheld={"foretold_value": "it is not sound"}))
    assert not made.untold


def test_the_period_of_the_page_is_that_of_every_block():
    asked = Ask(records=company(100, orders=SALES), kpis=KPIS, tables=TABLES, start=on(31), end=on(60))
    spans = {str(row.estimate.period) for row in asked.answers("net_revenue", grain=None).rows}
    assert spans == {"2024-02-01..2024-03-01"}
    assert {str(row.estimate.period) for card in asked.cards("net_revenue").cards for row in card.course} == spans
    assert [str(row.cohort.start) for row in asked.cohorts("retention").table.rows] == ["2024-02-01"]
    assert asked.segments().found.on == on(60)


def test_what_another_page_showed_of_the_same_period_and_customers_is_not_asked_again():
    asked: list[object] = []
    records = company(100, orders=SALES)
    counting = replace(records, run=lambda rows: asked.append(rows) or records.run(rows))
    first = Ask(records=counting, kpis=KPIS, tables=TABLES)
    both = first.cards("average_order_value", "net_revenue").cards
    once = len(asked)
    assert replace(first, team="sales").cards("net_revenue").cards == both[1:]
    assert len(asked) == once > 0
    for other in ({"end": on(60)}, {"start": on(60)}, {"where": "market = 'NL'"}, {"course": "week"}):
        assert replace(first, **other).cards("net_revenue").cards != both[1:]


def test_unknown_names_come_with_advice(ask):
    with pytest.raises(UnknownName, match="Did you mean `net_revenue`"):
        ask.cards("net_revenu")
    with pytest.raises(UnknownName, match="Did you mean `retention`"):
        ask.cohorts("retenton")
