"""What is foretold, as it is kept beside the generation that it was made of.

It is made again where models, features or parameters changed since.
"""

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from pydantic import TypeAdapter, ValidationError

from regulars.core.definitions import Definitions
from regulars.core.registry import OWN
from regulars.data import beside
from regulars.data.feature import Feature
from regulars.models.model import Horizon, Model
from regulars.models.trial import Trial


@dataclass(frozen=True, kw_only=True)
class Said:
    """What is said of predictions, beside the table of them.

    Attributes:
        outcome: what is foretold.
        model: which foretells it.
        model_version: its version.
        horizon_days, lead_days: of what.
        as_of: local day before which records were known.
        level: of the limits.
        method: of the limits.
        n: customers that the model learned from.
        notes: what was found in fitting it.
        columns: what `reason_1`, ... count, in order.
        learned: its parameters.
        trial: how well it and others did on the past.
        instead: why another model foretells than the one that was chosen; "" where none does.
        key: of everything that it was made with.
        definitions: digest of the company's parameters that it was made with.
    """

    outcome: str
    model: str
    model_version: int
    horizon_days: int
    lead_days: int
    as_of: date
    level: float
    method: str
    n: int
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    learned: Any
    trial: Trial
    instead: str
    key: str
    definitions: str

    @property
    def version(self) -> str:
        """Of the model, with the horizon."""
        return f"{self.model_version} ({Horizon(self.horizon_days, self.lead_days)})"


def plain(value: Any) -> Any:
    """Return dataclasses as mappings, all the way down."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(part) for name, part in vars_of(value).items()}
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def vars_of(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, slots or not."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


#: What begins the names of tables of what was foretold on past days.
PAST = "past_"
_SAID = TypeAdapter(Said)


def kept(generation: Path, name: str, key: str) -> tuple[Said, pa.Table] | None:
    """Return what is kept under `name` beside a generation, if it was made with `key`; None where it must be made."""
    found = _told(generation, name)
    if found is None or found[0].key != key:
        return None
    said, one = found
    table = one.read()
    return None if table is None else (said, table)


def keep(generation: Path, name: str, said: Said, table: pa.Table, past: pa.Table) -> None:
    """Keep it beside the generation, if that may be written; else it is made again when it is asked for again."""
    try:
        beside.write(generation, f"{PAST}{name}", past, None)
        beside.write(generation, name, table, _SAID.dump_python(said, mode="json"))
    except OSError:
        return


def digest_of(definitions: Definitions) -> str:
    """Return a digest of the company's parameters."""
    return _digest(definitions.model_dump(mode="json"))


def current(generation: Path, definitions: Definitions) -> dict[str, tuple[Said, Path]]:
    """Return what is kept beside a generation that was made with these parameters, each with the file of its table."""
    wanted = digest_of(definitions)
    told = {name: _told(generation, name) for name in beside.names(generation)}
    whole = {name: one for name, one in told.items() if one is not None}
    return {name: (said, one.path) for name, (said, one) in whole.items() if said.definitions == wanted}


def _told(generation: Path, name: str) -> tuple[Said, beside.Kept] | None:
    """Return what is kept under `name`, if it tells of predictions."""
    one = beside.found(generation, name)
    try:
        return None if one is None else (_SAID.validate_python(one.said), one)
    except ValidationError:
        return None


def _digest(made: Any) -> str:
    return hashlib.sha256(orjson.dumps(made, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _written(function: Callable[..., Any]) -> str:
    """Return a digest of the file that holds a company's own `function`; "" of the package, where versions tell.

    Whoever writes a model tries it again and again, and does not raise a version each time.
    """
    if not function.__module__.startswith(OWN):
        return ""
    return hashlib.sha256(Path(inspect.getfile(function)).read_bytes()).hexdigest()


def key_of(
    models: Sequence[Model], features: Sequence[Feature], horizon: Horizon, level: float, definitions: Definitions
) -> str:
    """Return a digest of everything that predictions are made with, besides the records."""
    made = {
        "models": sorted((model.name, model.version, _written(model.fit)) for model in models),
        "features": sorted(map(repr, features)),
        "horizon": str(horizon),
        "level": level,
        "definitions": definitions.model_dump(mode="json"),
    }
    return _digest(made)
