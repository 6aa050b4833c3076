"""What the browser tests share: the wheel, companies, servers, and one Chromium.

All of it ends with this folder's tests: while Playwright is there, no other test could run an event loop.
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest

from browser import companies
from browser.door import Door
from browser.installed import Installed, Served, install
from browser.once import once
from browser.visits import Visits

#: Where pictures of pages are kept, for people to look at; nothing there is compared.
PICTURES = Path(__file__).resolve().parents[2] / ".artifacts" / "screenshots"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="package")
def chromium():
    """A browser; skips where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip(
            f"NO BROWSER: none of {', '.join(_NAMES)} is installed (`apt-get install chromium`): "
            "pages were NOT looked at"
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def installed(tmp_path_factory) -> Installed:
    """The wheel of this checkout."""
    return Installed(once(tmp_path_factory, "wheel", install))


@pytest.fixture(scope="session")
def made(installed, tmp_path_factory) -> Iterator[dict[str, Future[Path]]]:
    """The companies by name; they are made side by side, as nobody can look at anything before."""
    makers = {"demonstration": companies.demonstration, "odd": companies.odd}
    with ThreadPoolExecutor(len(makers)) as pool:
        yield {
            name: pool.submit(once, tmp_path_factory, name, partial(make, installed)) for name, make in makers.items()
        }


@pytest.fixture(scope="session")
def demonstration(made) -> Path:
    """The workspace of a company with everything, its pages made."""
    return made["demonstration"].result() / "shop"


@pytest.fixture(scope="session")
def odd(made, tmp_path_factory) -> Path:
    """The workspace of a small company full of odd words; of this process alone, as its people log in there."""
    return companies.copied(made["odd"].result() / "shop", tmp_path_factory.mktemp("odd_of_mine"))


@pytest.fixture(scope="package")
def served(installed, demonstration) -> Iterator[Served]:
    """The server of the company with everything, for this machine alone."""
    with installed.serving(demonstration) as server:
        yield server


@pytest.fixture(scope="package")
def odd_served(installed, odd) -> Iterator[Served]:
    """The server of the small company, where people log in."""
    with installed.serving(odd, named=True) as server:
        yield server


@pytest.fixture(scope="package")
def door(chromium, served) -> Iterator[Door]:
    """Ways into the company with everything."""
    with Door.by_link(chromium, served) as found:
        yield found


@pytest.fixture(scope="package")
def visits(door) -> Iterator[Visits]:
    """Every page, looked at once for all tests."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with Visits.of(door, PICTURES) as found:
        yield found


@pytest.fixture(scope="package")
def client(door) -> Iterator[httpx.Client]:
    """A program with the cookie of the browser."""
    with door.client() as found:
        yield found
