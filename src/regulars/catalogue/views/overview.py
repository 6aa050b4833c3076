"""How the company does: every KPI that its records can answer."""

from collections.abc import Iterator

from regulars.views.blocks import Block, Notice
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    if ask.answerable:
        yield ask.cards(*ask.answerable)
    if ask.missing:
        yield Notice(text=f"Other KPIs wait for {', '.join(ask.missing)}; `regulars kpis` says which.")
    if ask.untold:
        yield Notice(text="KPIs of what customers will do: `regulars backtest` foretells it, with its score.")


overview = View(
    name="overview",
    title="Overview",
    question="How are we doing, and what changed?",
    blocks=_blocks,
    teams=("management",),
)
