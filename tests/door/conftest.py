"""What tests of the door share: the shop of `tally`, made once, and copied for whoever changes it."""

import shutil

import pytest
import tally

from late_maker import LateMaker
from regulars.door import serving as module
from regulars.door.current import Current
from regulars.door.serving import Serving


@pytest.fixture(autouse=True)
def _alone():
    """Other tests may have servers open in this process."""
    tally.begin()


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """A shop with one generation, for nobody to change."""
    return tally.shop(tmp_path_factory.mktemp("tally") / "shop")


@pytest.fixture
def shop(published, tmp_path):
    """The shop, for one test alone."""
    return shutil.copytree(published, tmp_path / "shop")


@pytest.fixture
def serving(shop):
    """Its generation, open for pages."""
    found = Serving(shop)
    yield found
    found.close(wait=True)


@pytest.fixture
def current(shop):
    """Whatever is published of it; nothing is made before it is asked for."""
    found = Current(shop, warm=False)
    yield found
    found.close()


@pytest.fixture
def late_makers(monkeypatch):
    """Processes that make pages begin only where one is asked for: it is no matter here when they do."""
    monkeypatch.setattr(module, "Maker", LateMaker)
