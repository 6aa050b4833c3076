"""What an action brought: those for whom it was done beside those who were left alone, in money and in customers.

Only what was drawn by chance is read out. Of a campaign whose arms somebody chose nothing is: whoever got a coupon
because they buy much buys more than others, with or without it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.money import UNITS
from regulars.core.periods import Period, day_number
from regulars.data import engine
from regulars.decisions.action import Gain
from regulars.decisions.changed import changed
from regulars.decisions.learning import Result
from regulars.kpis.kpi import Shows
from regulars.kpis.query import Records
from regulars.state.audiences import Arm, Audience, Member
from regulars.stats import always_valid, arms
from regulars.stats.arms import Arm as Sample
from regulars.stats.covariate import cuped
from regulars.stats.effects import Effect, difference
from regulars.stats.intervals import z
from regulars.stats.moments import PairSums
from regulars.stats.split import Split, split

Floats = np.ndarray
#: Customers that each arm needs before anything is read out.
LEAST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of both arms.

    Attributes:
        name, said: what.
        shows: what kind of number.
        treated, held: of each arm.
        change: treated less held; while it runs with an interval that holds at every look.
        cut: share of the variance that earlier behaviour took away; None where it was not used.
    """

    name: str
    said: str
    shows: Shows
    treated: Estimate
    held: Estimate
    change: Estimate
    cut: float | None = None


@dataclass(frozen=True, kw_only=True)
class Readout:
    """What an audience brought, so far or in the end.

    Attributes:
        audience: which.
        split: whether the arms were filled as drawn.
        seen: days of those in which the effect shows that are on record.
        missing: members who are no customers of these records any more.
        outcomes: by what.
        profit: incremental profit per treated customer, less what doing it costs.
        total: the same of all treated.
        effect: share of customers changed; None where it cannot be told.
        why_not: why nothing is read out; "" where it is.
    """

    audience: Audience
    split: Split | None
    seen: int
    missing: int
    outcomes: tuple[Outcome, ...] = ()
    profit: Estimate | None = None
    total: Estimate | None = None
    effect: Result | None = None
    why_not: str = ""

    @property
    def finished(self) -> bool:
        """Whether all days are on record."""
        return self.seen >= self.audience.days


def readout(audience: Audience, members: Sequence[Member], records: Records) -> Readout:
    """Read an experiment out of the records.

    Args:
        audience: what was decided.
        members: its members.
        records: what is known by now.

    Raises:
        QueryError: records end before it began.
    """
    seen = min((records.as_of - audience.as_of).days, audience.days)
    if seen < 0:
        raise QueryError(
            f"Records end on `{records.as_of}`, before audience `{audience.name}` was chosen. Load newer ones."
        )
    table = _outcomes(audience, members, records, seen)
    held = np.array([one == Arm.HOLDOUT for one in table["arm"].to_pylist()], dtype=bool)
    missing = len(members) - len(table)
    counts = {"treated": int((~held).sum()), "holdout": int(held.sum())}
    if min(counts.values()) < LEAST:
        few = min(counts, key=lambda name: counts[name])
        why = f"only {counts[few]} customers are in the arm `{few}`: it takes {LEAST}"
        return Readout(audience=audience, split=None, seen=seen, missing=missing, why_not=why)
    drawn = split(counts, {"treated": 1 - audience.holdout, "holdout": audience.holdout})
    if not seen:
        why = "no day after it began is on record yet"
        return Readout(audience=audience, split=drawn, seen=seen, missing=missing, why_not=why)
    if drawn.mismatch:
        why = "arms were not filled as they were drawn: something else chose who is in them, so nothing can be told"
        return Readout(audience=audience, split=drawn, seen=seen, missing=missing, why_not=why)
    return _read(audience, table, held, records, drawn, seen, missing)


def _outcomes(audience: Audience, members: Sequence[Member], records: Records, seen: int) -> pa.Table:
    """Return a row per member who is known: `arm`, `part`, `ordered`, `brought`, `before`, and `left` of contracts."""
    keys, begin = records.tables["keys"], day_number(audience.as_of)
    columns = {"id": "customer_id", "arm": "arm", "part": "part"}
    rows = ibis.memtable(pa.table({to: [str(getattr(one, name)) for one in members] for to, name in columns.items()}))
    who = (
        rows.join(keys, rows.id == keys.reference).select("arm", "part", customer=keys.customer).distinct(on="customer")
    )
    if "purchase_days" in records.tables:
        days = records.tables["purchase_days"]
        mine = days.filter((days.day >= begin - audience.days) & (days.day < begin + seen))
        sums = mine.group_by(person=mine.customer).aggregate(
            orders=mine.orders.sum(where=mine.day >= begin),
            brought=mine.value.sum(where=mine.day >= begin),
            before=mine.value.sum(where=mine.day < begin),
        )
        who = who.left_join(sums, who.customer == sums.person).drop("person")
    if "contracts" in records.tables:
        who = _contracts(who, records.tables["contracts"], begin, begin + seen)
    return engine.to_arrow(who.order_by("customer"))


def _contracts(who: ir.Table, contracts: ir.Table, begin: int, end: int) -> ir.Table:
    paid = contracts.filter((contracts.monthly > 0) & (contracts.start_day < begin))
    mine = paid.filter(paid.end_day >= begin)
    # A price that ends is no contract that does: an upgrade within the days is no leaving.
    kept = mine.group_by(person=mine.customer).aggregate(left=(mine.spell_end < end).min().cast("int32"))
    return who.left_join(kept, who.customer == kept.person).drop("person")


def _column(table: pa.Table, name: str) -> Floats:
    return np.nan_to_num(table[name].cast(pa.float64()).to_numpy(zero_copy_only=False))


def _read(
    audience: Audience, table: pa.Table, held: np.ndarray, records: Records, drawn: Split, seen: int, missing: int
) -> Readout:
    at = _At(audience, records, seen)
    found = list(_each(table, held, at))
    money = next((one for one in found if one.name == "brought"), None)
    cost = float(audience.said.get("cost_per_customer", 0.0))
    profit = None if money is None else at.estimate(_less(money.change.interval, cost))
    total = None if profit is None else at.estimate(_times(profit.interval, int((~held).sum())))
    return Readout(
        audience=audience,
        split=drawn,
        seen=seen,
        missing=missing,
        outcomes=tuple(found),
        profit=profit,
        total=total,
        effect=_effect(audience, table, held) if seen >= audience.days else None,
    )


def _each(table: pa.Table, held: np.ndarray, at: "_At") -> Iterator[Outcome]:
    if "orders" in table.column_names:
        ordered = _column(table, "orders") > 0
        yield at.outcome("ordered", "ordered again", Shows.SHARE, _shares(ordered, held))
        brought, before = (_column(table, name) / UNITS for name in ("brought", "before"))
        treated, control = (_pairs(brought[side], before[side]) for side in (~held, held))
        adjusted = cuped(treated, control, level=at.level)
        samples = arms.mean(treated.minus(0)), arms.mean(control.minus(0))
        yield at.outcome("brought", "brought", Shows.MONEY, samples, adjusted.effect, adjusted.cut)
    if "left" in table.column_names and table["left"].null_count < len(table):
        under = table["left"].is_valid().to_numpy(zero_copy_only=False)
        left = _column(table, "left") > 0
        yield at.outcome("left", "ended the contract", Shows.SHARE, _shares(left[under], held[under]))


def _pairs(a: Floats, b: Floats) -> PairSums:
    return PairSums(n=len(a), a=a.sum(), b=b.sum(), aa=a @ a, ab=a @ b, bb=b @ b)


def _shares(said: np.ndarray, held: np.ndarray) -> tuple[Sample, Sample]:
    treated, control = said[~held], said[held]
    return arms.share(int(treated.sum()), len(treated)), arms.share(int(control.sum()), len(control))


@dataclass(frozen=True)
class _At:
    """When it is read out."""

    audience: Audience
    records: Records
    seen: int

    @property
    def level(self) -> float:
        return self.records.definitions.level

    def estimate(self, interval: Interval) -> Estimate:
        running = self.seen < self.audience.days
        begin = self.audience.as_of
        return Estimate(
            interval=interval,
            period=Period(begin, begin + timedelta(days=max(self.seen, 1))),
            as_of=self.records.known_at,
            version=f"{self.audience.action} {self.audience.version}",
            flags=("unfinished",) if running else (),
        )

    def outcome(
        self,
        name: str,
        said: str,
        shows: Shows,
        samples: tuple[Sample, Sample],
        effect: Effect | None = None,
        cut: float | None = None,
    ) -> Outcome:
        """Return an outcome; while the experiment runs, its interval holds at every look at once."""
        treated, control = samples
        plain = difference(treated, control, level=self.level)
        found = plain if effect is None or effect.error is None else effect
        change = found.interval
        if self.seen < self.audience.days and found.error:
            # Tuned to the end: by then the variance has come down about as the days have gone.
            tau2 = always_valid.tuned(found.error**2 * self.seen / self.audience.days, level=self.level)
            change = always_valid.interval(found, tau2, level=self.level)
        return Outcome(
            name=name,
            said=said,
            shows=shows,
            treated=self.estimate(_of(treated, self.level)),
            held=self.estimate(_of(control, self.level)),
            change=self.estimate(change),
            cut=cut,
        )


def _of(sample: Sample, level: float) -> Interval:
    if sample.value is None:
        return unknown(sample.why_not, level=level, n=sample.n)
    half = _half(sample, level)
    return Interval(
        value=sample.value, low=sample.value - half, high=sample.value + half, level=level, method="normal", n=sample.n
    )


def _half(sample: Sample, level: float) -> float:
    return float(z(level) * np.sqrt(sample.variance))


def _less(interval: Interval, cost: float) -> Interval:
    return _mapped(interval, lambda value: value - cost)


def _times(interval: Interval, n: int) -> Interval:
    return _mapped(interval, lambda value: value * n)


def _mapped(interval: Interval, change: Callable[[float], float]) -> Interval:
    if interval.value is None:
        return interval
    low, high = (None if end is None else change(end) for end in (interval.low, interval.high))
    return Interval(
        value=change(interval.value), low=low, high=high, level=interval.level, method=interval.method, n=interval.n
    )


def _effect(audience: Audience, table: pa.Table, held: np.ndarray) -> Result | None:
    """Return the share of customers changed, in the terms in which the action's effect is assumed."""
    gain = Gain(str(audience.said.get("gain", Gain.BOUGHT)))
    counted, did = _gone(table) if gain is Gain.KEPT else (np.ones(len(table), bool), _column(table, "orders") > 0)
    parts = table["part"].to_numpy(zero_copy_only=False)
    return changed(gain, did[counted], held[counted], parts[counted], experiment=audience.name)


def _gone(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Return who counts, and who left: of who has contracts those who ended it, else those who did not order."""
    if "left" in table.column_names and table["left"].null_count < len(table) / 2:
        return table["left"].is_valid().to_numpy(zero_copy_only=False), _column(table, "left") > 0
    return np.ones(len(table), bool), _column(table, "orders") == 0
