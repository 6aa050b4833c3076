"""The work queue: whom somebody is to get in touch with next, and what came of it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from regulars.app.consent import refusing
from regulars.app.foretell import Foretold
from regulars.app.handing_out import flags
from regulars.app.learned import stated
from regulars.app.work import chosen, measured_of
from regulars.core.errors import QueryError
from regulars.core.estimate import Estimate, Interval, unknown
from regulars.core.periods import Period, now, start_of_day
from regulars.core.wording import counted
from regulars.decisions.action import Action
from regulars.kpis.kpi import Shows
from regulars.state import audiences, work
from regulars.state.audiences import Audience
from regulars.state.work import Place, Show, Task, Wanted
from regulars.stats.intervals import z
from regulars.views.blocks import Block, Cell, Grid, Head, Link, More, Notice, Personal
from regulars.views.parameters import EVERY, SHOWN
from regulars.views.proposed import BEHIND
from regulars.views.stakes import scores, told
from regulars.views.view import Ask

_NONE = "There is no work yet. `regulars audience add ACTION NAME` draws an audience from `regulars actions`."
_NOTHING = "Whom to get in touch with is known once there are `orders` or `subscriptions`."
_GONE = "no longer in the records"
_REFUSES = "does not agree to be contacted: leave them in peace"
#: Why money is not shown by which tasks were chosen: the second law.
_UNSCORED = "how well predictions behind it went is not known of these records: run `regulars backtest`"
#: Columns of the list by which a task is named and compared, for programs and forms.
NAMED = ("place", "changed")
#: Between the parts of where a page ends.
_SIGN = "~"


def queued(ask: Ask) -> Iterator[Block]:
    """Yield a page of the list, what there is to do by audience, and how well what it is made of was foretold."""
    if ask.workspace is None or not ask.records.covered:
        yield Notice(text=_NOTHING)
        return
    with stated(ask.workspace) as state:
        every = [] if state is None else audiences.every(state)
        names = chosen(every, owner=ask.owner, name=ask.audience)
        if state is None or not every:
            yield Notice(text=_NONE)
            return
        wanted = Wanted(show=Show(ask.status), at=now(), audiences=names, assignee=ask.assignee)
        found = work.tasks(state, wanted, after=_place(ask.after), most=ask.rows_shown + 1)
        counts = work.counts(state, wanted)
    foretold = _behind(ask)
    queue = Queue(ask, {one.name: one for one in every}, counts, scored=bool(foretold))
    if found:
        yield queue.list(found)
    else:
        yield Notice(text=_nothing(ask))
    yield queue.audiences(every if names is None else [one for one in every if one.name in names])
    if foretold:
        yield scores(foretold)


def _behind(ask: Ask) -> tuple[Foretold, ...]:
    """Return what is foretold behind what is expected, as far as it is foretold of these records."""
    every = (ask.once(f"told {name}", partial(told, ask, name)) for name in BEHIND)
    return tuple(one for one in every if one is not None)


def _place(text: str) -> Place | None:
    """Read where a page ends.

    Raises:
        QueryError: it is no place in the list.
    """
    if not text:
        return None
    profit, _, rest = text.partition(_SIGN)
    name, _, place = rest.partition(_SIGN)
    try:
        found = Place(profit=float(profit), audience=name, place=int(place))
        if not math.isfinite(found.profit) or not 0 < found.place < 2**31:
            raise ValueError
    except ValueError:
        raise QueryError(f"`{text}` after `after` is no place in the list. Take the link of the page before.") from None
    return found


def _nothing(ask: Ask) -> str:
    if ask.after:
        return "There is nothing further down. Go back to the first page."
    if ask.status == "now" and not (ask.owner or ask.audience or ask.assignee):
        return "Nothing is to be done now."
    return "No task is so. Clear what was asked, or ask for another status."


@dataclass(frozen=True, slots=True)
class Queue:
    """What the list is written with.

    Attributes:
        ask: what was asked.
        named: audiences by name.
        counts: tasks by audience and what became of them.
        scored: whether the score of predictions behind it stands beside it.
    """

    ask: Ask
    named: Mapping[str, Audience]
    counts: Mapping[tuple[str, Show], int]
    scored: bool

    def list(self, found: Sequence[Task]) -> Grid:
        """Return a page of the list; one task more than that says that it goes on."""
        page = found[: self.ask.rows_shown]
        ids = [one.member.customer_id for one in page]
        assert self.ask.workspace is not None
        notes = dict.fromkeys(refusing(self.ask.workspace.settings.decisions, self.ask.records, ids), _REFUSES)
        notes |= dict.fromkeys(set(ids) - _there(self.ask, ids), _GONE)
        total = sum(n for (_, show), n in self.counts.items() if show is Show(self.ask.status))
        if self.ask.status == Show.ALL:
            total = sum(n for (_, show), n in self.counts.items() if show is not Show.NOW)
        told_ = f"{counted(len(page), 'task')} of {total:,}"
        return Grid(
            name="queue",
            title=told_,
            heads=(
                Head(name="customer", title="Customer"),
                Head(name="said", title="What to do"),
                Head(name="why", title="Because the customer", minor=True),
                Head(name="profit", title="Expected profit", shows=Shows.MONEY),
                Head(name="cost", title="Cost", shows=Shows.MONEY, minor=True),
                Head(name="records", title="Records", minor=True),
                Head(name="assignee", title="Assigned to"),
                Head(name="status", title="Status"),
                Head(name="until", title="Until"),
                Head(name="outcome", title="Outcome"),
                Head(name="audience", title="Audience", minor=True),
                Head(name="place", title="Place", minor=True),
                Head(name="changed", title="Changed", minor=True),
            ),
            rows=tuple(self._task(one, notes) for one in page),
            customers=True,
            more=More(told=told_, links=tuple(self._links(page, further=len(found) > len(page)))),
            caption="Expected incremental profit of the day on which the audience was drawn; limits of one customer "
            "are wide: what is done pays over many. Cost is the mean of the audience, and taken off already. Who is "
            "held out is not in this list: get in touch with nobody else, or what it brings cannot be measured.",
        )

    def _links(self, page: Sequence[Task], *, further: bool) -> Iterator[tuple[str, Link]]:
        asked = said(self.ask)
        if self.ask.after:
            yield "first", Link(text="First", page="queue", asked=asked)
        if further:
            last = page[-1]
            end = _SIGN.join([repr(last.member.profit), last.audience, str(last.member.place)])
            yield "next", Link(text="Next", page="queue", asked={**asked, "after": end})

    def _task(self, one: Task, notes: Mapping[str, str]) -> tuple[Cell, ...]:
        audience, member = self.named[one.audience], one.member
        who, action = member.customer_id, self._action(audience)
        half = z(audience.said["level"]) * member.error
        limits = (member.profit, member.profit - half, member.profit + half)
        n, cost = max(audience.treated + audience.held, 1), audience.said["cost"]
        return (
            Personal(text=who)
            if notes.get(who) == _GONE
            else Link(text=who, page="customer", about=who, personal=True),
            action.said if action else audience.action.replace("_", " "),
            action.why if action else "",
            self._estimate(audience, limits, 1),
            self._estimate(audience, [None if part is None else part / n for part in cost], n),
            notes.get(who, ""),
            member.assignee or "",
            member.status.value,
            "" if member.until is None else str(member.until.astimezone(self._zone).date()),
            Personal(text=member.outcome) if member.outcome else "",
            Link(text=audience.name, page="queue", asked=said(self.ask) | {"audience": audience.name}),
            member.place,
            "" if member.changed_at is None else member.changed_at.isoformat(),
        )

    def _who(self, who: str, notes: Mapping[str, str]) -> Cell:
        """Return a customer; one who is gone from the records has no page."""
        gone = notes.get(who) == _GONE
        return Personal(text=who) if gone else Link(text=who, page="customer", about=who, personal=True)

    def audiences(self, every: Sequence[Audience]) -> Grid:
        """Return what there is to do by audience, what it is expected to bring, and how that is measured."""
        shows = (Show.NOW, Show.SNOOZED, Show.DONE, Show.DECLINED)
        titles = {Show.NOW: "To do now", **{one: one.capitalize() for one in shows[1:]}}
        return Grid(
            name="audiences",
            title="By audience",
            heads=(
                Head(name="audience", title="Audience"),
                Head(name="action", title="Action"),
                Head(name="team", title="Team"),
                *(Head(name=show.value, title=titles[show]) for show in shows),
                Head(name="profit", title="Expected profit", shows=Shows.MONEY),
                Head(name="cost", title="Cost", shows=Shows.MONEY, minor=True),
                Head(name="measured", title="How it is measured"),
            ),
            rows=tuple(self._audience(one, shows) for one in every),
            caption="Tasks are counted as they are asked for. Snoozed tasks whose day has come are among those to do "
            "now, too. Money is of the whole list as it was drawn, with those who are held out.",
        )

    def _audience(self, one: Audience, shows: Sequence[Show]) -> tuple[Cell, ...]:
        action, n = self._action(one), one.treated + one.held
        return (
            Link(text=one.name, page="queue", asked=said(self.ask) | {"audience": one.name}),
            action.title if action else one.action.replace("_", " "),
            Link(text=one.team, page="queue", asked=said(self.ask) | {"owner": one.team}),
            *(self.counts.get((one.name, show), 0) for show in shows),
            self._estimate(one, one.said["profit"], n),
            self._estimate(one, one.said["cost"], n),
            f"{measured_of(one).said}, from {one.as_of} on",
        )

    def _estimate(self, audience: Audience, limits: Sequence[float | None], n: int) -> Estimate:
        """Return an amount as it was expected when the audience was drawn; none without the score of predictions."""
        level, method = audience.said["level"], "doubt about effect and predictions"
        value, low, high = limits
        if not self.scored or value is None:
            interval = unknown("nothing was expected" if self.scored else _UNSCORED, level=level, n=n)
        else:
            interval = Interval(value=value, low=low, high=high, level=level, method=method, n=n)
        return Estimate(
            interval=interval,
            period=Period(audience.as_of, audience.as_of + timedelta(audience.said.get("horizon", audience.days))),
            as_of=start_of_day(audience.as_of, str(self._zone)),
            version=f"{audience.action} {audience.version}",
            flags=tuple(flags(audience)),
        )

    def _action(self, audience: Audience) -> Action | None:
        assert self.ask.workspace is not None
        return self.ask.workspace.actions.get(audience.action)

    @property
    def _zone(self) -> ZoneInfo:
        assert self.ask.workspace is not None
        return ZoneInfo(self.ask.workspace.settings.company.time_zone)


def said(ask: Ask) -> dict[str, str]:
    """Return what was asked of the queue, as links say it; not where a page of it begins."""
    asked = {name: getattr(ask, name) for name in ("status", "owner", "audience", "assignee")}
    if ask.rows_shown != SHOWN:
        asked["rows"] = "all" if ask.rows_shown == EVERY else str(ask.rows_shown)
    return asked


def _there(ask: Ask, ids: Sequence[str]) -> set[str]:
    """Return which of these ids the records know, by themselves or as another id of somebody."""
    found: set[str] = set()
    for name, column in (("people", "customer_id"), ("keys", "reference")):
        if name in ask.records.tables:
            table: Any = ask.records.tables[name]
            known = table.filter(table[column].isin(list(ids))).select(id=table[column])
            found.update(row["id"] for row in ask.records.run(known))
    return found
