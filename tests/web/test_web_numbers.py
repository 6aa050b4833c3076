"""The same question has the same answer wherever it is asked: page, files, Python, command line."""

import csv
import html
import io
import json
import re
from itertools import groupby

import openpyxl
import pytest
from visitors import words

import regulars
from regulars.cli.main import app, exit_status
from regulars.reports import written
from regulars.views import words as views_words

#: KPIs whose own pages are asked for, one of each kind of number.
SOME = ("net_revenue", "nps", "repeat_purchase_rate")


@pytest.fixture(scope="module")
def company(canary_shop):
    with regulars.open(canary_shop) as found:
        yield found


@pytest.fixture(scope="module")
def page(doorway):
    return doorway.get("/kpis.json", "admin").json()


@pytest.fixture(scope="module")
def cards(page):
    found = [card for block in page["blocks"] if block["block"] == "cards" for card in block["cards"]]
    assert len(found) > 30
    return {card["kpi"]: card for card in found}


@pytest.fixture(scope="module")
def asked(company, cards):
    """The same from Python, as plain values."""
    rows = json.loads(company.kpi(*cards, compare=True).to_json())
    return {name: list(of) for name, of in groupby(rows, key=lambda row: row["kpi"])}


def told(capsys, *said):
    """Return what a command writes."""
    capsys.readouterr()
    assert exit_status(lambda **_: app(list(said), standalone_mode=False)) == 0
    return capsys.readouterr().out


def test_every_kpi_that_can_be_answered_is_on_the_page(company, cards):
    assert set(cards) == {one["name"] for one in company.kpis() if not one["why_not"]}


def test_pages_say_what_python_says(cards, asked):
    for name, card in cards.items():
        assert card["course"] == asked[name], name
        assert card["latest"] in asked[name]


def check_command(asked, names, folder, capsys):
    said = told(capsys, "kpi", *names, "--compare", "--format", "json", "-C", str(folder))
    assert json.loads(said) == [row for name in names for row in asked[name]]


def test_pages_say_what_the_command_line_says(asked, canary_shop, capsys):
    check_command(asked, SOME, canary_shop, capsys)


@pytest.mark.long
def test_pages_say_what_the_command_line_says_of_every_kpi(cards, asked, canary_shop, capsys):
    check_command(asked, list(cards), canary_shop, capsys)


def test_tables_of_the_page_are_tables_of_the_command_line(doorway, cards, canary_shop, capsys):
    chosen = [name for name in cards if name in (*SOME, "churn_rate", "predicted_clv", "average_order_value")]
    plain = told(capsys, "kpi", *chosen, "--compare", "--format", "csv", "-C", str(canary_shop))
    theirs = list(csv.DictReader(io.StringIO(plain, newline="")))
    ours = [row for row in rows_of(doorway, "/kpis.csv") if row["kpi"] in chosen]
    names = list(theirs[0])
    assert {tuple(row[name] for name in names) for row in ours} == {tuple(row.values()) for row in theirs}


def rows_of(doorway, address):
    return list(csv.DictReader(io.StringIO(doorway.get(address, "admin").text, newline="")))


def test_a_file_has_a_row_for_every_number_with_all_that_travels_with_it(doorway, cards):
    rows = {(row["kpi"], row["period"]): row for row in rows_of(doorway, "/kpis.csv")}
    numbers = [one for card in cards.values() for one in card["course"]]
    assert len(rows) == len(numbers)
    for one in numbers:
        row = rows[one["kpi"], one["period"]]
        for part in ("value", "low", "high", "level", "n"):
            assert row[part] == ("" if one[part] is None else str(one[part])), (one["kpi"], part)
        for part in ("method", "why_not", "version", "unit"):
            assert row[part] == one[part], (one["kpi"], part)
        assert row["as_of"] == one["as_of"]
        assert row["flags"] == " ".join(one["flags"])


@pytest.mark.filterwarnings("ignore:Sparkline Group extension")
def test_a_workbook_holds_the_same_numbers(doorway, cards):
    book = openpyxl.load_workbook(io.BytesIO(doorway.get("/kpis.xlsx", "admin").content))
    found = {}
    for sheet in book:
        rows = list(sheet.iter_rows(values_only=True))
        heads = next((row for row in rows if row[:2] == ("KPI", "Key") and "Period" in row), None)
        if heads is None or not sheet.title.startswith("Course"):
            continue
        for row in rows[rows.index(heads) + 1 :]:
            said = dict(zip(heads, row, strict=True))
            if said["Key"]:
                found[said["Key"], said["Period"]] = said
    for name, card in cards.items():
        for one in card["course"]:
            said = found[name, written.period(one["period"])]
            if one["value"] is None:
                assert not isinstance(said["Value"], float | int), name
                continue
            assert said["Value"] == pytest.approx(one["value"], rel=1e-14, abs=1e-300), name
            assert said["Value n"] == one["n"]
            for part in ("low", "high"):
                if one[part] is not None:
                    assert said[f"Value {part}"] == pytest.approx(one[part], rel=1e-14, abs=1e-300), name


def data(text):
    """Return the numbers that a page marks as such: as they are, and as they are written."""
    return re.findall(r'<data value="([^"]*)">(?:<a [^>]*>)?([^<]*)', text)


def test_the_page_itself_shows_the_same_numbers_in_words(doorway, cards):
    shown = data(doorway.get("/kpis", "admin").text)
    for name, card in cards.items():
        latest = card["latest"]
        if latest["value"] is not None:
            assert (str(latest["value"]), html.escape(written.value(latest))) in shown, name


@pytest.mark.parametrize("ending", [".html", ".pdf", ".eml"])
def test_reports_show_the_same_numbers_in_words(doorway, cards, ending):
    plain = re.sub(r"\s+", "", html.unescape(words(doorway.get(f"/kpis{ending}", "admin"))))
    for name, card in cards.items():
        latest = card["latest"]
        if latest["value"] is not None:
            assert re.sub(r"\s+", "", written.value(latest)) in plain, name
            assert re.sub(r"\s+", "", views_words.title(name)) in plain, name


def compared(card):
    """Return a card without comparisons that could not be made: of a KPI by itself, they are left out."""

    def kept(row):
        return {name: part for name, part in row.items() if name != "change" or part["value"] is not None}

    return {**card, "latest": kept(card["latest"]), "course": [kept(row) for row in card["course"]]}


def check_page_of(doorway, name, card):
    record = doorway.get(f"/kpis/{name}.json", "admin").json()
    (own,) = [one for block in record["blocks"] if block["block"] == "cards" for one in block["cards"]]
    own, card = compared(own), compared(card)
    assert own == card
    periods = [row for block in record["blocks"] if block["block"] == "answers" for row in block["rows"]]
    assert [row["value"] for row in periods if not row["group"]][-len(card["course"]) :] == [
        row["value"] for row in card["course"]
    ]
    rows = [row for row in rows_of(doorway, f"/kpis/{name}.csv") if row["block"] == "cards"]
    assert [row["value"] for row in rows] == [
        "" if one["value"] is None else str(one["value"]) for one in card["course"]
    ]
    if card["latest"]["value"] is not None:
        shown = data(doorway.get(f"/kpis/{name}", "admin").text)
        assert (str(card["latest"]["value"]), html.escape(written.value(card["latest"]))) in shown


@pytest.mark.parametrize("name", SOME)
def test_the_page_of_a_kpi_says_what_the_page_of_all_says(doorway, cards, name):
    check_page_of(doorway, name, cards[name])


@pytest.mark.long
def test_the_page_of_every_kpi_says_what_the_page_of_all_says(doorway, cards):
    for name, card in cards.items():
        check_page_of(doorway, name, card)


COMMANDS = {
    "/drivers.csv": "view drivers",
    "/data.csv": "view data",
    "/kpis/nps.csv?period=6m&by=market": "view kpi nps --ask period=6m --ask by=market",
}


@pytest.mark.parametrize("address", COMMANDS)
def test_files_of_pages_are_what_commands_write(doorway, canary_shop, capsys, address):
    said = told(capsys, *COMMANDS[address].split(), "--format", "csv", "-C", str(canary_shop))
    assert doorway.get(address, "admin").text == said
