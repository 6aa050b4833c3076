"""What `regulars explain` prints: the sentence first, then the parts, then who stands out."""

from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType

from regulars.cli import terminal, viewing
from regulars.core.estimate import Estimate
from regulars.views import explained
from regulars.views.explained import Explained


def explain(name: str, directory: Path, *, output_format: str, output: Path | None, **asked: Any) -> None:
    """Show why a KPI moved; `asked` and errors as of `Company.explain`."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company:
        found = company.explain(name, **asked)
    terminal.show(found.records, lambda: _drawn(found), output_format, output, flat=found.flat)


def _drawn(found: Explained) -> RenderableType:
    told = found.found
    parts = [viewing.drawn(block, told.currency) for block in explained.blocks(told)]
    return Group(*(line for part in parts for line in (part, "")), _travels(told.change))


def _travels(one: Estimate) -> str:
    return f"Version {one.version}; records before {one.as_of:%Y-%m-%d %H:%M} UTC."
