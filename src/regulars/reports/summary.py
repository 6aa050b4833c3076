"""A page in one sentence: what moved, or what its first chart says."""

from collections.abc import Mapping, Sequence
from typing import Any

from regulars.reports import written
from regulars.reports.parts import Shown, parts
from regulars.views import words

#: KPIs that are named in the sentence.
_NAMED = 3


def summary(record: Mapping[str, Any]) -> str:
    """Say in one sentence what a page shows; "" of a page that shows nothing."""
    cards = {card["kpi"]: card["latest"] for block in record["blocks"] for card in block.get("cards", ())}
    compared = {name: one for name, one in cards.items() if (one.get("change") or {}).get("value") is not None}
    if compared:
        return _moved(compared)
    charts = [f"{block['title']}: {block['says']}" for block in record["blocks"] if block["block"] == "chart"]
    if charts:
        return charts[0]
    titles = [part.title for part in parts(record) if isinstance(part, Shown)]
    more = [f"and {len(titles) - _NAMED:,} more"] if len(titles) > _NAMED else []
    return f"What follows: {'; '.join([*titles[:_NAMED], *more])}." if titles else ""


def _moved(compared: Mapping[str, Mapping[str, Any]]) -> str:
    moved = {name: one for name, one in compared.items() if written.tone(one)}
    of = f"{len(compared):,} KPIs" if len(compared) > 1 else "1 KPI"
    if not moved:
        return f"Of {of} compared with the period before, none moved by more than chance explains."
    order = sorted(moved, key=lambda name: ("worse", "better", "moved").index(written.tone(moved[name])))
    named = [f"{words.title(name)} {written.verdict(moved[name])}" for name in order[:_NAMED]]
    more = len(order) - len(named)
    others = [f"and {more:,} more"] if more else []
    return (
        f"Of {of} compared with the period before, {len(moved):,} moved: {'; '.join([*named, *others])}."
        f"{_by_chance(list(compared.values()))}"
    )


def _by_chance(compared: Sequence[Mapping[str, Any]]) -> str:
    """Say how many would move if nothing did, where that is one or more."""
    expected = sum(1 - one["change"]["level"] for one in compared)
    return f" By chance alone about {expected:.0f} would." if expected >= 1 else ""
