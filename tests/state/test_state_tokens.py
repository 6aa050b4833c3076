"""Tokens: shown once, good for what they were given out for, as long as their owner may."""

import pytest
from doorway import AT, DAY, HOUR, MINUTE, SECOND, ask, person

from regulars.core.errors import Busy, QueryError, UnknownName
from regulars.state import people, tokens
from regulars.state.person import Role
from regulars.state.tokens import Scope


@pytest.fixture
def owner(state):
    return person(state, personal=True)


def test_a_token_is_its_owner_for_less_than_the_owner_may(state, owner):
    issued = tokens.issue(state, "sheet", "Anna", ["read", "customers"], at=AT)
    bearer = tokens.who(state, issued.secret, at=AT)
    assert bearer.person == owner
    assert bearer.scopes == {Scope.READ, Scope.CUSTOMERS}
    assert bearer.prefix == issued.token.prefix
    assert issued.secret.startswith("rg_")
    assert len(issued.secret) == 46


def test_a_token_is_shown_once_and_stored_as_its_digest(state, owner):
    issued = tokens.issue(state, "sheet", "anna", ["read"], at=AT)
    assert issued.secret not in repr(issued)
    assert issued.secret not in str(ask(state, "SELECT * FROM tokens"))
    digest = ask(state, "SELECT digest FROM tokens")[0][0]
    assert tokens.who(state, f"rg_{digest}", at=AT) is None


def test_tokens_are_listed_by_owner(state, owner):
    person(state, "ben")
    tokens.issue(state, "b", "ben", ["read"], at=AT)
    tokens.issue(state, "late", "anna", ["read"], at=AT + DAY)
    first = tokens.issue(state, "early", "anna", ["personal", "read"], at=AT, lasts=90 * DAY)
    assert [(one.owner, one.name) for one in tokens.listed(state)] == [
        ("anna", "early"),
        ("anna", "late"),
        ("ben", "b"),
    ]
    assert tokens.listed(state)[0] == first.token
    assert (first.token.expires_at, first.token.used_at, first.token.created_at) == (AT + 90 * DAY, None, AT)


@pytest.mark.parametrize("secret", ["", "rg_", "x", "rg_\0", "rg_\ud800", "rg_" + "a" * 10_000, "anna"])
def test_what_is_no_token_is_nobodys(state, owner, secret):
    tokens.issue(state, "sheet", "anna", ["read"], at=AT)
    assert tokens.who(state, secret, at=AT) is None


def test_the_beginning_of_a_token_opens_nothing(state, owner):
    issued = tokens.issue(state, "sheet", "anna", ["read"], at=AT)
    assert tokens.who(state, issued.token.prefix, at=AT) is None
    assert tokens.who(state, issued.secret[:-1], at=AT) is None


def test_a_token_runs_out(state, owner):
    issued = tokens.issue(state, "sheet", "anna", ["read"], at=AT, lasts=DAY)
    assert tokens.who(state, issued.secret, at=AT + DAY - SECOND)
    assert tokens.who(state, issued.secret, at=AT + DAY) is None


def test_use_is_written_down_at_most_once_a_minute(state, owner):
    issued = tokens.issue(state, "sheet", "anna", ["read"], at=AT)
    for at, used in [(HOUR, HOUR), (HOUR + 59 * SECOND, HOUR), (HOUR + MINUTE, HOUR + MINUTE)]:
        tokens.who(state, issued.secret, at=AT + at)
        assert tokens.listed(state)[0].used_at == AT + used


def test_a_program_that_reads_is_let_in_though_nothing_can_be_written(state, owner, monkeypatch):
    issued = tokens.issue(state, "sheet", "anna", ["read"], at=AT)

    def full(_):
        raise Busy("the disk is full")

    monkeypatch.setattr("regulars.state.store.State.writing", full)
    assert tokens.who(state, issued.secret, at=AT + HOUR).person == owner


def test_a_token_of_who_is_kept_out_is_good_for_nothing_until_they_are_let_in(state, owner):
    issued = tokens.issue(state, "sheet", "anna", ["read"], at=AT)
    people.disable(state, "anna")
    assert tokens.who(state, issued.secret, at=AT) is None
    people.enable(state, "anna")
    assert tokens.who(state, issued.secret, at=AT)


def test_a_token_loses_the_right_that_its_owner_loses(state, owner):
    issued = tokens.issue(state, "sheet", "anna", ["read", "personal"], at=AT)
    assert tokens.who(state, issued.secret, at=AT).scopes == {Scope.READ, Scope.PERSONAL}
    people.set_role(state, "anna", Role.VIEWER, personal=False)
    assert tokens.who(state, issued.secret, at=AT).scopes == {Scope.READ}
    people.set_role(state, "anna", Role.ADMIN)
    assert tokens.who(state, issued.secret, at=AT).scopes == {Scope.READ, Scope.PERSONAL}


def test_nobody_gives_out_more_than_the_owner_may(state):
    person(state)
    with pytest.raises(QueryError, match="`anna` may not see personal data"):
        tokens.issue(state, "sheet", "anna", ["personal"], at=AT)


def test_a_token_that_cannot_be_is_refused_with_advice(state, owner):
    for words, error, why in [
        (("sheet", "ana", ["read"]), UnknownName, r"No person is called `ana`\. Did you mean `anna`"),
        (("sheet", "local", ["read"]), UnknownName, "No person"),
        (("sheet", "anna", ["reed"]), UnknownName, r"No scope is called `reed`\. Did you mean `read`"),
        (("sheet", "anna", []), QueryError, "needs a scope: read, customers, personal"),
        (("", "anna", ["read"]), QueryError, "Say what it is for"),
        (("x" * 65, "anna", ["read"]), QueryError, "1 to 64 characters"),
        (("a\0b", "anna", ["read"]), QueryError, "1 to 64 characters"),
    ]:
        with pytest.raises(error, match=why):
            tokens.issue(state, *words, at=AT)
    with pytest.raises(QueryError, match="would not last"):
        tokens.issue(state, "sheet", "anna", ["read"], at=AT, lasts=0 * DAY)
    assert tokens.listed(state) == []


def test_a_token_that_was_revoked_is_good_for_nothing(state, owner):
    one, other = (tokens.issue(state, "sheet", "anna", ["read"], at=AT) for _ in range(2))
    assert tokens.revoke(state, one.token.prefix) == one.token
    assert tokens.who(state, one.secret, at=AT) is None
    assert tokens.who(state, other.secret, at=AT)
    assert tokens.revoke(state, other.secret).prefix == other.token.prefix
    assert tokens.listed(state) == []


def test_what_is_to_be_revoked_must_be_there_and_a_whole_token_is_not_repeated(state, owner):
    issued = tokens.issue(state, "sheet", "anna", ["read"], at=AT)
    with pytest.raises(UnknownName, match="No token is called `rg_nothere`"):
        tokens.revoke(state, "rg_nothere")
    tokens.revoke(state, issued.token.prefix)
    with pytest.raises(UnknownName) as caught:
        tokens.revoke(state, issued.secret)
    assert issued.secret not in str(caught.value)
