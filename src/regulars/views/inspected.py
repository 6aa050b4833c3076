"""What is in the records: files, findings, what was put aside, generations."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from regulars.app import review
from regulars.core.errors import UnknownName
from regulars.core.wording import counted
from regulars.data import generations as kept
from regulars.data.landing.contract import REASONS
from regulars.views.blocks import Block, Grid, Head, Heading, Link, Notice, Personal
from regulars.views.view import Ask

NOTHING = "No generation is open: what it was made of is not known. It needs `orders`, `responses` or `tickets`."


def findings(ask: Ask) -> Iterator[Block]:
    """Yield what is remarkable, what biases numbers first."""
    if ask.opened is None:
        yield Notice(text=NOTHING)
        return
    found = sorted(ask.findings, key=lambda one: not one.biases)
    if not found:
        yield Notice(text="Nothing is remarkable about the records.")
        return
    biasing = sum(bool(one.biases) for one in found)
    yield Grid(
        name="findings",
        title=f"{counted(len(found), 'finding')}, of which {biasing} {'biases' if biasing == 1 else 'bias'} numbers",
        heads=(
            Head(name="finding", title="Finding"),
            Head(name="effect", title="What it does to numbers"),
            Head(name="where", title="Where", minor=True),
        ),
        rows=tuple((one.message, "; ".join(map(str, one.biases)), one.example) for one in found),
        caption="Every number that a finding biases carries its flag.",
    )


def fresh(ask: Ask) -> Iterator[Block]:
    """Yield up to which day there are records of each kind, and how much of them is remarkable."""
    if ask.opened is None:
        yield Notice(text=NOTHING)
        return
    ends = {name: span for name, span in sorted(ask.records.covered.items()) if "_" not in name}
    if not ends:
        yield Notice(text="No record has a day yet.")
        return
    biasing = sum(bool(one.biases) for one in ask.findings)
    yield Grid(
        name="fresh",
        title="Up to when there are records",
        heads=(
            Head(name="table", title="Records"),
            Head(name="first", title="First day", minor=True),
            Head(name="last", title="Last day"),
            Head(name="behind", title="Days behind the newest"),
        ),
        rows=tuple(
            (
                Link(text=name.replace("_", " "), page="data"),
                str(span.start),
                str(span.end - timedelta(days=1)),
                (max(one.end for one in ends.values()) - span.end).days,
            )
            for name, span in ends.items()
        ),
        caption=f"{counted(len(ask.findings), 'finding')}, of which {biasing} "
        f"{'biases' if biasing == 1 else 'bias'} numbers: page Data tells of them.",
    )


def files(ask: Ask) -> Iterator[Block]:
    """Yield every file with what became of its records."""
    if ask.opened is None:
        return
    ledger = review.review(ask.opened.backend).files
    names = ("records", "accepted", "quarantined", "skipped", "duplicates", "repeated")
    yield Grid(
        name="files",
        title=f"{len(ledger)} files; records = accepted + quarantined + skipped + duplicates",
        heads=(
            Head(name="source", title="Source"),
            Head(name="path", title="File"),
            *(Head(name=name, title=name.capitalize(), minor=name in names[3:]) for name in names),
        ),
        rows=tuple((one["source"], one["path"], *(one[name] for name in names)) for one in ledger),
    )
    ends = [f"{name} to {span.end}" for name, span in sorted(ask.records.covered.items()) if "_" not in name]
    if ends:
        yield Notice(text=f"Records end: {', '.join(ends)}.")


def reconciled(ask: Ask) -> Iterator[Block]:
    """Yield how lines, orders, customers and amounts of sales add up, step by step."""
    if ask.opened is None:
        return
    steps = review.review(ask.opened.backend).reconciliation
    if steps:
        yield Grid(
            name="reconciliation",
            title="Reconciliation, before rules for lines that are no product",
            heads=(
                Head(name="source", title="Source"),
                Head(name="name", title="Sales and refunds"),
                Head(name="rows", title="Lines"),
                Head(name="orders", title="Orders"),
                Head(name="customers", title="Customers"),
                Head(name="amount", title=f"Amount ({ask.currency})"),
            ),
            rows=tuple((one.source, one.name, one.rows, one.orders, one.customers, f"{one.amount:,}") for one in steps),
            caption="Exact sums of records, no estimates.",
        )


def put_aside(ask: Ask) -> Iterator[Block]:
    """Yield how many rows were not taken, by reason, and the rows themselves."""
    if ask.reason and ask.reason not in REASONS:
        raise UnknownName("reason", ask.reason, REASONS)
    if ask.opened is None:
        return
    cells = review.quarantined(ask.opened.backend, ask.reason or None)
    if not cells:
        yield Notice(text="No row was put aside." if not ask.reason else f"No row was put aside as `{ask.reason}`.")
        return
    yield Heading(text="Rows that were put aside")
    counts = Counter((one["source"], one["reason"]) for one in cells if one["first"])
    yield Grid(
        name="reasons",
        title=f"{sum(counts.values()):,} rows put aside",
        heads=(
            Head(name="source", title="Source"),
            Head(name="reason", title="Reason"),
            Head(name="rows", title="Rows"),
        ),
        rows=tuple(
            (
                source,
                Link(text=reason.replace("_", " "), page="data", asked={"reason": reason}),
                count,
            )
            for (source, reason), count in counts.most_common()
        ),
    )
    yield Grid(
        name="quarantine",
        title=f"The first {min(len(cells), ask.top):,} of {len(cells):,} cells",
        heads=(
            Head(name="path", title="File"),
            Head(name="line", title="Line"),
            Head(name="column", title="Column"),
            Head(name="value", title="Value, masked"),
            Head(name="reason", title="Reason"),
        ),
        rows=tuple(
            (
                one["path"],
                one["line"],
                one["column"] or "",
                Personal(text=one["value"] or ""),
                one["reason"].replace("_", " "),
            )
            for one in cells[: ask.top]
        ),
        caption="`regulars quarantine --format csv` writes all of them.",
    )


def generations(ask: Ask) -> Iterator[Block]:
    """Yield what is stored: the generation that is shown, and those to go back to."""
    if ask.workspace is None or ask.opened is None:
        return
    shown = ask.opened.generation.number
    yield Grid(
        name="generations",
        title="Generations that are kept",
        heads=(
            Head(name="number", title="Generation"),
            Head(name="as_of", title="Records before"),
            Head(name="size", title="Bytes"),
            Head(name="version", title="Made by version"),
            Head(name="sha256", title="SHA-256", minor=True),
        ),
        rows=tuple(
            (
                f"{one.number}{' (shown)' if one.number == shown else ''}",
                str(one.as_of),
                one.size,
                one.version,
                one.sha256[:16],
            )
            for one in reversed(kept.stored(ask.workspace.store))
        ),
    )
