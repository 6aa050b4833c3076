"""The company that programs ask, loaded once."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from rest_door import Doorway, opened, shop


@pytest.fixture(scope="session")
def rest_folder(tmp_path_factory) -> Path:
    """Folder of the company."""
    return shop(tmp_path_factory.mktemp("rest"))


@pytest.fixture(scope="session")
def api(rest_folder, tmp_path_factory) -> Iterator[Doorway]:
    """The company's server."""
    with ExitStack() as stack:
        yield opened(stack, rest_folder, tmp_path_factory.mktemp("rest_state"))
