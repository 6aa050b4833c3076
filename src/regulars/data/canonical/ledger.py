"""What became of the records, as readers see it: the landing's ledger and quarantine with what was withdrawn since."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
from ibis import _

from regulars.core.settings import Settings
from regulars.data.canonical import orders
from regulars.data.landing import contract
from regulars.data.landing.contract import Feed
from regulars.data.landing.quarantine import shown
from regulars.data.statements import Statements
from regulars.data.store import Store


def write(store: Store, settings: Settings, do: Statements) -> None:
    """Copy the ledger, the quarantine and the identities to where readers see them."""
    do.store("_quarantine", lambda: _quarantine(store, settings))
    do.store("_identity", lambda: store.landed("_identity"))
    do.store("_files", lambda: _files(store, settings))


def _quarantine(store: Store, settings: Settings) -> ir.Table:
    landed, lost = store.landed("_quarantine"), store.backend.table("_withdrawn")
    sources = store.landed("_files").select("file", "source")
    later = shown(lost.filter(~lost.repeated).join(sources, "file"))
    later = later.select(
        "file", "table", "value", "reason", line=later.record, column=_blamed(later, settings), first=ibis.literal(True)
    )
    return landed.union(later.select(landed.columns))


def _blamed(lost: ir.Table, settings: Settings) -> ir.StringValue:
    """Return the columns of the file that a withdrawn row was withdrawn for."""
    branches = [
        ((lost.source == source.name) & (lost.table == feed.table.name) & (lost.reason == reason), columns)
        for source in settings.sources
        for feed in contract.feeds(source)
        for reason, columns in _reasons(feed)
    ]
    return ibis.cases(*branches, else_="") if branches else ibis.literal("")


def _reasons(feed: Feed) -> Iterator[tuple[str, str]]:
    if feed.key:
        yield "superseded", feed.columns_of(feed.key)
    references = [column.name for column in feed.table.columns if column.references]
    if references:
        yield "unknown_reference", feed.columns_of(references)
    if feed.table.name == "ticket_events":
        yield "before_opening", feed.columns_of(("occurred_at",))


def _files(store: Store, settings: Settings) -> ir.Table:
    files, out = store.landed("_files"), _records_lost(store, settings)
    joined = files.left_join(out, files.file == out._file)
    conflicts, repeats = joined._conflicts.fill_null(0), joined._repeats.fill_null(0)
    final = joined.mutate(
        accepted=joined.accepted - conflicts - repeats,
        quarantined=joined.quarantined + conflicts,
        duplicates=joined.duplicates + repeats,
    )
    return final.select(files.columns)


def _records_lost(store: Store, settings: Settings) -> ir.Table:
    """Return, per file, the records of which no row is left: by conflict, or because another row says the same."""
    lost = store.backend.table("_withdrawn")
    records = lost.group_by("file", "record").aggregate(_conflict=(~lost.repeated).any())
    grouping = orders.grouping(settings)
    for name, rows in store.tables().items():
        if name not in contract.MERGED:
            kept = rows.filter(rows.source.notin(grouping)) if name == "orders" and grouping else rows
            records = records.anti_join(kept.select("file", "record"), ["file", "record"])
    return records.group_by(_file="file").aggregate(
        _conflicts=_.count(where=_._conflict), _repeats=_.count(where=~_._conflict)
    )
