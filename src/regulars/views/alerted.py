"""Alerts on pages: those that somebody is to look at, and rules with what they would have told lately.

Both are as of the last check: what a look at the records costs is paid once, not by everybody who opens a page.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from regulars.app import alert_rules
from regulars.app.learned import stated
from regulars.app.workspace import Workspace
from regulars.core.estimate import Estimate, Interval
from regulars.core.periods import Period, day_number, now
from regulars.core.wording import counted
from regulars.decisions.alert_rule import AlertRule
from regulars.kpis.kpi import Shows
from regulars.state import alerts
from regulars.state.alerts import Alert, Check, Real, Status
from regulars.views.alert_records import were_real
from regulars.views.blocks import (
    Block,
    Cell,
    Chart,
    ChartKind,
    Figure,
    Grid,
    Head,
    Heading,
    Link,
    Mark,
    Notice,
    Personal,
    Series,
)
from regulars.views.view import Ask

#: Name of the list of alerts, and of the columns by which one is named and compared, for programs and forms.
LIST, NAMED = "alerts", ("key", "changed")
_NONE = "Nothing was checked yet: `regulars alerts check` looks, now and whenever records are new."
_NOTHING = "There is nothing to watch before there are records, such as `orders` or `subscriptions`."
#: Alerts on the overview.
_FEW = 3


def blocks(ask: Ask) -> Iterator[Block]:
    """Yield what there is to look at, and what rules would have told in the last 90 days."""
    if ask.workspace is None or not ask.records.covered:
        yield Notice(text=_NOTHING)
        return
    with stated(ask.workspace) as state:
        every = [] if state is None else alerts.every(state)
        checks = {} if state is None else alerts.checks(state)
        right = {} if state is None else alerts.outcomes(state)
    yield from _open(ask, every, looked=bool(checks))
    yield from _rules(ask, ask.workspace, every, checks, right)


def strip(ask: Ask) -> tuple[Block, ...]:
    """Return in few lines how much there is to look at; nothing where nothing is."""
    if ask.workspace is None:
        return ()
    at = now()
    with stated(ask.workspace) as state:
        found = [] if state is None else [one for one in alerts.every(state) if one.waits(at)]
    found = [one for one in found if ask.owner in ("", one.owner)]
    if not found:
        return ()
    heads = (
        Head(name="alert", title="Alert"),
        Head(name="worth", title="Worth", shows=Shows.MONEY, change=True),
        _OWNER,
    )
    more = "" if len(found) <= _FEW else f"And {len(found) - _FEW} more. "
    grid = Grid(
        name="alerts_open",
        title=f"{counted(len(found), 'open alert')}",
        heads=heads,
        rows=tuple((_title(one), _estimate(one.said.get("money")), one.owner) for one in found[:_FEW]),
        caption=f"{more}Page Alerts says why, and takes what became of them.",
    )
    return (grid,)


_OWNER = Head(name="owner", title="Owner")


def _open(ask: Ask, every: Sequence[Alert], *, looked: bool) -> Iterator[Block]:
    at, status = now(), ask.status
    meant = {"open": (Status.OPEN, Status.ACKNOWLEDGED), "snoozed": (Status.SNOOZED,), "done": (Status.CLOSED,)}
    of_status = meant.get(status, tuple(Status) if status == "all" else ())
    shown = [one for one in every if (one.waits(at) if status == "now" else one.status in of_status)]
    shown = [one for one in shown if ask.owner in ("", one.owner)][: ask.rows_shown]
    if not shown:
        none = "No alert is open." if status == "now" else "No alert is so."
        yield Notice(text=none if looked else _NONE)
        return
    zone = ZoneInfo(ask.workspace.settings.company.time_zone) if ask.workspace else None
    yield Grid(
        name=LIST,
        title=f"{counted(len(shown), 'alert')}",
        heads=(
            Head(name="alert", title="Alert"),
            Head(name="text", title="What happened, and why"),
            Head(name="off", title="Off by, a period", change=True),
            Head(name="worth", title="Worth", shows=Shows.MONEY, change=True),
            _OWNER,
            Head(name="fired", title="Fired", minor=True),
            Head(name="status", title="Status"),
            Head(name="note", title="Note", minor=True),
            Head(name="key", title="Name", minor=True),
            Head(name="changed", title="Changed", minor=True),
        ),
        rows=tuple(_row(one, zone) for one in shown),
        caption="Worth is of the whole run of periods; it is empty where the KPI is no sum of money and its rule has "
        "no `unit_worth`. Limits of what was to be expected are conformal: residuals of the past, one step ahead.",
    )


def _row(one: Alert, zone: ZoneInfo | None) -> tuple[Cell, ...]:
    off = _estimate(one.said.get("off"))
    until = f" until {one.until.astimezone(zone).date()}" if one.until else ""
    ended = f", over since {one.ended}" if one.ended else ""
    real = f": real {one.outcome}" if one.outcome else ""
    words = "; ".join(filter(None, (one.note, one.done)))
    return (
        _title(one),
        # Nothing in a table is read as a name that is set apart.
        one.text.replace("`", "'"),
        None if off is None else Figure(estimate=off, shows=Shows(one.said["shows"])),
        _estimate(one.said.get("money")),
        one.owner,
        str(one.fired_at.astimezone(zone).date()),
        f"{one.status}{until}{real}{ended}",
        Personal(text=words) if words else "",
        one.key,
        "" if one.changed_at is None else one.changed_at.isoformat(),
    )


def _title(one: Alert) -> Cell:
    if not one.kpi:
        return Link(text=one.title, page="data")
    where = one.said.get("where")
    asked = {"period": f"{one.first:%Y-%m}", **({"where": where} if where else {})}
    return Link(text=one.title, page="kpi", about=one.kpi, asked=asked)


def _rules(
    ask: Ask,
    workspace: Workspace,
    every: Sequence[Alert],
    checks: Mapping[str, Check],
    right: Mapping[str, Mapping[Real, int]],
) -> Iterator[Block]:
    rules = alert_rules.rules(workspace, ask.records)
    yield Heading(text="Rules")
    for why in rules.faults.values():
        yield Notice(text=why)
    fired = Counter(one.rule for one in every)
    yield Grid(
        name="rules",
        title=f"{counted(len(rules.on), 'rule')} on",
        heads=(
            Head(name="rule", title="Rule"),
            Head(name="watches", title="Watches"),
            Head(name="when", title="Fires when"),
            _OWNER,
            Head(name="now", title="Now"),
            Head(name="replay", title="Last 90 days"),
            Head(name="rate", title="Alerts per 100 periods", shows=Shows.NUMBER, minor=True),
            Head(name="fired", title="Fired", minor=True),
            Head(name="right", title="Were real", shows=Shows.SHARE),
        ),
        rows=tuple(
            _of_rule(ask, rule, checks.get(rule.name), fired[rule.name], right.get(rule.name))
            for rule in rules.every.values()
        ),
        caption="The last 90 days are a replay as of the last check: what the rule would have told of each period by "
        "what came before it. How many were real is what somebody said of alerts that fired.",
    )
    lanes = _lanes([(rule, checks[rule.name]) for rule in rules.on if rule.name in checks])
    if lanes is not None:
        yield lanes


def _of_rule(
    ask: Ask, rule: AlertRule, check: Check | None, fired: int, right: Mapping[Real, int] | None
) -> tuple[Cell, ...]:
    said = check.said if check else {}
    where = f", {rule.where}" if rule.where else ""
    real = were_real(right, ask.records)
    return (
        rule.name,
        f"{rule.kpi} by {rule.grain}{where}",
        rule.when + (f", worth {rule.worth:g} or more" if rule.worth else ""),
        rule.owner,
        "off" if rule.off else str(said.get("now", "not checked yet")),
        str(said.get("sentence", "")),
        _known(_estimate(said.get("rate"))),
        fired or None,
        real if real.interval.value is not None else "nobody has said yet",
    )


def _known(found: Estimate | None) -> Estimate | None:
    """Return a number where there is one; why there is none stands beside it, under `Now`."""
    return found if found is not None and found.interval.value is not None else None


def _lanes(checked: Sequence[tuple[AlertRule, Check]]) -> Chart | None:
    """Return the strip of days on which rules would have fired; None where none would have."""
    told = [(rule, [date.fromisoformat(day) for day in check.said.get("told", ())]) for rule, check in checked]
    series = tuple(
        Series(name=rule.name, marks=tuple(Mark(label=str(day), x=day_number(day), count=1) for day in days))
        for rule, days in told
        if days
    )
    if not series:
        return None
    n = sum(len(one.marks) for one in series)
    return Chart(
        name="fired_days",
        title="When rules would have fired in the last 90 days",
        kind=ChartKind.LANES,
        says=f"{counted(len(series), 'rule')} would have fired {counted(n, 'time')}.",
        shows=Shows.COUNT,
        series=series,
    )


def _estimate(said: Mapping[str, Any] | None) -> Estimate | None:
    """Return a number as it was kept, with what travels with it; None where there is none."""
    if not said:
        return None
    parts = {name: said[name] for name in ("value", "low", "high", "level", "method", "n")}
    period = said["period"].split("..")
    return Estimate(
        interval=Interval(**parts, why_not=said.get("why_not", "")),
        period=Period(*map(date.fromisoformat, period)),
        as_of=datetime.fromisoformat(said["as_of"]),
        version=said["version"],
        flags=tuple(said["flags"]),
    )
