"""Why a KPI was off the usual in a week, in the sentence of what explains changes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from regulars.app.explaining import explain
from regulars.app.known_on import known_on
from regulars.app.noted import Week
from regulars.core.errors import RegularsError
from regulars.core.periods import Period
from regulars.views import words
from regulars.views.blocks import Block, Notice, Text
from regulars.views.explained import held
from regulars.views.view import Ask

#: KPIs that are explained: each takes about a second.
WHY = 2


def why(found: Week, order: Sequence[str], ask: Ask) -> Iterator[Block]:
    """Yield a sentence for the first KPIs, in the team's own order, that are news and moved since the week before."""
    if ask.workspace is None or ask.opened is None:
        return
    zone = ask.workspace.settings.company.time_zone
    opened = known_on(replace(ask.opened, records=ask.records), found.period.end, zone)
    before = Period(found.period.start - timedelta(weeks=1), found.period.start)
    moved = sorted((one for one in found.news if one.moved), key=lambda one: order.index(one.row.kpi.name))
    for one in moved[:WHY]:
        try:
            told = explain(
                one.row.kpi.name, ask.workspace, opened, period=found.period, against=before, where=ask.where
            )
        except RegularsError as cause:
            yield Notice(text=f"Why {words.title(one.row.kpi.name)} moved cannot be told: {cause}")
            continue
        yield Text(text=told.sentence, held=held(told))
