"""The workspace: a folder with `regulars.toml`, the store beside it, and the company's own part of the catalogue.

This is the one place where settings, engine and catalogue meet.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from regulars.app import records, review
from regulars.core.errors import SettingsError, StoreError
from regulars.core.registry import T, discover, modules_in, modules_of
from regulars.core.settings import Settings
from regulars.core.settings import read as read_settings
from regulars.data import generations, mapping
from regulars.data.quality import findings
from regulars.kpis.cohorts import Cohort
from regulars.kpis.kpi import KPI
from regulars.kpis.query import Records

SETTINGS = "regulars.toml"
#: Folders of a workspace with declarations of its own, named as in the package's catalogue.
KINDS = ("kpis", "models", "sources", "views")


@dataclass(frozen=True)
class Opened:
    """An open generation.

    Attributes:
        backend: the engine on it.
        records: what questions are asked of.
    """

    backend: Any
    records: Records


@dataclass(frozen=True)
class Workspace:
    """A company's folder.

    Attributes:
        folder: holds `regulars.toml`.
        settings: what stands in it.
    """

    folder: Path
    settings: Settings

    @classmethod
    def at(cls, folder: Path, *, files_exist: bool = False) -> "Workspace":
        """Open `folder`.

        Args:
            folder: the workspace.
            files_exist: whether a source without files is a problem (it is when loading, not when reading).

        Raises:
            SettingsError: there is no `regulars.toml`, or it is wrong.
        """
        path = folder / SETTINGS
        settings = read_settings(path, files_exist=files_exist)
        if files_exist and not settings.sources:
            raise SettingsError(f"`{path}` names no source. Add a `[[source]]`, or let `regulars init FILES` write it.")
        if problems := mapping.check(settings, path.read_text(encoding="utf-8-sig")):
            raise SettingsError(f"`{path}` has {len(problems)} problems:", problems)
        return cls(folder, settings)

    @property
    def store(self) -> Path:
        """Folder of the store."""
        return self.folder / self.settings.store.folder

    @cached_property
    def _modules(self) -> tuple[ModuleType, ...]:
        return modules(self.folder)

    def declared(self, kind: type[T]) -> Mapping[str, T]:
        """Return every declaration of `kind`, of the package and of the workspace's own folder, by name."""
        return discover(self._modules, kind)

    @property
    def kpis(self) -> Mapping[str, KPI]:
        """The KPIs."""
        return self.declared(KPI)

    @property
    def cohorts(self) -> Mapping[str, Cohort]:
        """The cohort tables."""
        return self.declared(Cohort)

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """Open the current generation for questions.

        Raises:
            StoreError: nothing was published yet, or it is damaged.
        """
        store = self.settings.store
        found = generations.open_current(self.store, memory=store.memory, threads=store.threads)
        if found is None:
            raise StoreError(f"`{self.folder}` holds no records yet. Run `regulars run` there first.")
        generation, backend = found
        try:
            flags = review.flags(findings.read(backend), (*self.kpis.values(), *self.cohorts.values()))
            yield Opened(backend, records.of(generation, backend, self.settings, flags))
        finally:
            backend.disconnect()


def modules(folder: Path) -> tuple[ModuleType, ...]:
    """Return the modules of the package's catalogue and of a company's own in `folder`, settings or not.

    Raises:
        CatalogueError: a file of the company's does not import, or declares what cannot be.
    """
    own = (modules_in(folder / kind, f"regulars_workspace.{kind}") for kind in KINDS)
    return (*packaged(), *chain.from_iterable(own))


def packaged() -> tuple[ModuleType, ...]:
    """Return the modules of the package's own catalogue.

    Nobody imports the catalogue by name; it is found here and nowhere else, and only when something is asked.
    """
    return tuple(modules_of(import_module("regulars.catalogue")))
