"""Find declarations by looking, so that adding one is adding one file."""

import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import MappingProxyType, ModuleType
from typing import Protocol, TypeVar

from regulars.core.errors import CatalogueError, DuplicateName


class Named(Protocol):
    """Anything with a unique, stable name."""

    @property
    def name(self) -> str:
        """Stable snake_case key."""
        ...


T = TypeVar("T", bound=Named)


def discover(modules: Iterable[ModuleType], kind: type[T]) -> Mapping[str, T]:
    """Collect every module-level `kind` declared in `modules`, sorted by name.

    Importing a module declares nothing by itself: there is no decorator and no global table,
    so the same call in a test sees exactly what it was given.

    Raises:
        DuplicateName: two different declarations share a name.
    """
    found: dict[str, tuple[str, T]] = {}
    for module in modules:
        for value in vars(module).values():
            if not isinstance(value, kind):
                continue
            if value.name in found and found[value.name][1] is not value:
                raise DuplicateName(value.name, found[value.name][0], module.__name__)
            found.setdefault(value.name, (module.__name__, value))
    return MappingProxyType({name: found[name][1] for name in sorted(found)})


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    """Import and yield every module below `package`, in a fixed order."""
    for info in sorted(walk_packages(package.__path__, package.__name__ + "."), key=lambda info: info.name):
        yield import_module(info.name)


def modules_in(folder: Path, prefix: str) -> Iterator[ModuleType]:
    """Import and yield every Python file directly in a company's own `folder`.

    Raises:
        CatalogueError: a file does not import; the message names it.
    """
    for path in sorted(folder.glob("*.py")):
        name = f"{prefix}.{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            continue
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as cause:
            del sys.modules[name]
            raise CatalogueError(f"`{path}` cannot be imported: {type(cause).__name__}: {cause}") from cause
        yield module
