"""What a source is: records that can be brought into an empty workspace, with the mapping that reads them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from regulars.core.errors import StoreError

#: Told how much is done, in [0, 1].
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Records to begin with, declared at module level in `catalogue/sources/`.

    Attributes:
        name: stable snake_case key.
        title: what people call it.
        what: what the records are, where they come from and what to beware of; a paragraph.
        licence: under which terms the records may be used.
        write: writes the data files and `regulars.toml` into a folder.
    """

    name: str
    title: str
    what: str
    licence: str
    write: Callable[[Path, Progress], None]

    def fill(self, folder: Path, progress: Progress = lambda done: None) -> None:
        """Make `folder` a workspace that holds these records.

        Raises:
            StoreError: something is in the folder already.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StoreError(f"`{folder}` is not an empty folder. Name a new one: nothing is ever overwritten.")
        folder.mkdir(parents=True, exist_ok=True)
        self.write(folder, progress)
