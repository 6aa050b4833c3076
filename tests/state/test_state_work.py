"""The list of tasks: in order of what they are worth, a page at a time, and never whoever is held out."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from regulars.state import audiences, work
from regulars.state.audiences import Arm, Audience, Member, Status
from regulars.state.work import NOBODY, Place, Show, Wanted

AT = datetime(2025, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def audience(name, team="sales"):
    return Audience(
        name=name, action="win_back_offer", version=1, team=team, as_of=date(2025, 7, 1), days=90, holdout=0.2,
        said={}, created_at=AT, created_by="cli:ada",
    )  # fmt: skip


def member(place, profit):
    arm = Arm.HOLDOUT if place % 5 == 0 else Arm.TREATED
    return Member(customer_id=f"c{place}", arm=arm, place=place, profit=profit, error=1.0)


@pytest.fixture
def kept(state):
    # Many are worth the same, within an audience and across: only their names and places tell them apart.
    for name in ("autumn", "spring"):
        audiences.add(state, audience(name), [member(n, float((60 - n) // 7)) for n in range(1, 61)], at=AT)
    return state


def paged(state, wanted, most):
    found, after = [], None
    while page := work.tasks(state, wanted, after=after, most=most):
        assert len(page) <= most
        found += page
        last = page[-1]
        after = Place(profit=last.member.profit, audience=last.audience, place=last.member.place)
    return [(one.audience, one.member.place) for one in found]


@pytest.mark.parametrize("most", [1, 7, 200])
def test_pages_hold_every_task_once_in_order_and_nobody_who_is_held_out(kept, most):
    for place in (3, 17, 18):
        audiences.change(kept, "spring", f"c{place}", status=Status.DONE, at=AT)
        audiences.change(kept, "autumn", f"c{place}", status=Status.SNOOZED, until=AT - DAY, at=AT)
    found = paged(kept, Wanted(at=AT), most)
    assert len(found) == len(set(found)) == 2 * 48 - 3
    assert all(place % 5 for _, place in found)
    worth = [(60 - place) // 7 for _, place in found]
    assert worth == sorted(worth, reverse=True)
    assert len(paged(kept, Wanted(at=AT, show=Show.ALL), most)) == 96


def test_what_is_put_off_comes_back_when_its_day_has_come(kept):
    audiences.change(kept, "spring", "c1", status=Status.SNOOZED, until=AT + DAY, at=AT)
    assert ("spring", 1) not in paged(kept, Wanted(at=AT), 50)
    assert ("spring", 1) in paged(kept, Wanted(at=AT + DAY), 50)
    assert paged(kept, Wanted(at=AT, show=Show.SNOOZED), 50) == [("spring", 1)]


def test_tasks_are_those_of_an_audience_or_of_somebody(kept):
    audiences.change(kept, "spring", "c2", assignee="bea", at=AT)
    assert paged(kept, Wanted(at=AT, assignee="bea"), 50) == [("spring", 2)]
    assert len(paged(kept, Wanted(at=AT, assignee=NOBODY), 50)) == 95
    assert {name for name, _ in paged(kept, Wanted(at=AT, audiences=["autumn"]), 50)} == {"autumn"}
    assert paged(kept, Wanted(at=AT, audiences=[]), 50) == []
    assert work.assignees(kept) == ["bea"]


def test_tasks_are_counted_by_audience_and_what_became_of_them(kept):
    audiences.change(kept, "spring", "c1", status=Status.DONE, at=AT)
    audiences.change(kept, "spring", "c2", status=Status.SNOOZED, until=AT - DAY, at=AT)
    audiences.change(kept, "spring", "c3", status=Status.SNOOZED, until=AT + DAY, at=AT)
    found = work.counts(kept, Wanted(at=AT))
    spring = {show: n for (name, show), n in found.items() if name == "spring"}
    assert spring == {Show.OPEN: 45, Show.NOW: 46, Show.SNOOZED: 2, Show.DONE: 1}
    assert found["autumn", Show.NOW] == 48


def test_a_task_is_found_by_its_place_and_whoever_is_held_out_is_none(kept):
    found = work.at_places(kept, {("spring", 1), ("spring", 5), ("autumn", 61)})
    assert {place: one.member.customer_id for place, one in found.items()} == {("spring", 1): "c1"}


def test_a_page_follows_an_index_and_sorts_nobody(kept):
    if kept.database.engine.dialect.name != "sqlite":
        pytest.skip("the plan is read as SQLite tells it")
    one = work._of_status(Status.OPEN, Wanted(at=AT), Place(profit=3.0, audience="spring", place=9), 50)
    said = one.compile(dialect=kept.database.engine.dialect, compile_kwargs={"literal_binds": True})
    with kept.reading() as transaction:
        plan = " ".join(row["detail"] for row in transaction.rows(text(f"EXPLAIN QUERY PLAN {said}")))
    assert "ix_members_work" in plan
    assert "TEMP B-TREE" not in plan
