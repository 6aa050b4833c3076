"""Pages as they are asked in the words of their links: what stands first, what moved, who is behind it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

import regulars
from heard_shop import rows, workspace
from regulars.catalogue.kpis.commerce import net_revenue
from regulars.core.errors import CatalogueError, QueryError, UnknownName
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import Period
from regulars.kpis.answer import Change, Row
from regulars.kpis.kpi import Better
from regulars.views.blocks import Answers, Card, Cards, Chart, Grid, Link, Notice, Personal
from regulars.views.company import Company
from regulars.views.masking import HIDDEN, masked, without_customers
from regulars.views.moved import moved, way
from regulars.views.parameters import canonical, fields
from regulars.views.teams import ordered
from regulars.views.view import View


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with regulars.open(workspace(tmp_path_factory.mktemp("shop"), rows())) as opened:
        yield opened


def grid(page, name: str) -> Grid:
    return next(block for block in page.blocks if isinstance(block, Grid) and block.name == name)


# What is asked.


def test_each_team_sees_its_own_kpis_first_and_the_same_numbers(shop):
    pages = {team: shop.page("overview", team=team) for team in ("service", "executives")}
    shown = {}
    for team, page in pages.items():
        cards = next(block for block in page.blocks if isinstance(block, Cards)).cards
        names = [card.latest.kpi.name for card in cards]
        assert names == ordered(names, team)
        shown[team] = {card.latest.kpi.name: card.latest.estimate for card in cards}
    assert list(shown["service"]) != list(shown["executives"])
    for name in shown["service"].keys() & shown["executives"].keys():
        assert shown["service"][name] == shown["executives"][name]


def test_a_page_keeps_what_was_asked_without_what_is_meant_anyway(shop):
    page = shop.page("overview", team="executives", period="2025-06", where=" ")
    assert page.record()["asked"] == {"period": "2025-06"}
    assert page.record()["period"] == "2025-06-01..2025-07-01"


def test_a_month_that_is_named_is_the_one_that_is_shown(shop):
    (card,) = shop.page("kpi", "net_revenue", period="2025-03").blocks[0].cards
    assert card.latest.estimate.period == Period(date(2025, 3, 1), date(2025, 4, 1))
    assert len(card.course) == 10  # records begin in June 2024
    (whole,) = shop.kpi("net_revenue", start="2025-03-01", end="2025-04-01").rows
    assert card.latest.estimate == whole.estimate


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3m", {"start": date(2025, 5, 1), "course": "month"}),
        ("2w", {"start": date(2025, 7, 21), "course": "week"}),
        ("2024", {"end": date(2025, 1, 1), "course": "year", "focus": date(2024, 1, 1)}),
        ("2025-Q2", {"end": date(2025, 7, 1), "course": "quarter", "focus": date(2025, 4, 1)}),
        ("2025-02", {"end": date(2025, 3, 1), "course": "month", "focus": date(2025, 2, 1)}),
        ("2025-02-03..2025-02-09", {"start": date(2025, 2, 3), "end": date(2025, 2, 10), "course": "all"}),
    ],
)
def test_periods_in_words(shop, text, found):
    assert fields({"period": text}, ("period",), shop.records) == found


@pytest.mark.parametrize("text", ["2025-13", "0m", "1000d", "2025-Q5", "2025-02-30..2025-03-01", "soon", "'; drop"])
def test_periods_that_are_none_are_refused_with_examples(shop, text):
    with pytest.raises(QueryError, match=r"is no period\. Write `12m`"):
        shop.page("overview", period=text)


def test_what_a_page_does_not_take_is_refused_by_name(shop):
    with pytest.raises(QueryError, match="This page takes no `sort`"):
        shop.page("overview", sort="clv")
    with pytest.raises(QueryError, match=r"takes no `peroid`\. Did you mean `period`"):
        shop.page("retention", peroid="12m")
    with pytest.raises(QueryError, match="`mgmt` is no team"):
        shop.page("overview", team="mgmt")
    with pytest.raises(QueryError, match="`0` after `top`"):
        shop.page("value", top="0")


def test_a_view_takes_declared_parameters_only():
    with pytest.raises(CatalogueError, match=r"View `mine` takes no `perid`\. Did you mean `period`"):
        View(name="mine", title="Mine", question="How?", blocks=lambda ask: (), takes=("perid",))


def test_equal_questions_are_written_alike():
    takes = ("period", "team", "where")
    assert canonical({"team": "sales", "period": "12m"}, takes) == canonical({"period": "", "team": " sales "}, takes)
    assert list(canonical({"where": "a = 'b'", "period": "8q"}, takes)) == ["period", "where"]


@pytest.mark.parametrize(
    ("name", "about", "asked", "said"),
    [
        ("retention", "", {"period": "0001"}, "is no period"),
        ("behind", "nps", {"period": "9999-12"}, "is no period"),
        ("overview", "", {"where": "market = 'N\0L'"}, "cannot be printed"),
        ("customer", "c0\0", {}, "cannot be printed"),
        ("kpi", "", {}, "is about one KPI"),
    ],
)
def test_what_nothing_could_answer_is_refused_in_words(shop, name, about, asked, said):
    with pytest.raises(QueryError, match=said):
        shop.page(name, about, **asked)


def test_a_period_before_all_records_tells_that_nothing_followed(shop):
    assert all(isinstance(block, Notice) for block in shop.page("aftermath", period="1999").blocks)


def test_a_split_by_the_same_twice_is_one(shop):
    once, twice = (shop.page("kpi", "net_revenue", by=by).record() for by in ("market", "market,market"))
    assert once["blocks"] == twice["blocks"]


@pytest.mark.parametrize("asked", [{"level": 0.9999999999999999}, {"start": "0001-01-01"}, {"end": "9999-12-31"}])
def test_days_and_levels_without_an_answer_are_refused(shop, asked):
    with pytest.raises(QueryError):
        shop.kpi("net_revenue", grain="year", **asked)


# What is shown.


def row(value: float | None, change: tuple[float, float] | None, better: Better = Better.HIGHER) -> Row:
    def interval(low: float, high: float) -> Interval:
        return Interval(value=(low + high) / 2, low=low, high=high, level=0.95, method="m", n=50)

    own = unknown("nobody", level=0.95) if value is None else interval(value - 1, value + 1)
    estimate = Estimate(
        interval=own,
        period=Period(date(2024, 1, 1), date(2024, 2, 1)),
        as_of=datetime(2024, 3, 1, tzinfo=UTC),
        version="1",
    )
    found = None if change is None else Change(difference=interval(*change), detectable=1.0, before=interval(0, 1))
    return Row(kpi=replace(net_revenue, better=better), estimate=estimate, change=found)


@pytest.mark.parametrize(
    ("change", "better", "found"),
    [
        ((1, 2), Better.HIGHER, "better"),
        ((1, 2), Better.LOWER, "worse"),
        ((-2, -1), Better.LOWER, "better"),
        ((-2, -1), Better.NEITHER, "moved"),
        ((-1, 2), Better.HIGHER, ""),
        ((0, 2), Better.HIGHER, ""),
        (None, Better.HIGHER, ""),
    ],
)
def test_a_change_is_one_where_its_interval_leaves_out_0(change, better, found):
    assert way(row(5, change, better)) == found


def test_what_got_worse_stands_first():
    cards = [
        Card(course=(row(5, change, better),)) for change, better in (((1, 2), Better.HIGHER), ((1, 2), Better.LOWER))
    ]
    found = moved([*cards, Card(course=(row(5, (-1, 1)),)), Card(course=(row(None, None),))], "EUR")
    assert found.title == "2 of 3 KPIs moved against the period before: 1 worse, 1 better"
    assert [cells[4] for cells in found.rows] == ["worse", "better"]


def test_the_latest_answer_is_one_of_which_all_is_known():
    def at(month: int, value: float | None, *flags: str) -> Row:
        made = row(value, None)
        period = Period(date(2024, month, 1), date(2024, month + 1, 1))
        return replace(made, estimate=replace(made.estimate, period=period, flags=flags))

    course = (at(1, 1), at(2, 2), at(3, 3, "maturing"), at(4, 4, "unfinished"))
    assert Card(course=course).latest is course[1]
    assert Card(course=course[2:]).latest is course[2]
    assert Card(course=(at(1, None), at(2, 2, "unfinished"))).latest.estimate.period.start.month == 2
    assert Card(course=course, named=True).latest is course[3]
    assert Card(course=(at(1, None), at(2, None))).latest.estimate.period.start.month == 2


def test_a_kpis_page_says_what_it_means_and_leads_to_who_is_behind_it(shop):
    page = shop.page("kpi", "repeat_purchase_rate")
    said = {cells[0]: cells[1] for cells in grid(page, "definition").rows}
    assert said["Formula"].startswith("Share of the eligible customers")
    assert said["Version"] == "1 (repeat_days=90, cohort_months=12)"
    assert said["Customers behind it"] == Link(text="Show them", page="behind", about="repeat_purchase_rate")
    assert any(isinstance(block, Chart) and block.name == "repeat_purchase_rate_by_market" for block in page.blocks)
    with pytest.raises(UnknownName, match="Did you mean `repeat_purchase_rate`"):
        shop.page("kpi", "repeat_purchase")


def test_the_customers_behind_a_number_make_it(shop):
    page = shop.page("behind", "net_revenue", period="2025-03")
    answers = next(block for block in page.blocks if isinstance(block, Answers))
    (number,) = answers.rows
    (whole,) = shop.kpi("net_revenue", start="2025-03-01", end="2025-04-01").rows
    assert number.estimate == whole.estimate
    listed = grid(page, "behind")
    assert listed.customers
    assert len(listed.rows) == min(50, whole.estimate.interval.n)
    every, after = [], ""
    while True:
        shown = grid(shop.page("behind", "net_revenue", period="2025-03", after=after), "behind")
        every += [cells[0].about for cells in shown.rows]
        links = dict(shown.more.links)
        if "next" not in links:
            break
        after = links["next"].asked["after"]
    assert len(every) == len(set(every)) == whole.estimate.interval.n


def test_the_list_of_customers_goes_on_where_its_links_say(shop):
    seen, after = [], ""
    while True:
        shown = grid(shop.page("customers", sort="id", dir="asc", after=after), "customers")
        seen += [cells[0].about for cells in shown.rows]
        links = dict(shown.more.links)
        if "next" not in links:
            break
        after = links["next"].asked["after"]
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 300
    head = next(head for head in shown.heads if head.name == "customer")
    assert (head.sorted, head.to.asked["dir"]) == ("ascending", "desc")


def test_a_search_that_finds_nobody_says_so(shop):
    page = shop.page("customers", q="nobody")
    assert any(isinstance(block, Notice) and "`nobody`" in block.text for block in page.blocks)
    with pytest.raises(QueryError, match="no place in the list"):
        shop.page("customers", after="1; drop")
    with pytest.raises(QueryError, match="an attribute `city`"):
        shop.page("customers", attribute="city=Paris")


def test_a_customers_page_tells_what_happened(shop):
    page = shop.page("customer", "c000")
    who = {cells[0]: cells[1] for cells in grid(page, "customer").rows}
    assert who["Customer"] == Personal(text="c000")
    assert who["Market"] == "DE"
    lanes = next(block for block in page.blocks if isinstance(block, Chart))
    assert {series.name for series in lanes.series} >= {"Orders", "Answers"}
    with pytest.raises(UnknownName, match="No customer is called `c999`"):
        shop.page("customer", "c999")


# Who may see it.


def test_what_tells_who_somebody_is_is_masked_and_numbers_are_not(shop):
    record = shop.page("follow_up").record()
    shown = masked(record)
    rows_ = [row for block in record["blocks"] if block.get("customers") for row in block["rows"]]
    hidden = [row for block in shown["blocks"] if block.get("customers") for row in block["rows"]]
    assert [row["said"] for row in hidden if row["said"]] == [{"personal": HIDDEN}] * sum(
        bool(r["said"]) for r in rows_
    )
    assert [row["score"] for row in hidden] == [row["score"] for row in rows_]
    address = {
        "text": "ann@example.org",
        "link": {"page": "customer", "about": "ann@example.org", "asked": {}, "personal": True},
    }
    (grid,) = masked({"blocks": [{"block": "grid", "customers": False, "rows": [{"cell": address}]}]})["blocks"]
    assert grid["rows"] == [{"cell": {"text": "[e-mail]", "link": None}}]


def test_lists_of_customers_are_left_out_and_it_is_said(shop):
    record = shop.page("customers").record()
    shown = without_customers(record)
    assert "c000" in str(record)
    assert "c000" not in str(shown)
    assert any("not shown to you" in block.get("text", "") for block in shown["blocks"])
