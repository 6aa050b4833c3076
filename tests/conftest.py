"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Speed is measured in benchmarks/, never by how long an example took on a busy machine.
settings.register_profile("regulars", deadline=None)
settings.load_profile("regulars")

# They are read as what they are; as modules with doctests they would all have one name.
collect_ignore_glob = ["**/conftest.py"]

# What tests see must not depend on the window they run in; pytest-xdist sets it for its workers, too.
os.environ.pop("COLUMNS", None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the shared data sets and oracles beside the checkout; skips where it is not there."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the shared data sets are not beside this checkout (../shared)")
    return folder
