"""Logging in: who knows the password comes in, and whoever guesses has to wait, restart or not."""

import threading

import pytest
from doorway import AT, CHEAP, DAY, MINUTE, RIGHT, SECOND, WRONG, ask, person

from regulars.core.errors import Refused
from regulars.state import audit, logins, people, sessions
from regulars.state.passwords import Passwords
from regulars.state.store import open_state

MESSAGE = "The name or the password is wrong."


def attempt(state, name="anna", password=WRONG, *, at=AT, address=""):
    with pytest.raises(Refused) as caught:
        logins.login(state, name, password, at=at, address=address)
    return caught.value


def results(state):
    return [(entry.by.actor, entry.action, entry.result) for entry in reversed(audit.entries(state, limit=100))]


def test_who_knows_the_password_comes_in(state):
    added = person(state)
    session = logins.login(state, " ANNA ", RIGHT, at=AT, address="192.0.2.7")
    assert session.person == added
    assert sessions.who(state, session.id, at=AT) == added
    (entry,) = audit.entries(state, limit=9)
    assert (entry.by.actor, entry.by.address, entry.action, entry.result) == ("anna", "192.0.2.7", "login", "done")
    assert entry.by.key
    assert entry.by.key not in session.id


def test_every_login_has_an_id_of_its_own(state):
    person(state)
    found = {logins.login(state, "anna", RIGHT, at=AT).id for _ in range(4)}
    assert len(found) == 4
    assert all(len(one) == 43 for one in found)


def test_whoever_does_not_come_in_is_not_told_why(state):
    person(state, "anna")
    person(state, "ben")
    people.disable(state, "ben")
    people.add(state, "carl", people.Role.VIEWER, at=AT)
    said = {
        str(attempt(state, name, password))
        for name, password in [
            ("anna", WRONG),
            ("ben", RIGHT),
            ("ben", WRONG),
            ("carl", RIGHT),
            ("nobody", RIGHT),
            ("local", RIGHT),
            ("", ""),
            ("\0", "\0"),
            ("\ud800", "\ud800"),
            ("x" * 1000, "x" * 1000),
        ]
    }
    assert said == {MESSAGE}


def test_each_wrong_attempt_hashes_once_whoever_it_is(state, monkeypatch):
    person(state, "anna")
    people.add(state, "carl", people.Role.VIEWER, at=AT)
    match, asked = Passwords.match, []
    monkeypatch.setattr(Passwords, "match", lambda self, *words: asked.append(1) or match(self, *words))
    for name in ("anna", "carl", "nobody"):
        attempt(state, name)
    assert len(asked) == 3


def test_what_goes_wrong_is_recorded_without_what_was_typed(state):
    person(state)
    attempt(state, "anna")
    attempt(state, "my secret password")
    typed = audit.pseudonym(state, "my secret password")
    assert results(state) == [("anna", "login", "refused"), (typed, "login", "refused")]


def test_after_five_wrong_attempts_an_account_waits(state):
    person(state)
    for number in range(5):
        assert attempt(state, at=AT + number * MINUTE).wait == 0
    late = attempt(state, password=RIGHT, at=AT + 5 * MINUTE)
    assert late.wait == 10 * 60
    assert "600 seconds" in str(late)
    assert attempt(state, password=RIGHT, at=AT + 15 * MINUTE - SECOND / 2).wait == 1
    assert logins.login(state, "anna", RIGHT, at=AT + 15 * MINUTE)
    assert [result for *_, result in results(state)] == ["refused"] * 4 + ["refused, locked", "done"]


def test_waiting_is_not_prolonged_by_trying(state):
    person(state)
    for _ in range(5):
        attempt(state)
    for number in range(10):
        assert attempt(state, at=AT + number * MINUTE).wait == (15 - number) * 60
    assert attempt(state, at=AT + 15 * MINUTE).wait == 0


def test_a_restart_forgets_no_attempt(place):
    with place.open() as state:
        person(state)
        for _ in range(5):
            attempt(state)
    with place.open() as state:
        assert attempt(state, password=RIGHT).wait == 15 * 60


def test_who_comes_in_begins_anew(state):
    person(state)
    for _ in range(3):
        for _ in range(4):
            assert attempt(state).wait == 0
        logins.login(state, "anna", RIGHT, at=AT)
    for _ in range(5):
        assert attempt(state).wait == 0
    assert attempt(state).wait


def test_one_account_that_waits_keeps_no_other_waiting(state):
    person(state, "anna")
    person(state, "ben")
    for _ in range(6):
        attempt(state, "anna")
    assert logins.login(state, "ben", RIGHT, at=AT)


def test_a_name_that_nobody_has_waits_as_well(state):
    for _ in range(5):
        assert attempt(state, "nobody").wait == 0
    assert attempt(state, "NOBODY").wait == 15 * 60


def test_after_twenty_wrong_attempts_an_address_waits(state):
    person(state)
    for number in range(20):
        assert attempt(state, f"guess-{number}", address="192.0.2.7", at=AT + number * SECOND).wait == 0
    assert attempt(state, password=RIGHT, address="192.0.2.7", at=AT + MINUTE).wait == 14 * 60
    assert logins.login(state, "anna", RIGHT, address="192.0.2.8", at=AT + MINUTE)
    assert logins.login(state, "anna", RIGHT, address="192.0.2.7", at=AT + 15 * MINUTE)


def test_a_network_of_ipv6_is_one_address(state):
    for number in range(20):
        attempt(state, f"guess-{number}", address=f"2001:db8::{number:x}:1")
    assert attempt(state, "other", address="2001:db8::ffff").wait
    assert not attempt(state, "other", address="2001:db8:0:1::1").wait


def test_who_comes_in_counts_against_no_address(state):
    person(state)
    for _ in range(30):
        logins.login(state, "anna", RIGHT, address="192.0.2.7", at=AT)
    assert ask(state, "SELECT count(*) FROM attempts") == [(0,)]


def test_coming_in_oneself_does_not_forgive_guesses_at_others(state):
    person(state)
    for number in range(19):
        attempt(state, f"guess-{number}", address="192.0.2.7")
    logins.login(state, "anna", RIGHT, address="192.0.2.7", at=AT)
    assert attempt(state, "guess-19", address="192.0.2.7").wait == 0
    assert attempt(state, "guess-20", address="192.0.2.7").wait


def test_many_guesses_at_once_are_not_more_than_five(state):
    person(state)
    said, lock = [], threading.Lock()

    def guess():
        error = attempt(state)
        with lock:
            said.append(error.wait > 0)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False] * 5 + [True] * 7


def test_attempts_are_kept_without_names_and_addresses_and_not_for_long(state):
    attempt(state, "anna", address="192.0.2.7")
    subjects = [str(subject) for (subject,) in ask(state, "SELECT subject FROM attempts")]
    assert len(subjects) == 2
    assert not any(plain in subject for subject in subjects for plain in ("anna", "192"))
    attempt(state, "ben", at=AT + DAY)
    assert ask(state, "SELECT count(*) FROM attempts") == [(1,)]


def test_what_is_kept_of_a_password_is_renewed_with_the_parameters(place):
    with place.open() as state:
        person(state)
        assert "m=8,t=1" in str(ask(state, "SELECT password FROM people"))
    with open_state(place.folder, place.url, passwords=Passwords(passes=2, memory=16)) as state:
        attempt(state)
        assert "m=8,t=1" in str(ask(state, "SELECT password FROM people"))
        logins.login(state, "anna", RIGHT, at=AT)
        assert "m=16,t=2" in str(ask(state, "SELECT password FROM people"))
        assert logins.login(state, "anna", RIGHT, at=AT)


def test_a_password_that_changes_meanwhile_lets_nobody_in_with_the_old_one(state, monkeypatch):
    person(state)
    match = Passwords.match

    def slowly(self, kept, password):
        people.set_password(state, "anna", CHEAP.hashed(WRONG, "anna"))
        return match(self, kept, password)

    with monkeypatch.context() as patch:
        patch.setattr(Passwords, "match", slowly)
        assert str(attempt(state, password=RIGHT)) == MESSAGE
    assert ask(state, "SELECT count(*) FROM sessions") == [(0,)]
    assert logins.login(state, "anna", WRONG, at=AT)
