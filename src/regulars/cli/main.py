"""The command line: `regulars`. Standard output is data, standard error is narration.

Nothing heavy is imported before a command runs, so that help comes at once.
"""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from regulars.cli.aiming import aiming
from regulars.cli.alerting import alerting
from regulars.cli.deciding import deciding
from regulars.cli.earning import earning
from regulars.cli.explaining import explaining
from regulars.cli.foretelling import foretelling
from regulars.cli.listening import listening
from regulars.cli.options import HERE, By, Folder, Format, From, GrainName, Output, To, Where
from regulars.cli.people import people
from regulars.cli.scheduling import scheduling
from regulars.cli.segmenting import segmenting
from regulars.cli.telling import telling
from regulars.cli.working import working
from regulars.core.errors import CatalogueError, FaultyDeclaration, RegularsError, refusal

app = typer.Typer(
    name="regulars",
    help="Customer KPIs with honest intervals, from a company's own records.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
settings_app = typer.Typer(help="About `regulars.toml`.", no_args_is_help=True)
app.add_typer(settings_app, name="settings")
app.add_typer(alerting)
app.add_typer(aiming)
app.add_typer(earning)
app.add_typer(deciding)
app.add_typer(explaining)
app.add_typer(foretelling)
app.add_typer(listening)
app.add_typer(people)
app.add_typer(scheduling)
app.add_typer(segmenting)
app.add_typer(telling)
app.add_typer(working)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"regulars {version('regulars')}")
        raise typer.Exit


@app.callback()
def anywhere(
    context: typer.Context,
    directory: Folder = HERE,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Customer KPIs with honest intervals, from a company's own records."""
    if directory != HERE and context.invoked_subcommand == "demo":
        raise typer.BadParameter("`demo` takes the folder as its argument: `regulars demo DIR`.")
    if directory != HERE:
        name = str(context.invoked_subcommand)
        here = {"directory": directory}
        # Commands of a group have the group between them and this.
        group = getattr(context.command, "commands", {}).get(name)
        context.default_map = {name: {**here, **dict.fromkeys(getattr(group, "commands", {}), here)}}


@app.command()
def init(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders with the company's records.")],
    directory: Folder = HERE,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the best guess and list the doubts.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing `regulars.toml`.")] = False,
) -> None:
    """Look at files, guess what they are, say why, and write `regulars.toml`."""
    from regulars.cli import making

    making.init(paths, directory, yes=yes, force=force)


@app.command()
def check(directory: Folder = HERE, output_format: Format = "table") -> None:
    """Show what is in the records: files, reconciliation, findings and the KPIs that they bias."""
    from regulars.cli import loading

    loading.check(directory, output_format)


@app.command()
def run(
    directory: Folder = HERE, quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary.")] = False
) -> None:
    """Load what is new, publish it, and print the KPIs."""
    from regulars.cli import loading

    loading.run(directory, quiet=quiet)


@app.command()
def kpis(directory: Folder = HERE, output_format: Format = "table") -> None:
    """List all KPIs: what each asks, what it needs, whether it can be answered."""
    from regulars.cli import asking

    asking.kpis(directory, output_format)


@app.command()
def kpi(
    names: Annotated[list[str], typer.Argument(help="One KPI or several.")],
    directory: Folder = HERE,
    by: By = None,
    grain: GrainName = "month",
    start: From = None,
    end: To = None,
    where: Where = None,
    compare: Annotated[bool, typer.Option("--compare", help="With the period before, same elapsed part.")] = False,
    level: Annotated[float | None, typer.Option("--level", help="Coverage of intervals, such as 0.9.")] = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Answer for a KPI, with intervals: over time, by group, compared."""
    from regulars.cli import asking

    asking.kpi(
        names,
        directory,
        by=by or [],
        grain=None if grain == "all" else grain,
        start=start,
        end=end,
        where=where,
        compare=compare,
        level=level,
        output_format=output_format,
        output=output,
    )


@app.command()
def views(directory: Folder = HERE, output_format: Format = "table") -> None:
    """List the pages: what each answers, and for whom."""
    from regulars.cli import viewing

    viewing.views(directory, output_format)


@app.command()
def view(
    name: Annotated[str, typer.Argument(help="Which page; `regulars views` lists them.")],
    about: Annotated[str, typer.Argument(help="What it is about: a KPI, a customer's id.")] = "",
    directory: Folder = HERE,
    start: From = None,
    end: To = None,
    asked: Annotated[list[str] | None, typer.Option("--ask", help="What the page takes: `period=2024-03`.")] = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show a page: several answers to one question."""
    from regulars.cli import viewing

    viewing.asked_for(
        name, about, directory, start=start, end=end, asked=asked or [], output_format=output_format, output=output
    )


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="Which page; `regulars views` lists them.")],
    about: Annotated[str, typer.Argument(help="What it is about: a KPI, a customer's id.")] = "",
    directory: Folder = HERE,
    period: Annotated[str, typer.Option("--period", help="12m, 2024, 2024-Q3, 2024-03, 2024-01-01..2024-03-31.")] = "",
    team: Annotated[str, typer.Option("--team", help="executives, marketing, sales or service.")] = "",
    asked: Annotated[list[str] | None, typer.Option("--ask", help="More that the page takes: `by=market`.")] = None,
    file_format: Annotated[
        str | None,
        typer.Option("--format", help="pdf, html, xlsx, csv, json, eml, md; as the file's name ends if none."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file; `-` for standard output.")] = None,
) -> None:
    """Write a page as a file: a report to read on paper, a workbook, a mail."""
    from regulars.cli import reporting

    words = [f"{name}={text}" for name, text in (("period", period), ("team", team)) if text]
    reporting.report(name, about, directory, asked=[*words, *(asked or [])], file_format=file_format, output=output)


@app.command()
def cohorts(
    name: Annotated[str, typer.Argument(help="Which table; without one, all are listed.")] = "",
    directory: Folder = HERE,
    grain: Annotated[str, typer.Option("--grain", help="week, month or quarter.")] = "month",
    start: From = None,
    end: To = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Follow customers by when they came: retention, revenue, value by age."""
    from regulars.cli import groups

    groups.cohorts(name, directory, grain=grain, start=start, end=end, output_format=output_format, output=output)


@app.command()
def segments(
    directory: Folder = HERE,
    migration: Annotated[bool, typer.Option("--migration", help="Who moved where since 90 days ago.")] = False,
    lifecycle: Annotated[bool, typer.Option("--lifecycle", help="Lifecycle states instead of RFM segments.")] = False,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show RFM segments or lifecycle states, with cut points, and who moved."""
    from regulars.cli import groups

    groups.segments(directory, migration=migration, lifecycle=lifecycle, output_format=output_format, output=output)


@app.command()
def customer(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help="Any id of the customer.")],
    directory: Folder = HERE,
    output_format: Format = "table",
) -> None:
    """Show one customer: who, what, since when, in which segment."""
    from regulars.cli import groups

    groups.customer(customer_id, directory, output_format)


@app.command()
def quarantine(
    directory: Folder = HERE,
    reason: Annotated[str | None, typer.Option("--reason", help="Only rows with this reason.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many rows in a table.")] = 50,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """List rows that were not taken: file, line, column, masked value, reason."""
    from regulars.cli import loading

    loading.quarantine(directory, reason=reason, limit=limit, output_format=output_format, output=output)


@app.command()
def doctor(directory: Folder = HERE) -> None:
    """Check settings, store and engine, byte by byte, and say what to do."""
    from regulars.cli import loading

    loading.doctor(directory)


@app.command()
def serve(
    directory: Folder = HERE,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes one that is free.")] = 8642,
    url: Annotated[str, typer.Option("--url", help="Under which people come, such as https://stats.example.com.")] = "",
    schedule: Annotated[
        bool, typer.Option("--schedule/--no-schedule", help="Run the schedule and send what waits, too.")
    ] = True,
    ahead: Annotated[
        bool, typer.Option("--ahead/--no-ahead", help="Make the pages of the menu before anybody asks for them.")
    ] = True,
) -> None:
    """Serve pages, REST and MCP: to this machine by a one-time link, to others by name (`regulars user`)."""
    from regulars.cli.extras import needing

    with needing("serve"):
        from regulars.cli import serving

    serving.serve(directory, host=host, port=port, url=url, schedule=schedule, ahead=ahead)


@app.command()
def mcp(
    directory: Folder = HERE,
    personal: Annotated[
        bool, typer.Option("--personal/--no-personal", help="Show who customers are; masked if not said.")
    ] = False,
) -> None:
    """Answer programs of this machine by the Model Context Protocol, on standard input and output."""
    from regulars.cli import mcp_stdio

    mcp_stdio.serve(directory, personal=personal)


@app.command()
def demo(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="A new folder.")] = Path("regulars-demo"),
    real: Annotated[bool, typer.Option("--real", help="Real records: a year of a grocer (Complete Journey).")] = False,
    customers: Annotated[
        int | None, typer.Option("--customers", help="How many to make up; 5,000 if not said.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Another seed makes up another company.")] = None,
) -> None:
    """Make a workspace with a simulated company, or a real one, and run it."""
    from regulars.cli import making

    making.demo(directory, "complete_journey" if real else "simulated", customers=customers, seed=seed)


@app.command()
def new(
    kind: Annotated[str, typer.Argument(help="kpi, model, feature, driver, action, alert, source or view.")],
    name: Annotated[str, typer.Argument(help="snake_case name.")],
    directory: Folder = HERE,
) -> None:
    """Write a small working declaration of your own to begin from."""
    from regulars.cli import declaring

    declaring.new(kind, name, directory)


@settings_app.command("schema")
def settings_schema() -> None:
    """Print the JSON Schema of `regulars.toml`."""
    import json

    from regulars.core.settings import schema

    typer.echo(json.dumps(schema(), indent=2))


def main() -> None:
    """Run the command line; deliberate errors become one message and their exit status."""
    sys.exit(exit_status(app))


def exit_status(command: Callable[..., object]) -> int:
    """Run `command` and return the status to end with."""
    try:
        found = command(standalone_mode=False)
    except typer.Abort:
        typer.echo("Stopped. Nothing is lost: run it again.", err=True)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except RegularsError as error:
        return told(_own_fault(error) or error)
    except Exception as error:
        status = usage_status(error)
        if status is not None:
            return status
        if (fault := _own_fault(error)) is not None:
            return told(fault)
        if isinstance(error, OSError) and (refused := refusal(error)) is not None:
            return told(refused)
        traceback.print_exc()
        typer.echo("regulars: a fault in Regulars, not in your records. Please report the lines above.", err=True)
        return RegularsError.exit_status
    return found if isinstance(found, int) else 0


def told(error: RegularsError) -> int:
    """Say what is wrong and return the status to end with."""
    typer.echo(f"regulars: {error}", err=True)
    return error.exit_status


def _own_fault(error: Exception) -> FaultyDeclaration | None:
    """Return what to say where the company's own code is to blame, not a question, the records or Regulars."""
    if isinstance(error, FaultyDeclaration) or (
        isinstance(error, RegularsError) and not isinstance(error, CatalogueError)
    ):
        return None
    from regulars.core.registry import blamed

    return blamed(error)


def usage_status(error: Exception) -> int | None:
    """Show what was wrong with the command line's own words; None for any other error."""
    show = getattr(error, "show", None)
    if show is None:
        return None
    show()
    return int(getattr(error, "exit_code", 2))
