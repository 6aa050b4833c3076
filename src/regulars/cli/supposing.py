"""`regulars whatif`: a scenario, asked in words."""

from collections.abc import Mapping
from pathlib import Path

from regulars.app.scenario import HOW
from regulars.cli import viewing
from regulars.core.errors import QueryError

_CHANGES = ("retention", "price", "response_time")


def whatif(directory: Path, asked: Mapping[str, str], output_format: str, output: Path | None) -> None:
    """Show the page.

    Raises:
        QueryError: nothing is changed.
    """
    said = [f"{name}={text}" for name, text in asked.items() if text]
    if not any(asked[name].strip() for name in _CHANGES):
        raise QueryError(f"Nothing is changed. {HOW}")
    viewing.asked_for(
        "whatif", "", directory, start=None, end=None, asked=said, output_format=output_format, output=output
    )
