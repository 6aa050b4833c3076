"""What no line of the project may do: SQL outside the engine, unpickling, paths and hosts of somebody's machine."""

import ast
import re

from .source import MODULES, SRC, kept_files, shown, tree

#: The engine, and what remembers statements that Ibis made.
ENGINE = {SRC / "data" / "engine.py", SRC / "data" / "statements.py", SRC / "state" / "database.py"}
SQL = {"raw_sql", "sql", "execute", "executemany", "executescript"}
UNSAFE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
#: Folders of somebody's machine, and where packages come from; written so that this file does not name any.
PLACES = re.compile(r"(?<![\w.$}~-])/" + "(?:home|root|work|workspace|Users)" + r"/\w")
HOSTS = re.compile(r"(?i)\b(?:[\w-]+\.)*(?:py" + "pi|python" + "hosted|arti" + r"factory|dev" + r"pi)\.[a-z]{2,}\b")
INDEX = re.compile("--(?:extra-)?index" + "-url|index" + "-url *=")


def statements(path):
    """Yield (line, what) of every statement text that is handed to an engine."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SQL and node.args:
            yield node.lineno, ast.unparse(node)


def test_only_the_engine_writes_sql():
    outside = [path for path in MODULES if path not in ENGINE]
    assert [f"{shown(path)}:{line}: {what}" for path in outside for line, what in statements(path)] == []


def test_the_scan_sees_sql(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        "def f(con, name):\n    con.execute(f'SELECT * FROM {name}')\n    con.raw_sql(name)\n    x.execute()\n"
    )
    assert [line for line, _ in statements(path)] == [2, 3]


def imported(path):
    """Yield the packages that a module imports."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_nothing_is_pickled():
    assert [shown(path) for path in MODULES if UNSAFE.intersection(imported(path))] == []


def test_no_line_names_a_place_of_somebodys_machine():
    found = []
    for path in kept_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if PLACES.search(line) or HOSTS.search(line) or INDEX.search(line):
                found.append(f"{shown(path)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_the_scan_sees_places():
    home, work, host = "/" + "home/anna/x", "in `/" + "work/x`", "https://files.python" + "hosted.org/x"
    assert PLACES.search(home)
    assert PLACES.search(work)
    assert HOSTS.search(host)
    assert INDEX.search("pip --extra-index" + "-url x")
    assert not PLACES.search("src/home/x and ~/work/x and $HOME/root/x")
