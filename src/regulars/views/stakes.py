"""Customers by value at stake, as far as it is foretold already, beside how well that goes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from regulars.app import foretell
from regulars.app.foretell import Foretold
from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate, Interval
from regulars.kpis.kpi import Shows
from regulars.views import scored, words
from regulars.views.blocks import Block, Figure, Grid, Head, Link, Notice
from regulars.views.predicted import ids
from regulars.views.valued import AtRisk
from regulars.views.view import Ask

#: Where predictions come from, for who has none.
UNTOLD = "What customers will do is not foretold yet of these records: run `regulars backtest`."


def told(ask: Ask, name: str) -> Foretold | None:
    """Return what is foretold of an outcome, if that was made already of these records; pages make nothing."""
    if ask.workspace is None or ask.opened is None:
        return None
    try:
        return foretell.remembered(ask.workspace, ask.opened, name, findings=ask.findings)
    except QueryError:
        return None


def at_stake(ask: Ask, *, top: int) -> Iterator[Block]:
    """Yield the customers with most at stake, and how well what that is made of was foretold on past days."""
    try:
        by = foretell.at_risk_by(ask.records, ask.of)
    except QueryError as lacking:
        yield Notice(text=str(lacking))
        return
    churn, value = told(ask, by.churn), told(ask, by.value)
    if churn is None or value is None or ask.workspace is None:
        yield Notice(text=UNTOLD)
        return
    said = {feature.name: feature.said for feature in ask.workspace.features}
    found = AtRisk(by=by, churn=churn, value=value, ids=ids(ask.records), said=said, currency=ask.currency, top=top)
    yield _list(found, top)
    yield scores((churn, value))


def _list(found: AtRisk, top: int) -> Grid:
    return Grid(
        name="at_stake",
        title=f"Customers with most at stake, of {len(found.risk.customer):,}",
        heads=(
            Head(name="customer", title="Customer"),
            Head(name="at_stake", title="Value at stake", shows=Shows.MONEY),
            Head(name="leaves", title="Leaves", shows=Shows.SHARE),
            Head(name="clv", title="CLV", shows=Shows.MONEY, minor=True),
            Head(name="reasons", title="What goes along with it"),
        ),
        rows=tuple(_row(one, found) for one in found.values()),
        customers=True,
        caption=f"{found.span}. {f'Beware: {found.warning}. ' if found.warning else ''}"
        "Reasons are what goes along with a higher probability, not its causes.",
    )


def _row(one: Mapping[str, Any], found: AtRisk) -> tuple[Any, ...]:
    who = one["customer_id"]
    return (
        Link(text=who, page="customer", about=who, personal=True),
        Predictions(found.value, f"{found.churn.said.model} and {found.value.said.model}").of(one, "at_stake"),
        Predictions(found.churn).of(one, "churn"),
        Predictions(found.value).of(one, "clv"),
        "; ".join(one["reasons"][:2]),
    )


@dataclass(frozen=True, slots=True)
class Predictions:
    """What all predictions of an outcome share, so that each is an estimate.

    Attributes:
        found: the predictions.
        by: which models foretell.
    """

    found: Foretold
    by: str = ""

    def of(self, one: Mapping[str, Any], name: str) -> Estimate:
        """Return a prediction of one customer: `name`, `name_low` and `name_high` of a row."""
        return self.estimate(one[name], one[f"{name}_low"], one[f"{name}_high"])

    def estimate(self, value: float, low: float, high: float) -> Estimate:
        """Return a prediction with its limits as an estimate."""
        found = self.found
        interval = Interval(
            value=value, low=low, high=high, level=found.said.level, method=self.by or found.said.method, n=found.said.n
        )
        return Estimate(
            interval=interval, period=found.period, as_of=found.known_at, version=found.version, flags=found.flags
        )


def scores(every: tuple[Foretold, ...]) -> Grid:
    """Return how well predictions went on past days: what stands beside them by the second law."""
    rows = []
    for found in every:
        kind, own = found.outcome.kind, found.tried
        for measure in scored.decisive(kind):
            interval = own.score[measure.name]
            shows = Shows.SHARE if measure.share else Shows.NUMBER
            rows.append(
                (words.title(found.outcome.name), measure.said, Figure(estimate=_scored(found, interval), shows=shows))
            )
        rows.append(
            (
                words.title(found.outcome.name),
                "less squared error than the simple rule",
                Figure(estimate=_scored(found, own.gain), shows=Shows.SHARE),
            )
        )
    return Grid(
        name="scores",
        title="How well that was foretold on past days",
        heads=(
            Head(name="outcome", title="Foretold"),
            Head(name="measure", title="Measure"),
            Head(name="score", title="Score, out of time"),
        ),
        rows=tuple(rows),
        caption=" ".join(
            f"{words.title(found.outcome.name)}: `{found.model.name}`, {scored.scored(found)}." for found in every
        ),
    )


def _scored(found: Foretold, interval: Interval) -> Estimate:
    return Estimate(
        interval=interval, period=found.period, as_of=found.known_at, version=found.version, flags=found.flags
    )
