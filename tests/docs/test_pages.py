"""Every example of the documentation runs and prints what the page says."""

import dataclasses

import pytest

from regulars.catalogue.sources import simulated

from .pages import ROOT, Block, Session, commands

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CUSTOMERS = 600


def _write_few(folder, progress):
    simulated.simulate(folder, customers=CUSTOMERS, seed=1, progress=progress)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder in which a demonstration has few customers."""
    few = dataclasses.replace(simulated.simulated, write=_write_few)
    monkeypatch.setattr(simulated, "simulated", few)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page, place):
    assert "\n".join(Session(page=page).run()) == ""


def test_a_page_that_lies_is_found(tmp_path, place):
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one\ntwo\n$ false\n$ echo three\nthr...\n```\n\n```python\n>>> 1 + 1\n3\n```\n")
    failures = Session(page=page).run()
    assert len(failures) == 4
    assert "page.md:2" in failures[0]


def test_commands_are_taken_apart():
    block = Block(language="console", text="$ cat <<'END'\n> a\n>\n> END\na\n\n$ true\n", line=10)
    first, second = commands(block)
    assert first.text == "cat <<'END'\na\n\nEND"
    assert first.output == "a\n\n"
    assert (second.text, second.line) == ("true", 16)
