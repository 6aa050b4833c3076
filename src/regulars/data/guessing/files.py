"""Which files there are, which of them are of one shape, and how settings name them."""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from regulars.core.errors import SourceError
from regulars.data.guessing.profile import ROWS, File, look
from regulars.data.reading import records
from regulars.data.reading.layout import Layout

_SUFFIXES = frozenset(".csv .tsv .txt .jsonl .ndjson .xlsx .xls .xlsb .ods .parquet".split())
_PACKED = frozenset({".gz", ".zst"})


def look_at(paths: Sequence[Path]) -> tuple[list[File], list[tuple[Path, str]]]:
    """Return the facts about every data file in `paths`, those of one shape as one, and what cannot be read."""
    groups: dict[tuple[Path, Layout, tuple[str, ...]], list[Path]] = {}
    unreadable: list[tuple[Path, str]] = []
    for path in dict.fromkeys(path.resolve() for path in _data_files(paths)):
        try:
            layout = records.sniff(path)
            groups.setdefault((path.parent, layout, records.header(path, layout)), []).append(path)
        except SourceError as cause:
            unreadable.append((path, str(cause)))
    files: list[File] = []
    for (_, layout, _), members in groups.items():
        name = _name(members, {file.name for file in files})
        rows = max(50_000, ROWS // len(groups))
        try:
            files.append(look(name, members, layout, most_rows=rows))
        except SourceError:
            damaged = dict(_damaged(members, layout))
            unreadable += damaged.items()
            if sound := [path for path in members if path not in damaged]:
                files.append(look(name, sound, layout, most_rows=rows))
    return files, unreadable


def _damaged(paths: Sequence[Path], layout: Layout) -> Iterator[tuple[Path, str]]:
    """Yield the files that cannot be read to their end, and why."""
    for path in paths:
        try:
            for _piece in records.read(path, layout):
                pass
        except SourceError as cause:
            yield path, str(cause)


def _data_files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (
                inner
                for inner in sorted(path.rglob("*"))
                if inner.is_file()
                and _ending(inner) in _SUFFIXES
                and not any(part.startswith((".", "~$")) for part in inner.relative_to(path).parts)
            )
        else:
            yield path


def _ending(path: Path) -> str:
    return (path.with_suffix("") if path.suffix.lower() in _PACKED else path).suffix.lower()


def _stem(path: Path) -> str:
    return path.name.partition(".")[0]


def _name(paths: Sequence[Path], taken: set[str]) -> str:
    """Return a snake_case name for files: what their names share, digits at the end left out; not one of `taken`."""
    stems = [_stem(path) for path in paths]
    shared = stems[0] if len(stems) == 1 else _shared_start(stems) or stems[0]
    words = re.findall(r"[A-Za-z0-9]+", shared) or ["source"]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    name = "_".join(words).lower()
    return name if name not in taken else next(f"{name}_{n}" for n in range(2, 10_000) if f"{name}_{n}" not in taken)


def _shared_start(stems: Sequence[str]) -> str:
    first, last = min(stems), max(stems)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:same].rstrip("0123456789-_ ")


def patterns(file: File, workspace: Path) -> tuple[str, ...]:
    """Return the files relative to the workspace; a glob where it matches them and nothing else."""
    names = [glob.escape(_relative(path, workspace)) for path in file.paths]
    if len(names) > 1:
        ending = "".join(Path(_stem(file.paths[0])).suffixes) + file.paths[0].name[len(_stem(file.paths[0])) :]
        start = _shared_start([_stem(path) for path in file.paths])
        folder = file.paths[0].parent
        same = len(start) >= 3 and start == glob.escape(start)
        if same and sorted(folder.glob(f"{start}*{ending}")) == sorted(file.paths):
            return (f"{glob.escape(_relative(folder, workspace))}/{start}*{ending}".removeprefix("./"),)
    return tuple(names)


def _relative(path: Path, workspace: Path) -> str:
    return Path(os.path.relpath(path.resolve(), workspace.resolve())).as_posix()


def layout_settings(file: File) -> dict[str, object]:
    """Return the settings that say how the file is read, where it is not the usual way."""
    layout, usual = file.layout, Layout(format=file.layout.format)
    found: dict[str, object] = {}
    for key in ("delimiter", "encoding", "sheet", "header_row"):
        if getattr(layout, key) != getattr(usual, key) and not (key == "delimiter" and layout.format == "tsv"):
            found[key] = getattr(layout, key)
    if any(re.search(r"\b(utc|gmt)\b", column.name.lower()) for column in file.columns if column.formats):
        found["time_zone"] = "UTC"
    if file.nulls:
        found["null"] = ["", *file.nulls]
    if file.decimal != ".":
        found["decimal"] = file.decimal
    if file.thousands:
        found["thousands"] = file.thousands
    return found
