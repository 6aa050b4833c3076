"""Simulated companies with planted effects of actions: what is on record, what is true, and what treatment does."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.app.deciding import Plan
from regulars.app.workspace import Workspace
from regulars.catalogue.sources.simulated import simulate
from regulars.catalogue.sources.simulation.clock import clock_of
from regulars.catalogue.sources.simulation.company import Company
from regulars.decisions.action import Action, Effect, Gain, PartEffect
from regulars.decisions.policy import Customers
from regulars.state.audiences import Arm, Member

BEGIN, STEP, END = date(2025, 1, 1), 90, date(2026, 1, 1)
COMPANY = Company(end=END, campaign_start=date(2025, 12, 31), mailing_start=date(2025, 12, 31))
TABLES = ("customers", "orders", "subscriptions")
#: When rows of each table happened, and what is not known before it has.
TIMES = {
    "customers": ("first_seen_at",),
    "orders": ("ordered_at", "delivered_at"),
    "subscriptions": ("started_at", "ended_at"),
}
OUTCOMES = ("lapse", "value", "orders", "contract_end", "contract_value")
SEGMENTS = tuple(one.name for one in COMPANY.segments)
YEAR_WEEKS = 365 / 7
SETTINGS = """
[decisions]
holdout = 0.3
[actions.win_back_offer]
cost = 0.5
effect = [0.0, 0.08, 0.16]
source = "Assumed by the benchmark"
[actions.cross_sell]
cost = 0.5
effect = [-0.02, 0.06, 0.14]
source = "Assumed by the benchmark"
[actions.service_recovery_call]
cost = 2
effect = [0.0, 0.25, 0.5]
source = "Assumed by the benchmark"
[actions.onboarding_help]
cost = 1.5
effect = [-0.05, 0.15, 0.35]
source = "Assumed by the benchmark"
[actions.renewal_talk]
cost = 5
effect = [-0.1, 0.25, 0.6]
source = "Assumed by the benchmark"
[actions.price_fix]
effect = [0.0, 0.3, 0.6]
source = "Assumed by the benchmark"
"""
#: Segments differ by this share of what is doubted of the effect.
APART = 0.5


@dataclass
class World:
    """A company with its truth, and what was done to it."""

    folder: Path
    tables: dict[str, pa.Table]
    truth: dict[str, np.ndarray]
    place: dict[str, int]
    effects: dict[str, Effect]
    rng: np.random.Generator
    treated: dict[str, list[str]] = field(default_factory=dict)

    def show(self, on: date) -> None:
        """Write the records as they were on a day."""
        for name, (happened, *later) in TIMES.items():
            rows = self.tables[name]
            rows = rows.filter(pc.less(rows[happened], _at(rows[happened].type, on)))
            for column in later:
                known = pc.less(rows[column], _at(rows[column].type, on))
                hidden = [column] if column != "ended_at" else [column, "end_reason"]
                for each in hidden:
                    blank = pc.if_else(known, rows[each], pa.scalar(None, rows[each].type))
                    rows = rows.set_column(rows.column_names.index(each), each, blank)
            pq.write_table(rows, self.folder / f"data/{name}-000.parquet")
        toml = self.folder / "regulars.toml"
        lines = [line if not line.startswith("as_of") else f"as_of = {on}" for line in toml.read_text().splitlines()]
        toml.write_text("\n".join(lines) + "\n")


def _at(kind: pa.DataType, on: date) -> pa.Scalar:
    return pa.scalar(datetime(on.year, on.month, on.day, tzinfo=UTC if kind.tz else None), kind)


def world(folder: Path, seed: int, customers: int) -> World:
    """Draw a company and the effects of its actions."""
    simulate(folder, customers=customers, seed=seed, company=COMPANY, tables=TABLES)
    toml = folder / "regulars.toml"
    toml.write_text(toml.read_text() + SETTINGS)
    truth = pq.read_table(folder / "truth/customers-000.parquet")
    rng = np.random.default_rng(seed)
    effects = {
        name: planted(one.effect, rng) for name, one in Workspace.at(folder).actions.items() if one.effect.deviation
    }
    return World(
        folder=folder,
        tables={name: pq.read_table(folder / f"data/{name}-000.parquet") for name in TABLES},
        truth={name: truth[name].to_numpy(zero_copy_only=False) for name in truth.column_names},
        place={one: at for at, one in enumerate(truth["customer_id"].to_pylist())},
        effects=effects,
        rng=rng,
    )


def planted(assumed: Effect, rng: np.random.Generator) -> Effect:
    """Draw a true effect around the assumed one, and others of segments around it; none below 0.

    Whoever is treated orders or stays once more than they would have: nobody can be made to order less here.
    """
    spread = APART * assumed.deviation
    shares = np.array([one.share for one in COMPANY.segments])
    whole = assumed.mean + np.sqrt(assumed.deviation**2 - spread**2 * (shares @ shares)) * rng.standard_normal()
    parts = {
        name: PartEffect(mean=float(np.clip(value, 0.0, 0.9)), own=0.0, shared=0.0, n=0)
        for name, value in zip(
            ("", *SEGMENTS), [whole, *(whole + spread * rng.standard_normal(len(SEGMENTS)))], strict=True
        )
    }
    mean = parts[""].mean
    return Effect(mean=mean, low=mean, high=mean, source="planted", parts=parts)


def hidden(one: World, found: Plan, on: date) -> Customers:
    """Return the customers of a plan as they are in truth."""
    rows = np.array([one.place[who] for who in found.ids])
    truth = {name: values[rows] for name, values in one.truth.items()}
    gone = np.array([at is not None and not np.isnat(at) and at < np.datetime64(on) for at in truth["churned_at"]])
    days = np.array([(on - COMPANY.start).days, (on - COMPANY.start).days + STEP]) * 86_400.0
    begin, end = clock_of(COMPANY).seasonal(days)
    silent = np.where(gone, 1.0, np.exp(-truth["purchase_rate"] * (end - begin)))
    margin = truth["mean_spend"] * COMPANY.margin
    p = truth["dropout_probability"]
    clv = (
        np.where(gone, 0.0, (1 - np.exp(-truth["purchase_rate"] * p * YEAR_WEEKS)) / p) * margin * (1 - COMPANY.refunds)
    )
    monthly = paid(one, on)
    fee = np.array([monthly.get(who, 0.0) for who in found.ids])
    ends = 1 - (1 - truth["monthly_churn"]) ** (STEP / 30.4)
    contract = fee * (1 - (1 - truth["monthly_churn"]) ** 12) / truth["monthly_churn"]
    leaving, worth = np.where(fee > 0, ends, silent), np.where(fee > 0, contract, clv)
    alive = np.where(gone & (fee == 0), 1e-9, 1.0)
    return replace(
        found.customers, leaving=leaving, alive=alive, comes=1 - silent, clv=worth, order_value=margin,
        leaving_low=leaving, leaving_high=leaving, clv_low=worth, clv_high=worth,
    )  # fmt: skip


def paid(one: World, on: date) -> dict[str, float]:
    """Return what each customer under contract pays a month on a day."""
    rows = one.tables["subscriptions"]
    at = _at(rows["started_at"].type, on)
    now = pc.and_(pc.less(rows["started_at"], at), pc.fill_null(pc.greater_equal(rows["ended_at"], at), True))
    rows = rows.filter(pc.and_(now, pc.greater(rows["monthly_amount"], 0)))
    return dict(zip(rows["customer_id"].to_pylist(), map(float, rows["monthly_amount"].to_pylist()), strict=True))


def act(one: World, action: Action, members: Sequence[Member], on: date) -> None:
    """Let the treated do what the planted effect says."""
    effect = one.effects[action.name]
    begin, end = np.datetime64(on), np.datetime64(on + timedelta(days=STEP))
    contracts = paid(one, on)
    under = [who for who in members if who.customer_id in contracts]
    ordered = _ordered(one, begin, end)
    treated = [who for who in members if who.arm is Arm.TREATED]
    if action.gain is Gain.KEPT and len(under) > len(members) / 2:
        leaves = _ends(one, begin, end)
        kept = [
            who.customer_id for who in treated if who.customer_id in leaves and _hits(one, effect.of(who.part).mean)
        ]
        _stay(one, kept)
    else:
        keeps = action.gain is Gain.KEPT
        # Nobody keeps who has left already; they may be won back.
        idle = [who for who in treated if who.customer_id not in ordered and not (keeps and _gone(one, who, begin))]
        # Of all in a segment the share `effect` is to change, of whom only those who would not order can be.
        share = {
            part: sum(who.part == part for who in idle) / sum(who.part == part for who in treated)
            for part in {who.part for who in idle}
        }
        _order(
            one, [who for who in idle if _hits(one, effect.of(who.part).mean / (1 if keeps else share[who.part]))], on
        )
    for who in treated:
        one.treated.setdefault(action.name, []).append(who.part)


def _gone(one: World, who: Member, on: np.datetime64) -> bool:
    at = one.truth["churned_at"][one.place[who.customer_id]]
    return at is not None and not np.isnat(at) and at < on


def _hits(one: World, chance: float) -> bool:
    return bool(one.rng.random() < chance)


def _ordered(one: World, begin: np.datetime64, end: np.datetime64) -> set[str]:
    rows = one.tables["orders"]
    at = rows["ordered_at"].to_numpy().astype("datetime64[s]")
    sold = (at >= begin) & (at < end) & (np.array(rows["kind"].to_pylist()) == "sale")
    return set(rows["customer_id"].filter(pa.array(sold)).to_pylist())


def _ends(one: World, begin: np.datetime64, end: np.datetime64) -> set[str]:
    """Return whose contract ends for good within days."""
    rows = one.tables["subscriptions"]
    at = rows["ended_at"].to_numpy().astype("datetime64[s]")
    last = pc.fill_null(pc.is_in(rows["end_reason"], pa.array(["voluntary", "payment_failed"])), False).to_numpy()
    return set(rows["customer_id"].filter(pa.array((at >= begin) & (at < end) & last)).to_pylist())


def _stay(one: World, who: Sequence[str]) -> None:
    """Let contracts go on: their last row never ends."""
    rows = one.tables["subscriptions"]
    mine = np.isin(np.array(rows["customer_id"].to_pylist()), list(who))
    last = pc.fill_null(pc.is_in(rows["end_reason"], pa.array(["voluntary", "payment_failed"])), False).to_numpy()
    keep = pa.array(mine & last)
    for name in ("ended_at", "end_reason"):
        blank = pc.if_else(keep, pa.scalar(None, rows[name].type), rows[name])
        rows = rows.set_column(rows.column_names.index(name), name, blank)
    one.tables["subscriptions"] = rows


def _order(one: World, who: Sequence[Member], on: date) -> None:
    """Let customers order once within the days, for what they usually spend."""
    if not who:
        return
    rows = one.tables["orders"]
    spend = np.array([one.truth["mean_spend"][one.place[each.customer_id]] for each in who])
    amount = np.round(spend * one.rng.gamma(COMPANY.spend_p, 1 / COMPANY.spend_p, len(who)), 2)
    day = one.rng.integers(1, STEP - 1, len(who))
    made = {
        "order_id": [f"X{on:%j}{at}{each.customer_id}" for at, each in enumerate(who)],
        "customer_id": [each.customer_id for each in who],
        "ordered_at": [np.datetime64(on + timedelta(days=int(one)), "s").astype(object) for one in day],
        "kind": ["sale"] * len(who),
        "amount": amount,
        "cost": np.round(amount * (1 - COMPANY.margin), 2),
        "currency": [COMPANY.currency] * len(who),
        "channel": ["web"] * len(who),
    }
    columns = []
    for column in rows.schema:
        if column.name not in made:
            columns.append(pa.nulls(len(who), column.type))
        elif pa.types.is_timestamp(column.type):
            columns.append(
                pa.array(made[column.name], pa.timestamp("s")).cast(pa.timestamp(column.type.unit)).cast(column.type)
            )
        else:
            columns.append(pa.array(made[column.name]).cast(column.type, safe=False))
    one.tables["orders"] = pa.concat_tables([rows, pa.table(columns, schema=rows.schema)])
