"""The commands about what to do for whom, and what it brought."""

from typing import Annotated

import typer

from regulars.cli.options import HERE, Folder, Format, Output, Where

deciding = typer.Typer()
audienceapp = typer.Typer(help="Customers for whom an action is done, and who is held out.", no_args_is_help=True)
deciding.add_typer(audienceapp, name="audience")
experimentapp = typer.Typer(help="Measure what an action brings: before it begins, and after.", no_args_is_help=True)
deciding.add_typer(experimentapp, name="experiment")

ActionName = Annotated[str, typer.Argument(metavar="ACTION", help="Which; `regulars actions` lists them.")]
AudienceName = Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, - and _.")]
Budget = Annotated[
    float | None, typer.Option("--budget", help="Most that it may cost; that of `regulars.toml` if none.")
]
Holdout = Annotated[
    float | None, typer.Option("--holdout", help="Share left alone, 0.01 to 0.5; that of `regulars.toml` if none.")
]
With = Annotated[str, typer.Option("--with", help="Attributes of customers that go along, with commas between them.")]


@deciding.command()
def actions(
    directory: Folder = HERE,
    budget: Budget = None,
    where: Where = None,
    top: Annotated[int, typer.Option("--top", min=1, help="At most so many customers.")] = 20,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show what to do for whom, by expected incremental profit, with cost, doubt and how it is measured."""
    from regulars.cli import viewing

    viewing.view(
        "actions", directory, output_format=output_format, output=output, budget=budget, where=where or "", top=top
    )


@audienceapp.command("add")
def audience_add(
    action: ActionName,
    name: AudienceName,
    directory: Folder = HERE,
    budget: Budget = None,
    holdout: Holdout = None,
    where: Where = None,
) -> None:
    """Write down for whom an action is done; arms are drawn once and for all."""
    from regulars.cli import decided

    decided.add(directory, action, name, budget=budget, holdout=holdout, where=where or "")


@audienceapp.command("remove")
def audience_remove(name: AudienceName, directory: Folder = HERE) -> None:
    """Forget an audience that was not handed out, and of which nothing was done."""
    from regulars.cli import decided

    decided.remove(directory, name)


@audienceapp.command("list")
def audience_list(directory: Folder = HERE, output_format: Format = "table") -> None:
    """List audiences."""
    from regulars.cli import decided

    decided.every(directory, output_format)


@audienceapp.command("export")
def audience_export(
    name: AudienceName,
    directory: Folder = HERE,
    columns: With = "",
    shared: Annotated[
        str | None,
        typer.Option("--shared", metavar="RECIPIENT", help="Who is given it: ids and columns are masked for them."),
    ] = None,
    output_format: Format = "csv",
    output: Output = None,
) -> None:
    """Hand out who is treated, never who is held out; the audit log says so."""
    from regulars.cli import handing

    handing.export(directory, name, output_format, output, columns=columns, shared=shared)


@audienceapp.command("send")
def audience_send(
    name: AudienceName,
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="Which of `[webhooks]` of `regulars.toml`.")],
    directory: Folder = HERE,
    columns: With = "",
    check: Annotated[bool, typer.Option("--check", help="Say what would be sent, and whether it may be.")] = False,
) -> None:
    """Send who is treated to an address, signed; never who is held out; the audit log says so."""
    from regulars.cli import handing

    handing.send(directory, name, to, columns=columns, check=check)


@audienceapp.command("member")
def audience_member(
    name: AudienceName,
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Id.")],
    directory: Folder = HERE,
    status: Annotated[str, typer.Option("--status", help="open, done, snoozed or declined.")] = "",
    assign: Annotated[str | None, typer.Option("--assign", help="Who does it; empty for nobody.")] = None,
    until: Annotated[str, typer.Option("--until", help="Day on which a snoozed one comes back.")] = "",
    outcome: Annotated[str | None, typer.Option("--outcome", help="What came of it, in words.")] = None,
) -> None:
    """Say what became of a member."""
    from regulars.cli import decided

    decided.member(directory, name, customer, status=status, assignee=assign, until=until, outcome=outcome)


@deciding.command()
def experiments(directory: Folder = HERE, output_format: Format = "table", output: Output = None) -> None:
    """Show what audiences brought: treated beside held out, in customers and in money."""
    from regulars.cli import viewing

    viewing.view("experiments", directory, output_format=output_format, output=output)


@experimentapp.command("plan")
def experiment_plan(
    action: ActionName,
    directory: Folder = HERE,
    holdout: Holdout = None,
    budget: Budget = None,
    where: Where = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Say, before it begins, what an experiment with an action could show, how long it takes, and what it costs."""
    from regulars.cli import viewing

    viewing.view(
        "experiment_plan",
        directory,
        about=action,
        output_format=output_format,
        output=output,
        holdout=holdout,
        budget=budget,
        where=where or "",
    )


@experimentapp.command("show")
def experiment_show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An audience, or a campaign on record.")],
    directory: Folder = HERE,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show what one experiment brought, what may be wrong with it, and on whom it works."""
    from regulars.cli import viewing

    viewing.view("experiment", directory, about=name, output_format=output_format, output=output)


@deciding.command()
def ledger(directory: Folder = HERE, output_format: Format = "table", output: Output = None) -> None:
    """Show what each action has proved to bring here, and what is believed of its effect since."""
    from regulars.cli import viewing

    viewing.view("ledger", directory, output_format=output_format, output=output)


@deciding.command()
def whatif(
    directory: Folder = HERE,
    retention: Annotated[str, typer.Option("--retention", help="+5pp for points, +5% of itself.")] = "",
    per: Annotated[str, typer.Option("--per", help="Retention by year, month or order.")] = "",
    price: Annotated[str, typer.Option("--price", help="Change of all prices, as +3%.")] = "",
    elasticity: Annotated[str, typer.Option("--elasticity", help="Of volume by price, limits, as -1.2,-0.4.")] = "",
    response_time: Annotated[str, typer.Option("--response-time", help="Of first responses, as -20%.")] = "",
    effect: Annotated[
        str, typer.Option("--effect", help="Of response times on the rate of leaving, as -0.10,-0.05,0.")
    ] = "",
    cost: Annotated[str, typer.Option("--cost", help="What the change costs. Without it nothing is told.")] = "",
    months: Annotated[str, typer.Option("--months", help="Ahead; `clv_months` if none.")] = "",
    of: Annotated[str, typer.Option("--of", help="contracts or orders.")] = "",
    where: Where = None,
    output_format: Format = "table",
    output: Output = None,
) -> None:
    """Show what customers would bring if retention, prices or response times changed, and whether that pays."""
    from regulars.cli import supposing

    asked = {
        "retention": retention,
        "per": per,
        "price": price,
        "elasticity": elasticity,
        "response_time": response_time,
        "effect": effect,
        "cost": cost,
        "months": months,
        "of": of,
        "where": where or "",
    }
    supposing.whatif(directory, asked, output_format, output)
