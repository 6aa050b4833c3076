"""Pages written by hand, with a block of every kind, and what draws them."""

import json
import re
from datetime import UTC, date, datetime
from functools import cache
from html.parser import HTMLParser

from regulars.catalogue.kpis.cohorts import retention
from regulars.catalogue.kpis.commerce import average_order_value, net_revenue
from regulars.catalogue.kpis.retention import repeat_purchase_rate
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import Period
from regulars.kpis.kpi import Shows
from regulars.reports.drawing import Drawing
from regulars.views.blocks import (
    Card,
    Cards,
    Chart,
    ChartKind,
    Figure,
    Grid,
    Head,
    Heading,
    Link,
    Mark,
    Notice,
    Personal,
    Series,
    Text,
)
from regulars.views.fill import Page
from regulars.views.view import Ask, View
from small import company, sale

AT = datetime(2025, 1, 3, 9, 30, tzinfo=UTC)
KPIS = {kpi.name: kpi for kpi in (average_order_value, net_revenue, repeat_purchase_rate)}
#: Texts of people who mean no good, or write another script.
HOSTILE = (
    '=cmd|"/c calc"!A1',
    "@SUM(A1)",
    "＝1+1",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "#include $x$ *b* _i_ [l] @ref \\ // `c",
    "{{7*7}} ${7*7} #(7*7)",
    "שלום עולם",
    "مرحبا",
    "nul \x00 bell \x07 end",
)


def estimate(value=None, low=0.0, high=0.0, *, n=7, flags=(), why="nobody was asked", start=date(2024, 1, 1)):
    found = (
        unknown(why, level=0.95, n=n)
        if value is None
        else Interval(value=value, low=low, high=high, level=0.95, method="Wilson score", n=n)
    )
    period = Period(start, date(2025, 1, 1))
    return Estimate(interval=found, period=period, as_of=datetime(2025, 1, 2, tzinfo=UTC), version="3", flags=flags)


def page(*blocks, title="Mine", company="Example & Sons", asked=None):
    view = View(name="mine", title=title, question="How do we do?", blocks=lambda _: ())
    return Page(view=view, blocks=blocks, currency="EUR", company=company, asked=asked or {})


def record(*blocks, **rest):
    """Return a page's record as it comes out of a file: nothing but JSON."""
    return json.loads(page(*blocks, **rest).to_json())


@cache
def ask():
    orders = [sale(f"c{n}", 10 + 17 * n % 80, 5 + n) for n in range(40)]
    customers = [{"customer_id": f"c{n}", "market": "NL" if n % 3 else "DE"} for n in range(40)]
    records = company(100, orders=orders, customers=customers)
    return Ask(records=records, kpis=KPIS, tables={"retention": retention})


GRID = Grid(
    name="grid",
    title="Shares of things",
    heads=(
        Head(name="what", title="What"),
        Head(name="rows", title="Rows"),
        Head(name="share", title="Share", shows=Shows.SHARE),
        Head(name="gap", title="Gap", shows=Shows.SHARE, change=True),
        Head(name="said", title="Said", minor=True),
    ),
    rows=(
        ("late", 1234, estimate(0.25, 0.125, 0.5), estimate(0.035, -0.015, 0.08, flags=("small_n",)), "a b"),
        ("early", 5, estimate(), Figure(estimate=estimate(20.0, 10.0, 30.0), shows=Shows.MONEY), None),
        (Personal(text="Ann"), 0, None, None, Link(text="her page", page="customer", about="c1", personal=True)),
    ),
    caption="Read it `so`.",
)
UNITS = Grid(
    name="units",
    title="Every unit",
    heads=(Head(name="what", title="What"), Head(name="value", title="Measured")),
    rows=tuple(
        (str(shows), Figure(estimate=estimate(value, value / 2, value * 2, n=1000), shows=shows))
        for shows, value in (
            (Shows.SHARE, 0.1234),
            (Shows.POINTS, -12.5),
            (Shows.MONEY, 1234.5),
            (Shows.COUNT, 12.0),
            (Shows.NUMBER, 0.04567),
            (Shows.DAYS, 7.25),
            (Shows.SECONDS, 5400.0),
            (Shows.SCORE, 8.5),
        )
    ),
)
LINE = Chart(
    name="line",
    title="Moved",
    kind=ChartKind.LINE,
    says="It rose from `low` to high.",
    shows=Shows.SHARE,
    series=(
        Series(
            marks=(
                Mark(label="2024-01", estimate=estimate(0.25, 0.2, 0.3, n=40)),
                Mark(label="2024-02", estimate=estimate(why="nobody came", n=0)),
                Mark(label="2024-03", estimate=estimate(0.5, 0.4, 0.6, n=50), open=True),
            )
        ),
    ),
    axis="months",
)


@cache
def everything():
    """Return a page with blocks of every kind."""
    asked = ask()
    return page(
        asked.cards("net_revenue", "average_order_value", "repeat_purchase_rate"),
        Heading(text="By market"),
        Text(text="Read it across."),
        asked.answers("net_revenue", "average_order_value", by=("market",), grain=None),
        Heading(text="By when they came"),
        asked.cohorts("retention"),
        Heading(text="How they buy"),
        asked.segments(),
        GRID,
        UNITS,
        LINE,
        Notice(text="Not shown: needs `events`."),
        asked={"where": "market = 'NL'", "period": "12m"},
    )


def course(*rows):
    return Cards(cards=(Card(course=rows),))


def drawing():
    """Return what draws nothing but a line, so that tests of documents do not depend on charts."""
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="9" viewBox="0 0 {0} 9"><path d="M0 0L9 9"/></svg>'
    )
    return Drawing(chart=lambda block, width: drawn.format(width), spark=lambda numbers: drawn.format(60))


def squeezed(text):
    """Return text without white space: where lines break is of no importance."""
    return re.sub(r"[\s\u200b]+", "", text)


class Cells(HTMLParser):
    """The texts of the cells of an HTML page."""

    def __init__(self, text):
        super().__init__()
        self.cells, self.tags, self.attributes, self._open = [], [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag in ("td", "th"):
            self.cells.append("")
            self._open = True
        elif tag == "br" and self._open:
            self.cells[-1] += " "

    def handle_endtag(self, tag):
        self._open = self._open and tag not in ("td", "th")

    def handle_data(self, data):
        if self._open:
            self.cells[-1] += data
