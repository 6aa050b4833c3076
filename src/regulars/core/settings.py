"""`regulars.toml`: the one file a company writes, read into frozen, checked settings.

Secrets never stand in it. Table and column names and expressions are checked where they are known: data/mapping.py.
"""

import codecs
import glob
import hashlib
import json
import re
import textwrap
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from regulars.core import business_hours
from regulars.core.alert_settings import AlertsByName
from regulars.core.calendar_settings import CalendarSettings
from regulars.core.channel_settings import Channels
from regulars.core.decision_settings import ActionSettings, Decisions
from regulars.core.definitions import Definitions, Part
from regulars.core.errors import SettingsError, nearest
from regulars.core.goal_settings import GoalsByName
from regulars.core.money import CURRENCIES
from regulars.core.schedule_settings import Schedule
from regulars.core.secret_places import untold
from regulars.core.segment_settings import SegmentsByName
from regulars.core.sharing_settings import Sharing, Webhook
from regulars.core.toml_text import Lines, Place, dumps

_MEMORY = re.compile(r"\d+(\.\d+)?\s*[KMGT]i?B")


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        near = code.upper() if code.upper() in CURRENCIES else ""
        hint = f"Did you mean `{near}`?" if near else "Use three capital letters of ISO 4217, such as `EUR`."
        raise ValueError(f"`{code}` is no currency. {hint}")
    return code


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(name: str) -> str:
    if name not in _zones():
        hint = nearest(name, _zones()) if len(nearest(name, _zones())) < 60 else " Use a name such as `Europe/Paris`."
        raise ValueError(f"`{name}` is no time zone.{hint}")
    return name


def _memory(text: str) -> str:
    if not _MEMORY.fullmatch(text):
        raise ValueError(f"`{text}` is no amount of memory. Write a number and a unit, such as `3GB`.")
    return text


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"`{name}` is no text encoding. Write `utf-8`, `cp1252` or `latin-1`, say.") from None
    return name


Currency = Annotated[str, AfterValidator(_currency)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Memory = Annotated[str, AfterValidator(_memory)]
Encoding = Annotated[str, AfterValidator(_encoding)]


class Company(Part):
    """Whose records these are."""

    name: str = Field(min_length=1)
    """Name shown in reports."""
    currency: Currency
    """Reporting currency, ISO 4217."""
    time_zone: TimeZone
    """IANA zone whose days and months are the company's."""
    as_of: date | None = None
    """Local day before which records count; the day after the newest record where not set."""


class Service(Part):
    """When people answer customers; business time counts these hours only."""

    hours: tuple[str, ...] = ()
    """Weekly hours in the company's zone, such as `mon-fri 09:00-17:30`; times are calendar times only where empty."""
    holidays: tuple[date, ...] = ()
    """Local days without service."""

    @field_validator("hours")
    @classmethod
    def _readable(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        business_hours.parse(hours)
        return hours

    @property
    def open(self) -> business_hours.Hours | None:
        """The hours; None where none are set."""
        return business_hours.parse(self.hours, self.holidays) if self.hours else None


class Store(Part):
    """Where and with what the records are kept."""

    folder: str = Field(default=".regulars", min_length=1)
    """Folder of the store, relative to the workspace."""
    memory: Memory = "2.5GB"
    """Most memory the engine takes."""
    threads: int = Field(default=2, ge=1, le=1024)
    """Threads of the engine; results do not depend on them."""


class Rates(Part):
    """What other currencies are worth; needed as soon as a second one appears."""

    file: str = Field(min_length=1)
    """CSV with columns currency, on, rate: one unit of `currency` is worth `rate` reporting units from day `on`."""


class Rules(Part):
    """Order lines that are no product; product ids are compared whole and without case."""

    not_product: tuple[str, ...] = ()
    """Product ids (postage, fees) left out of amounts and items."""
    discount: tuple[str, ...] = ()
    """Product ids whose negative amount is a discount: counts in the amount, not in items."""


class TableMapping(BaseModel):
    """One canonical table: its columns, each an expression over the columns of the file."""

    model_config = ConfigDict(frozen=True, extra="allow", use_attribute_docstrings=True)
    __pydantic_extra__: dict[str, str]

    lines: bool = False
    """For `orders`: the rows of the file are order lines; group them into orders."""
    where: str | None = None
    """Condition; rows for which it is false are skipped and counted."""
    attributes: dict[str, str] = Field(default_factory=dict)
    """For `customers`: the company's own attributes."""

    @property
    def columns(self) -> Mapping[str, str]:
        """The canonical columns, in the file's order, each with its expression."""
        return self.__pydantic_extra__ or {}


class SourceSettings(Part):
    """Files of one shape, how they are read, and what they mean."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    """Name of the source: letters, digits, `_`, `-`."""
    files: tuple[str, ...] = Field(min_length=1)
    """Paths or globs, relative to the workspace."""
    format: Literal["csv", "tsv", "jsonl", "excel", "parquet"] | None = None
    """Format; by the file's name where not set."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Character between fields; found by looking where not set."""
    encoding: Encoding | None = None
    """Encoding of the text; found by looking where not set."""
    sheet: str | None = None
    """Sheet of a workbook; the first where not set."""
    header_row: int | None = Field(default=None, ge=1)
    """Row that holds the column names, from 1; where not set, the first below titles in text files, 1 in workbooks."""
    null: tuple[str, ...] = ("",)
    """Texts that mean "no value"."""
    decimal: Literal[".", ","] = "."
    """Sign before the decimals of a number."""
    thousands: Literal["", ".", ",", " ", "'", "\u00a0", "\u202f", "’"] = ""
    """Sign between thousands."""
    money_decimals: int | None = Field(default=None, ge=0, le=4)
    """Most decimals allowed in a directly mapped amount; those of the currency where not set."""
    time_zone: TimeZone | None = None
    """Zone of instants written without one; the company's where not set."""
    currency: Currency | None = None
    """Currency of rows that state none; the company's where not set."""
    duplicates: Literal["keep", "drop"] | None = None
    """What to do with exact duplicate rows; drop where the table has a key, else keep, where not set."""
    drift: Literal["fail", "evolve"] = "fail"
    """What to do when columns appear or vanish: refuse the file, or take what can be taken and say so."""
    tables: dict[str, TableMapping] = Field(min_length=1)
    """Canonical tables that the files feed."""

    @field_validator("thousands")
    @classmethod
    def _signs_differ(cls, thousands: str, info: ValidationInfo) -> str:
        if thousands and thousands == info.data.get("decimal"):
            raise ValueError(f"It is `{thousands}`, as `decimal` is. Change one.")
        return thousands

    def paths(self, workspace: Path) -> tuple[Path, ...]:
        """Return the files that exist now, sorted, each once."""
        found = {name for pattern in self.files for name in glob.glob(pattern, root_dir=workspace, recursive=True)}
        return tuple(path for path in (workspace / name for name in sorted(found)) if path.is_file())

    def fingerprint(self) -> str:
        """Return the SHA-256 of what decides how one of its files becomes rows (all but which files there are)."""
        return _digest(self.model_dump(mode="json", exclude={"files"}))


class Settings(Part):
    """All of `regulars.toml`."""

    company: Company
    """The company."""
    store: Store = Store()
    """The store."""
    rates: Rates | None = None
    """Exchange rates."""
    rules: Rules = Rules()
    """Lines that are no product."""
    definitions: Definitions = Definitions()
    """Parameters of KPI definitions."""
    fixes: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    """What it would cost to mend what goes wrong, in the reporting currency, by name in `regulars aftermath`."""
    actions: dict[str, ActionSettings] = Field(default_factory=dict)
    """What actions cost and bring, by name in `regulars actions`."""
    decisions: Decisions = Decisions()
    """Budget, holdout, and whom to leave in peace."""
    sharing: Sharing = Sharing()
    """What others are given of customers."""
    webhooks: dict[str, Webhook] = Field(default_factory=dict)
    """Addresses that audiences are sent to, by name."""
    channels: Channels = Field(default_factory=dict)
    """Where messages go, by name."""
    schedule: Schedule = ()
    """What is done by itself, and when."""
    segments: SegmentsByName = Field(default_factory=dict)
    """Saved segments: who belongs to each, by name."""
    alerts: AlertsByName = Field(default_factory=dict)
    """Rules of alerts, by name in `regulars alerts list`."""
    goals: GoalsByName = Field(default_factory=dict)
    """What is to be reached, by when and by whom, by name."""
    service: Service = Service()
    """When people answer customers."""
    calendar: CalendarSettings = CalendarSettings()
    """Days on which the company is closed."""
    sources: tuple[SourceSettings, ...] = Field(default=(), alias="source")
    """Where records come from."""

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything in the file that shapes what is ingested; not of KPI definitions."""
        company = self.company.model_dump(include={"currency", "time_zone"})
        shaping = self.model_dump(mode="json", include={"rates", "rules"})
        files = {source.name: [list(source.files), source.fingerprint()] for source in self.sources}
        return _digest({"company": company, "sources": files, **shaping})


#: Looks for problems in a document, whose shape may be wrong; yields the place of each and what to do.
Look = Callable[[Mapping[str, Any]], Iterable[tuple[Place, str]]]


def read(path: Path, *, files_exist: bool = True, look: Look = lambda _document: ()) -> Settings:
    """Read and check `regulars.toml`.

    Args:
        path: the file; globs in it are relative to its folder.
        files_exist: whether a source without a file is a problem.
        look: finds more problems, of what is not known here.

    Raises:
        SettingsError: listing every problem as `regulars.toml:LINE: what is wrong; what to do`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        why = getattr(cause, "strerror", None) or cause
        raise SettingsError(f"`{path}` cannot be read: {why}. Run `regulars init` to make one.") from cause
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise _refused(path, [_syntax(path.name, cause)]) from None
    lines = Lines(text)
    problems = [*_beside(document, path.parent, files_exist=files_exist), *look(document)]
    try:
        settings = Settings.model_validate(document)
    except ValidationError as cause:
        problems.extend(map(_problem, cause.errors()))
    if problems:
        found = sorted((lines.of(place), problem) for place, problem in problems)
        raise _refused(path, [f"{path.name}:{line}: {problem}" for line, problem in found])
    return settings


def source(document: Mapping[str, Any]) -> SourceSettings:
    """Check one `[[source]]` that stands in no file.

    Raises:
        SettingsError: listing every problem.
    """
    try:
        return SourceSettings.model_validate(document)
    except ValidationError as cause:
        errors = [{**error, "loc": ("source", 0, *error["loc"])} for error in cause.errors()]
        raise SettingsError("This source is wrong:", [_problem(error)[1] for error in errors]) from None


def write(path: Path, document: Mapping[str, object]) -> None:
    """Write `document` (plain values, or `Noted` ones with comments) as the settings file at `path`."""
    path.write_text(dumps(document), encoding="utf-8", newline="\n")


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `regulars.toml`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Settings.model_json_schema()}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _refused(path: Path, problems: list[str]) -> SettingsError:
    what = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return SettingsError(f"`{path}` has {what}:", problems)


def _syntax(name: str, cause: tomllib.TOMLDecodeError) -> str:
    message = re.sub(r" \(at (line \d+, column \d+|end of document)\)$", "", str(cause))
    at = re.search(r"line (\d+)", str(cause))
    line = int(at[1]) if at else getattr(cause, "lineno", None) or 0
    return f"{name}:{line}: {message}; this is no TOML." if line else f"{name}: {cause}; this is no TOML."


def _beside(document: Mapping[str, Any], workspace: Path, *, files_exist: bool) -> Iterator[tuple[Place, str]]:
    """Yield what only shows when sources are seen beside each other and beside the files; shapes may still be wrong."""
    sources = document.get("source")
    listed = [source if isinstance(source, dict) else {} for source in (sources if isinstance(sources, list) else ())]
    names = [source.get("name") for source in listed]
    for position, source in enumerate(listed):
        if names[position] is not None and names[position] in names[:position]:
            yield ("source", position, "name"), f"Two sources are called `{names[position]}`; rename one."
        patterns = source.get("files")
        for pattern in patterns if files_exist and isinstance(patterns, list) else ():
            if isinstance(pattern, str) and not glob.glob(pattern, root_dir=workspace, recursive=True):
                yield ("source", position, "files"), f"No file matches `{pattern}`; correct the path or add the file."
    rates = document.get("rates")
    file = rates.get("file") if isinstance(rates, dict) else None
    if files_exist and isinstance(file, str) and not (workspace / file).is_file():
        yield ("rates", "file"), f"`{file}` does not exist; put the rates there or correct the path."


def _problem(error: Mapping[str, Any]) -> tuple[Place, str]:
    """Return (place, words) of one of pydantic's errors."""
    place: Place = tuple(part for part in error["loc"] if part != "[key]")
    name = next((part for part in reversed(place) if isinstance(part, str)), "")
    match error["type"]:
        case "extra_forbidden":
            return place, f"`{name}` is unknown.{nearest(name, _keys(place[:-1]))}"
        case "missing":
            inside = ".".join(str(part) for part in place[:-1] if isinstance(part, str))
            return place, f"`{name}` is missing; add it{f' to `{inside}`' if inside else ''}."
        case "value_error":
            return place, f"{f'`{name}`: ' if name else ''}{error['ctx']['error']}"
        case "literal_error":
            choices = error["ctx"]["expected"]
            return place, f"`{name}` cannot be `{_shown(error)}`; use {choices}."
        case _ if advice := untold(place):
            return place, f"`{name}` is wrong. {advice}"
        case _:
            message = error["msg"][:1].lower() + error["msg"][1:]
            return place, f"`{name}` cannot be `{_shown(error)}`: {message}; correct it."


def _shown(error: Mapping[str, Any]) -> str:
    return textwrap.shorten(str(error["input"]), 60, placeholder=" ...")


def _keys(place: Place) -> list[str]:
    """Return the keys known at `place`, by walking the models' JSON Schema."""
    schema = Settings.model_json_schema()
    node = schema
    for part in place:
        node = (
            node.get("items", {})
            if isinstance(part, int)
            else node.get("properties", {}).get(part, node.get("additionalProperties", {}))
        )
        for option in [node, *node.get("anyOf", ())]:
            if "$ref" in option:
                node = schema["$defs"][option["$ref"].rpartition("/")[2]]
    return list(node.get("properties", {}))
