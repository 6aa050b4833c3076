"""A file that readers see as it was or as it is to be, never half written."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Write a file in one step; processes that write the same one at once each write all of it, and the last stays.

    Raises:
        OSError: the folder cannot be written; the file is as it was.
    """
    building = path.with_name(f"{path.name}.{os.getpid()}.building")
    try:
        building.write_bytes(content)
        os.replace(building, path)
    finally:
        building.unlink(missing_ok=True)
