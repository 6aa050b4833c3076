"""Every example of the documentation runs and prints what the page says."""

import dataclasses
import shutil

import pytest

from regulars.catalogue.sources import simulated

from .pages import ROOT, Block, Session, Untrue, commands, regulars

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
#: What a page's demonstration holds: how many customers, and which tables of theirs.
FEW = (600, ("customers", "orders", "subscriptions"))
HEARD = (700, ("customers", "orders", "responses", "follow_ups", "tickets", "ticket_events"))


def _source(customers, tables):
    """Return the source of `regulars demo`, with fewer customers and tables."""

    def write(folder, progress):
        simulated.simulate(folder, customers=customers, seed=1, tables=tables, progress=progress)

    return dataclasses.replace(simulated.simulated, write=write)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demonstration") / "regulars-demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated, "simulated", _source(*FEW))
        said, status = regulars(["demo", str(folder)])
    assert status == 0, said
    return folder


@pytest.fixture(scope="session")
def heard(tmp_path_factory):
    """A demonstration in which customers say something; its KPIs, which nobody reads here, are not printed."""
    folder = tmp_path_factory.mktemp("heard") / "regulars-demo"
    _source(*HEARD).fill(folder, lambda done: None)
    said, status = regulars(["run", "--quiet", "-C", str(folder)])
    assert status == 0, said
    return folder


@pytest.fixture
def place(page, tmp_path, monkeypatch, request):
    """A folder with what the pages begin with: a demonstration, already made, and a small shop's export."""
    made = request.getfixturevalue("heard" if page.name == "voice.md" else "demonstration")
    shutil.copytree(made, tmp_path / "regulars-demo")
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "docs" / "sales.csv", tmp_path / "data")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page, place):
    untrue = None
    try:
        Session(page=page).run()
    except Untrue as cause:
        untrue = cause
    if untrue:
        pytest.fail(str(untrue), pytrace=False)


@pytest.mark.parametrize(
    "lie",
    [
        "```console\n$ echo one\ntwo\n```\n",
        "```console\n$ false\n```\n",
        "```console\n$ regulars no-such-command\n```\n",
        "```python\n>>> 1 + 1\n3\n```\n",
    ],
)
def test_a_page_that_lies_is_found(lie, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"```console\n$ echo three\nthr...\n$ false\n...\n$ echo $?\n1\n```\n\n{lie}")
    with pytest.raises(Untrue, match=r"page.md"):
        Session(page=page).run()


def test_commands_are_taken_apart():
    block = Block(language="console", text="$ cat <<'END'\n> a\n>\n> END\na\n\n$ true\n", line=10)
    first, second = commands(block)
    assert first.text == "cat <<'END'\na\n\nEND"
    assert first.output == "a\n\n"
    assert (second.text, second.line) == ("true", 16)
