"""`regulars init`: which canonical tables a company's files are, proposed with reasons and doubts.

A file with the header of a known system gets that system's mapping (guessing/known.py). Each other file is profiled,
matched against every canonical table by names and looks (guessing/hints.py, matching.py), seen beside the other files
(relations.py), and the best table's recipe (recipes.py) writes its mapping.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from regulars.core.toml_text import Noted
from regulars.data.guessing.aliases import with_identity
from regulars.data.guessing.files import layout_settings, look_at, patterns
from regulars.data.guessing.hints import HINTS
from regulars.data.guessing.known import ask_system, known, systems_of
from regulars.data.guessing.matching import Candidate, fit
from regulars.data.guessing.names import words_of
from regulars.data.guessing.not_products import find_rules
from regulars.data.guessing.phrases import read, why
from regulars.data.guessing.profile import Column, File
from regulars.data.guessing.proposal import Doubt, Feed, Mapped, Proposal, ProposedSource, Question, Rejected
from regulars.data.guessing.questions import (
    ask_company,
    ask_dates,
    ask_duplicates,
    ask_leaving,
    ask_table,
    sources_of,
    tells_of_leaving,
)
from regulars.data.guessing.recipes import RECIPES, money_decimals
from regulars.data.guessing.relations import ROW_KEY, Link, find_links
from regulars.data.guessing.seen import ENOUGH, Seen, candidates, related
from regulars.data.guessing.writing import to_toml
from regulars.data.system import System
from regulars.data.tables import TABLES, Kind

__all__ = ["Doubt", "Proposal", "propose", "to_toml"]

#: Another table this near in confidence is worth a question.
_CLOSE = 0.08


def propose(paths: Sequence[Path], *, workspace: Path, systems: Collection[System] = ()) -> Proposal:
    """Return a proposed `regulars.toml` for files and folders.

    Args:
        paths: files, or folders whose data files are taken.
        workspace: folder of the future `regulars.toml`; files are named relative to it.
        systems: whose exports are known.
    """
    files, unreadable = look_at(paths)
    links = find_links(files)
    seen = related([Seen(file=file, found=candidates(file, {})) for file in files], links)
    sources: list[ProposedSource] = []
    questions: list[Question] = []
    recognised: list[ProposedSource] = []
    for one in seen:
        base = _base(one.file, workspace)
        if fitting := systems_of(one.file, systems):
            recognised += known(base, fitting[0])
            questions += [ask_system(base, fitting)] if len(fitting) > 1 else []
            continue
        made, asked = _decide(one, seen, links, base)
        sources += made
        questions += asked
    sources = [*with_identity(sources, seen, links), *recognised]
    company, asked = ask_company(files, workspace, money=any(map(_has_money, sources)))
    by_name = {file.name: file for file in files}
    sources = [_finished(source, by_name[source.origin], company["currency"].value) for source in sources]
    rules = find_rules(sources, by_name)
    return Proposal(
        company=company,
        rules=rules,
        sources=tuple(sorted(sources, key=lambda source: (not source.feeds, list(by_name).index(source.origin)))),
        unreadable=tuple(unreadable),
        questions=(*asked, *questions),
    )


def _base(file: File, workspace: Path) -> ProposedSource:
    """Return the source of a file before anything is known of its rows."""
    return ProposedSource(
        name=file.name,
        origin=file.name,
        files=patterns(file, workspace),
        layout=layout_settings(file),
        feeds=(),
        confidence=0.0,
    )


def _decide(
    one: Seen, seen: Sequence[Seen], links: Sequence[Link], base: ProposedSource
) -> tuple[list[ProposedSource], list[Question]]:
    """Return the sources made of a file (one without feeds where nothing fits) and what is in doubt."""
    file = one.file
    if exact := _exact(file):
        return [replace(base, feeds=(exact,), confidence=1.0)], []
    ranked = _ranked(one, seen, links)
    good = [candidate for candidate in ranked if not candidate.missing and candidate.confidence >= ENOUGH]
    rejected = tuple(
        Rejected(table=candidate.table, reason=_rejection(candidate, good), confidence=candidate.confidence)
        for candidate in ranked
        if not good or candidate is not good[0]
    )
    if not good:
        return [replace(base, rejected=rejected, notes=(_no_table(file, rejected[0]),))], []
    best = good[0]
    base = replace(base, rejected=rejected, confidence=best.confidence)
    if best.table == "events" and tells_of_leaving(file, best):
        note = "Rows say that customers left, which is no activity; the ends of subscriptions tell it better."
        return [replace(base, notes=(note,))], [ask_leaving(base, file, best)]
    found = {**one.found, best.table: best}
    sources = sources_of(base, RECIPES[best.table](file, found))
    fed = {feed.table for source in sources for feed in source.feeds}
    close = [other for other in good[1:] if best.confidence - other.confidence < _CLOSE and other.table not in fed]
    asked = [*ask_dates(sources[0], file), *ask_duplicates(sources[0], file)]
    doubtful = close or (best.table == "customers" and _like_orders(one.found["orders"]))
    questions = [*asked, *([ask_table(sources[0], best, close, file, found)] if doubtful else [])]
    return sources, questions


def _rejection(candidate: Candidate, good: Sequence[Candidate]) -> str:
    if candidate.missing:
        return candidate.missing
    if candidate in good:
        return f"it fits less well ({candidate.confidence:.2f})"
    return f"too little speaks for it ({candidate.confidence:.2f})"


def _no_table(file: File, nearest: Rejected) -> str:
    keys = [column.name for column in file.columns if fit(column, ROW_KEY) == 1.0]
    about = f"no canonical table has one row per `{keys[0]}`" if keys else "no canonical table fits"
    return f"{about}; the nearest is `{nearest.table}`, but {nearest.reason}"


def _ranked(one: Seen, seen: Sequence[Seen], links: Sequence[Link]) -> list[Candidate]:
    """Return the candidates, best first, after what only the relations and the file's name can tell."""
    judged = [_judged(one, candidate, seen, links) for candidate in one.found.values()]
    return sorted(judged, key=lambda candidate: (bool(candidate.missing), -candidate.confidence))


def _judged(one: Seen, candidate: Candidate, seen: Sequence[Seen], links: Sequence[Link]) -> Candidate:
    file, picks = one.file, candidate.picks
    if candidate.missing:
        return candidate
    if candidate.table == "orders" and (header := _header(one, seen, links)):
        return replace(candidate, missing=f"its orders stand in {header}")
    if candidate.table == "order_lines" and not _header(one, seen, links):
        if not one.found["orders"].missing:
            return replace(candidate, missing="its rows are orders and their lines at once")
        return replace(candidate, missing="no file has the orders that the lines belong to")
    if candidate.table == "events" and "name" not in picks and not _named_events(file):
        return replace(candidate, missing="no column can be `name` (what happened)")
    if candidate.table == "orders" and "order_id" in picks and picks["order_id"].column.unique < 0.98:
        lines = one.found["order_lines"]
        if lines.missing:
            return replace(candidate, missing=f"`{picks['order_id'].column.name}` repeats and no column is a product")
    return candidate


def _like_orders(orders: Candidate) -> bool:
    """Whether rows have what only orders have, though something that orders need is missing."""
    return {"order_id", "amount"} <= orders.picks.keys()


def _named_events(file: File) -> bool:
    return bool(set(words_of(file.name)) & set(HINTS["events"].names.split()))


def _header(one: Seen, seen: Sequence[Seen], links: Sequence[Link]) -> str:
    """Return the name of the file that holds the orders to which this file's order ids refer, or ""."""
    for table in ("order_lines", "orders"):
        pick = one.found[table].picks.get("order_id")
        for link in links if pick is not None else ():
            other = next(two for two in seen if two.file.name == link.to)
            orders = other.found["orders"]
            mine = pick is not None and link.file == one.file.name and link.column == pick.column.name
            theirs = (
                not orders.missing
                and "order_id" in orders.picks
                and orders.picks["order_id"].column.name == link.to_column
            )
            repeats = pick is not None and pick.column.unique < 1.0
            if mine and theirs and repeats and orders.confidence > one.found["orders"].confidence:
                return link.to
    return ""


def _exact(file: File) -> Feed | None:
    """Return the mapping of a file whose columns are called as a canonical table's are, if it is one."""
    names = {column.name for column in file.columns}
    for table in TABLES.values():
        known = {column.name for column in table.columns} | {"recorded_at"}
        if words_of(file.name) != words_of(table.name) and names != known - {"recorded_at"}:
            continue
        if not set(table.required) <= names or not (names <= known or table.open):
            continue
        mapped = tuple(
            _as_called(file.column(name), Kind.INSTANT if name == "recorded_at" else table.column(name).kind)
            for name in [*(column.name for column in table.columns), "recorded_at"]
            if name in names
        )
        others = sorted(name for name in names - known if name.isidentifier())
        attributes = tuple(_as_called(file.column(name), Kind.TEXT) for name in others)
        return Feed(table=table.name, columns=mapped, attributes=attributes)
    return None


def _as_called(column: Column, kind: Kind) -> Mapped:
    return Mapped(column=column.name, expression=read(column, kind), reason=why(column, kind), uses=(column.name,))


def _finished(source: ProposedSource, file: File, currency: str) -> ProposedSource:
    decimals = money_decimals(source.feeds, file, currency)
    layout = dict(source.layout) if decimals is None else {"money_decimals": decimals, **source.layout}
    if source.by_line:
        layout.setdefault("duplicates", Noted(value="keep", beside="rows have no id of their own: equal ones are two"))
    notes = [*source.notes, *_repeats(source, file)]
    if file.broken:
        notes.append(f"{file.broken:,} records could not be split into columns.")
    if not file.complete:
        notes.append(f"Judged by the first {file.rows.num_rows:,} rows.")
    return replace(source, layout=layout, notes=tuple(notes))


def _repeats(source: ProposedSource, file: File) -> Iterator[str]:
    """Yield a note for each key that repeats; rows of customers are merged, lines are grouped."""
    for feed in source.feeds:
        key = TABLES[feed.table].key if feed.table in TABLES and feed.table != "customers" and not feed.lines else ()
        mapped = feed.column(key[0]) if len(key) == 1 else None
        column = file.column(mapped.uses[0]) if mapped and len(mapped.uses) == 1 and not feed.where else None
        if column is not None and column.distinct < column.filled:
            count = f"{column.filled - column.distinct:,} of {column.filled:,}"
            yield f"{count} rows repeat a `{column.name}`, the key of {feed.table}: one of each counts."


def _has_money(source: ProposedSource) -> bool:
    return any(
        TABLES[feed.table].column(mapped.column).kind is Kind.MONEY
        for feed in source.feeds
        if feed.table in TABLES
        for mapped in feed.columns
        if mapped.column != "recorded_at"
    )
