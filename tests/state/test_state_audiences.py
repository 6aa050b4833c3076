"""What was decided stays: who is treated and who held out, and what became of each."""

from datetime import UTC, date, datetime

import pytest

from regulars.core.errors import QueryError, UnknownName
from regulars.state import audiences
from regulars.state.audiences import Arm, Audience, Member, Status

AT = datetime(2025, 7, 1, 12, tzinfo=UTC)


def audience(name="spring", **more):
    asked = {"action": "win_back_offer", "version": 1, "team": "marketing", "as_of": date(2025, 7, 1), "days": 90}
    rest = {"holdout": 0.2, "said": {"profit": 12.5}, "created_at": AT, "created_by": "cli:ada"}
    return Audience(name=name, **{**asked, **rest, **more})


def member(place, arm=Arm.TREATED, who=""):
    return Member(customer_id=who or f"c{place}", arm=arm, place=place, profit=10.0 - place, error=1.0)


WHO = [member(1), member(2, Arm.HOLDOUT), member(3), member(4, who="é" * 5_000)]


@pytest.fixture
def kept(state):
    audiences.add(state, audience(), WHO, at=AT)
    return state


def test_an_audience_comes_back_as_it_was_decided(kept):
    (found,) = audiences.every(kept)
    assert found == audience(treated=3, held=1)
    assert audiences.named(kept, "spring") == found
    assert audiences.of(kept, "spring") == WHO


def test_what_became_of_a_member_is_kept(kept):
    done = audiences.change(kept, "spring", "c1", status=Status.DONE, outcome="came back", at=AT)
    assert (done.status, done.outcome) == (Status.DONE, "came back")
    audiences.change(kept, "spring", "c3", assignee="bea", at=AT)
    put_off = audiences.change(
        kept, "spring", "c3", status=Status.SNOOZED, until=datetime(2025, 7, 9, tzinfo=UTC), at=AT
    )
    assert (put_off.assignee, put_off.until) == ("bea", datetime(2025, 7, 9, tzinfo=UTC))
    again = audiences.change(kept, "spring", "c3", status=Status.OPEN, assignee="", at=AT)
    assert (again.assignee, again.until) == (None, None)
    assert [one.status for one in audiences.of(kept, "spring")] == [Status.DONE, *[Status.OPEN] * 3]


def test_who_is_held_out_is_left_alone(kept):
    with pytest.raises(QueryError, match="held out"):
        audiences.change(kept, "spring", "c2", status=Status.DONE, at=AT)


@pytest.mark.parametrize("name", ["", "Spring", "a b", "a" * 65, "../x", "-a"])
def test_a_name_that_cannot_be_is_refused(state, name):
    with pytest.raises(QueryError, match="no name of an audience"):
        audiences.add(state, audience(name), WHO, at=AT)
    assert audiences.every(state) == []


def test_what_is_not_there_and_what_cannot_be_is_told(kept):
    with pytest.raises(QueryError, match="already"):
        audiences.add(kept, audience(), WHO, at=AT)
    with pytest.raises(QueryError, match="Nobody"):
        audiences.add(kept, audience("empty"), [], at=AT)
    with pytest.raises(UnknownName, match="Did you mean `spring`"):
        audiences.named(kept, "sprang")
    with pytest.raises(UnknownName):
        audiences.change(kept, "spring", "nobody", status=Status.DONE, at=AT)
    with pytest.raises(QueryError, match="Name a day"):
        audiences.change(kept, "spring", "c1", status=Status.SNOOZED, at=AT)


def test_nobody_is_measured_twice_at_once(kept):
    audiences.add(kept, audience("short", days=3), [member(1, who="c9")], at=AT)
    assert set(audiences.busy(kept, on=date(2025, 7, 3))) == {one.customer_id for one in WHO} | {"c9"}
    assert audiences.busy(kept, on=date(2025, 7, 4))["c1"] == "spring"
    assert "c9" not in audiences.busy(kept, on=date(2025, 7, 4))
    assert audiences.busy(kept, on=date(2025, 9, 29)) == {}
