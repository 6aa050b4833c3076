"""Help comes at once: neither it nor `import regulars` loads an engine, and no answer loads what it does not need."""

import json
import subprocess
import sys

import pytest

import regulars
import workspaces

#: Each takes between a quarter of a second and a second to import; predictions, themes and clusters need them.
RARE = {"lifelines", "pandas", "polars", "scipy.optimize", "scipy.stats", "sklearn"}
HEAVY = {"duckdb", "ibis", "numpy", "pandas", "polars", "pyarrow", "scipy", "sqlglot"}
ORDERS = workspaces.ORDERS_HEADER + "o1,c1,2025-01-01,sale,5,,NL\no2,c2,2025-02-01,sale,7,,NL\n"
COMMAND = """
import contextlib, io, json, sys
sys.argv = ["regulars", *{arguments!r}]
from regulars.cli.main import main
with contextlib.redirect_stdout(io.StringIO()) as said:
    try:
        main()
    except SystemExit as end:
        status = end.code
print(json.dumps([status, len(said.getvalue()), sorted(sys.modules)]))
"""


def run(code: str) -> list:
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(found.stdout.splitlines()[-1])


def test_importing_the_package_loads_nothing_heavy():
    loaded = run("import json, sys, regulars; print(json.dumps(sorted(sys.modules)))")
    assert not HEAVY.intersection(loaded)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["kpi", "--help"], ["settings", "schema"]], ids=lambda arguments: " ".join(arguments)
)
def test_help_and_schema_load_nothing_heavy(arguments):
    status, length, loaded = run(COMMAND.format(arguments=arguments))
    assert not status
    assert length > 100
    assert not HEAVY.intersection(loaded)


def test_what_opens_companies_and_serves_pages_loads_nothing_that_few_questions_need():
    loaded = run("import json, sys, regulars.door.serving; print(json.dumps(sorted(sys.modules)))")
    assert HEAVY.intersection(loaded)
    assert not RARE.intersection(loaded)


def test_nor_does_a_kpi_load_any_of_it(tmp_path):
    workspaces.write(tmp_path, workspaces.HEAD + workspaces.ORDERS, orders_csv=ORDERS)
    with regulars.open(tmp_path) as company:
        company.refresh()
    code = f"import json, sys, regulars; regulars.open({str(tmp_path)!r}).kpi('net_revenue'); "
    loaded = run(code + "print(json.dumps(sorted(sys.modules)))")
    assert HEAVY.intersection(loaded) == HEAVY - RARE
    assert not RARE.intersection(loaded)


def test_public_names_are_there():
    names = run("import json, regulars; print(json.dumps([n for n in regulars.__all__ if getattr(regulars, n)]))")
    assert "open" in names
    assert "KPI" in names
