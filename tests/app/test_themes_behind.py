"""What is behind themes: who names them, what they do to the score, what their customers bring, what rises."""

import numpy as np
import pytest

from regulars.app.aftermath import aftermath
from regulars.app.comments import heard, with_heard
from regulars.app.said import Asked, said
from regulars.app.themes import exposures, themes
from regulars.core.periods import Grain, Period
from regulars.stats import impact
from regulars.stats.intervals import wilson
from small import on, reply, sale
from spoken import TEXTS, backend_of, shelf, spoken

#: The days of all answers but those of the flood.
EARLIER = Period(on(100), on(460))
ORDERS = [sale(f"c{n:03}", 550, 10 + n % 6) for n in range(300)] + [sale(f"c{n:03}", 20, 1000) for n in range(300)]
#: In the last full week nine in ten complain of refunds.
FLOOD = [reply(f"f{n}", 589 + n % 7, (1, 9)[n % 10 == 0], comment=TEXTS[4 if n % 10 else 3]) for n in range(50)]
FLOOD += [reply(f"g{n}", 461 + n, (1, 9)[n % 2], comment=TEXTS[n % 6]) for n in range(125)]
FLOOD += [reply(None, 455, 0, comment=TEXTS[0])]


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Return the records with what was heard, and what was."""
    folder = tmp_path_factory.mktemp("behind")
    records, place = spoken(FLOOD, orders=ORDERS), (shelf(folder), folder / "generation.duckdb")
    told = heard(place[0], records, place[1])
    return with_heard(records, *place, backend_of(records)), told


def asked(period=EARLIER, question="nps"):
    return Asked(question=question, touchpoint="relational", period=period)


@pytest.fixture(scope="module")
def found(read):
    records, told = read
    return themes(records, told, said(records, asked()))


#: A word of each found theme, whose numbers are as they come.
WORDS = {"zipper", "museum", "charming", "entrance"}


def called(theme):
    """Return what tests call a theme: its id, or a word where it was found."""
    return next((word for word in WORDS if word in theme.terms), theme.id)


@pytest.fixture(scope="module")
def by_id(found):
    return {called(one.theme): one for one in found.themes}


def test_shares_are_of_customers_who_commented(found, by_id):
    assert found.commenters == 301
    assert by_id.keys() == {"delivery", "returns"} | WORDS
    delivery, refunds, museum = by_id["delivery"], by_id["returns"], by_id["museum"]
    expected = wilson(51, 301)
    for one in (delivery.prevalence, delivery.complaint):
        assert (one.interval.value, one.interval.low, one.interval.high) == (
            expected.value,
            expected.low,
            expected.high,
        )
        assert one.period == EARLIER
    assert delivery.praise.interval.value == museum.complaint.interval.value == 0
    assert museum.praise.interval.value == refunds.complaint.interval.value == 50 / 301


def test_the_most_complained_of_comes_first(found):
    first, *others = [called(one.theme) for one in found.themes]
    assert first == "delivery"
    assert set(others[:2]) == {"zipper", "returns"}


def test_impact_is_the_score_of_all_less_that_of_those_who_do_not_complain(found, by_id):
    assert found.rated == 361
    scores = np.repeat([-1, 1], [181, 180])
    own = impact.leave_out(scores, (np.arange(361) < 60).astype(float)).value
    got = by_id["returns"].impact.interval
    assert [got.value, got.low, got.high] == pytest.approx([100 * one for one in (own.value, own.low, own.high)])
    assert got.value == pytest.approx(100 * (scores.mean() - scores[60:].mean()))
    assert by_id["museum"].impact.interval.why_not == "fewer than 5 rated answers complain of it"
    # With complaints of the other two held there is nothing but praise left: -200 points for a sixth.
    assert by_id["returns"].adjusted.interval.value == pytest.approx(-200 * 60 / 361, rel=1e-6)
    assert by_id["returns"].q_value < 1e-6
    assert by_id["museum"].q_value == 1


def test_value_is_what_those_who_complained_brought_in_a_year(found, by_id):
    assert found.valued == "what they brought in the last 365 days"
    # Customers 4, 10, 16, ... complain of refunds; of nobody but 550's order is within the last year.
    who = [n for n in range(300) if n % 6 == 4]
    assert by_id["returns"].customers == len(who)
    assert by_id["returns"].value == sum(10 + n % 6 for n in who)
    assert by_id["delivery"].customers == 50  # one more is not known by name
    assert by_id["museum"].value == 0


def test_what_newly_rises_is_told_from_what_does_not(read):
    records, told = read
    found = themes(records, told, said(records, asked(Period(on(100), on(600)))), Grain.WEEK)
    # The records end on a Saturday: that week is not over.
    assert (str(found.newest.start), (found.newest.end - found.newest.start).days) == ("2025-08-11", 7)
    rising = {one.theme.id for one in found.themes if one.rise.rising}
    assert rising == {"returns"}
    refunds = next(one.rise for one in found.themes if one.theme.id == "returns")
    assert refunds.share.low > refunds.expected.value
    steady = themes(records, told, said(records, asked(Period(on(100), on(580)))), Grain.WEEK)
    assert not any(one.rise.rising for one in steady.themes)


def test_too_few_earlier_periods_have_a_reason(read):
    records, told = read
    found = themes(records, told, said(records, asked(Period(on(574), on(596)))), Grain.WEEK)
    whys = {called(one.theme): one.rise.share.why_not for one in found.themes}
    assert whys["returns"] == "what is usual takes 4 earlier periods with comments"
    assert whys["delivery"] == "fewer than 15 mentions in 3 periods"


def test_days_without_comments_have_no_themes(read):
    records, told = read
    found = themes(records, told, said(records, asked(Period(on(0), on(50)))))
    assert (found.themes, found.commenters, found.rated) == ((), 0, 0)


def test_complaints_may_be_followed_by_something(read):
    records, told = read
    made = {one.name: one for one in exposures(records, told)}
    ids = {called(one): one.id for one in told.themes}
    assert made.keys() == {f"theme_{ids[name]}" for name in ("delivery", "returns", "zipper")}
    assert exposures(records, told, most=1)[0].name == "theme_returns"
    own = made["theme_returns"]
    assert (own.reference, own.said) == ("others", "where customers complained of Refunds and returns")
    rows = records.run(own.rows)
    assert {row["group"] for row in rows} == {"complained", "others"}
    assert all(row["customer"] > 0 for row in rows)
    assert len([row for row in rows if row["group"] == "complained"]) == 60 + 45 + 21
    after = aftermath(records, {}, Period(on(0), on(600)), made.values())
    groups = {row.group: row for row in after.rows if row.exposure.name == "theme_returns"}
    assert groups["complained"].outcome.name == "spent"
