"""Pages that are taken along: rows of single customers and personal words go to those alone who may have them."""

from datetime import UTC, datetime

import pytest

from regulars.core.errors import Refused
from regulars.reports.for_person import customers_in, taken_along
from regulars.state.person import Person, Role
from regulars.views.blocks import Grid, Head, Personal
from regulars.views.fill import Page
from regulars.views.view import View

HEADS = (Head(name="who", title="Who"), Head(name="said", title="Said"))
ROWS = (("ann@example.org", Personal(text="I am Ann")), ("c2", Personal(text="Hello")))
BLOCKS = (
    Grid(name="list", title="Who waits", heads=HEADS, rows=ROWS, customers=True),
    Grid(name="counts", title="How many", heads=HEADS, rows=(("all", Personal(text="a quote")),)),
)


def page(*, rows=False):
    view = View(name="x", title="X", question="Who?", blocks=lambda _ask: BLOCKS, rows=rows)
    return Page(view=view, blocks=BLOCKS, currency="EUR")


def person(role, **more):
    return Person(name="eva", role=role, created_at=datetime(2026, 1, 1, tzinfo=UTC), **more)


@pytest.mark.parametrize(
    ("who", "rows", "words"),
    [
        (None, 0, False),
        (person(Role.VIEWER), 0, False),
        (person(Role.VIEWER, personal=True), 0, True),
        (person(Role.EDITOR), 2, False),
        (person(Role.EDITOR, personal=True), 2, True),
        (person(Role.ADMIN), 2, True),
    ],
)
def test_each_gets_what_they_may_take_along(who, rows, words):
    record = taken_along(page(), who).record()
    assert customers_in(record) == rows
    assert ("a quote" in str(record)) == words
    assert ("ann@example.org" in str(record)) == (words and rows > 0)
    assert ("I am Ann" in str(record)) == (words and rows > 0)


@pytest.mark.parametrize("who", [None, person(Role.VIEWER, personal=True), person(Role.ADMIN, disabled=True)])
def test_a_page_of_single_customers_is_refused_to_those_who_may_not_have_it(who):
    with pytest.raises(Refused):
        taken_along(page(rows=True), who)


def test_whoever_is_kept_out_gets_nothing_at_all():
    with pytest.raises(Refused, match="kept out"):
        taken_along(page(), person(Role.ADMIN, disabled=True))
