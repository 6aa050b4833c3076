"""What a weekly note says of actions: what to do next, and what those that ended brought."""

from collections.abc import Iterator
from datetime import timedelta

from ibis import _

from regulars.app.campaigns import campaigns
from regulars.app.deciding import UNTOLD, foretold, plan
from regulars.app.known_on import known_on
from regulars.app.learned import learned, stated
from regulars.app.readout import Readout, readout
from regulars.core.periods import Period, day_number
from regulars.kpis.kpi import Shows
from regulars.kpis.query import Records
from regulars.views import proposed, words
from regulars.views.blocks import Block, Grid, Head, Link, Notice
from regulars.views.view import Ask

#: Actions that are proposed.
BEST = 3
#: Teams that are told of campaigns on record.
_CAMPAIGNS = ("executives", "marketing")
#: Days in which effects are looked for where a campaign does not say when it ended, as of app/campaigns.
_DAYS = 28


def to_do(ask: Ask) -> Iterator[Block]:
    """Yield what is worth most to do now, with expected money, cost, doubt and how it is measured."""
    assert ask.workspace is not None
    if not foretold(ask.records):
        yield Notice(text=f"What to do: {UNTOLD}")
        return
    known = learned(ask.workspace, ask.records)
    found = plan(ask.workspace, ask.records, budget=ask.budget, where=ask.where, effects=known.effects, busy=known.busy)
    team = "" if ask.team == "executives" else ask.team
    best = proposed.best(found, team=team, most=BEST)
    if best is None:
        yield Notice(text="What to do: no action of this team pays now. Page Actions says why.")
        return
    yield best
    scores = "; ".join(words.score(one) for one in found.scored)
    yield Notice(text=f"Score of what it rests on: {scores}.")


def brought(week: Period, ask: Ask) -> Iterator[Block]:
    """Yield what actions and campaigns brought whose days ended in a week, as it was known at its end."""
    assert ask.workspace is not None
    assert ask.opened is not None
    records = known_on(ask.opened, week.end, ask.workspace.settings.company.time_zone).records
    found = [*_audiences(week, ask, records), *(_campaigns(week, records) if ask.team in _CAMPAIGNS else ())]
    told = [one for one in found if not one.why_not and one.profit is not None]
    if told:
        yield Grid(
            name="brought",
            title="What actions brought that ended this week",
            heads=(
                Head(name="experiment", title="Experiment"),
                Head(name="action", title="Action"),
                Head(name="profit", title="Profit of a treated customer", shows=Shows.MONEY),
                Head(name="total", title="Of all treated", shows=Shows.MONEY),
            ),
            rows=tuple(
                (
                    Link(text=one.audience.name, page="experiment", about=one.audience.name),
                    one.audience.action.replace("_", " "),
                    one.profit,
                    one.total,
                )
                for one in told
            ),
            caption="Beside those who were left alone, less cost; an interval that holds 0 has proved nothing yet.",
        )
    if untold := [f"`{one.audience.name}`" for one in found if one.why_not]:
        yield Notice(text=f"Ended this week, and not read out: {', '.join(untold)}; `regulars experiments` says why.")


def _audiences(week: Period, ask: Ask, records: Records) -> Iterator[Readout]:
    assert ask.workspace is not None
    with stated(ask.workspace) as state:
        if state is None:
            return
        from regulars.state import audiences

        for one in audiences.every(state):
            if ask.team not in ("executives", one.team):
                continue
            if week.start < one.as_of + timedelta(days=one.days) <= week.end:
                yield readout(one, audiences.of(state, one.name), records)


def _campaigns(week: Period, records: Records) -> Iterator[Readout]:
    if not {"campaigns", "touches"} <= set(records.covered):
        return
    ends = records.tables["campaigns"].mutate(over=_.ended_day.fill_null(_.started_day + _DAYS))
    ended = ends.filter((_.over > day_number(week.start)) & (_.over <= day_number(week.end)))
    for row in records.run(ended.select("campaign_id").order_by("campaign_id")):
        yield from campaigns(records, only=row["campaign_id"])
