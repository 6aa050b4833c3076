"""Whether the server is well is found out by asking a real question of what was really published."""

import shutil
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from regulars.app import people
from regulars.app.workspace import Workspace
from regulars.cli.serving import application
from regulars.core.errors import StoreError
from regulars.door.current import Current
from regulars.door.door import Door
from regulars.door.guard import Limits

pytestmark = pytest.mark.usefixtures("late_makers")


@pytest.fixture
def served(shop, tmp_path):
    """The shop, and a client of its server."""
    state_folder = tmp_path / "elsewhere"
    shutil.copytree(shop, state_folder)
    with ExitStack() as stack:
        state = stack.enter_context(people.state_of(Workspace.at(state_folder)))
        door = Door(current=Current(shop, warm=False), state=state)
        yield shop, stack.enter_context(TestClient(application(door, Limits()), base_url="http://localhost"))


def stored(shop):
    (path,) = shop.glob(".regulars/gen-*.duckdb")
    return path


def test_a_server_that_is_well_says_so_and_of_which_records(served):
    _, client = served
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "generation": 1, "answers": True, "stale": False}
    assert answer.headers["cache-control"] == "no-store"
    assert client.head("/healthz").status_code == 200


def test_a_server_without_records_is_not_well(served):
    shop, client = served
    shutil.rmtree(shop / ".regulars")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert str(shop) not in answer.text


def test_a_server_whose_records_cannot_be_opened_is_not_well(served):
    shop, client = served
    stored(shop).write_bytes(b"x" * 100)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["code"]) == (503, "store")
    assert str(shop) not in answer.text


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-4096])])
def test_the_check_of_a_generation_looks_at_the_file(serving, shop, harm):
    serving.check()
    harm(stored(shop))
    with pytest.raises(StoreError, match="gen-000001"):
        serving.check()


@pytest.mark.parametrize(
    "harm", [lambda shop: shutil.rmtree(shop / ".regulars"), lambda shop: stored(shop).write_bytes(b"x")]
)
def test_a_server_that_loses_its_records_while_it_serves_is_not_well(served, harm):
    shop, client = served
    assert client.get("/healthz").status_code == 200
    harm(shop)
    assert client.get("/healthz").status_code == 503
