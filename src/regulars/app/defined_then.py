"""By which definitions people were told of a period: written down whenever records are published, with what KPIs meant.

`defined.json` in the store holds each set of parameters and versions with the first and the last as-of day that it was
published with. The set by which a period was told first is the one in force when the first generation came out that
held all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from regulars.core.definitions import Definitions
from regulars.kpis.kpi import KPI

_FILE = "defined.json"
#: Parameters that facts are made with, so that they cannot be other for one question.
_BAKED = frozenset({"session_minutes", "renewal_grace_days"})


@dataclass(frozen=True, kw_only=True)
class Defined:
    """What KPIs meant over some publications.

    Attributes:
        first: as-of day of the first; `last`: of the last.
        definitions: the company's parameters, as plain values.
        versions: of KPIs, with their marks, by name.
    """

    first: str
    last: str
    definitions: Mapping[str, Any]
    versions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Changed:
    """How a KPI was defined when a period was told first, where that is not as now.

    Attributes:
        said: what differs, in words.
        on: as-of day of the publication that told it.
        definitions: the parameters of then; None where what differs cannot be worked out again.
    """

    said: str
    on: str
    definitions: Definitions | None


def note(folder: Path, as_of: date | None, definitions: Definitions, kpis: Mapping[str, KPI]) -> None:
    """Write down what KPIs mean in what is published now.

    Args:
        folder: the store.
        as_of: of the generation; nothing is written where it has none.
        definitions: the company's parameters.
        kpis: by name.
    """
    if as_of is None:
        return
    known = noted(folder)
    now = Defined(
        first=str(as_of),
        last=str(as_of),
        definitions=_plain(definitions),
        versions={name: _version(kpi) for name, kpi in sorted(kpis.items())},
    )
    same = bool(known) and (known[-1].definitions, known[-1].versions) == (now.definitions, now.versions)
    if same and known[-1].last >= now.last:
        return
    kept = known[:-1] if same else known
    latest = replace(now, first=known[-1].first) if same else now
    target = folder / _FILE
    building = target.with_name(f"{_FILE}.building")
    building.write_bytes(orjson.dumps([_record(one) for one in (*kept, latest)], option=orjson.OPT_SORT_KEYS))
    building.replace(target)


def noted(folder: Path) -> list[Defined]:
    """Return what was written down, in order; nothing where none was or it cannot be read."""
    try:
        return [Defined(**one) for one in orjson.loads((folder / _FILE).read_bytes())]
    except (OSError, ValueError, TypeError):
        return []


def changed(folder: Path, kpi: KPI, end: date, definitions: Definitions) -> Changed | None:
    """Return how `kpi` was defined when a period that ends on `end` was told first; None where as now, or unknown.

    Args:
        folder: the store.
        kpi: as it is now.
        end: day after the period's last.
        definitions: the company's parameters now.
    """
    told = next((one for one in noted(folder) if one.last >= str(end)), None)
    if told is None:
        return None
    now = _plain(definitions)
    other = [name for name in kpi.frame.parameters if name in told.definitions and told.definitions[name] != now[name]]
    version = told.versions.get(kpi.name, _version(kpi))
    on = max(told.first, str(end))
    if version != _version(kpi):
        return Changed(said=f"definition {version} rather than {_version(kpi)}", on=on, definitions=None)
    if not other:
        return None
    said = ", ".join(f"{name} = {told.definitions[name]} rather than {now[name]}" for name in other)
    return Changed(said=said, on=on, definitions=None if _BAKED & set(other) else _made(told, other, definitions))


def _made(told: Defined, other: list[str], now: Definitions) -> Definitions | None:
    try:
        return Definitions.model_validate({**_plain(now), **{name: told.definitions[name] for name in other}})
    except ValidationError:
        return None


def _version(kpi: KPI) -> str:
    return f"{kpi.version} ({kpi.mark})" if kpi.mark else str(kpi.version)


def _plain(definitions: Definitions) -> dict[str, Any]:
    return definitions.model_dump(mode="json")


def _record(one: Defined) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("first", "last", "definitions", "versions")}
