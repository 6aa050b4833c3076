"""What the documentation and the messages name exists: links, files, commands, KPIs, settings."""

import re

import pytest
import typer.main

from regulars.cli.main import app
from regulars.views import reference, words

from .pages import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"(?:`|^\$ |^)regulars ([a-z-]+)\b(?! =)", re.MULTILINE)


def anchors(text):
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name) if name else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{page.name}: {link}"


def test_commands_that_are_named_exist():
    known = set(typer.main.get_command(app).commands)
    named = {
        (path.relative_to(ROOT).as_posix(), command)
        for path in [*PAGES, *SOURCES]
        for command in _COMMAND.findall(path.read_text(encoding="utf-8"))
    }
    assert sorted((path, command) for path, command in named if command not in known) == []


def test_files_that_the_code_names_exist():
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in [*PAGES, *SOURCES, ROOT / "pyproject.toml", ROOT / "Makefile"]
        for name in re.findall(r"\b(?:docs|tests|benchmarks)/[\w/.-]+\.(?:md|py)\b", path.read_text(encoding="utf-8"))
    }
    assert sorted((path, name) for path, name in named if not (ROOT / name).is_file()) == []


def test_make_targets_that_are_named_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))}
    assert named <= targets


def test_every_flag_is_explained_in_the_guide():
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    assert [flag for flag in words.FLAGS if f"| `{flag}` |" not in guide] == []


def test_the_reference_is_current():
    assert reference.stale(ROOT / "docs") == [], "run `make docs`"


def test_check_says_what_is_out_of_date(tmp_path, capsys):
    assert reference.main([str(tmp_path)]) == 0
    assert reference.main(["--check", str(tmp_path)]) == 0
    (tmp_path / "tables.md").write_text("old")
    assert reference.main(["--check", str(tmp_path)]) == 1
    assert "tables.md` is out of date" in capsys.readouterr().err


def test_every_kpi_of_the_catalogue_is_in_the_reference():
    page = reference.PAGES["kpis.md"]()
    assert "### net_revenue" in page
    assert page.count("- needs: ") > 40
