"""The companies that programs ask, each loaded once."""

from contextlib import ExitStack

import pytest
from mcp_asking import Asked, asked, foretold_shop, hostile_shop, only_few


@pytest.fixture(scope="session")
def mcp_folder(tmp_path_factory):
    """Return the folder of a shop among whose customers are some who write to models."""
    return hostile_shop(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def shop(mcp_folder, tmp_path_factory) -> Asked:
    """Return its desk."""
    with ExitStack() as stack:
        yield asked(stack, mcp_folder, tmp_path_factory.mktemp("hostile_state"))


@pytest.fixture(scope="session")
def foretold_desk(tmp_path_factory) -> Asked:
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patched:
            only_few(patched)
            folder = foretold_shop(tmp_path_factory.mktemp("foretold"))
        yield asked(stack, folder, tmp_path_factory.mktemp("foretold_state"))


@pytest.fixture
def foretold(foretold_desk, monkeypatch) -> Asked:
    """Return the desk of a shop of whose customers it is foretold what they will do; few models are known meanwhile."""
    only_few(monkeypatch)
    return foretold_desk
