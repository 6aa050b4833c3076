"""Every KPI: what it says now, or what it waits for."""

from collections.abc import Iterator

from regulars.kpis.query import available
from regulars.views.blocks import Block, Cards, Heading, Notice
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    found = ask.cards(*ask.first) if ask.answerable else Notice(text="No KPI can be answered yet.")
    if isinstance(found, Notice):
        yield found
    families = dict.fromkeys(kpi.family.name for kpi in ask.kpis.values())
    waiting: dict[str, list[str]] = {}
    for family in families:
        cards = (
            [card for card in found.cards if card.latest.kpi.family.name == family] if isinstance(found, Cards) else []
        )
        if cards:
            yield Heading(text=family.capitalize())
            yield Cards(cards=tuple(cards))
    for name, kpi in ask.kpis.items():
        if why := available(kpi, ask.records):
            waiting.setdefault(why, []).append(name)
    for why, names in sorted(waiting.items()):
        yield Notice(text=f"Not shown: {why} ({', '.join(f'`{name}`' for name in names)}).")


kpis = View(
    name="kpis",
    title="KPIs",
    question="What does every KPI say, and what do the others wait for?",
    blocks=_blocks,
    teams=("executives", "marketing", "sales", "service"),
    takes=("period", "team", "where"),
    place=10,
)
