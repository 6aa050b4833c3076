"""What every test may ask for."""

import gc
import os
import sys
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


# Tests begin hundreds of processes: where nothing may keep bytecode, each would compile all of Regulars again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Expressions of Ibis are many small objects without circles; to look for some after each few hundred of them costs more
# than a twentieth of all time.
gc.set_threshold(100_000, 20, 20)


#: What takes longest begins first, else one worker would wait for the other in the end. Files of a browser stay
#: together: each time that a worker leaves them, its browser and its servers end. The documentation comes before, as
#: the other worker needs no company of theirs meanwhile.
FIRST = (
    "docs/test_pages.py",
    "browser/",
    "door/test_door_current.py",
    "door/test_door_serving.py",
    "contracts/",
    "app/",
)


def pytest_collection_modifyitems(items):
    root = Path(__file__).parent

    def place(item):
        path = str(item.path.relative_to(root)) if item.path.is_relative_to(root) else ""
        return next((number for number, name in enumerate(FIRST) if path.startswith(name)), len(FIRST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the shared data sets and oracles beside the checkout; skips where it is not there."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the shared data sets are not beside this checkout (../shared)")
    return folder
