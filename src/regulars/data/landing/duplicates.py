"""Records of one file that say what another one says, or contradict it under the same key."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.settings import SourceSettings
from regulars.data import engine
from regulars.data.landing import contract, feeding
from regulars.data.landing.contest import losers, occurrence
from regulars.data.landing.contract import Feed
from regulars.data.landing.judgement import cell
from regulars.data.landing.quarantine import Quarantine
from regulars.data.landing.texts import DIGEST, RECORD
from regulars.data.statements import Statements

_BEATEN = {"record": "int64", "table": "string", "column": "string", "value": "string", "repeated": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many records are duplicates.

    Attributes:
        dropped: exact duplicates that do not count, or whose rows are all there already.
        kept: exact duplicates that count.
        conflicts: those of which no row is left because another one has its key with better right.
    """

    dropped: int
    kept: int
    conflicts: int


class Duplicates:
    """Finds them among the good records in `_judged`."""

    def __init__(self, backend: Any, do: Statements, source: SourceSettings) -> None:
        self._backend, self._do, self._source = backend, do, source
        self._feeds = contract.feeds(source)

    def find(self, quarantine: Quarantine) -> Found:
        """Find them; conflicts go into quarantine."""
        self._do.create("_again", lambda: occurrence(self._good(), DIGEST, RECORD))
        again = self._do.count("again", lambda: self._do.temp("_again"))
        self._do.create("_dropped", lambda: self._do.temp("_again").filter(ibis.literal(self._drops)).select(RECORD))
        engine.create(self._backend, "_beaten", ibis.schema(_BEATEN), temp=True)
        for feed in feeding.own(self._feeds):
            if feed.key:
                self._do.insert(("beaten", feed.table.name), "temp", "_beaten", partial(self._losers, feed))
        conflicts, repeats = self._lost(quarantine)
        dropped, kept = (again, 0) if self._drops else (0, again)
        return Found(dropped=dropped + repeats, kept=kept, conflicts=conflicts)

    def forget(self) -> None:
        """Drop what was found."""
        for name in ("_again", "_dropped", "_beaten"):
            self._do.drop(name)

    def rows(self, feed: Feed) -> ir.Table:
        """Return what the file gives to a table, exact duplicates left out where they are dropped."""
        return feeding.given(self._good().anti_join(self.dropped(), RECORD), feed, self._source)

    def dropped(self) -> ir.Table:
        """Return the lines of the exact duplicates that do not count."""
        return self._do.temp("_dropped")

    def beaten(self) -> ir.Table:
        """Return the rows whose key another row of the file has with better right: record, table, value, ..."""
        return self._do.temp("_beaten")

    @property
    def _drops(self) -> bool:
        """Whether exact duplicate records count once."""
        if self._source.duplicates is not None:
            return self._source.duplicates == "drop"
        keyed = all(feed.key for feed in feeding.own(self._feeds))
        return keyed and not any(feed.lines for feed in self._feeds)

    def _good(self) -> ir.Table:
        return feeding.good(self._do.temp("_judged"), self._feeds)

    def _losers(self, feed: Feed) -> ir.Table:
        lost = losers(self.rows(feed), feed.key, ["record"], ["record"])
        value = ibis.literal(" ").join([lost[name].cast("string") for name in feed.key])
        named = {"table": feed.table.name, "column": feed.columns_of(feed.key)}
        return lost.select("record", "repeated", value=value, **{n: ibis.literal(text) for n, text in named.items()})

    def _lost(self, quarantine: Quarantine) -> tuple[int, int]:
        """Return how many records have no row left, by conflict, and because all their rows are there already."""
        if not self._do.count("beaten", self.beaten):
            return 0, 0
        quarantine.add("conflicts", self._conflicts)
        lost = self._do.ask("lost", self._counted)[0]
        return lost["conflicts"], lost["repeats"]

    def _conflicts(self) -> ir.Table:
        lost = self.beaten().filter(~_.repeated)
        return lost.select(
            **cell("", "", "duplicate_key") | {n: lost[n] for n in ("table", "column", "value")}, line=lost.record
        )

    def _counted(self) -> ir.Table:
        lost = self.beaten().group_by("record").aggregate(lost=_.count(), conflict=(~_.repeated).any())
        each = feeding.rows_each(self._do.temp("_judged"), self._feeds)
        out = lost.join(each, lost.record == each[RECORD]).filter(_.lost == _.feeds)
        return out.aggregate(conflicts=_.count(where=_.conflict), repeats=_.count(where=~_.conflict))
