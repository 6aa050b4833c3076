"""What is foretold of a company's customers: models tried on the past, the best of them chosen, fitted and kept.

What is kept stands beside the generation that it was made of, and is made again where models or parameters changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from regulars.app.kept import Said, keep, kept, key_of
from regulars.app.trying import foretell
from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError, UnknownName
from regulars.core.periods import MONTH_DAYS, Period
from regulars.core.wording import counted
from regulars.data import beside
from regulars.data.feature import Feature
from regulars.data.quality.checking import Finding
from regulars.data.snapshot import Snapshot
from regulars.kpis.flags import flags_of
from regulars.kpis.query import Records
from regulars.models.backtest import Progress, naive_for
from regulars.models.model import Horizon, Model, Outcome
from regulars.models.trial import Tried

#: Of what customers are at risk: the table that tells it, and the outcomes: who leaves, and what they are worth.
AT_RISK_OF = {"contracts": ("subscriptions", "contract_end", "contract_value"), "orders": ("orders", "lapse", "value")}
#: Longest horizon, in days.
LONGEST = 3660


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """Predictions of all customers of an outcome. There are none without their score (the second law).

    Attributes:
        outcome: what is foretold.
        model: which foretells it.
        said: how, and how well that went on the past.
        table: `customer`, `mean`, `low`, `high`, `spread`, `doubt_1`, ... and what else the model says, by customer.
        known_at: instant before which records were known.
        flags: codes of findings that push it one way or the other.
    """

    outcome: Outcome
    model: Model
    said: Said
    table: pa.Table
    known_at: datetime
    flags: tuple[str, ...]

    def __repr__(self) -> str:
        said = f"{self.outcome.name} by `{self.model.name}` {self.version}, {self.period}"
        return f"<Foretold {said}: {counted(len(self.table), 'customer')}; {self.tried.verdict(self.said.trial.naive)}>"

    @property
    def period(self) -> Period:
        """The days foretold."""
        start = self.said.as_of + timedelta(days=self.said.lead_days)
        return Period(start, start + timedelta(days=self.said.horizon_days))

    @property
    def version(self) -> str:
        """Of the model, with the horizon."""
        return self.said.version

    @property
    def tried(self) -> Tried:
        """The score of the model that foretells."""
        return self.said.trial.of(self.said.model)

    def column(self, name: str) -> np.ndarray:
        """Return a column as an array."""
        return np.asarray(self.table[name].to_numpy())


def default_horizon(outcome: Outcome, records: Records) -> Horizon:
    """Return the horizon of an outcome where none is asked for."""
    definitions = records.definitions
    if outcome.kind == "amount":
        return Horizon(round(definitions.clv_months * MONTH_DAYS))
    if outcome.kind == "probability":
        return Horizon(definitions.churn_days, definitions.lead_days)
    return Horizon(definitions.churn_days)


def outcomes(models: Mapping[str, Model]) -> dict[str, Outcome]:
    """Return what can be foretold, by name."""
    return {model.predicts.name: model.predicts for model in models.values()}


def available(model: Model, records: Records) -> str:
    """Return "" where `model` can foretell, else why not."""
    missing = [name for name in model.tables if name not in records.covered]
    return f"needs {' and '.join(f'`{name}`' for name in missing)}" if missing else ""


def tried(models: Mapping[str, Model], names: Sequence[str], records: Records) -> list[str]:
    """Return the outcomes of these names; where none is named, all that the records allow.

    Raises:
        UnknownName: no outcome is called so.
        QueryError: the records allow none.
    """
    known = outcomes(models)
    for name in names:
        if name not in known:
            raise UnknownName("outcome", name, known)
    if names:
        return list(dict.fromkeys(names))
    there = [name for name, one in known.items() if set(one.needs) <= set(records.covered)]
    if not there:
        needs = sorted({need for one in known.values() for need in one.needs})
        raise QueryError(f"Nothing can be foretold: that needs {' or '.join(f'`{need}`' for need in needs)}. Map them.")
    return there


#: Told of what cannot be foretold.
Missed = Callable[[QueryError], None]


def each(names: Sequence[str], make: Callable[[str], Foretold], missed: Missed | None) -> list[Foretold]:
    """Return what is foretold of each outcome; `missed` is told of those that cannot be, if any other can.

    Raises:
        QueryError: one cannot be foretold and there is nobody to tell, or none can.
    """
    found: list[Foretold] = []
    failed: list[QueryError] = []
    for name in names:
        try:
            found.append(make(name))
        except QueryError as cause:
            if missed is None:
                raise
            failed.append(cause)
    if failed and not found:
        raise failed[0]
    for one in failed:
        if missed is not None:
            missed(one)
    return found


def chosen(workspace: Workspace, opened: Opened) -> frozenset[str]:
    """Return the models that foretell of these records, as far as any of it is kept."""
    found = (beside.found(opened.generation.path, name) for name in outcomes(workspace.models))
    return frozenset(one.said["model"] for one in found if one is not None and one.said is not None)


@dataclass(frozen=True, slots=True)
class AtRiskBy:
    """By which outcomes customers are at risk.

    Attributes:
        of: `contracts` or `orders`.
        churn: outcome that says who leaves.
        value: outcome that says what they are worth.
        others: of what else these records tell it.
    """

    of: str
    churn: str
    value: str
    others: tuple[str, ...]


def at_risk_by(records: Records, of: str = "") -> AtRiskBy:
    """Return the outcomes that say who leaves and what they are worth.

    Args:
        records: what is known.
        of: `contracts` or `orders`; where "", contracts if there are some.

    Raises:
        UnknownName: `of` is neither.
        QueryError: there are no records of it.
    """
    if of and of not in AT_RISK_OF:
        raise UnknownName("kind of risk", of, AT_RISK_OF)
    there = [name for name, (table, *_) in AT_RISK_OF.items() if table in records.covered]
    if of and of not in there:
        raise QueryError(f"Risk of {of} is told by `{AT_RISK_OF[of][0]}`: there are no such records. Map them.")
    if not there:
        raise QueryError("Who is at risk is told by `subscriptions` or `orders`: there are no such records. Map them.")
    chosen = of or there[0]
    _table, churn, value = AT_RISK_OF[chosen]
    return AtRiskBy(chosen, churn, value, tuple(name for name in there if name != chosen))


def snapshot_of(records: Records, features: Sequence[Feature] = ()) -> Snapshot:
    """Return all that is known, as models may see it."""
    since = {name: span.start for name, span in records.covered.items()}
    return Snapshot(
        as_of=records.as_of,
        whole=records.tables,
        since=since,
        definitions=records.definitions,
        declared=tuple(features),
    )


def checked(horizon: Horizon, level: float) -> None:
    """Refuse what cannot be asked for.

    Raises:
        QueryError: the horizon or the level cannot be.
    """
    if not 1 <= horizon.days <= LONGEST:
        raise QueryError(f"`{horizon.days}` is no horizon. Write a number of days from 1 to {LONGEST}.")
    if not 0 <= horizon.lead <= LONGEST:
        raise QueryError(f"`{horizon.lead}` is no lead time. Write a number of days from 0 to {LONGEST}.")
    if not 0 < level < 1:
        raise QueryError(f"`{level}` is no level. Write a share between 0 and 1, such as 0.95.")


def foretold(
    workspace: Workspace,
    opened: Opened,
    name: str,
    *,
    horizon_days: int | None = None,
    lead_days: int | None = None,
    level: float | None = None,
    again: bool = False,
    snapshot: Snapshot | None = None,
    findings: Sequence[Finding] = (),
    progress: Progress = lambda *_: None,
) -> Foretold:
    """Foretell an outcome by the model that does so best, or by the one that is named.

    What is foretold for the company's own horizon is kept beside the generation. A model that is named is tried beside
    the naive rule only.

    Args:
        workspace: the company.
        opened: its records.
        name: of an outcome or of a model.
        horizon_days: days ahead; the company's where None.
        lead_days: days before they begin; the company's where None.
        level: of the limits; the company's where None.
        again: whether to make it anew although it is kept.
        snapshot: of all that is known, where it was made before; what models share of it is then made once.
        findings: of the records.
        progress: told what is tried.

    Raises:
        UnknownName: nothing is called so.
        QueryError: it cannot be foretold, or not so far ahead.
        CatalogueError: a model does not keep the protocol.
    """
    records = opened.records
    outcome, chosen = _asked(name, workspace.models, records)
    own = default_horizon(outcome, records)
    horizon = Horizon(own.days if horizon_days is None else horizon_days, own.lead if lead_days is None else lead_days)
    usual = horizon == own and level in (None, records.definitions.level)
    level = records.definitions.level if level is None else level
    checked(horizon, level)
    key = key_of(chosen, workspace.features, horizon, level, records.definitions)
    path = opened.generation.path
    found = kept(path, name, key) if usual and not again else None
    if found is None:
        snapshot = snapshot or snapshot_of(records, workspace.features)
        only = "" if name == outcome.name else name
        made = foretell(chosen, snapshot, horizon, level=level, only=only, key=key, progress=progress)
        if usual:
            keep(path, name, made.said, made.table, made.past)
        found = made.said, made.table
    return _told(workspace, records, outcome, found, findings)


def remembered(workspace: Workspace, opened: Opened, name: str, *, findings: Sequence[Finding] = ()) -> Foretold | None:
    """Return what is kept of an outcome for the company's own horizon; None where it would have to be made.

    Arguments and errors as of `foretold`.
    """
    records = opened.records
    outcome, chosen = _asked(name, workspace.models, records)
    horizon, level = default_horizon(outcome, records), records.definitions.level
    key = key_of(chosen, workspace.features, horizon, level, records.definitions)
    found = kept(opened.generation.path, name, key)
    return None if found is None else _told(workspace, records, outcome, found, findings)


def _told(
    workspace: Workspace,
    records: Records,
    outcome: Outcome,
    found: tuple[Said, pa.Table],
    findings: Sequence[Finding],
) -> Foretold:
    said, table = found
    model = workspace.models[said.model]
    flags = _flags(model, findings) + (("fell_back",) if said.instead else ())
    return Foretold(outcome=outcome, model=model, said=said, table=table, known_at=records.known_at, flags=flags)


def _asked(name: str, models: Mapping[str, Model], records: Records) -> tuple[Outcome, list[Model]]:
    """Return what is to be foretold, and by which models: all of an outcome, or the one named beside the simple rule.

    Raises:
        UnknownName: nothing is called so.
        QueryError: there are no records for it.
    """
    known = outcomes(models)
    if name not in known and name not in models:
        raise UnknownName("model or outcome", name, (*models, *known))
    outcome = known[name] if name in known else models[name].predicts
    every = [model for model in models.values() if model.predicts.name == outcome.name]
    rule = naive_for(outcome.name, every)
    asked = rule if name in known else models[name]
    if why := available(asked, records):
        raise QueryError(f"`{name}` {why}: there are no such records. Map them in `regulars.toml`.")
    chosen = every if name in known else list(dict.fromkeys((rule, asked)))
    return outcome, [model for model in chosen if not available(model, records)]


def _flags(model: Model, findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the codes of findings that bias everything made of a table that `model` needs."""
    found = flags_of(findings, model.name, "", frozenset(model.tables))
    return tuple(sorted({flag.code for flag in found if not (flag.divided or flag.during)}))
