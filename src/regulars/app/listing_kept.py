"""The table that customers are listed from, as it is kept beside a generation: made again where it would differ.

It would where what is foretold was made anew, or where the company's parameters changed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import orjson
import pyarrow as pa

from regulars.app import kept
from regulars.app.foretell import AT_RISK_OF, AtRiskBy, Foretold, at_risk_by, outcomes
from regulars.app.kept import Said
from regulars.app.listing_table import ORDERS, VERSION, Made, made
from regulars.app.workspace import Opened, Workspace
from regulars.data import beside
from regulars.data.quality.checking import Finding
from regulars.kpis.flags import flags_of

#: One thread at a time makes a table, so that several that ask at once do not all make it.
_MAKING = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Where predictions in a list come from.

    Attributes:
        workspace: the company.
        opened: its records.
        findings: of the records.
    """

    workspace: Workspace
    opened: Opened
    findings: Sequence[Finding]

    def foretold(self, said: Said, table: pa.Table) -> Foretold:
        """Return predictions with what is said of them."""
        models = self.workspace.models
        model = models[said.model]
        found = flags_of(self.findings, model.name, "", frozenset(model.tables))
        flags = tuple(sorted({flag.code for flag in found if not (flag.divided or flag.during)}))
        return Foretold(
            outcome=outcomes(models)[said.outcome],
            model=model,
            said=said,
            table=table,
            known_at=self.opened.records.known_at,
            flags=flags + (("fell_back",) if said.instead else ()),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The table, with what it was made of.

    Attributes:
        made: the table.
        by: which outcomes tell who leaves and what customers are worth; None where records tell neither.
        told: what is said of the predictions in it: `leaving` and `value`, as far as they are made.
    """

    made: Made
    by: AtRiskBy | None
    told: Mapping[str, Said]


def found(basis: Basis, of: str) -> Found:
    """Return the table, made where none is kept that is whole and current.

    Args:
        basis: what it is made of.
        of: `contracts` or `orders`; where "", that of which more is foretold.

    Raises:
        UnknownName: `of` is neither.
        QueryError: there are no records of it.
    """
    by, current = _current(basis, of)
    key = _key(basis.opened, by, current)
    known = _kept(basis.opened, by, key)
    if known is None:
        with _MAKING:
            known = _kept(basis.opened, by, key)
            if known is None:
                return _make(basis, by, current, key)
    return Found(made=known, by=by, told={name: said for name, (said, _path) in current.items()})


_Current = Mapping[str, tuple[Said, Path]]


def _current(basis: Basis, of: str) -> tuple[AtRiskBy | None, _Current]:
    """Return which outcomes tell who leaves and what they are worth, and what of it is kept and current."""
    records, models = basis.opened.records, basis.workspace.models
    known = outcomes(models)
    every = {
        name: (said, path)
        for name, (said, path) in kept.current(basis.opened.generation.path, records.definitions).items()
        if name == said.outcome and name in known and said.model in models
    }
    there = [name for name, (table, *_) in AT_RISK_OF.items() if table in records.covered]
    if not of and not there:
        return None, {}
    by = at_risk_by(records, of or max(there, key=lambda one: len(every.keys() & set(AT_RISK_OF[one][1:]))))
    names = {"leaving": by.churn, "value": by.value}
    return by, {name: every[outcome] for name, outcome in names.items() if outcome in every}


def _key(opened: Opened, by: AtRiskBy | None, current: _Current) -> str:
    """Return a digest of all that a table is made of, besides the generation."""
    made_of = {
        "version": VERSION,
        "definitions": kept.digest_of(opened.records.definitions),
        "attributes": opened.records.attributes,
        "of": by.of if by else "",
        "foretold": {name: path.name for name, (_said, path) in current.items()},
    }
    return hashlib.sha256(orjson.dumps(made_of, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _kept(opened: Opened, by: AtRiskBy | None, key: str) -> Made | None:
    one = beside.found(opened.generation.path, _name(by))
    try:
        if one is None or one.said["key"] != key:
            return None
        known = {name: int(one.said["known"][name]) for name in ORDERS}
    except (KeyError, TypeError, ValueError):
        return None
    table = one.read()
    return None if table is None else Made(table=table, known=known)


def _name(by: AtRiskBy | None) -> str:
    return f"listed_{by.of}" if by else "listed"


def _make(basis: Basis, by: AtRiskBy | None, current: _Current, key: str) -> Found:
    path = basis.opened.generation.path
    whole: dict[str, Foretold] = {}
    for name, (said, _path) in current.items():
        one = beside.found(path, said.outcome)
        table = one.read() if one else None
        if table is not None:
            whole[name] = basis.foretold(said, table)
    fresh = made(basis.opened.records, whole.get("leaving"), whole.get("value"))
    told = {name: one.said for name, one in whole.items()}
    if whole.keys() == current.keys():
        with suppress(OSError):  # where nothing can be kept, the table stays in memory
            beside.write(path, _name(by), fresh.table, {"key": key, "known": fresh.known}, in_place=True)
            fresh = _kept(basis.opened, by, key) or fresh
    return Found(made=fresh, by=by, told=told)
