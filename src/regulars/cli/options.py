"""Options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Option("-C", "--directory", help="The workspace, if not the current folder.")]
Format = Annotated[str, typer.Option("--format", help="table, json, csv or parquet.")]
By = Annotated[list[str] | None, typer.Option("--by", help="Attribute to split by; may be repeated.")]
GrainName = Annotated[str, typer.Option("--grain", help="day, week, month, quarter, year, or `all` for one figure.")]
From = Annotated[str | None, typer.Option("--from", help="First day, as 2024-01-31.")]
To = Annotated[str | None, typer.Option("--to", help="The day after the last one.")]
Where = Annotated[str | None, typer.Option("--where", help="Which customers count, such as \"market = 'NL'\".")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write there instead of standard output.")]
HERE = Path(".")
