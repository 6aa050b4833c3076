"""Foretell what each customer will do, with the score that says how far to believe it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from regulars.core.errors import QueryError, UnknownName
from regulars.core.periods import Period
from regulars.core.randomness import stream
from regulars.data.quality.checks import Finding
from regulars.data.snapshot import Snapshot
from regulars.kpis.query import Records
from regulars.models.backtest import Backtest, backtest, naive_for
from regulars.models.model import COLUMNS, Model

#: Of all random streams of models.
SEED = 1
#: Longest horizon, in days.
LONGEST = 3660


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """What customers are expected to do. There are none without their score (the second law).

    Attributes:
        model: which.
        period: the days foretold.
        as_of: instant before which records were known.
        level: of the limits.
        method: of the limits.
        n: customers that the model learned from.
        version: of the model, with the horizon.
        flags: codes of findings that push orders, events, ... one way or the other.
        backtest: how well it did on the past, beside the naive rule.
        table: `customer_id`, `mean`, `low`, `high`; highest first.
    """

    model: Model
    period: Period
    as_of: datetime
    level: float
    method: str
    n: int
    version: str
    flags: tuple[str, ...]
    backtest: Backtest
    table: ir.Table


def available(model: Model, records: Records) -> str:
    """Return "" where `model` can predict, else why not."""
    missing = [name for name in model.needs if name not in records.covered]
    return f"needs {' and '.join(f'`{name}`' for name in missing)}" if missing else ""


def snapshot_of(records: Records) -> Snapshot:
    """Return all that is known, as models may see it."""
    since = {name: span.start for name, span in records.covered.items()}
    return Snapshot(as_of=records.as_of, whole=records.tables, since=since)


def predict(
    name: str,
    models: Mapping[str, Model],
    records: Records,
    *,
    horizon_days: int = 90,
    level: float | None = None,
    findings: Sequence[Finding] = (),
) -> Predictions:
    """Foretell the `horizon_days` from as-of on, and try the same on the past.

    Raises:
        UnknownName: no such model.
        QueryError: the horizon or the level cannot be, or tables that the model needs are not there.
        CatalogueError: the model does not keep the protocol.
    """
    if name not in models:
        raise UnknownName("model", name, models)
    model, level = models[name], records.definitions.level if level is None else level
    if not 1 <= horizon_days <= LONGEST:
        raise QueryError(f"`{horizon_days}` is no horizon. Write a number of days from 1 to {LONGEST}.")
    if not 0 < level < 1:
        raise QueryError(f"`{level}` is no level. Write a share between 0 and 1, such as 0.95.")
    if why := available(model, records):
        raise QueryError(f"Model `{name}` {why}: there are no such records. Map them in `regulars.toml`.")
    known = snapshot_of(records)
    fitted = model.fit(known, horizon_days, stream(SEED, f"{name}/{known.as_of}"))
    found = model.predictions(known, fitted, level)
    named = found.join(model.predicts.customers(known), "customer")
    return Predictions(
        model=model,
        period=Period(records.as_of, records.as_of + timedelta(days=horizon_days)),
        as_of=records.known_at,
        level=level,
        method=fitted.method,
        n=fitted.n,
        version=f"{model.version} (horizon_days={horizon_days})",
        flags=_flags(model, findings),
        backtest=backtest(
            model, naive_for(model, list(models.values())), known, horizon_days=horizon_days, level=level, seed=SEED
        ),
        table=named.select("customer_id", *COLUMNS).order_by(ibis.desc("mean"), "customer_id"),
    )


def _flags(model: Model, findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the codes of findings that bias everything made of a table that `model` needs."""
    found = {
        finding.code
        for finding in findings
        for bias in finding.biases
        if bias.meets(model.name, "", frozenset(model.needs)) and not (bias.divided or bias.during)
    }
    return tuple(sorted(found))
