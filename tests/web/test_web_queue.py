"""The work queue in a browser: who may say what, what comes back, and what nobody may do."""

import re
import shutil
from contextlib import ExitStack
from datetime import timedelta
from html import unescape

import pytest
from canaries import named
from visitors import EVERYBODY, INSIDE, opened

from regulars.app.workspace import Workspace
from regulars.core.periods import now
from regulars.state import audiences, audit
from regulars.state.audiences import Status

#: Who may say what became of a task; tokens are for reading.
MAY = ("editor", "admin")
LATER = str(now().date() + timedelta(days=30))


@pytest.fixture(scope="module")
def shop(canary_shop, tmp_path_factory):
    """The shop with its state, for these tests to change."""
    ignored = shutil.ignore_patterns("lock", "spill-*")
    folder = shutil.copytree(canary_shop, tmp_path_factory.mktemp("queue") / "shop", ignore=ignored)
    with ExitStack() as stack:
        yield opened(stack, folder, Workspace.at(folder).store)


def members(shop):
    return {one.place: one for one in audiences.of(shop.state, "canaries")}


@pytest.fixture(autouse=True)
def _anew(shop):
    """Nothing became of any task yet."""
    yield
    for one in members(shop).values():
        if one.arm == "treated":
            audiences.change(
                shop.state, "canaries", one.customer_id, status=Status.OPEN, assignee="", outcome="", at=now()
            )


def boxes(text):
    return {int(one.split(".")[1]): one for one in re.findall(r'name="task" value="([^"]+)"', text)}


def box(shop, place, who="admin"):
    return boxes(shop.get("/queue", who).text)[place]


def say(shop, *places, who="admin", asked="", **words):
    return shop.post(f"/queue{asked}", who, data={"task": [box(shop, one) for one in places], **words})


def test_what_is_said_is_written_down_and_leads_back_to_where_one_was(shop):
    answer = say(shop, 1, 2, act="done", outcome="came back", asked="?owner=service&rows=10")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/queue?owner=service&rows=10"
    assert answer.headers["cache-control"] == "no-store"
    found = members(shop)
    assert [(found[one].status, found[one].outcome) for one in (1, 2)] == [(Status.DONE, "came back")] * 2
    assert found[3].status is Status.OPEN
    entries = audit.entries(shop.state, limit=2)
    assert {(one.action, one.purpose, one.by.actor) for one in entries} == {
        ("audience.member", "canaries: done, outcome", "ada")
    }
    assert {one.object for one in entries} == {audit.pseudonym(shop.state, named(place)) for place in (0, 1)}
    told = shop.get("/queue", headers={"Cookie": f"{shop.headers['admin']['Cookie']}; told=done.2"})
    assert "2 tasks: done." in told.text
    assert "told=" in told.headers["set-cookie"]
    assert set(boxes(told.text)) == {3, 4, 5, 6}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"act": "mine"}, ("open", "ada", None)),
        ({"act": "save", "assignee": "edda"}, ("open", "edda", None)),
        ({"act": "declined", "assignee": "edda"}, ("declined", "edda", None)),
        ({"act": "snooze", "until": LATER}, ("snoozed", None, LATER)),
        ({"act": "week"}, ("snoozed", None, str(now().date() + timedelta(days=7)))),
    ],
)
def test_each_button_does_what_it_says(shop, words, expected):
    assert say(shop, 3, **words).status_code == 303
    one = members(shop)[3]
    assert (one.status, one.assignee, one.until and str(one.until.date())) == expected
    assert say(shop, 3, act="save", assignee="-").status_code == 303 if expected[0] == "open" else True


def test_what_was_done_is_opened_again(shop):
    say(shop, 1, act="done")
    done = boxes(shop.get("/queue?status=done").text)
    assert set(done) == {1}
    assert shop.post("/queue?status=done", data={"task": done[1], "act": "open"}).status_code == 303
    assert members(shop)[1].status is Status.OPEN


WRONG = [
    ({"act": "snooze", "until": ""}, "Name a day"),
    ({"act": "snooze", "until": "soon"}, "`soon` is no day"),
    ({"act": "snooze", "until": "2020-01-01"}, "a day after"),
    ({"act": "snooze", "until": "9999-12-31"}, "within a year"),
    ({"act": "save"}, "Nothing is said of it"),
    ({"act": "save", "assignee": "mallory"}, "Nobody here is called `mallory`"),
    ({"act": "save", "assignee": "dora"}, "Nobody here is called `dora`"),  # who is kept out
    ({"act": "done", "outcome": "x" * 501}, "at most 500 characters"),
    ({"act": "done", "outcome": "a\u202eb"}, "on one line"),
    ({"act": "burn"}, "no such button"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_what_cannot_be_is_told_at_the_form_and_what_was_typed_stays(shop, words, said):
    before = members(shop)
    typed = {"outcome": 'says "no" <b>', **words}
    if words == {"act": "save"}:
        typed = words
    answer = say(shop, 2, 3, **typed)
    assert answer.status_code == 422
    text = unescape(re.sub(r"</?code>", "`", answer.text))
    assert said in text
    assert "Nothing was written down." in text
    for name, value in typed.items():
        if name in ("outcome", "until"):
            assert f'name="{name}"' in text
            assert f'value="{value}"' in text
    assert "<b>" not in answer.text
    ticked = re.findall(r'value="canaries\.(\d+)\.\d+" checked', answer.text)
    assert ticked == ["2", "3"]
    assert members(shop) == before


def test_nothing_is_said_of_nothing(shop):
    answer = shop.post("/queue", data={"act": "done"})
    assert (answer.status_code, "Tick the tasks" in answer.text) == (422, True)


def test_whoever_comes_second_is_told_and_loses_nothing(shop):
    seen = [box(shop, 1), box(shop, 2)]
    say(shop, 1, act="done", outcome="mine", assignee="edda")
    answer = shop.post("/queue", data={"task": seen, "act": "declined", "outcome": "another story"})
    assert answer.status_code == 409
    assert "Somebody changed it meanwhile" in answer.text
    assert "is done, assigned to <code>edda</code> now" in answer.text
    assert 'value="another story"' in answer.text
    found = members(shop)
    assert (found[1].status, found[1].outcome) == (Status.DONE, "mine")
    assert found[2].status is Status.OPEN, "all of it or nothing"
    again = re.findall(r'value="(canaries\.2\.\d+)" checked', answer.text)
    assert shop.post("/queue", data={"task": again, "act": "declined"}).status_code == 303


def test_what_an_outcome_holds_is_text_and_hidden_from_who_may_not_read_it(shop):
    said = "<script>alert(1)</script> of Quastenflosser"
    say(shop, 3, act="save", outcome=said)
    text = shop.get("/queue", "admin").text
    assert "<script>alert" not in text
    assert said in unescape(text)
    for who in ("editor", "viewer"):
        assert "Quastenflosser" not in shop.get("/queue", who).text
        assert "[personal]" in shop.get("/queue", who).text


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_may_say_what_became_of_a_task(shop, who):
    answer = shop.post("/queue", who, data={"task": box(shop, 2), "act": "done"})
    if who in MAY:
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == "/queue"
    elif who in INSIDE:
        assert answer.status_code == 403
        assert "editors and admins" in answer.text
    else:
        assert answer.status_code in (303, 401)
        assert answer.headers.get("location", "/login").startswith("/login")
    assert (members(shop)[2].status is Status.DONE) == (who in MAY)


def test_who_may_only_look_gets_no_form(shop):
    for who, there in (("viewer", False), ("editor", True), ("admin", True)):
        text = shop.get("/queue", who).text
        assert ('id="work"' in text, bool(boxes(text))) == (there, there)
        assert "Quastenflosser" not in text or who == "admin"


@pytest.mark.parametrize(
    "theirs",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_forms_of_other_sites_change_nothing(shop, theirs):
    one = box(shop, 2)
    answer = shop.get("/queue", "admin", method="POST", headers=theirs, data={"task": one, "act": "done"})
    assert answer.status_code == 403
    assert members(shop)[2].status is Status.OPEN


def test_whoever_is_held_out_is_no_task(shop):
    held = [one.customer_id for one in members(shop).values() if one.arm == "holdout"]
    text = shop.get("/queue?status=all&rows=all").text
    assert held
    assert not [one for one in held if one in text]
    for task in ("canaries.7.0", "canaries.99.0", "nowhere.1.0", "x' or 1=1--", "canaries.1.x"):
        answer = shop.post("/queue", data={"task": task, "act": "done"})
        assert answer.status_code == 422
        assert not [one for one in held if one in answer.text]
    assert all(one.status is Status.OPEN for one in members(shop).values())


def test_no_form_names_a_customer_who_may_not_be_known(shop):
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', shop.get("/queue", "editor").text):
        assert "canary" not in value, name
