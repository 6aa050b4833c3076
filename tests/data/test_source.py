"""A source fills a new folder and overwrites nothing."""

from pathlib import Path

import pytest

from regulars.core.errors import StoreError
from regulars.data.source import Progress, Source


def write(folder: Path, progress: Progress) -> None:
    (folder / "regulars.toml").write_text("")
    progress(1.0)


TOY = Source(name="toy", title="Toy", what="Nothing.", licence="CC0-1.0", write=write)


def test_new_folder_is_made_and_filled(tmp_path: Path) -> None:
    told: list[float] = []
    TOY.fill(tmp_path / "a" / "b", told.append)
    assert (tmp_path / "a" / "b" / "regulars.toml").exists()
    assert told == [1.0]


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="not an empty folder"):
        TOY.fill(tmp_path)
    with pytest.raises(StoreError, match="not an empty folder"):
        TOY.fill(tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
