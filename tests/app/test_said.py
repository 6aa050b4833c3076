"""Which answers are asked about, and what is read of them."""

import numpy as np
import pytest

from regulars.app.said import Asked, busiest, kind_of, kinds_of, said
from regulars.core.errors import QueryError, UnknownName
from regulars.core.periods import Period
from small import company, on, reply, sale

ANSWERS = [
    reply("ann", 3, 10),
    reply("bob", 4, 6),
    reply(None, 5, 8, weight=2.5),
    reply("cas", 6, 0, weight=0),
    reply("ann", 7, 9, touchpoint="transactional", order_id="o1"),
    reply("ann", 9, 2, touchpoint="transactional", order_id="o1"),
    reply("bob", 8, 4, "csat"),
    reply("bob", 60, 7),
]


@pytest.fixture(scope="module")
def records():
    return company(100, responses=ANSWERS)


def asked(question="nps", touchpoint="relational"):
    return Asked(question=question, touchpoint=touchpoint, period=Period(on(0), on(50)))


def test_answers_are_read_once_each_in_order(records):
    found = said(records, asked())
    assert found.response.tolist() == ["r0", "r1", "r2"]  # r3 weighs nothing, r7 came later
    assert found.score.tolist() == [10, 6, 8]
    assert found.weight.tolist() == [1, 1, 2.5]
    assert found.net.tolist() == [1, -1, 0]
    assert (found.least, found.most, found.weighted) == (0, 10, True)
    assert found.customer[2] < 0 < found.customer[:2].min()
    assert np.diff(found.day).tolist() == [1, 1]


def test_an_order_spoken_of_twice_counts_by_the_latest(records):
    found = said(records, asked(touchpoint="transactional"))
    assert (found.response.tolist(), found.score.tolist(), found.weighted) == (["r5"], [2], False)


def test_no_answers_are_no_error(records):
    found = said(records, asked("pmf"))
    assert (len(found), found.weighted, found.net.tolist()) == (0, False, [])


def test_kinds_and_questions(records):
    kinds = kinds_of(records, "nps")
    assert kinds == {"relational": 4, "transactional": 2}
    assert kind_of(kinds, "nps", "") == "relational"
    assert kind_of({"transactional": 2}, "nps", "") == "transactional"
    assert kind_of(kinds, "nps", "transactional") == "transactional"
    assert [busiest(records, kind) for kind in ("", "relational", "transactional")] == ["nps"] * 3
    assert busiest(company(9, responses=[reply("ann", 1, 4, "csat")]), "relational") == ""


def test_what_is_not_there_is_said(records):
    with pytest.raises(UnknownName, match="Did you mean `nps`"):
        kinds_of(records, "npz")
    with pytest.raises(QueryError, match="no answer to the question `ces`"):
        kinds_of(records, "ces")
    with pytest.raises(QueryError, match="No answer to `csat` is relational: there are 1 transactional ones"):
        kind_of(kinds_of(records, "csat"), "csat", "relational")
    bare = company(9, orders=[sale("ann", 1)])
    for ask in (busiest, lambda records: kinds_of(records, "nps")):
        with pytest.raises(QueryError, match="Map `responses`"):
            ask(bare)
