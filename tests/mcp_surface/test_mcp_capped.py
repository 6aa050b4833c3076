"""How much of a page is told: fairly shared out, and never a prediction without its score."""

from hypothesis import given
from hypothesis import strategies as st

from regulars.mcp.capped import capped, fair
from regulars.mcp.told import MOST, fitting


@given(st.lists(st.integers(0, 500), max_size=12), st.integers(1, 300))
def test_shares_are_fair(sizes, most):
    share = fair(sizes, most)
    kept = sum(min(size, share) for size in sizes)
    assert kept <= max(most, sum(map(bool, sizes)))
    if sum(sizes) <= most:
        assert kept == sum(sizes)
    elif share > 1 or most >= len(sizes):
        # One row more of each would be too many.
        assert sum(min(size, share + 1) for size in sizes) > most


def grid(name, rows):
    return {"block": "grid", "name": name, "rows": [{"n": n} for n in range(rows)]}


def test_scores_are_never_cut():
    record, left_out = capped({"blocks": [grid("customers", 90), grid("scores", 40), grid("few", 2)]}, 10)
    assert [len(block["rows"]) for block in record["blocks"]] == [8, 40, 2]
    assert left_out == record["left_out"] == record["blocks"][0]["left_out"] == 82


def test_of_a_course_the_newest_stay():
    series = [{"name": name, "marks": list(range(30))} for name in "ab"]
    record, left_out = capped({"blocks": [{"block": "chart", "name": "c", "series": series}]}, 10)
    assert [one["marks"] for one in record["blocks"][0]["series"]] == [[25, 26, 27, 28, 29]] * 2
    assert left_out == 50


@given(st.lists(st.text(max_size=400), max_size=200))
def test_texts_fit_and_say_how_much_does_not(lines):
    text = fitting(lines, "Ask for less.")
    assert len(text.encode("utf-8", "surrogatepass")) <= MOST or not lines
    if "more lines are left out" in text:
        assert text.endswith("Ask for less.")
