"""Who answers: a planted non-response is named, and weights bring the score nearer the truth."""

import pytest

from regulars.app.respondents import respondents
from regulars.app.said import Asked, said
from regulars.core.periods import Period
from small import company, on, reply, sale

ASKED = Asked(question="nps", touchpoint="relational", period=Period(on(0), on(400)))
#: NPS of the two markets, of which the first answers twice as often as the second, and has as many customers.
HERE, THERE = -0.4, 0.6

NO_FIELD = "no attribute of customers (`customers`) has from 2 to 30 values"


def planted(size=400, *, fields=("market",), anonymous=False, **rest):
    """Return a company of two markets of alike size; of NL 2 in 5 answer, of DE 1 in 5."""
    customers, orders, answers = [], [], []
    for place in range(size):
        who, market, turn = f"c{place:03}", "NL" if place % 2 else "DE", place // 2
        values = {"market": market, "segment": ("a", "b", "c")[turn % 3], "acquisition_channel": "web"}
        customers.append({"customer_id": who, **{name: values[name] for name in fields}})
        orders.append(sale(who, 300 + place % 90))
        if turn % 5 < (2 if market == "NL" else 1):
            part, score = turn // 5 % 10, (0, 9) if market == "NL" else (0, 10)
            promotes = part < (3 if market == "NL" else 8)
            answers.append(reply(None if anonymous else who, 350 + turn % 7, score[promotes]))
    return company(400, orders=orders, customers=customers, responses=answers, **rest)


def told(records, asked=ASKED):
    return respondents(records, said(records, asked))


@pytest.fixture(scope="module")
def found():
    return told(planted(fields=("market", "segment")))


def test_the_field_by_which_respondents_differ_is_named_and_the_other_is_not(found):
    assert (found.customers, found.respondents, found.why_not) == (400, 120, "")
    first, second = found.balances
    assert (first.field, first.differs) == ("market", True)
    assert (second.field, second.differs) == ("segment", False)
    shares = {gap.category: (gap.responded, gap.population) for gap in first.gaps}
    assert shares == {"NL": (pytest.approx(2 / 3), 0.5), "DE": (pytest.approx(1 / 3), 0.5)}
    assert first.gaps[0].flagged


def test_the_score_weighted_to_all_customers_is_nearer_the_truth(found):
    standing, truth = found.standing, 100 * (HERE + THERE) / 2
    plain, weighted = standing.plain.interval, standing.to_customers.interval
    assert plain.value == pytest.approx(100 * (2 * HERE + THERE) / 3)
    assert weighted.value == pytest.approx(truth, abs=0.5)
    assert weighted.low < truth < weighted.high
    assert (standing.fields, standing.as_recorded) == (("market",), None)
    assert 100 < standing.effective_n < 120
    assert standing.design_effect == pytest.approx(120 / standing.effective_n)
    assert (plain.n, weighted.n) == (120, 120)


def test_of_a_customer_the_latest_answer_is_weighted_and_records_weigh_as_they_say():
    customers = [{"customer_id": f"c{n}", "market": "NL" if n % 2 else "DE"} for n in range(60)]
    answers = [reply(f"c{n}", 5, 0, weight=3) for n in range(20)] + [reply(f"c{n}", 9, 10) for n in range(40)]
    found = told(company(400, customers=customers, responses=answers))
    assert (found.respondents, found.customers) == (40, 60)
    assert found.standing.plain.interval.value == pytest.approx(100 * (40 - 20) / 60)
    assert found.standing.as_recorded.interval.value == pytest.approx(100 * (40 - 60) / 100)
    assert found.standing.to_customers is None  # both markets answer alike


def test_customers_who_did_nothing_for_a_year_are_not_stood_for():
    customers = [{"customer_id": f"c{n}", "market": "NL"} for n in range(4)]
    orders = [sale("c0", 30), sale("c1", 395), sale("c2", 395)]
    found = told(company(400, customers=customers, orders=orders, responses=[reply("c3", 390, 9)]))
    assert (found.customers, found.respondents) == (3, 1)


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ({"fields": ()}, NO_FIELD),
        ({"fields": ("acquisition_channel",)}, NO_FIELD),
        ({"anonymous": True}, "no answer names its customer"),
    ],
)
def test_what_cannot_be_told_has_a_reason_and_the_score_stands_all_the_same(rest, why):
    found = told(planted(100, **rest))
    assert (found.why_not, found.balances, found.standing.to_customers) == (why, (), None)
    assert found.standing.plain.interval.n == 30


@pytest.mark.parametrize(
    ("question", "scores", "rest", "share"),
    [
        ("csat", (5, 4, 3, 1), {}, 2 / 4),
        ("pmf", (5, 4, 3, 1), {}, 1 / 4),
        ("ces", (5, 4, 3, 1), {}, 2 / 4),
        ("ces", (5, 4, 3, 1, 1, 1), {"low_effort_is_low": True}, 3 / 6),
    ],
)
def test_shares_are_those_of_the_kpi(question, scores, rest, share):
    answers = [reply(f"c{n}", 9, score, question) for n, score in enumerate(scores)]
    kind = "relational" if question == "pmf" else "transactional"
    asked = Asked(question=question, touchpoint=kind, period=ASKED.period)
    assert told(company(400, responses=answers, **rest), asked).standing.plain.interval.value == pytest.approx(share)
