"""What `regulars alerts` does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from regulars.app import alert_life, alert_replay, alert_rules
from regulars.app.alert_life import Said
from regulars.app.learned import stated
from regulars.app.measure import day
from regulars.app.workspace import Workspace
from regulars.cli import terminal
from regulars.cli.people import acting
from regulars.core.errors import QueryError, UnknownName
from regulars.core.periods import now
from regulars.core.wording import counted
from regulars.reports import written
from regulars.state import alerts
from regulars.state.alerts import Alert, Status
from regulars.views import alert_records
from regulars.views.alert_watch import look

#: What a check ends with where something is new.
NEW = 3


def every(directory: Path, output_format: str, output: Path | None) -> None:
    """List rules."""
    with terminal.company(directory) as company:
        workspace = company.workspace
        found = alert_rules.rules(workspace, company.records)
        with stated(workspace) as state:
            told = {} if state is None else alerts.outcomes(state)
            fired = Counter(one.rule for one in ([] if state is None else alerts.every(state)))
        rows = alert_records.of_rules(found, told, fired, company.records)
        whys = {one.name: alert_rules.unanswered(one, workspace, company.records) for one in found.every.values()}
    rows = [{**row, "waits_for": whys.get(row["name"], "")} for row in rows]
    terminal.show(
        lambda: rows,
        lambda: _rules(rows),
        output_format,
        output,
        flat=lambda: _flat(rows),
    )


def _rules(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    heads = ("Rule", "State", "Watches", "When", "Owner", "Told", "Fired", "Right", "")
    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        if row["state"] == "wrong":
            table.add_row(row["name"], "wrong", "", "", "", "", "", "", escape(row["wrong"]))
            continue
        where = f", {row['where']}" if row["where"] else ""
        right = alert_records.share(row["precision"])
        waits = row["waits_for"] or row["said"]
        watches = f"{row['kpi']} by {row['grain']}{where}"
        told = ", ".join(row["to"]) or "-"
        cells = (row["name"], row["state"], watches, row["when"], row["owner"], told, str(row["fired"]), right, waits)
        table.add_row(*map(escape, cells))
    return terminal.Fitted(table, wraps=("",), drops=("", "Told", "Owner"), all_of_it="--format json or csv")


def check(directory: Path, output_format: str, output: Path | None) -> int:
    """Look now; return what to end with."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company, acting(directory) as (state, by):
        found = look(company.workspace, company.opened, state, by)
    for why in found.rules.faults.values():
        terminal.note(QueryError(why))
    rows = [alert_records.of_alert(one) for one in found.new]
    quiet = sum(1 for one in found.watched if not one.why_not)
    waits = len(found.watched) - quiet
    told = f"{counted(quiet, 'rule')} looked at" + (f", {waits} wait for records" if waits else "")
    told += f"; {counted(len(rows), 'new alert')}" + (
        f", {counted(found.letters, 'message')} to channels." if found.letters else "."
    )
    terminal.err.print(told, soft_wrap=True, markup=False)
    if rows or output_format != "table":
        terminal.show(
            lambda: rows,
            lambda: _fired(found.new),
            output_format,
            output,
            flat=lambda: _flat(rows),
        )
    return NEW if rows else 0


def replay(
    directory: Path,
    name: str,
    kpi: str,
    said: Mapping[str, Any],
    days: int,
    output_format: str,
    output: Path | None,
) -> None:
    """Show when a rule would have fired."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company:
        workspace, opened = company.workspace, company.opened
        found = alert_rules.rules(workspace, opened.records)
        if bool(name) == bool(kpi):
            raise QueryError("Name a rule, or say one with `--kpi` and `--when`. `regulars alerts list` has the rules.")
        given = {key: value for key, value in said.items() if value is not None}
        if name:
            rule = found.named(name)
            rule = replace(alert_rules.asked(workspace, kpi=rule.kpi, **{**_of(rule), **given}), name=rule.name)
        else:
            rule = alert_rules.asked(workspace, kpi=kpi, **given)
        if why := alert_rules.unanswered(rule, workspace, opened.records):
            raise QueryError(f"`{rule.name}` cannot be replayed: {why}.")
        read = alert_replay.replay(rule, found.on, workspace, opened, days=days)
        record = alert_records.of_replay(read, company.currency)
    terminal.show(
        lambda: [record],
        lambda: _replayed(record),
        output_format,
        output,
        flat=lambda: _flat(record["alerts"]),
    )


def _of(rule: Any) -> dict[str, Any]:
    names = ("said", "where", "grain", "when", "worth", "unit_worth", "cooldown_days", "to", "owner")
    return {name: getattr(rule, name) for name in names}


def _replayed(record: Mapping[str, Any]) -> RenderableType:
    head = Text(f"{record['rule']}: {record['kpi']} by {record['grain']}, {record['when']}", style="bold")
    parts: list[RenderableType] = [head, Text(record["sentence"])]
    if record["alerts"]:
        table = Table("Period", "What", "Lasted", box=None, pad_edge=False)
        for one in record["alerts"]:
            lasted = {True: "yes", False: "no", None: "not over yet"}[one["lasted"]]
            table.add_row(written.period(one["period"]), escape(one["text"]), lasted)
        parts.append(terminal.Fitted(table, wraps=("What",)))
    rate, last = record["per_100_periods"], record["share_that_lasted"]
    if rate["value"] is not None:
        span = f"{rate['low']:.2f} to {rate['high']:.2f}; n {rate['n']}"
        parts.append(
            Text(
                f"Alerts per 100 {record['grain']}s: {rate['value']:.2f} ({span}). Lasted: {alert_records.share(last)}."
            )
        )
        parts.append(Text(f"{written.period(rate['period'])}. {rate['version']}; records before {rate['as_of'][:16]}."))
    return Group(*parts)


def fired(directory: Path, rule: str, output_format: str, output: Path | None, *, every: bool) -> None:
    """List alerts that fired."""
    with stated(Workspace.at(directory)) as state:
        found = [] if state is None else alerts.every(state, rules=[rule] if rule else None)
    if rule and not found and rule not in alert_rules.rules(Workspace.at(directory)).every:
        raise UnknownName("alert", rule, alert_rules.rules(Workspace.at(directory)).every)
    at = now()
    shown = found if every else [one for one in found if one.status is not Status.CLOSED]
    rows = [alert_records.of_alert(one) | {"waits": one.waits(at)} for one in shown]
    if not rows and output_format == "table":
        terminal.err.print("No alert is open." if not every else "No alert has fired yet.")
        return
    terminal.show(
        lambda: rows,
        lambda: _fired(shown),
        output_format,
        output,
        flat=lambda: _flat(rows),
    )


def _fired(found: Sequence[Alert]) -> RenderableType:
    table = Table("Alert", "Status", "What", "Worth", "Owner", "Outcome", box=None, pad_edge=False)
    for one in found:
        facts = dict(map(tuple, one.said.get("facts", ())))
        status = (
            one.status.value + (f" until {one.until.date()}" if one.until else "") + (", over" if one.ended else "")
        )
        worth = facts.get("Worth", "")
        outcome = f"{one.outcome}: {one.done}" if one.outcome and one.done else str(one.outcome or "")
        worth = "cannot be told" if worth.startswith("cannot") else worth
        table.add_row(*map(escape, (one.key, status, f"{one.title}. {one.text}", worth, one.owner, outcome)))
    return terminal.Fitted(
        table, wraps=("What", "Worth", "Outcome"), drops=("Outcome", "Owner"), all_of_it="`regulars alerts show`"
    )


def show(directory: Path, key: str, output_format: str, output: Path | None) -> None:
    """Show one alert."""
    with acting(directory) as (state, _by):
        one = alerts.named(state, key)
    record = alert_records.of_alert(one)
    terminal.show(lambda: [record], lambda: _one(one), output_format, output, flat=lambda: _flat([record]))


def _one(one: Alert) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    told = (("Status", one.status.value), ("Fired", f"{one.fired_at:%Y-%m-%d %H:%M} UTC"), ("Owner", one.owner))
    later = (
        ("Over since", one.ended),
        ("Note", one.note),
        ("Real", one.outcome),
        ("Done", one.done),
        ("By", one.changed_by),
    )
    for name, text in (*told, *map(tuple, one.said.get("facts", ())), *later):
        if text:
            table.add_row(str(name), escape(str(text)))
    return Group(Text(one.title, style="bold"), Text(one.text), table)


def acknowledge(directory: Path, key: str, note: str) -> None:
    """Say that somebody has seen an alert."""
    _say(directory, key, Said(status=Status.ACKNOWLEDGED, note=note or None))


def snooze(directory: Path, key: str, until: str, note: str) -> None:
    """Put an alert off."""
    _say(directory, key, Said(status=Status.SNOOZED, until=day(until, "until"), note=note or None))


def outcome(directory: Path, key: str, real: str, done: str) -> None:
    """Say whether an alert was real."""
    _say(directory, key, Said(status=Status.CLOSED, real=alert_life.real(real), done=done or None))


def _say(directory: Path, key: str, said: Said) -> None:
    workspace = Workspace.at(directory)
    with acting(directory) as (state, by):
        found = alert_life.say(state, by, key, said, zone=workspace.settings.company.time_zone)
        alert_life.mark(workspace, state, at=now())
        told = alerts.outcomes(state).get(found.rule)
    right = alert_life.precision(told, level=workspace.settings.definitions.level)
    more = "" if right.why_not else f" Of what `{found.rule}` told, {alert_records.right(right)} was real."
    terminal.err.print(f"`{found.key}` is {found.status}.{more}", soft_wrap=True, markup=False)


def _flat(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [alert_records.flat(one) for one in records]
