"""The commands about what customers will do."""

from typing import Annotated

import typer

from regulars.cli.options import HERE, By, Folder, Format, From, Output, To, Where

foretelling = typer.Typer()

Of = Annotated[str, typer.Option("--of", help="contracts or orders; contracts if there are some, if not said.")]


@foretelling.command()
def models(directory: Folder = HERE, output_format: Format = "table") -> None:
    """List all models: what each foretells, whether it can, and which was chosen."""
    from regulars.cli import predicting

    predicting.models(directory, output_format)


@foretelling.command()
def backtest(
    names: Annotated[list[str] | None, typer.Argument(metavar="[OUTCOME]...", help="All where none is named.")] = None,
    directory: Folder = HERE,
    horizon: Annotated[int | None, typer.Option("--horizon", help="How many days ahead.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what is kept of these records.")] = False,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Try every model on the past, choose the best of each outcome, and keep what it foretells."""
    from regulars.cli import predicting

    predicting.backtest(
        names or (), directory, horizon=horizon, again=again, output_format=output_format, output=output
    )


@foretelling.command()
def predict(
    name: Annotated[str, typer.Argument(help="Which outcome or model; `regulars models` lists them.")],
    directory: Folder = HERE,
    horizon: Annotated[int | None, typer.Option("--horizon", help="How many days ahead.")] = None,
    lead: Annotated[int | None, typer.Option("--lead", help="Days before they begin: time to act.")] = None,
    top: Annotated[int | None, typer.Option("--top", help="Only so many customers, highest first.")] = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Foretell what each customer will do, beside how well that went on the past."""
    from regulars.cli import predicting

    predicting.predict(name, directory, horizon=horizon, lead=lead, top=top, output_format=output_format, output=output)


@foretelling.command()
def forecast(
    names: Annotated[list[str], typer.Argument(metavar="KPI...", help="One KPI or several.")],
    directory: Folder = HERE,
    grain: Annotated[str, typer.Option("--grain", help="day, week, month or quarter.")] = "month",
    ahead: Annotated[int | None, typer.Option("--ahead", help="Periods after the running one.")] = None,
    where: Where = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Foretell KPIs, with limits, how well that went on the past, and when their level shifted."""
    from regulars.cli import forecasting

    forecasting.forecast(
        names, directory, grain=grain, ahead=ahead, where=where or "", output_format=output_format, output=output
    )


@foretelling.command()
def clv(
    directory: Folder = HERE,
    months: Annotated[int | None, typer.Option("--months", help="How many months ahead.")] = None,
    top: Annotated[int | None, typer.Option("--top", help="Only so many customers, highest first.")] = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show predicted CLV and P(alive) of each customer, and customer equity."""
    from regulars.cli import predicting

    predicting.clv(directory, months=months, top=top, output_format=output_format, output=output)


@foretelling.command("at-risk")
def at_risk(
    directory: Folder = HERE,
    of: Of = "",
    top: Annotated[int | None, typer.Option("--top", help="Only so many customers, most at stake first.")] = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """List customers by value at stake: probability of leaving times predicted CLV, with what goes along with it."""
    from regulars.cli import predicting

    predicting.at_risk(directory, of=of, top=top, output_format=output_format, output=output)


@foretelling.command()
def survival(
    directory: Folder = HERE,
    by: By = None,
    of: Annotated[str, typer.Option("--of", help="contracts or customers; what there is, if not said.")] = "",
    cox: Annotated[bool, typer.Option("--cox", help="Hazard ratios: what goes along with leaving sooner.")] = False,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show how long customers stay, by tenure and group (Kaplan-Meier), or what goes along with leaving (Cox)."""
    from regulars.cli import surviving

    surviving.survival(directory, of=of, by=by or [], cox=cox, output_format=output_format, output=output)


@foretelling.command()
def health(
    directory: Folder = HERE,
    of: Of = "",
    top: Annotated[int | None, typer.Option("--top", help="Only so many customers, the least healthy first.")] = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show the health score of customers, 0 to 100, where past days justify one."""
    from regulars.cli import predicting

    predicting.health(directory, of=of, top=top, output_format=output_format, output=output)


@foretelling.command()
def ltv(
    directory: Folder = HERE,
    grain: Annotated[str, typer.Option("--grain", help="month or quarter.")] = "month",
    months: Annotated[int, typer.Option("--months", help="Oldest age.")] = 12,
    start: From = None,
    end: To = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Follow what an acquired customer brings by age, with what is still to come as a forecast."""
    from regulars.cli import surviving

    surviving.ltv(
        directory, grain=grain, months=months, start=start, end=end, output_format=output_format, output=output
    )
