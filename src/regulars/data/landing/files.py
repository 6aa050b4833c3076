"""The records of one file: read, judged, and written to the landing within one transaction."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.settings import Settings, SourceSettings
from regulars.data.landing import contract, feeding
from regulars.data.landing.contract import Feed
from regulars.data.landing.duplicates import Duplicates
from regulars.data.landing.judgement import Judgement
from regulars.data.landing.quarantine import Quarantine
from regulars.data.landing.texts import FILE, RECORD, Texts, batches
from regulars.data.reading.layout import Records
from regulars.data.statements import Statements
from regulars.data.store import Store
from regulars.data.tables import TABLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the records of a file; all but `repeated` add up to `records`.

    Attributes:
        records: physical records.
        accepted: those of which at least one row counts.
        quarantined: those of which none counts because something is wrong with them.
        skipped: those that no mapping wanted.
        duplicates: those left out because they say the same as another one.
        repeated: exact duplicates that were kept.
        left_out: by table, sound records that its `where` left out, as JSON; they may feed other tables.
    """

    records: int
    accepted: int
    quarantined: int
    skipped: int
    duplicates: int
    repeated: int = 0
    left_out: str = "{}"


def forget(backend: Any, file: int) -> None:
    """Remove all that came in a file."""
    statements = Statements(backend, "forget")
    for name in (*TABLES, "_identity", "_quarantine", "_rates", "_files"):
        statements.forget("landing", name, file)


class Landing:
    """Brings the files of one source to the landing, one after another."""

    def __init__(self, store: Store, settings: Settings, source: SourceSettings) -> None:
        self._store = store
        self._feeds = contract.feeds(source)
        self._do = do = Statements(store.backend, f"{source.fingerprint()} {settings.fingerprint()}")
        self._texts = Texts(store.backend, do, contract.columns_used(source))
        self._judgement = Judgement(do, self._texts, source, settings)
        self._duplicates = Duplicates(store.backend, do, source)
        self._quarantine = Quarantine(store.backend, do)
        self._broken = 0

    def take(self, columns: Sequence[str], pieces: Iterable[Records], file: int) -> None:
        """Read and judge a file; nothing is written yet but temporary tables.

        Args:
            columns: the file's columns.
            pieces: its records.
            file: its number in the ledger.
        """
        self._broken = 0
        self._do.number("_this", FILE, file)
        self._quarantine.begin()
        parts = batches(pieces)
        self._hold(columns, next(parts, []), file)
        self._do.create("_judged", self._judgement.judged)
        bad = self._keep_cells(0)
        for part in parts:
            # The texts of a whole file have no room where its values have.
            self._hold(columns, part, file)
            self._do.insert("more judged", "temp", "_judged", self._judgement.judged)
            bad = self._keep_cells(bad)
        if bad:
            self._quarantine.add("unconverted", self._judgement.unconverted)

    def _hold(self, columns: Sequence[str], pieces: Sequence[Records], file: int) -> None:
        broken = self._texts.hold(columns, pieces, file)
        self._quarantine.add_broken(broken, file)
        self._broken += len(broken)

    def _keep_cells(self, before: int) -> int:
        """Keep the failing cells of the texts that are held; return how many records are faulty so far."""
        bad = self._do.count("bad", self._judgement.bad)
        if bad > before:
            self._quarantine.add("held", self._judgement.cells)
        return bad

    def write(self) -> Counts:
        """Write what was taken: rows, and quarantined cells; the caller holds the transaction."""
        totals = self._do.ask("totals", lambda: feeding.totals(self._do.temp("_judged"), self._feeds))[0]
        if self._judgement.asks_for_rates:
            self._do.insert("rates", "landing", "_rates", self._judgement.looked_up)
        found = self._duplicates.find(self._quarantine)
        for feed in self._feeds:
            self._write(feed)
        self._quarantine.write()
        counts = Counts(
            records=totals["rows"] + self._broken,
            accepted=self._accepted(),
            quarantined=totals["bad"] + self._broken + found.conflicts,
            skipped=totals["skipped"],
            duplicates=found.dropped,
            repeated=found.kept,
            left_out=json.dumps({name: totals[name] for name in feeding.conditional(self._feeds) if totals[name]}),
        )
        self._duplicates.forget()
        for name in ("_this", "_text", "_faulty", "_judged"):
            self._do.drop(name)
        return counts

    def _write(self, feed: Feed) -> None:
        target = "_identity" if feed.table.name == "identity" else feed.table.name
        found = self._duplicates
        self._do.insert(
            ("rows", target), "landing", target, lambda: feeding.landed(found.rows(feed), feed, found.beaten())
        )

    def _accepted(self) -> int:
        """Count records by what was written, so that nothing adds up by itself."""
        return self._do.count("kept", self._kept) + self._do.count("merged", self._merged_only)

    def _kept(self) -> ir.Table:
        this = self._do.temp("_this")
        tables = [self._store.landed(feed.table.name) for feed in feeding.own(self._feeds)]
        kept = [rows.semi_join(this, rows.file == this[FILE]).select("record") for rows in tables]
        if not kept:
            return self._do.temp("_text").filter(ibis.literal(False)).select(RECORD)
        return ibis.union(*kept, distinct=True) if len(kept) > 1 else kept[0]

    def _merged_only(self) -> ir.Table:
        each = feeding.rows_each(self._do.temp("_judged"), self._feeds)
        return each.filter(_.feeds == 0).anti_join(self._duplicates.dropped(), RECORD)
