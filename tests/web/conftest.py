"""What tests of pages share: a shop that is made once, whoever of several processes comes first, and its server."""

import fcntl
import os
from contextlib import ExitStack

import pytest
from canaries import company
from visitors import opened

from late_maker import LateMaker
from regulars.door import serving


@pytest.fixture(autouse=True)
def _late_makers(monkeypatch):
    monkeypatch.setattr(serving, "Maker", LateMaker)


@pytest.fixture(scope="session")
def canary_shop(tmp_path_factory):
    """The shop of `canaries`, with all its pages made; for nobody to change."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / "canary-shop"
    with (base / "canary-shop.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            company(folder)
            (folder / "whole").touch()
    return folder


@pytest.fixture(scope="session")
def doorway(canary_shop, tmp_path_factory):
    """Its server, for everybody."""
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(serving, "Maker", LateMaker)
            found = opened(stack, canary_shop, tmp_path_factory.mktemp("doorway"))
        yield found
