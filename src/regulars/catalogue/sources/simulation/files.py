"""Parquet files written block by block, and the settings that read them."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.catalogue.sources.simulation.activity import FEATURES
from regulars.catalogue.sources.simulation.company import Company
from regulars.data import tables

#: Blocks in a file: about a million customers.
_BLOCKS_PER_FILE = 16
_ROWS_PER_GROUP = 131_072
#: Attributes of the company's own beside the canonical columns of customers.
ATTRIBUTES = ("age_band",)


class Files:
    """Open Parquet files by name; what is written goes to `folder/name-000.parquet`, -001, ..."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, tuple[int, pq.ParquetWriter]] = {}
        self.rows: dict[str, int] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Files":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, writer in self._open.values():
            writer.close()

    def write(self, name: str, columns: Mapping[str, pa.Array], block: int = 0) -> None:
        """Append the rows of a block."""
        table = pa.table(dict(columns))
        self._writer(name, block // _BLOCKS_PER_FILE, table.schema).write_table(table, row_group_size=_ROWS_PER_GROUP)
        self.rows[name] = self.rows.get(name, 0) + len(table)

    def _writer(self, name: str, part: int, schema: pa.Schema) -> pq.ParquetWriter:
        if name in self._open and self._open[name][0] == part:
            return self._open[name][1]
        if name in self._open:
            self._open[name][1].close()
        writer = pq.ParquetWriter(
            self._folder / f"{name}-{part:03}.parquet",
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[field.name for field in schema if pa.types.is_dictionary(field.type)],
            store_schema=False,  # dictionary columns read back as the strings they are
            store_decimal_as_integer=True,
        )
        self._open[name] = (part, writer)
        return writer


def settings(company: Company, chosen: tuple[str, ...]) -> str:
    """Return the `regulars.toml` that maps every column of the chosen tables one to one."""
    parts = [
        "# A simulated company. What was planted stands in truth/parameters.json.",
        "[company]",
        'name = "Simulated company"',
        f'currency = "{company.currency}"',
        'time_zone = "UTC"',
        f"as_of = {company.end}",
        "",
        "[definitions]",
        'sign_up_event = "sign_up"',
        'activation_event = "activated"',
        'conversion_event = "purchase"',
        f"feature_events = {list(FEATURES)}".replace("'", '"'),
    ]
    if "tickets" in chosen:
        parts += ["", "[service]", 'hours = ["mon-fri 08:00-20:00", "sat 09:00-17:00"]']
    for name in chosen:
        parts += ["", "[[source]]", f'name = "{name}"', f'files = ["data/{name}-*.parquet"]']
        parts += ["", f"[source.tables.{name}]"]
        parts += [f'{column.name} = "{column.name}"' for column in tables.TABLES[name].columns]
        if tables.TABLES[name].open:
            parts += ["", f"[source.tables.{name}.attributes]", *(f'{extra} = "{extra}"' for extra in ATTRIBUTES)]
    return "\n".join(parts) + "\n"
