"""The commands about alerts: rules, what fires, and what became of it."""

from typing import Annotated

import typer

from regulars.cli.options import HERE, Folder, Format, Output

alerting = typer.Typer()
alertapp = typer.Typer(help="What to be told of, and what was: rules, replays, outcomes.", no_args_is_help=True)
alerting.add_typer(alertapp, name="alerts")

Key = Annotated[str, typer.Argument(metavar="ALERT", help="Rule and day, as `regulars alerts fired` lists them.")]
Note = Annotated[str, typer.Option("--note", help="In words, for others.")]


@alertapp.command("list")
def alerts_list(directory: Folder = HERE, output_format: Format = "table", output: Output = None) -> None:
    """List rules: what each watches, whether it can be told, how often it fired and was right."""
    from regulars.cli import alerted

    alerted.every(directory, output_format, output)


@alertapp.command("check")
def alerts_check(directory: Folder = HERE, output_format: Format = "table", output: Output = None) -> None:
    """Look now, and tell what is new to its channels. Ends with 0 if nothing is new, 3 if something is."""
    from regulars.cli import alerted

    raise typer.Exit(alerted.check(directory, output_format, output))


@alertapp.command("replay")
def alerts_replay(
    rule: Annotated[str, typer.Argument(metavar="[RULE]", help="Which; or say one with --kpi.")] = "",
    directory: Folder = HERE,
    kpi: Annotated[str, typer.Option("--kpi", help="KPI of a rule that is not written down yet.")] = "",
    when: Annotated[
        str | None, typer.Option("--when", help="unusual, 'below 0.2', 'above 3', 'falls by 10 %', 'rises by 25'.")
    ] = None,
    grain: Annotated[str | None, typer.Option("--grain", help="day, week or month.")] = None,
    where: Annotated[str | None, typer.Option("--where", help="Of which customers: \"market = 'NL'\".")] = None,
    worth: Annotated[float | None, typer.Option("--worth", min=0, help="Least money that it must be about.")] = None,
    unit_worth: Annotated[
        float | None, typer.Option("--unit-worth", min=0, help="What one unit of the KPI is worth.")
    ] = None,
    cooldown: Annotated[int | None, typer.Option("--cooldown", min=0, help="Days without another alert.")] = None,
    days: Annotated[int, typer.Option("--days", min=7, max=3660, help="That are looked back on.")] = 365,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show when a rule would have fired, and what followed, before it is switched on."""
    from regulars.cli import alerted

    said = {
        "when": when,
        "grain": grain,
        "where": where,
        "worth": worth,
        "unit_worth": unit_worth,
        "cooldown_days": cooldown,
    }
    alerted.replay(directory, rule, kpi, said, days, output_format, output)


@alertapp.command("fired")
def alerts_fired(
    directory: Folder = HERE,
    rule: Annotated[str, typer.Option("--rule", help="Only of this rule.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Those that nobody is to look at any more, too.")] = False,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """List alerts that fired, the newest first."""
    from regulars.cli import alerted

    alerted.fired(directory, rule, output_format, output, every=every)


@alertapp.command("show")
def alerts_show(key: Key, directory: Folder = HERE, output_format: Format = "table", output: Output = None) -> None:
    """Show one alert: what was told, and what became of it."""
    from regulars.cli import alerted

    alerted.show(directory, key, output_format, output)


@alertapp.command("acknowledge")
def alerts_acknowledge(key: Key, directory: Folder = HERE, note: Note = "") -> None:
    """Say that somebody has seen it."""
    from regulars.cli import alerted

    alerted.acknowledge(directory, key, note)


@alertapp.command("snooze")
def alerts_snooze(
    key: Key,
    until: Annotated[str, typer.Option("--until", help="Day on which it comes back, as 2024-01-31.")],
    directory: Folder = HERE,
    note: Note = "",
) -> None:
    """Put it off; its rule fires no other until then."""
    from regulars.cli import alerted

    alerted.snooze(directory, key, until, note)


@alertapp.command("outcome")
def alerts_outcome(
    key: Key,
    real: Annotated[str, typer.Argument(metavar="REAL", help="yes, no or unknown.")],
    directory: Folder = HERE,
    done: Annotated[str, typer.Option("--done", help="What was done about it, in words.")] = "",
) -> None:
    """Say whether it was real; the precision of its rule is told from that."""
    from regulars.cli import alerted

    alerted.outcome(directory, key, real, done)
