"""What is installed without any extra: all that needs no server works, and what needs one says which."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import watched_shop
from regulars.cli.main import app

ROOT = Path(__file__).parents[2]
#: Import names of packages whose names differ.
_NAMES = {"python-multipart": "multipart"}
_WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {lacking!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
from typer.testing import CliRunner
from regulars.cli.main import app
for words in {asked!r}:
    done = CliRunner().invoke(app, [*words, "-C", {folder!r}])
    assert not isinstance(done.exception, ModuleNotFoundError), (words, done.exception)
    print(" ".join(words), done.exit_code)
"""
ASKED = (
    ["views"],
    ["view", "watch"],
    ["view", "queue"],
    ["note"],
    ["alerts", "check"],
    ["channels", "list"],
    ["schedule"],
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return watched_shop.write(tmp_path_factory.mktemp("extras") / "shop", 30)


def test_pages_notes_alerts_and_schedules_need_no_server(shop):
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    named = [re.split(r"[\[<>=]", one)[0] for extra in ("serve", "pdf", "notify") for one in extras[extra]]
    lacking = {_NAMES.get(one, one.replace("-", "_")) for one in named}
    assert {"fastapi", "uvicorn", "apscheduler", "typst", "apprise"} <= lacking
    code = _WITHOUT.format(lacking=lacking, asked=ASKED, folder=str(shop.folder))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    ended = {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in done.stdout.splitlines()}
    assert ended.keys() == {" ".join(words) for words in ASKED}
    assert set(ended.values()) <= {0, 3}


def test_a_folder_that_is_named_before_a_group_of_commands_is_theirs(shop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in (["alerts", "list"], ["outbox", "list"], ["views"]):
        done = CliRunner().invoke(app, ["-C", str(shop.folder), *words])
        assert done.exit_code == 0, (words, done.output)
