"""How the company does: the KPIs that a team looks at first, and what moved among all of them."""

from collections.abc import Iterator

from regulars.core.errors import UnknownName
from regulars.views import alerted, goaled, pictured, stakes
from regulars.views.blocks import Block, Card, Cards, Notice
from regulars.views.moved import moved
from regulars.views.view import Ask, View

#: KPIs at a glance; more are no glance.
SHOWN = 8
#: Customers whose value is at stake.
TOP = 10


def _blocks(ask: Ask) -> Iterator[Block]:
    if ask.kpi and ask.kpi not in ask.kpis:
        raise UnknownName("KPI", ask.kpi, ask.kpis)
    found = ask.cards(*ask.first, empty=False) if ask.first else Notice(text="No KPI can be answered yet.")
    if isinstance(found, Cards):
        yield Cards(cards=found.cards[:SHOWN])
        yield from alerted.strip(ask)
        yield pictured.course(_chosen(ask, found), ask.currency)
        yield moved(found.cards, ask.currency)
        yield from goaled.strip(ask)
        yield from stakes.at_stake(ask, top=TOP)
    else:
        yield found
    if ask.missing:
        yield Notice(text=f"Other KPIs wait for {', '.join(ask.missing)}; `regulars kpis` says which.")
    if ask.untold and not ask.records.scores:
        yield Notice(text="KPIs of what customers will do: `regulars backtest` foretells it, with its score.")


def _chosen(ask: Ask, found: Cards) -> Card:
    """Return the KPI whose course is drawn: the one that is asked for, else the first."""
    named = {card.latest.kpi.name: card for card in found.cards}
    return named.get(ask.kpi, found.cards[0])


overview = View(
    name="overview",
    title="Overview",
    question="How are we doing, and what changed?",
    blocks=_blocks,
    teams=("executives", "marketing", "sales", "service"),
    takes=("period", "team", "kpi", "where"),
    place=1,
    watches=True,
)
