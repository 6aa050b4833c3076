"""The voice of the customer on the command line: every format says the same, and wrong words get advice."""

import csv
import io
import json
import re
import shutil
from datetime import date

import pyarrow.parquet as pq
import pytest

from heard_shop import HEAD, TABLES, before, loaded, rows, workspace
from regulars.cli import terminal
from regulars.cli.main import app, exit_status
from regulars.views.company import Company
from spoken import TEXTS

#: What stands beside every number.
TRAVELS = {"value", "low", "high", "n", "period", "as_of", "version", "flags"}
BY_MARKET = ("voice", "--question", "nps", "--touchpoint", "transactional", "--by", "market")
SHOWN = ("voice", "drivers", "service", "aftermath", "follow-up", "themes")


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    return workspace(tmp_path_factory.mktemp("heard"), rows())


@pytest.fixture(scope="module")
def silent(tmp_path_factory):
    """Return a company that sells and asks nobody."""
    only = {"orders": [row for row in rows()["orders"] if row[0].startswith("p")]}
    return workspace(tmp_path_factory.mktemp("silent"), only)


@pytest.fixture(scope="module")
def pages():
    return {}


@pytest.fixture(autouse=True)
def once(monkeypatch, pages):
    """Make a page once for all formats and widths that it is shown in."""
    view = Company.view

    def kept(self, name, **asked):
        key = (self.workspace.folder, self.workspace.shelf.text, name, repr(sorted(asked.items())))
        if key not in pages:
            pages[key] = view(self, name, **asked)
        return pages[key]

    monkeypatch.setattr(Company, "view", kept)


@pytest.fixture
def run(capfd):
    def told(folder, *words):
        capfd.readouterr()
        status = exit_status(lambda **_: app([*words, "-C", str(folder)], standalone_mode=False))
        out, err = capfd.readouterr()
        assert "Traceback" not in err, err
        return status, out, err

    return told


def document(run, folder, *words):
    status, out, err = run(folder, *words, "--format", "json")
    assert status == 0, err
    (page,) = json.loads(out)
    return page


def numbers(node):
    """Yield every estimate in plain values, whatever it stands in."""
    if isinstance(node, dict):
        if "value" in node and "low" in node:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from numbers(one)


def bare(node):
    """Yield every float in a grid that is not in an estimate."""
    if isinstance(node, float):
        yield node
    elif isinstance(node, dict) and "value" not in node:
        for one in node.values():
            yield from bare(one)
    elif isinstance(node, list):
        for one in node:
            yield from bare(one)


def asked(name):
    """Return what is said to show a page."""
    return BY_MARKET if name == "voice" else (name,)


def grid(page, name):
    (found,) = [block for block in page["blocks"] if block.get("name") == name]
    return found["rows"]


@pytest.mark.parametrize("name", SHOWN)
def test_in_json_no_number_goes_alone(run, heard, name):
    page = document(run, heard, *asked(name))
    blocks = page["blocks"]
    assert {block["block"] for block in blocks} & {"grid", "cards", "answers"}
    estimates = [one for block in blocks if block["block"] in ("grid", "answers") for one in numbers(block["rows"])]
    cards = [card for block in blocks if block["block"] == "cards" for card in block["cards"]]
    estimates += numbers([card["latest"] for card in cards])
    assert any(one["value"] is not None for one in estimates)
    for one in (one for one in estimates if "period" in one):
        assert set(one) >= TRAVELS, one
        assert (one["value"] is None) == bool(one["why_not"])
        # The upper end of a time may be open.
        assert one["value"] is None or one["low"] <= one["value"]
        assert one["value"] is None or one["high"] is None or one["value"] <= one["high"]
    for block in blocks:
        if block["block"] == "grid":
            assert all("period" in one for one in numbers(block["rows"]))
            assert list(bare(block["rows"])) == []


@pytest.mark.parametrize("name", SHOWN)
def test_files_hold_the_same_numbers(run, heard, tmp_path, name):
    page = document(run, heard, *asked(name))
    grids = [block["rows"] for block in page["blocks"] if block["block"] == "grid"]
    expected = sorted(repr(one["value"]) for one in numbers(grids))
    status, out, err = run(heard, *asked(name), "--format", "csv")
    assert status == 0, err
    read = list(csv.DictReader(io.StringIO(out)))
    of_grids = [row for row in read if row["block"] not in ("cards", "answers") and row.get("measure")]
    assert sorted(repr(float(row["value"]) if row["value"] else None) for row in of_grids) == expected
    for row in of_grids:
        assert all(row[part] for part in ("n", "version", "as_of", "period"))
        assert row["value"] or row["why_not"]
    target = tmp_path / "page.parquet"
    assert run(heard, *asked(name), "--format", "parquet", "-o", str(target))[0] == 0
    stored = [row for row in pq.read_table(target).to_pylist() if row.get("measure")]
    stored = [row for row in stored if row["block"] not in ("cards", "answers")]
    assert sorted(repr(row["value"]) for row in stored) == expected


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", SHOWN)
def test_tables_cut_nothing(run, heard, monkeypatch, name, width):
    page = document(run, heard, *asked(name))
    monkeypatch.setattr(terminal.out, "width", width)
    status, out, _ = run(heard, *asked(name))
    assert status == 0
    prose = {block["text"] for block in page["blocks"] if "text" in block}
    lines = [line for line in out.splitlines()[1:] if line not in prose]
    assert max(map(len, lines)) <= width
    left_out = str(re.findall(r"Left out at this width: ([^.]*)\.", " ".join(out.split())))
    whole = "".join(out.split())
    assert "…" not in whole
    for block in (one for one in page["blocks"] if one["block"] == "grid"):
        wide = [one["name"] for one in block["columns"] if one["title"] not in left_out]
        for cell in (row[name] for row in block["rows"] for name in wide):
            # Sentences fold; what a line has of them is not looked for.
            if isinstance(cell, str) and len(cell) <= 26:
                assert "".join(cell.split()) in whole, cell


def test_voice_says_who_answers_and_weights(run, heard):
    page = document(run, heard, *BY_MARKET)
    plain = grid(page, "standing")[0]["score"]
    # Scores 2, 1, 9 and 8 by turns of three and two; the last twelve months end with the records.
    scores = [(2 if n % 3 == 0 else 9) - n % 2 for n in range(300) if before(400 - n - 9) >= date(2024, 8, 1)]
    net = sum((score >= 9) - (score <= 6) for score in scores) / len(scores)
    assert (plain["n"], plain["value"]) == (len(scores), pytest.approx(100 * net))
    assert {row["field"] for row in grid(page, "balance")} == {"market"}
    (split,) = [block["rows"] for block in page["blocks"] if block["block"] == "answers"]
    assert {row["group"]["market"] for row in split} == {"NL", "DE"}


def test_drivers_name_what_goes_along_and_where_it_went_wrong(run, heard):
    page = document(run, heard, "drivers")
    facts = grid(page, "drivers_order")
    assert facts[0]["fact"] == "delivery_delay"
    assert facts[0]["share"]["low"] > max(row["share"]["high"] for row in facts[1:])
    (late,) = grid(page, "wrong_order")
    assert late["fact"] == "the order came late"
    assert late["difference"]["value"] == pytest.approx(-7, abs=0.3)
    text = " ".join(run(heard, "drivers")[1].split())
    assert "An association, not an effect" in text


def test_fixes_have_money_cost_uncertainty_and_a_plan(run, heard):
    rows = grid(document(run, heard, "aftermath"), "fixes")
    # Whoever was delivered to late is a detractor here: both go along with the same.
    assert {row["name"] for row in rows[:2]} == {"delivery_delay", "transactional_nps"}
    for row in rows[:2]:
        assert (row["verdict"], row["at_risk"]["unit"]) == ("yes", "EUR")
        assert row["at_risk"]["low"] > 0
        assert "mend it for a random half" in row["plan"]
    assert {row["name"]: row["cost"] for row in rows[:2]} == {
        "delivery_delay": "1,234",
        "transactional_nps": "not stated",
    }


def test_comments_come_out_as_they_are_with_addresses_masked(run, heard):
    rows_ = grid(document(run, heard, "follow-up"), "follow_up")
    said = {row["response_id"]: row["said"]["personal"] for row in rows_ if row["said"]}
    assert said["last"].startswith("It is [bold]broken[/bold] and [/red] late, see ")
    assert "ann@example.org" not in said["last"]
    text = run(heard, "follow-up")[1]
    assert "[bold]broken[/bold]" in "".join(text.split("\n"))
    assert "[/red]" in text
    assert "ann@example.org" not in text
    assert "[i]post[/i]" in run(heard, "service")[1]
    assert "t291" not in said  # somebody got back to them


def test_the_follow_up_list_may_be_short(run, heard):
    whole, one = (grid(document(run, heard, "follow-up", *more), "follow_up") for more in ((), ("--top", "1")))
    assert one == whole[:1]
    assert len(whole) > 1
    assert "1 row" not in run(heard, "follow-up", "--top", "1")[1]


def test_themes_say_how_comments_are_read_and_what_is_said(run, heard):
    page = document(run, heard, "themes", "--top", "2")
    rows = grid(page, "themes")
    assert len(rows) == 2
    assert {row["complaint"]["n"] for row in rows} == {rows[0]["complaint"]["n"]}
    assert {row["theme"] for row in rows} < {"delivery", "returns", "en-1", "en-2", "en-3", "en-4"}
    assert {(row["polarity"], row["text"]["personal"] in TEXTS) for row in grid(page, "quotes")} == {("negative", True)}
    assert "ann@example.org" not in json.dumps(page)
    assert grid(page, "sentiment")[0]["measure"].startswith("Area under the ROC curve")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("voice", "--question", "npz"), "Did you mean `nps`?"),
        (("voice", "--question", "ces"), "There is no answer to the question `ces`"),
        (("voice", "--touchpoint", "relationl"), "No answer to `nps` is relationl"),
        (("voice", "--by", "markt"), "Did you mean `market`?"),
        (("drivers", "--question", "csat"), "There is no answer to the question `csat`"),
        (("drivers", "--touchpoint", "late"), "No answer to `nps` is late"),
        (("themes", "--question", "npz"), "Did you mean `nps`?"),
        (("themes", "--grain", "weak"), "Did you mean `week`?"),
        (("themes", "--top", "0"), "Invalid value for '--top'"),
        (("follow-up", "--top", "0"), "Invalid value for '--top'"),
        (("service", "--from", "2025-02-30"), "2025-02-30"),
        (("aftermath", "--from", "soon"), "soon"),
        (("voice", "--to", "2025-13-01"), "2025-13-01"),
        (("drivers", "--format", "xml"), "no format"),
        (("aftermath", "--format", "jsn"), "no format"),
        (("power", "nbs"), "Did you mean `nps`?"),
        (("power", "nps", "--margin", "0"), "--margin"),
        (("power", "nps", "--level", "95"), "is no level"),
        (("theme", "rename", "deliver", "Post"), "Did you mean `delivery`?"),
        (("theme", "merge", "delivery", "retuns"), "Did you mean `returns`?"),
        (("theme", "exclude", "delivry"), "Did you mean `delivery`?"),
        (("theme", "own", "delivry", "sales"), "Did you mean `delivery`?"),
        (("theme", "pin", "garden!", "tulip"), "is no id"),
        (("theme", "merge", "delivery", "delivery"), "circle"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_wrong_words_end_with_advice(run, heard, words, said):
    status, out, err = run(heard, *words)
    assert (status, out) == (78 if said in ("is no id", "circle") else 2, ""), err
    assert said in " ".join(err.split()), err
    assert not (heard / "themes.toml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("voice",), "needs `responses`"),
        (("drivers",), "There are no answers to surveys. Map `responses`"),
        (("service",), "needs `tickets`"),
        (("aftermath",), "could be followed, not of two groups"),
        (("follow-up",), "Nobody can be told to wait: There are no answers to surveys"),
        (("themes",), "There are no answers to surveys. Map `responses`"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_without_answers_there_is_a_notice(run, silent, words, said):
    page = document(run, silent, *words)
    assert {block["block"] for block in page["blocks"]} <= {"notice", "heading"}
    assert any(said in block["text"] for block in page["blocks"])
    status, out, err = run(silent, *words)
    assert (status, said in " ".join(out.split())) == (0, True), (out, err)
    assert run(silent, *words, "--format", "csv")[:2] == (0, run(silent, *words, "--format", "csv")[1])


@pytest.mark.parametrize("name", SHOWN)
def test_without_records_it_is_said_what_to_do(run, tmp_path, name):
    assert "regulars.toml" in run(tmp_path, name)[2]
    (tmp_path / "regulars.toml").write_text(HEAD)
    status, out, err = run(tmp_path, name)
    assert status != 0
    assert (status not in (70,), out) == (True, "")
    assert "Run `regulars run`" in err


def test_power_is_told_with_and_without_answers(run, heard, tmp_path):
    (alone,) = json.loads(run(tmp_path, "power", "nps", "--format", "json")[1])
    assert (alone["answers"], alone["known"], alone["have"]) == (876, False, None)
    (own,) = json.loads(run(heard, "power", "nps", "--format", "json")[1])
    assert (own["known"], own["worst"]) == (True, alone["worst"])
    count = len([row for row in rows()["responses"] if row[7] == "relational" and row[2] >= before(365)])
    assert own["have"] == round(count / 12)
    text = " ".join(run(heard, "power", "nps", "--margin", "10")[1].split())
    assert "relational answers from 2024-08-01 to 2025-08-01" in text
    assert "a typical one: there are no answers of your own" in " ".join(run(tmp_path, "power", "csat")[1].split())
    read = list(csv.DictReader(io.StringIO(run(heard, "power", "nps", "--format", "csv")[1])))
    assert [int(row["answers"]) for row in read] == [own["answers"]]


def test_corrections_are_kept_over_a_run_with_more_answers(run, heard, tmp_path):
    folder = tmp_path / "heard"
    shutil.copytree(heard, folder)
    zipper = next(row["theme"] for row in grid(document(run, folder, "themes"), "themes") if "jacket" in row["name"])
    for words in (
        ("rename", zipper, "[Zips]"),
        ("own", zipper, "product"),
        ("merge", "returns", "delivery"),
        ("pin", "garden", "museum", "guide*", "--language", "en"),
        ("exclude", "price"),
    ):
        status, out, err = run(folder, "theme", *words)
        assert (status, out) == (0, ""), err
        assert "the next `regulars themes` reads all comments anew" in " ".join(err.split())
    assert run(folder, "theme", "exclude", "price", "--undo")[0] == 0
    kept = (folder / "themes.toml").read_text()
    assert "price" not in kept
    more = [(f"n{n}", f"c{n:03}", before(9), "nps", 2, 10, TEXTS[n % 6], "relational", "") for n in range(60)]
    with (folder / "responses-more.csv").open("w", newline="") as file:
        csv.writer(file).writerows([TABLES["responses"].split(), *more])
    loaded(folder)
    why = run(folder, "kpi", "theme_prevalence")[1]
    assert "run `regulars themes`" in " ".join(why.split())
    found = {row["theme"]: row for row in grid(document(run, folder, "themes"), "themes")}
    assert (found[zipper]["name"], found[zipper]["owner"]) == ("[Zips]", "product")
    assert "returns" not in found
    assert "garden" in found
    assert (folder / "themes.toml").read_text() == kept
    assert "[Zips]" in run(folder, "themes")[1]
    assert "100.0" in run(folder, "kpi", "theme_prevalence", "--grain", "all", "--from", str(before(12)))[1]


def test_a_broken_taxonomy_is_told_by_its_line(run, heard, tmp_path):
    folder = tmp_path / "heard"
    shutil.copytree(heard, folder)
    (folder / "themes.toml").write_text('[theme.delivery]\nname = "Post"\nowners = "us"\n')
    for words in (("themes",), ("theme", "rename", "delivery", "Mail")):
        status, out, err = run(folder, *words)
        assert (status != 0, out) == (True, "")
        assert "themes.toml:3: `owners` is unknown. Did you mean `owner`?" in " ".join(err.split())
    assert 'owners = "us"' in (folder / "themes.toml").read_text()
    # What needs no themes is answered all the same.
    assert run(folder, "follow-up")[0] == 0
