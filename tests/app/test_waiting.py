"""Detractors to whom nobody has got back: each customer by the latest answer, who brought most first."""

import pytest

from regulars.app.waiting import waiting
from regulars.core.periods import day_number
from small import at, company, on, reply, sale

COMMENT = "Call me at ann@example.org or 0612345678901, see https://shop.example/x?a=1"
ANSWERS = [
    reply("ann", 350, 2, comment=COMMENT),
    reply("bob", 340, 0),
    reply("bob", 360, 9),  # is content now
    reply("cas", 350, 6),  # somebody got back
    reply("dan", 355, 6, touchpoint="transactional", order_id="o1"),
    reply("eve", 350, 7),  # no detractor
    reply("fay", 309, 3),  # too long ago
    reply("gus", 310, 3),
    reply(None, 390, 1),
    reply("hal", 350, 9),
    reply("hal", 380, 5, weight=0.5),  # is not content any more
    reply("ann", 330, 0, "csat"),
]
ORDERS = [sale("ann", 30, 7), sale("ann", 36, 40), sale("ann", 380, 10), sale("dan", 380, 90), sale("gus", 5, 99)]
FOLLOWED = [
    {"response_id": "r3", "contacted_at": at(352)},
    {"response_id": "r1", "contacted_at": at(352)},
    {"response_id": "r7", "contacted_at": at(401)},
]


@pytest.fixture(scope="module")
def found():
    return waiting(company(400, responses=ANSWERS, orders=ORDERS, follow_ups=FOLLOWED))


def test_who_waits_and_in_which_order(found):
    assert [one.customer_id for one in found] == ["dan", "ann", None, "gus", "hal"]
    assert [one.response for one in found] == ["r4", "r0", "r8", "r7", "r10"]


def test_what_is_said_of_them(found):
    dan, ann, nobody, gus, _ = found
    assert (dan.score, dan.touchpoint, dan.waits, dan.on) == (6, "transactional", 45, day_number(on(355)))
    assert (dan.spent, ann.spent) == (90, 50)  # of ann what she brought in the last 365 days
    assert nobody.customer < 0
    # Whoever brought nothing in the last year brought nothing: that is known.
    assert not gus.spent


def test_who_can_be_told_by_a_comment_is_masked(found):
    said = found[1].said
    assert said.startswith("Call me at")
    for part in ("ann@example.org", "0612345678901", "shop.example"):
        assert part not in said


def test_without_answers_orders_or_follow_ups():
    assert waiting(company(400, orders=ORDERS)) == ()
    (one,) = waiting(company(400, responses=[reply("ann", 350, 2)]))
    assert (one.spent, one.said, one.touchpoint) == (None, "", "relational")
    assert len(waiting(company(400, responses=[reply("ann", 350, 2)]), days=50)) == 1
    assert waiting(company(400, responses=[reply("ann", 350, 2)]), days=49) == ()
