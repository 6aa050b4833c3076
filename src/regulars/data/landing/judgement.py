"""The records of one source, typed and judged: what each gives to each table, and everything that is wrong with it."""

from collections.abc import Sequence
from functools import cached_property

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.settings import Settings, SourceSettings
from regulars.data.landing import contract, conversion
from regulars.data.landing.contract import Fault, Part
from regulars.data.landing.texts import DIGEST, FILE, RECORD, Texts
from regulars.data.sharing import share
from regulars.data.statements import Statements


class Judgement:
    """Judges the texts that are held; `_judged` is where what was judged is kept."""

    def __init__(self, do: Statements, texts: Texts, source: SourceSettings, settings: Settings) -> None:
        self._do, self._texts, self._source, self._settings = do, texts, source, settings

    @cached_property
    def _parts(self) -> tuple[Part, ...]:
        return contract.read_parts(self._texts.table(), self._source, self._settings)

    @cached_property
    def _faults(self) -> tuple[Fault, ...]:
        return contract.in_order(fault for part in self._parts for fault in part.faults)

    def judged(self) -> ir.Table:
        """Type and judge every record: `_fault` is the place of its first fault, null where there is none.

        `orders.amount` is what a record gives to `amount` of `orders`; `orders?` says whether it gives that table a
        row.
        """
        values = {f"{part.table.name}.{name}": value for part in self._parts for name, value in part.values.items()}
        fed = {f"{part.table.name}?": part.fed for part in self._parts}
        rows = self._texts.table()
        failed = {_flag(place): fault.failed for place, fault in enumerate(self._faults)}
        own = {name: rows[name] for name in (RECORD, FILE, DIGEST)}
        flagged = share(rows, {**own, **values, **fed, **failed})
        typed = flagged.mutate(_fault=_first([flagged[name] for name in failed])).drop(*failed)
        daily = self._do.temp("_rates")
        return conversion.complete(typed, self._parts, daily, self._source, self._settings, len(self._faults))

    def bad(self) -> ir.Table:
        """Return the faulty records."""
        judged = self._do.temp("_judged")
        return judged.filter(judged._fault.notnull())

    def cells(self) -> ir.Table:
        """Return every failing cell of every faulty record held; where two mappings read one cell, once."""
        judged = self._do.temp("_judged")
        bad = judged.filter(judged._fault < len(self._faults)).select(RECORD, "_fault")
        rows = self._texts.table().join(bad, RECORD)
        parts = contract.read_parts(rows, self._source, self._settings)
        rules = contract.in_order(fault for part in parts for fault in part.faults)
        own = {RECORD: rows[RECORD], "_fault": rows["_fault"]}
        failed = {_flag(place): rule.failed for place, rule in enumerate(rules)}
        values = {f"{_flag(place)}!": rule.value for place, rule in enumerate(rules)}
        flagged = share(rows, {**own, **failed, **values})
        cells = flagged.select(
            *own, _cell=ibis.array([_cell(place, rule, flagged) for place, rule in enumerate(rules)])
        )
        failing = cells.mutate(_cell=cells._cell.unnest()).filter(_._cell.notnull()).unpack("_cell")
        once = failing.group_by(RECORD, "column", "reason").aggregate(
            place=_.place.min(), table=_.table.argmin(_.place), value=_.value.argmin(_.place), _fault=_._fault.min()
        )
        return once.select("table", "column", "value", "reason", line=once[RECORD], first=once.place == once._fault)

    def unconverted(self) -> ir.Table:
        """Return, as cells, the amounts that could not be converted."""
        judged, cells = self._do.temp("_judged"), []
        for place, (table, column, reason) in enumerate(
            conversion.reasons(self._parts, self._source, self._settings), len(self._faults)
        ):
            told = f"{table}!" if f"{table}!" in judged.columns else DIGEST
            failed = judged.filter(judged._fault == place)
            cells.append(failed.select(line=failed[RECORD], value=failed[told], **cell(table, column, reason)))
        if not cells:
            none = judged.filter(ibis.literal(False))
            cells.append(none.select(line=none[RECORD], value=none[DIGEST], **cell("", "", "")))
        return ibis.union(*cells) if len(cells) > 1 else cells[0]

    @property
    def asks_for_rates(self) -> bool:
        """Whether records may come in another currency."""
        company = self._settings.company.currency
        stated = any("currency" in mapping.columns for mapping in self._source.tables.values())
        return stated or (self._source.currency or company) != company

    def looked_up(self) -> ir.Table:
        """Return the rates that the file asked for: currency, day, rate, file."""
        rates = conversion.looked_up(self._do.temp("_judged"), self._parts, self._source, self._settings)
        none = self._do.temp("_rates").filter(ibis.literal(False))
        return (none if rates is None else rates).cross_join(self._do.temp("_this").select(file=FILE))


def cell(table: str, column: str, reason: str) -> dict[str, ir.Value]:
    """Return what all cells say that fail for one reason, each the first of its record."""
    texts = {"table": table, "column": column, "reason": reason}
    return {name: ibis.literal(text) for name, text in texts.items()} | {"first": ibis.literal(True)}


def _flag(place: int) -> str:
    return f"_fails {place}"


def _first(failed: Sequence[ir.BooleanValue]) -> ir.IntegerValue:
    branches = [(flag, place) for place, flag in enumerate(failed)]
    return ibis.cases(*branches, else_=ibis.null("int32")).cast("int32") if branches else ibis.null("int32")


def _cell(place: int, rule: Fault, flagged: ir.Table) -> ir.Value:
    cell = ibis.struct(
        {
            "place": ibis.literal(place, type="int32"),
            "table": ibis.literal(rule.table),
            "column": ibis.literal(rule.column),
            "value": flagged[f"{_flag(place)}!"],
            "reason": ibis.literal(rule.reason),
        }
    )
    return ibis.ifelse(flagged[_flag(place)], cell, ibis.null(cell.type()))
