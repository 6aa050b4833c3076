"""Passwords: long enough, not the name, hashed with the advised parameters, two at a time."""

import threading
import time

import pytest
from argon2 import PasswordHasher
from doorway import CHEAP, RIGHT, WRONG
from hypothesis import given
from hypothesis import strategies as some

from regulars.core.errors import Busy, QueryError
from regulars.state import passwords
from regulars.state.passwords import Hashed, Passwords


def test_passwords_are_hashed_as_owasp_advises():
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in Passwords().hashed(RIGHT, "anna").text


def test_the_right_password_matches_and_no_other():
    kept = CHEAP.hashed(RIGHT, "anna")
    assert CHEAP.match(kept, RIGHT)
    assert not CHEAP.match(kept, WRONG)
    assert not CHEAP.match(kept, "")
    assert not CHEAP.match(kept, RIGHT * 100)
    assert not CHEAP.match(None, RIGHT)
    assert not CHEAP.match(Hashed(text="damaged"), RIGHT)


def test_the_same_password_is_kept_differently_each_time():
    assert CHEAP.hashed(RIGHT, "anna").text != CHEAP.hashed(RIGHT, "anna").text


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "too short"),
        ("elevenchars", "too short"),
        ("x" * 257, "too long"),
        ("anna.de.vries", "is the name"),
        (" ANNA.DE.VRIES ", "is the name"),
    ],
)
def test_a_password_that_cannot_be_one_is_refused_without_repeating_it(password, why):
    with pytest.raises(QueryError, match=why) as caught:
        CHEAP.hashed(password, "anna.de.vries")
    assert not password or password not in str(caught.value)


def test_a_password_of_the_least_and_of_the_most_characters_will_do():
    for password in ("x" * 12, "x" * 256, "ﷺ" * 256, "\ud800" * 12):
        assert CHEAP.match(CHEAP.hashed(password, "anna"), password)


def test_the_same_letters_match_whatever_keyboard_they_come_from():
    composed, decomposed, wide = "Köln am Rhein", "Ko\u0308ln am Rhein", "Ｋöln am Rhein"
    kept = CHEAP.hashed(composed, "anna")
    assert CHEAP.match(kept, decomposed)
    assert CHEAP.match(kept, wide)


@given(some.text(min_size=12, max_size=40), some.text(min_size=12, max_size=40))
def test_only_passwords_that_look_the_same_match(one, other):
    from unicodedata import normalize

    try:
        kept = CHEAP.hashed(one, "anna")
    except QueryError:
        assert len(normalize("NFKC", one)) < 12
        return
    assert CHEAP.match(kept, other) == (normalize("NFKC", one) == normalize("NFKC", other))


def test_other_parameters_make_what_is_kept_stale():
    kept = CHEAP.hashed(RIGHT, "anna")
    other = Passwords(passes=2, memory=8)
    assert not CHEAP.stale(kept)
    assert other.stale(kept)
    again = other.again(RIGHT)
    assert not other.stale(again)
    assert other.match(again, RIGHT)


def test_who_has_no_password_costs_as_much(monkeypatch):
    verify, asked = PasswordHasher.verify, []

    def seen(self, kept, password):
        asked.append(kept.split("$")[3])
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", seen)
    CHEAP.match(None, WRONG)
    CHEAP.match(CHEAP.hashed(RIGHT, "anna"), WRONG)
    assert asked == ["m=8,t=1,p=1"] * 2


def test_two_are_hashed_at_once_and_others_wait(monkeypatch):
    now, most, lock = [0], [0], threading.Lock()

    def slow(self, kept, password):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.02)
        with lock:
            now[0] -= 1
        return True

    monkeypatch.setattr(PasswordHasher, "verify", slow)
    threads = [threading.Thread(target=CHEAP.match, args=(None, WRONG)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [passwords.AT_ONCE]


def test_who_waits_too_long_is_told_to_come_later(monkeypatch):
    monkeypatch.setattr(passwords, "_PATIENCE", 0.01)
    with passwords._turn(), passwords._turn(), pytest.raises(Busy, match="Too many are logging in"):
        CHEAP.match(None, WRONG)
    assert not CHEAP.match(None, WRONG)
