"""The workspace: a folder with `regulars.toml`, the store beside it, and the company's own part of the catalogue.

This is the one place where settings, engine and catalogue meet.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from regulars.app import comments, goal_checks, records, review
from regulars.app.comments import Shelf
from regulars.core.decision_settings import ActionSettings
from regulars.core.errors import FaultyDeclaration, SettingsError, StoreError, nearest
from regulars.core.registry import OWN, Declared, Own, T, discover, modules_in, modules_of, own_in
from regulars.core.settings import Settings
from regulars.core.settings import read as read_settings
from regulars.core.toml_text import Place
from regulars.data import generations, mapping
from regulars.data.driver import Driver
from regulars.data.feature import Feature
from regulars.data.generations import Generation
from regulars.data.quality import findings
from regulars.decisions import rule
from regulars.decisions.action import Action, Effect
from regulars.kpis.cohorts import Cohort
from regulars.kpis.kpi import KPI, marked
from regulars.kpis.query import Records
from regulars.models.model import Model

#: What a company may declare of its own, and fails when it is used rather than when it is read.
F = TypeVar("F", Feature, Driver)
SETTINGS = "regulars.toml"
#: Folders of a workspace with declarations of its own, named as in the package's catalogue.
KINDS = ("actions", "alerts", "drivers", "features", "kpis", "models", "sources", "views")


@dataclass(frozen=True)
class Opened:
    """An open generation.

    Attributes:
        backend: the engine on it.
        records: what questions are asked of.
        generation: which.
    """

    backend: Any
    records: Records
    generation: Generation


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
    def at(cls, folder: Path, *, files_exist: bool = False, name: str = SETTINGS) -> "Workspace":
        """Open `folder`.

        Args:
            folder: the workspace.
            files_exist: whether a source without files is a problem (it is when loading, not when reading).
            name: of the file with the settings, in the workspace.

        Raises:
            SettingsError: there is no `regulars.toml`, or it is wrong.
        """
        path = folder / name
        settings = read_settings(path, files_exist=files_exist, look=partial(_look, folder=folder))
        if files_exist and not settings.sources:
            raise SettingsError(f"`{path}` names no source. Add a `[[source]]`, or let `regulars init FILES` write it.")
        return cls(folder, settings)

    @property
    def store(self) -> Path:
        """Folder of the store."""
        return self.folder / self.settings.store.folder

    @cached_property
    def _own(self) -> Mapping[str, Own]:
        return {kind: own_in(self.folder, kind, partial(packaged, kind)) for kind in KINDS}

    @property
    def decided(self) -> Path:
        """File that says which audiences there are: whatever is proposed next depends on them."""
        return self.store / "decided.json"

    @property
    def watched(self) -> Path:
        """File that says which alerts wait for somebody: pages that show them depend on it."""
        return self.store / "watched.json"

    @property
    def faults(self) -> tuple[FaultyDeclaration, ...]:
        """What is wrong with the company's own declarations; whatever does not need them is answered all the same."""
        return tuple(fault for own in self._own.values() for fault in own.faults)

    def declared(self, kind: type[T], folder: str) -> Declared[T]:
        """Return every declaration of `kind`, of the package and of the workspace's own `folder`, by name."""
        return Declared(packaged(folder), kind, self._own[folder])

    @cached_property
    def kpis(self) -> Mapping[str, KPI]:
        """The KPIs; the company's own with a mark of what they mean."""
        shared = discover(packaged("kpis"), KPI)
        return self.declared(KPI, "kpis").revised(lambda kpi: kpi if kpi.name in shared else marked(kpi))

    @cached_property
    def cohorts(self) -> Mapping[str, Cohort]:
        """The cohort tables."""
        return self.declared(Cohort, "kpis")

    @cached_property
    def actions(self) -> Mapping[str, Action]:
        """What can be done for customers, as the settings have it; without what they switch off.

        Raises:
            SettingsError: settings are of an action that there is not.
        """
        known = self.declared(Action, "actions")
        for name in self.settings.actions:
            if name not in known:
                raise SettingsError(f"`[actions.{name}]` of `{SETTINGS}` is of no action.{nearest(name, known)}")
        said = self.settings.actions
        return {
            name: as_set(one, said[name]) if name in said else one
            for name, one in known.items()
            if name not in said or not said[name].off
        }

    @cached_property
    def models(self) -> Mapping[str, Model]:
        """The models."""
        return self.declared(Model, "models")

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """What models may learn from, by name; a faulty file takes nothing from what Regulars itself has."""
        return tuple(one for _, one in sorted(self._with_files(Feature, "features").items()))

    @cached_property
    def drivers(self) -> Mapping[str, Driver]:
        """The operational facts that may go along with what customers say, as `features`."""
        return self._with_files(Driver, "drivers")

    def _with_files(self, kind: type[F], folder: str) -> dict[str, F]:
        """Return declarations of a `kind` that know where they stand if they are a company's own."""
        shared = discover(packaged(folder), kind)
        files = {
            one.name: Path(str(module.__file__))
            for module in self._own[folder].modules
            for one in vars(module).values()
            if isinstance(one, kind)
        }
        sound = self.declared(kind, folder).items()
        return {**shared, **{name: replace(one, file=files[name]) for name, one in sound if name not in shared}}

    @property
    def shelf(self) -> Shelf:
        """Where themes are corrected and remembered."""
        return Shelf(folder=self.folder, store=self.store)

    @property
    def origins(self) -> Mapping[str, str]:
        """What each attribute of customers is mapped from, as `regulars.toml` says it."""
        mapped = [source.tables["customers"] for source in self.settings.sources if "customers" in source.tables]
        return {name: text for table in mapped for name, text in {**table.columns, **table.attributes}.items()}

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
            asked = records.of(generation, backend, self.settings, flags)
            yield again(Opened(backend, asked, generation), self.shelf)
        finally:
            backend.disconnect()


def again(opened: Opened, shelf: Shelf) -> Opened:
    """Return an open generation with what has been foretold and heard of it by now."""
    foretold = records.with_foretold(opened.records, opened.generation, opened.backend)
    return replace(opened, records=comments.with_heard(foretold, shelf, opened.generation.path, opened.backend))


def modules(folder: Path, *kinds: str) -> tuple[ModuleType, ...]:
    """Return the modules of the package's catalogue and of a company's own in `folder`, settings or not.

    Args:
        folder: the workspace.
        kinds: which of `KINDS`; all where none is named.

    Raises:
        FaultyDeclaration: a file of the company's does not import, or declares what cannot be.
    """
    own = (modules_in(folder / kind, f"{OWN}.{kind}") for kind in kinds or KINDS)
    return (*packaged(*kinds), *chain.from_iterable(own))


def packaged(*kinds: str) -> tuple[ModuleType, ...]:
    """Return the modules of the package's own catalogue, of some `kinds` or of all.

    Nobody imports the catalogue by name; it is found here and nowhere else, and only as far as it is asked for.
    """
    packages = (import_module(f".{kind}", "regulars.catalogue") for kind in kinds or KINDS)
    return tuple(chain.from_iterable(map(modules_of, packages)))


def _look(document: Mapping[str, Any], *, folder: Path) -> Iterator[tuple[Place, str]]:
    """Yield what is wrong with the mappings, the saved segments and the goals of settings."""
    yield from mapping.look(document)
    yield from rule.look(document)
    yield from goal_checks.look(document, partial(_kpis, folder))


def _kpis(folder: Path) -> Mapping[str, KPI]:
    """Return the KPIs that settings of `folder` may name; its own without their marks."""
    return Declared(packaged("kpis"), KPI, own_in(folder, "kpis", partial(packaged, "kpis")))


def as_set(action: Action, said: ActionSettings) -> Action:
    """Return an action as the company's settings have it, on or off."""
    given = {name: getattr(said, name) for name in ("cost", "incentive", "rebate", "capacity", "days")}
    changed = {name: value for name, value in given.items() if value is not None}
    if said.effect is not None:
        low, mean, high = said.effect
        changed["effect"] = Effect(mean=mean, low=low, high=high, source=said.source)
    return replace(action, **changed)
