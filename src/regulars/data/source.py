"""What a source is: records that can be brought into an empty workspace, with the mapping that reads them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from regulars.core.errors import QueryError, StoreError

#: Told how much is done, in [0, 1].
Progress = Callable[[float], None]
#: Writes data files and `regulars.toml` into a folder.
Writer = Callable[[Path, Progress], None]

#: Fewest and most customers that can be drawn.
FEWEST, MOST = 1_000, 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Records to begin with, declared at module level in `catalogue/sources/`.

    Attributes:
        name: stable snake_case key.
        title: what people call it.
        what: what the records are, where they come from and what to beware of; a paragraph.
        licence: under which terms the records may be used.
        write: writes the data files and `regulars.toml` into a folder.
        draw: from a number of customers and a seed to what writes that many; None for records that are as they are.
    """

    name: str
    title: str
    what: str
    licence: str
    write: Writer
    draw: Callable[[int, int], Writer] | None = None

    def of_size(self, customers: int, seed: int) -> "Source":
        """Return this source with so many customers, drawn by `seed`.

        Raises:
            QueryError: the records are as they are, or it cannot be so many.
        """
        if self.draw is None:
            raise QueryError(f"`{self.name}` is real: it has the customers it has. Leave out the number and the seed.")
        if not FEWEST <= customers <= MOST or seed < 0:
            raise QueryError(
                f"`{self.name}` cannot have {customers:,} customers with seed {seed}."
                f" Choose from {FEWEST:,} to {MOST:,} customers, and a seed of 0 or more."
            )
        return replace(self, write=self.draw(customers, seed))

    def fill(self, folder: Path, progress: Progress = lambda done: None) -> None:
        """Make `folder` a workspace that holds these records.

        Raises:
            StoreError: something is in the folder already.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StoreError(f"`{folder}` is not an empty folder. Name a new one: nothing is ever overwritten.")
        folder.mkdir(parents=True, exist_ok=True)
        self.write(folder, progress)
