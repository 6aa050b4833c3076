"""Find declarations by looking, so that adding one is adding one file."""

import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from pkgutil import walk_packages
from types import MappingProxyType, ModuleType
from typing import Any, Protocol, Self, TypeVar

from regulars.core.errors import DuplicateName, FaultyDeclaration, RegularsError

#: Begins the names of modules that are a company's own.
OWN = "regulars_workspace"


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
        FaultyDeclaration: a file does not import; the message names file and line.
    """
    for path in sorted(folder.glob("*.py")):
        yield module_at(path, f"{prefix}.{path.stem}")


def module_at(path: Path, name: str) -> ModuleType:
    """Import one file of a company's own as module `name`.

    Raises:
        FaultyDeclaration: it does not import; the message names file and line.
    """
    spec = importlib.util.spec_from_file_location(name, path, loader=_AsItStands(name, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as cause:
        del sys.modules[name]
        raise FaultyDeclaration(path, _line(cause, path), _said(cause), names_at(path)) from cause
    return module


class _AsItStands(SourceFileLoader):
    """Reads a file as it stands, and keeps no bytecode of it.

    TRICKY: bytecode is told to be of a file by its size and the second it was written in, so that a file that is
    changed twice within a second would count as it first was.
    """

    def path_stats(self, path: str) -> Mapping[str, Any]:
        raise OSError(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What a company declares in one folder: what imports and stands alone, and what is wrong with the rest."""

    modules: tuple[ModuleType, ...]
    faults: tuple[FaultyDeclaration, ...]


def own_in(folder: Path, kind: str, packaged: Callable[[], Iterable[ModuleType]]) -> Own:
    """Return what the files of the `kind` folder of a workspace declare; a wrong one does not stop the others.

    Args:
        folder: the workspace.
        kind: name of the folder in it.
        packaged: gives the modules whose names are taken; called only where there are files.
    """
    modules, faults = [], []
    for path in sorted((folder / kind).glob("*.py")):
        try:
            modules.append(module_at(path, f"{OWN}.{kind}.{path.stem}"))
        except FaultyDeclaration as fault:
            faults.append(fault)
    if modules:
        faults += _clashes(modules, packaged())
    return Own(modules=tuple(modules), faults=tuple(faults))


def _clashes(own: Iterable[ModuleType], packaged: Iterable[ModuleType]) -> Iterator[FaultyDeclaration]:
    taken = {key: (value, module) for module in packaged for key, _, value in _declared(module)}
    for module in own:
        for (kind, name), _, value in _declared(module):
            first, where = taken.setdefault((kind, name), (value, module))
            if first is value:
                continue
            path = Path(str(module.__file__))
            owner = f"`{where.__file__}`" if where.__name__.startswith(OWN) else "Regulars itself"
            why = f"the name `{name}` is taken by {owner}. Choose another one there."
            yield FaultyDeclaration(path, _line_of(path, f'"{name}"'), why, [name])


def _declared(module: ModuleType) -> Iterator[tuple[tuple[type, str], str, object]]:
    """Yield kind and name, the variable and the value of whatever a module declares or imports."""
    for key, value in vars(module).items():
        name = getattr(value, "name", None)
        if isinstance(name, str) and type(value).__module__.startswith("regulars."):
            yield (type(value), name), key, value


class Declared(Mapping[str, T]):
    """Declarations by name. One whose file is faulty is left out, and looking it up says what is wrong with it."""

    def __init__(self, modules: Iterable[ModuleType], kind: type[T], own: Own) -> None:
        self._faults = {name: fault for fault in own.faults for name in fault.names}
        sound = [self._sound(module) for module in own.modules]
        found = discover((*modules, *sound), kind)
        self._found = {name: value for name, value in found.items() if name not in self._faults}

    def _sound(self, module: ModuleType) -> ModuleType:
        rest = ModuleType(module.__name__)
        left_out = [key for (_kind, name), key, _one in _declared(module) if name in self._faults]
        vars(rest).update({key: one for key, one in vars(module).items() if key not in left_out})
        return rest

    def revised(self, change: Callable[[T], T]) -> Self:
        """Return the same with `change` made to each."""
        new = copy(self)
        new._found = {name: change(value) for name, value in self._found.items()}
        return new

    def __getitem__(self, name: str) -> T:
        """Return a declaration.

        Raises:
            FaultyDeclaration: its file cannot be used.
        """
        if name in self._faults:
            raise self._faults[name]
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def names_at(path: Path) -> frozenset[str]:
    """Return the names that a file declares, read without importing it: of the file, and of every `name="..."`."""
    return frozenset({path.stem, *re.findall(r"""\bname\s*=\s*["'](\w+)["']""", _text(path))})


def names_in(folder: Path) -> frozenset[str]:
    """Return the names that the files of a folder declare, without importing them."""
    return frozenset().union(*(names_at(path) for path in folder.glob("*.py") if path.stem != "__init__"))


def blamed(error: BaseException) -> FaultyDeclaration | None:
    """Return what to say where `error` comes out of a company's own code; None where it does not."""
    own = [
        (Path(frame.f_code.co_filename), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).startswith(f"{OWN}.")
    ]
    return FaultyDeclaration(*own[-1], _said(error)) if own else None


def failing(path: Path, name: str, cause: Exception) -> FaultyDeclaration:
    """Return what to say where what `path`, a company's own file, declares as `name` fails when it is used."""
    line = _line(cause, path, _line_of(path, f'"{name}"'))
    return FaultyDeclaration(path, line, f"`{name}` fails: {_said(cause)}", [name])


def _said(cause: BaseException) -> str:
    """Say what is wrong, with the names that there are instead of one that there is not."""
    for one in _chain(cause):
        known = _known(one.obj) if isinstance(one, AttributeError) else ()
        if isinstance(one, AttributeError) and known:
            near = f" Did you mean `{close[0]}`?" if (close := get_close_matches(str(one.name), known, n=1)) else ""
            return f"there is no `{one.name}`.{near} There are: {', '.join(f'`{name}`' for name in known)}."
    if isinstance(cause, RegularsError):
        return str(cause)
    return f"{type(cause).__name__}: {cause.msg if isinstance(cause, SyntaxError) else cause}"


def _known(thing: object) -> Sequence[str]:
    if isinstance(thing, type) and issubclass(thing, Enum):
        return list(thing.__members__)
    # A table, of whatever engine: the core knows none.
    columns = getattr(thing, "columns", ())
    return [str(name) for name in columns] if isinstance(columns, (tuple, list)) else ()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _line(cause: Exception, path: Path, otherwise: int = 1) -> int:
    """Return the line of `path` that `cause` is about; `otherwise` where it does not say."""
    here = path.resolve()  # Python has the path in full, however the folder was named
    if isinstance(cause, SyntaxError) and cause.filename and Path(cause.filename).resolve() == here:
        return cause.lineno or 1
    frames = traceback.extract_tb(cause.__traceback__)
    lines = (frame.lineno or 1 for frame in reversed(frames) if Path(frame.filename).resolve() == here)
    line = next(lines, otherwise)
    # A call of several lines stands at its first one: the wrong name may be further down.
    lacking = next((str(one.name) for one in _chain(cause) if isinstance(one, AttributeError)), "")
    return _line_of(path, f".{lacking}", line) if lacking else line


def _line_of(path: Path, text: str, start: int = 1) -> int:
    lines = enumerate(_text(path).splitlines(), 1)
    return next((number for number, line in lines if number >= start and text in line), start)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
