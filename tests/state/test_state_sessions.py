"""Sessions and one-time links: they end when they should, and cannot be had from what is stored."""

import pytest
from doorway import AT, DAY, HOUR, MINUTE, SECOND, ask, person, tamper

from regulars.core.errors import Busy, Refused
from regulars.state import audit, links, people, sessions
from regulars.state.person import Role


def seen_at(state):
    return ask(state, "SELECT seen_at FROM sessions")[0][0]


def test_a_session_is_whose_it_is(state):
    added = person(state, role=Role.EDITOR)
    session = sessions.begin(state, "Anna", at=AT)
    assert session.person == added
    assert session.expires_at == AT + 7 * DAY
    assert sessions.who(state, session.id, at=AT) == added


@pytest.mark.parametrize("session_id", ["", "x", "\0", "\ud800", "a" * 10_000, "' OR 1=1 --"])
def test_what_is_no_session_is_nobodys(state, session_id):
    person(state)
    sessions.begin(state, "anna", at=AT)
    assert sessions.who(state, session_id, at=AT) is None
    sessions.end(state, session_id)


def test_only_the_digest_is_stored(state):
    person(state)
    session = sessions.begin(state, "anna", at=AT)
    (stored,) = ask(state, "SELECT * FROM sessions")
    assert session.id not in str(stored)
    assert sessions.who(state, str(stored[0]), at=AT) is None
    assert session.id not in repr(session)


def test_a_session_ends_twelve_hours_after_it_was_last_used(state):
    person(state)
    session = sessions.begin(state, "anna", at=AT)
    at = AT + 12 * HOUR - SECOND
    assert sessions.who(state, session.id, at=at)
    assert sessions.who(state, session.id, at=at + 12 * HOUR - SECOND)
    assert sessions.who(state, session.id, at=at + 24 * HOUR - SECOND) is None


def test_a_session_ends_a_week_after_it_began_however_often_it_is_used(state):
    person(state)
    session = sessions.begin(state, "anna", at=AT)
    for hours in range(10, 7 * 24, 10):
        assert sessions.who(state, session.id, at=AT + hours * HOUR)
    assert sessions.who(state, session.id, at=AT + 7 * DAY - SECOND)
    assert sessions.who(state, session.id, at=AT + 7 * DAY) is None


def test_use_is_written_down_at_most_once_a_minute(state):
    person(state)
    session = sessions.begin(state, "anna", at=AT)
    first = seen_at(state)
    sessions.who(state, session.id, at=AT + 59 * SECOND)
    assert seen_at(state) == first
    sessions.who(state, session.id, at=AT + MINUTE)
    assert seen_at(state) == first + 60_000_000


def test_who_may_read_is_let_in_though_nothing_can_be_written(state, monkeypatch):
    person(state)
    session = sessions.begin(state, "anna", at=AT)

    def full(_):
        raise Busy("the disk is full")

    monkeypatch.setattr("regulars.state.store.State.writing", full)
    assert sessions.who(state, session.id, at=AT + HOUR).name == "anna"


def test_a_session_that_was_ended_stays_so(state):
    person(state)
    one, other = (sessions.begin(state, "anna", at=AT).id for _ in range(2))
    sessions.end(state, one)
    assert sessions.who(state, one, at=AT) is None
    assert sessions.who(state, other, at=AT)


def test_all_sessions_of_a_person_can_be_ended_but_the_one_they_use(state):
    person(state, "anna")
    person(state, "ben")
    hers = [sessions.begin(state, "anna", at=AT).id for _ in range(3)]
    his = sessions.begin(state, "ben", at=AT).id
    assert sessions.end_all(state, "Anna", but=hers[1]) == 2
    assert [sessions.who(state, one, at=AT) is not None for one in (*hers, his)] == [False, True, False, True]
    assert sessions.end_all(state, "anna") == 1


def test_nobody_and_who_is_kept_out_begin_no_session(state):
    person(state)
    people.disable(state, "anna")
    for name in ("anna", "nobody", ""):
        with pytest.raises(Refused):
            sessions.begin(state, name, at=AT)


def test_who_is_kept_out_behind_our_back_is_kept_out_at_once(state):
    person(state)
    session = sessions.begin(state, "anna", at=AT)
    tamper(state, "UPDATE people SET disabled = :disabled", disabled=True)
    assert sessions.who(state, session.id, at=AT) is None


def test_sessions_that_ended_are_forgotten(state):
    person(state)
    for _ in range(3):
        sessions.begin(state, "anna", at=AT)
    sessions.begin(state, "anna", at=AT + DAY)
    assert ask(state, "SELECT count(*) FROM sessions") == [(1,)]


def test_a_link_lets_the_local_person_in_once(state):
    token = links.link(state, at=AT)
    session = links.redeem(state, token, at=AT + MINUTE, address="127.0.0.1")
    found = sessions.who(state, session.id, at=AT + 2 * MINUTE)
    assert (found.name, found.role, found.sees_personal) == ("local", Role.ADMIN, True)
    with pytest.raises(Refused, match="Start the server again"):
        links.redeem(state, token, at=AT + MINUTE)
    (entry,) = audit.entries(state, limit=9)
    assert (entry.by.actor, entry.action, entry.purpose) == ("local", "login", "one-time link")


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800"])
def test_what_is_no_link_lets_nobody_in(state, token):
    links.link(state, at=AT)
    with pytest.raises(Refused):
        links.redeem(state, token, at=AT)


def test_a_link_is_good_for_fifteen_minutes(state):
    late, good = links.link(state, at=AT), links.link(state, at=AT)
    assert links.redeem(state, good, at=AT + 15 * MINUTE - SECOND)
    with pytest.raises(Refused):
        links.redeem(state, late, at=AT + 15 * MINUTE)
    links.link(state, at=AT + HOUR)
    assert ask(state, "SELECT count(*) FROM links") == [(1,)]


def test_a_link_is_stored_as_its_digest(state):
    token = links.link(state, at=AT)
    assert token not in str(ask(state, "SELECT * FROM links"))


def test_the_local_person_is_no_entry_among_people_and_their_sessions_can_be_ended(state):
    person(state)
    session = links.redeem(state, links.link(state, at=AT), at=AT)
    assert [one.name for one in people.everyone(state)] == ["anna"]
    assert sessions.end_all(state, "anna") == 0
    assert sessions.end_all(state, "local") == 1
    assert sessions.who(state, session.id, at=AT) is None
