"""Save a segment: its rule is checked, its customers are counted, and it is written to `regulars.toml`."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from regulars.app.measure import misspelt
from regulars.app.workspace import SETTINGS, Workspace
from regulars.core import replaced
from regulars.core.errors import QueryError
from regulars.core.segment_settings import SegmentSettings, segment_name
from regulars.core.toml_text import dumps
from regulars.decisions import rule as rules
from regulars.decisions.saved import Saved, saved
from regulars.kpis.query import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A segment that was saved.

    Attributes:
        saved: it.
        warning: what is odd about it; "" where nothing is.
    """

    saved: Saved
    warning: str


def add(workspace: Workspace, records: Records, name: str, *, where: str, title: str = "", said: str = "") -> Added:
    """Save a segment at the end of `regulars.toml`; nothing else in it changes.

    Args:
        workspace: the company.
        records: who is counted.
        name: small letters, digits and `_`.
        where: its rule.
        title: what people call it.
        said: what it is for.

    Raises:
        QueryError: the name is taken or cannot be, or the rule cannot.
        SettingsError: `regulars.toml` cannot take it.
    """
    _check_name(name, records)
    rule = rules.checked(rules.read(where), records)
    settings = SegmentSettings(where=where, title=title, said=said)
    found = saved(name, replace(records, segments={**records.segments, name: settings}), moved=False)
    _write(workspace.folder, name, settings)
    return Added(saved=found, warning=_warning(found, rule, records))


def _check_name(name: str, records: Records) -> None:
    try:
        segment_name(name)
    except ValueError as cause:
        raise QueryError(str(cause)) from None
    if why := rules.refused_name(name):
        raise QueryError(why)
    if name in records.attributes:
        raise QueryError(f"`{name}` is an attribute of customers. Call the segment otherwise.")
    if name in records.segments:
        raise QueryError(
            f"There is a segment `{name}` already: `{records.segments[name].where}`. Call this one otherwise, or "
            f"change that one in `{SETTINGS}`."
        )


def _write(folder: Path, name: str, settings: SegmentSettings) -> None:
    """Add the segment to the end of the settings, if they can still be read then."""
    path = folder / SETTINGS
    said = {key: value for key, value in settings.model_dump().items() if value}
    before = path.read_bytes()
    end = b"\r\n" if b"\r\n" in before else b"\n"
    added = dumps({"segments": {name: said}}).encode().replace(b"\n", end)
    content = before.rstrip() + end + end + added
    tried = path.with_name(f"{SETTINGS}.{os.getpid()}.tried")
    try:
        tried.write_bytes(content)
        Workspace.at(folder, name=tried.name)
    finally:
        tried.unlink(missing_ok=True)
    replaced.write(path, content)


def _warning(found: Saved, rule: rules.Rule, records: Records) -> str:
    if found.why_not:
        return f"It has no value yet, because {found.why_not}."
    if not found.customers and found.untold == found.of:
        return "Of nobody it can be told whether they are in it."
    if not found.customers:
        return f"Nobody is in it{f': {meant}' if (meant := misspelt(rule.said, records)) else '.'}"
    if found.customers == found.of:
        return "Everybody is in it: it sets nobody apart."
    return ""
