"""Files of audiences: each says what is done, how it is measured and what it is expected to bring."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

from regulars.app.handing_out import Handout
from regulars.core.errors import QueryError, reaching
from regulars.views.shown import arrow, csv_text

#: Key of the metadata of a Parquet file.
METADATA = "regulars"


def as_csv(handout: Handout) -> bytes:
    """Return CSV; every row says how it is measured, as CSV has no place for what holds for all."""
    return csv_text(handout.rows).encode()


def as_json(handout: Handout) -> bytes:
    """Return JSON: what holds for all, and the members."""
    said = {"audience": handout.stamp, "members": handout.rows}
    return (json.dumps(said, indent=2, ensure_ascii=False, default=date.isoformat) + "\n").encode()


def as_parquet(handout: Handout) -> bytes:
    """Return Parquet; what holds for all stands in its metadata, as JSON."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table, sink = arrow(handout.rows), pa.BufferOutputStream()
    stamp = json.dumps(handout.stamp, ensure_ascii=False, default=date.isoformat)
    pq.write_table(table.replace_schema_metadata({METADATA: stamp}), sink, write_page_checksum=True)
    return bytes(sink.getvalue().to_pybytes())


WRITES = {"csv": as_csv, "json": as_json, "parquet": as_parquet}


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file, which is there when all of it is written, and not before.

    Raises:
        QueryError: there is one already.
        StoreError: it cannot be written there.
        Busy: the disk is full.
    """
    if path.exists():
        raise QueryError(f"`{path}` is there already. Remove it, or write to another file.")
    beside = path.with_name(f".{path.name}.{os.getpid()}.building")
    with reaching(path):
        file = beside.open("xb")
    try:
        with file:
            yield file
        with reaching(path):
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
