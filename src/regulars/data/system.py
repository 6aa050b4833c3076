"""What a system is: an outside program whose exports are known by their header, with the mapping that reads them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from regulars.core import settings
from regulars.core.errors import CatalogueError, SettingsError
from regulars.core.settings import SourceSettings
from regulars.data import mapping

#: Canonical table -> column -> expression, as `[source.tables]` of `regulars.toml` has it.
Tables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """An export that is recognised instead of guessed, declared at module level in `sources/`.

    Attributes:
        name: stable snake_case key.
        title: what people call it; "an export of ..." goes before it.
        columns: the header names by which a file is recognised; expressions may name no others.
        tables: what the file gives to which canonical table, written as in `regulars.toml`.
        more: further mappings of the same file, by the end of their source's name, for rows that mean two things.
        layout: how the file is written, where that is not the usual way: options of `[[source]]`.
        beware: what the mapping takes for granted; one sentence or two.
    """

    name: str
    title: str
    columns: Sequence[str]
    tables: Tables
    more: Mapping[str, Tables] = field(default_factory=dict)
    layout: Mapping[str, Any] = field(default_factory=dict)
    beware: str = ""

    def __post_init__(self) -> None:
        problems = self._problems()
        if problems:
            raise CatalogueError("\n  ".join([f"System `{self.name}` cannot be read so:", *problems]))

    def recognises(self, header: Collection[str]) -> bool:
        """Return whether a file with this header is such an export."""
        return set(self.columns) <= set(header)

    @property
    def sources(self) -> Mapping[str, SourceSettings]:
        """The mappings, checked, by the end of their source's name; "" is the file's own."""
        written = {"": self.tables, **self.more}
        return {end: self._source(tables) for end, tables in written.items()}

    def _source(self, tables: Tables) -> SourceSettings:
        return settings.source({**self.layout, "name": self.name, "files": ["*"], "tables": tables})

    def _problems(self) -> list[str]:
        if isinstance(self.columns, str) or not self.columns:
            return ["`columns` names no column. Write a tuple of header names, such as `('Order', 'Net')`."]
        fixed = sorted({"name", "files", "tables"} & set(self.layout))
        if fixed:
            return [f"`layout` cannot set `{name}`. Take it out: `regulars init` does." for name in fixed]
        try:
            sources = self.sources
        except SettingsError as cause:
            return list(cause.problems)
        return [problem for source in sources.values() for problem in mapping.problems(source, self.columns)]
