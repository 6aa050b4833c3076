"""The state on both databases."""

from collections.abc import Iterator

import pytest
from doorway import CHEAP, Place

from postgres import postgres_database, postgres_server  # noqa: F401
from regulars.state.store import State, open_state


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request, tmp_path) -> Place:
    """Where a new state is to be."""
    url = request.getfixturevalue("postgres_database") if request.param == "postgres" else None
    return Place(tmp_path / "store", url)


@pytest.fixture
def state(place) -> Iterator[State]:
    """An empty state."""
    with open_state(place.folder, place.url, passwords=CHEAP) as opened:
        yield opened
