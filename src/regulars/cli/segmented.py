"""What `regulars segment` does."""

from pathlib import Path

from rich.table import Table

from regulars.app.segmenting import add as save
from regulars.cli import terminal
from regulars.core.wording import counted
from regulars.decisions.rule import KINDS, NAMES
from regulars.kpis.kpi import Shows
from regulars.views import words


def add(directory: Path, name: str, *, where: str, title: str, said: str) -> None:
    """Save a segment, and say how many customers are in it."""
    with terminal.company(directory) as company:
        added = save(company.workspace, company.records, name, where=where, title=title, said=said)
    found = added.saved
    if found.share is not None:
        share = words.interval(found.share.interval, Shows.SHARE, "")
        untold = f"; of {found.untold:,} it cannot be told" if found.untold else ""
        terminal.err.print(
            f"`{name}`: {counted(found.customers, 'customer')} of {found.of:,} ({share} of all){untold}. "
            f"Use it as `--where {name}`, or look at it with `regulars segment show {name}`.",
            soft_wrap=True,
            markup=False,
        )
    if added.warning:
        terminal.err.print(added.warning, soft_wrap=True, markup=False)


def names(directory: Path, output_format: str) -> None:
    """List what rules may name."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company:
        attributes = company.records.attributes
    listed = [{"name": name, "type": "text", "meaning": "attribute of customers", "values": ""} for name in attributes]
    listed += [
        {"name": name, "type": str(KINDS[name]), "meaning": one.meaning, "values": ", ".join(one.choices)}
        for name, one in NAMES.items()
    ]
    terminal.show(lambda: listed, lambda: _names(listed), output_format)


def _names(listed: list[dict[str, str]]) -> terminal.Fitted:
    table = Table("Name", "Type", "Meaning", "Values", box=None, pad_edge=False)
    for one in listed:
        table.add_row(*one.values())
    return terminal.Fitted(table, wraps=("Meaning", "Values"))
