"""Every module says what it is for, is named after it, and stays small enough to read."""

import ast
import re

from .source import MODULES, SRC, shown, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
NAMELESS = re.compile(r"(^|_)(utils?|helpers?|managers?|commons?|base|misc|stuff)$")


def test_every_module_says_what_it_is_for():
    assert [shown(path) for path in MODULES if not ast.get_docstring(tree(path))] == []


def test_every_folder_is_a_package():
    folders = sorted({path.parent for path in MODULES})
    assert [shown(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_every_module_is_named_after_what_is_in_it():
    names = {shown(path): path.relative_to(SRC).with_suffix("").parts for path in MODULES}
    assert [name for name, parts in names.items() if any(map(NAMELESS.search, parts))] == []


def test_refused_names_are_refused():
    assert all(map(NAMELESS.search, ("utils", "date_utils", "helper", "base", "common")))
    assert not any(map(NAMELESS.search, ("database", "based", "commonest", "kpi", "settings")))


def test_every_module_can_be_read_in_one_go():
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_functions_are_short():
    lengths = {
        f"{shown(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
