"""The files that the architecture tests look at."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "regulars"
MODULES = sorted(SRC.rglob("*.py"))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def kept_files() -> Iterator[Path]:
    """Yield every file that is committed or would be with `git add .`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError) as cause:
        pytest.skip(f"which files are committed is not known here: {cause}")
    for name in found.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            yield ROOT / name
