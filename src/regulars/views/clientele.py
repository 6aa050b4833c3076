"""The list of customers: who needs action, and why; sorted, searched and filtered."""

from collections.abc import Iterator, Mapping
from typing import Any

from regulars.app.foretell import Foretold
from regulars.app.listed import Expectation, Listed
from regulars.app.listing import MOST, Listing, ListPage, listing
from regulars.core.errors import QueryError
from regulars.core.wording import counted
from regulars.kpis.kpi import Shows
from regulars.views import words
from regulars.views.blocks import Block, Cell, Grid, Head, Link, More, Notice
from regulars.views.parameters import EVERY, SHOWN
from regulars.views.predicted import reason
from regulars.views.stakes import UNTOLD, Predictions, scores
from regulars.views.view import Ask

#: Columns that a list is sorted by: name of the column, title, order, what its numbers are.
_SORTED = (
    ("at_stake", "Value at stake", "stake", Shows.MONEY),
    ("leaves", "Leaves", "risk", Shows.SHARE),
    ("clv", "CLV", "clv", Shows.MONEY),
)


def listing_of(ask: Ask) -> Listing:
    """Return the list of customers, made once per generation.

    Raises:
        QueryError: there are no such records.
    """
    opened, workspace = ask.opened, ask.workspace
    assert opened is not None
    assert workspace is not None
    return ask.once(f"listing {ask.of}", lambda: listing(opened, workspace, of=ask.of, findings=ask.findings))


def clientele(ask: Ask) -> Iterator[Block]:
    """Yield a page of the list, and how well what stands in it was foretold."""
    if ask.opened is None or ask.workspace is None or "people" not in ask.records.tables:
        yield Notice(text="Customers are listed once there are `customers`, `orders`, `responses` or `tickets`.")
        return
    found = listing_of(ask)
    page = _page(found, ask)
    if not page.rows:
        yield Notice(text=_nobody(ask))
    else:
        yield _list(found, page, ask)
    if found.scores:
        yield scores(tuple(found.scores.values()))
    else:
        yield Notice(text=UNTOLD)


def _page(found: Listing, ask: Ask) -> ListPage:
    """Return as many customers as are asked for; more than a page at once where it is a whole list."""
    rows: list[Listed] = []
    first: ListPage | None = None
    after = _position(ask.after)
    while True:
        page = found.page(
            ask.sort,
            descending=ask.direction == "desc",
            after=after,
            most=min(ask.rows_shown - len(rows), MOST),
            search=ask.q,
            segment=ask.segment,
            state=ask.state,
            attribute=ask.attribute,
            saved=ask.saved,
        )
        rows += page.rows
        first, after = first or page, page.next
        if after is None or len(rows) >= ask.rows_shown:
            return ListPage(rows=tuple(rows), next=page.next, previous=first.previous, total=first.total)


def _position(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise QueryError(f"`{text}` after `after` is no place in the list. Take the link of the page before.")
    return int(text)


def _nobody(ask: Ask) -> str:
    if ask.q:
        return f"No customer's id holds `{ask.q}`. Clear the search, or write less of the id."
    return "No customer is so. Clear what was asked."


def _list(found: Listing, page: ListPage, ask: Ask) -> Grid:
    several = [name for name in found.attributes if name in ("market", "segment")]
    heads = [_head("customer", "Customer", "id", ask)]
    heads += [Head(name=f"by_{name}", title=words.title(name), minor=True) for name in several]
    heads += [Head(name="rfm", title="RFM segment"), Head(name="state", title="State", minor=True)]
    heads.append(_head("last_order", "Last order", "last_order", ask))
    heads.append(_head("revenue", f"Net revenue ({ask.currency})", "revenue", ask))
    heads += [_head(name, title, order, ask, shows) for name, title, order, shows in _SORTED]
    heads.append(Head(name="reasons", title="What goes along with leaving"))
    known = Known(found, ask)
    of = "" if page.total is None else f" of {page.total:,}"
    first, last = page.rows[0].position + 1, page.rows[-1].position + 1
    asked = {name: text for name, text in known.asked.items() if name != "after"}
    links = [("first", Link(text="First", page="customers", asked=asked))] if ask.after else []
    if page.next is not None:
        links.append(("next", Link(text="Next", page="customers", asked={**asked, "after": str(page.next)})))
    return Grid(
        name="customers",
        title=f"Customers {first:,} to {last:,}{of}"
        if not _filtered(ask)
        else counted(len(page.rows), "customer") + of,
        heads=tuple(heads),
        rows=tuple(known.row(one, several) for one in page.rows),
        customers=True,
        more=More(told=f"{counted(len(page.rows), 'customer')}{of}", links=tuple(links)),
        caption=(
            "Value at stake is the probability of leaving times predicted CLV. Orders and net revenue are sums of the "
            "customer's own records. What goes along with leaving is no cause of it."
        ),
    )


def _filtered(ask: Ask) -> bool:
    return bool(ask.q or ask.segment or ask.state or ask.attribute or ask.saved)


def _head(name: str, title: str, order: str, ask: Ask, shows: Shows | None = None) -> Head:
    """Return a head that sorts by its column, the other way round where it does already."""
    mine = ask.sort == order
    turned = "asc" if mine and ask.direction == "desc" else "desc"
    asked = {name: text for name, text in said(ask).items() if name not in ("after", "sort", "dir")}
    to = Link(text=title, page="customers", asked={**asked, "sort": order, "dir": turned})
    sorted_ = "" if not mine else "descending" if ask.direction == "desc" else "ascending"
    return Head(name=name, title=title, shows=shows, to=to, sorted=sorted_)


def said(ask: Ask) -> dict[str, str]:
    """Return what was asked of the list, as links say it."""
    asked = {
        "of": ask.of,
        "sort": ask.sort,
        "dir": ask.direction,
        "q": ask.q,
        "segment": ask.segment,
        "state": ask.state,
        "saved": ask.saved,
    }
    if ask.attribute:
        asked["attribute"] = f"{ask.attribute[0]}={ask.attribute[1] or ''}"
    if ask.rows_shown != SHOWN:
        asked["rows"] = "all" if ask.rows_shown == EVERY else str(ask.rows_shown)
    return asked


class Known:
    """What rows of a list are written with."""

    def __init__(self, found: Listing, ask: Ask) -> None:
        self.asked = said(ask)
        self._said = found.said
        self._told: Mapping[str, Foretold] = found.scores
        leaving, value = self._told.get("leaving"), self._told.get("value")
        self._leaving = Predictions(leaving) if leaving else None
        self._value = Predictions(value) if value else None
        by = f"{leaving.said.model} and {value.said.model}" if leaving and value else ""
        self._stake = Predictions(value, by) if value else None

    def row(self, one: Listed, attributes: list[str]) -> tuple[Cell, ...]:
        """Return a customer's row."""
        return (
            Link(text=one.customer_id, page="customer", about=one.customer_id, personal=True),
            *(one.attributes[name] or "" for name in attributes),
            one.segment.title if one.segment else "",
            str(one.state or ""),
            str(one.last_order_on or ""),
            "" if one.net_revenue is None else f"{one.net_revenue:.2f}",
            _cell(one.stake, self._stake),
            _cell(one.leaving, self._leaving),
            _cell(one.clv, self._value),
            "; ".join(reason(why.feature, why.value, self._said) for why in one.reasons),
        )


def _cell(one: Expectation | None, made: Predictions | None) -> Any:
    return None if one is None or made is None else made.estimate(one.mean, one.low, one.high)
