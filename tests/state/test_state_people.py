"""People: added, changed, kept out and removed, with names and roles that cannot be mistaken."""

import pytest
from doorway import AT, HOUR, RIGHT, WRONG, person
from hypothesis import given
from hypothesis import strategies as some

from regulars.core.errors import QueryError, UnknownName
from regulars.state import people, sessions, tokens
from regulars.state.person import Role, role_of


def test_a_person_is_what_was_said(state):
    added = person(state, " Anna.B@Example.org ", Role.EDITOR, personal=True, teams=("Service", "Marketing", "Service"))
    assert (added.name, added.role, added.personal, added.teams) == (
        "anna.b@example.org",
        Role.EDITOR,
        True,
        ("Service", "Marketing"),
    )
    assert (added.disabled, added.has_password, added.created_at) == (False, True, AT)
    assert people.find(state, "ANNA.B@example.org") == added
    assert people.everyone(state) == [added]


def test_people_are_listed_by_name(state):
    for name in ("carl", "anna", "ben"):
        people.add(state, name, Role.VIEWER, at=AT)
    assert [(one.name, one.has_password) for one in people.everyone(state)] == [
        ("anna", False),
        ("ben", False),
        ("carl", False),
    ]


@pytest.mark.parametrize(
    "name", ["", " ", "-anna", "an na", "anna\n", "anna\0b", "änna", "a" * 65, "anna;drop", "cli:anna", "\ud800", "a/b"]
)
def test_what_cannot_be_a_name_is_refused_without_repeating_it(state, name):
    if name == "anna\n":
        assert people.add(state, name, Role.VIEWER, at=AT).name == "anna"
        return
    with pytest.raises(QueryError, match="cannot be a name"):
        people.add(state, name, Role.VIEWER, at=AT)
    with pytest.raises(UnknownName):
        people.find(state, name)


def test_nobody_can_be_called_as_the_local_person(state):
    with pytest.raises(QueryError, match="whoever sits at this machine"):
        people.add(state, "LOCAL", Role.ADMIN, at=AT)


def test_a_name_is_given_once(state):
    person(state, "anna")
    with pytest.raises(QueryError, match="already somebody called `anna`"):
        person(state, "Anna")


def test_a_team_has_a_name(state):
    with pytest.raises(QueryError, match="name of a team"):
        person(state, teams=("",))
    person(state)
    assert people.set_teams(state, "anna", ["Service"]).teams == ("Service",)


def test_who_is_not_known_is_said_with_the_nearest_name(state):
    person(state, "anna")
    for change in (people.find, people.disable, people.enable, people.remove):
        with pytest.raises(UnknownName, match=r"No person is called `ana`\. Did you mean `anna`\?"):
            change(state, "ana")
    with pytest.raises(UnknownName, match="No role is called `owner`"):
        role_of("owner")


def test_roles_compare_by_what_they_may():
    assert sorted(Role, reverse=True) == [Role.ADMIN, Role.EDITOR, Role.VIEWER]
    assert Role.ADMIN >= Role.ADMIN > Role.EDITOR > Role.VIEWER
    assert Role.VIEWER <= Role.VIEWER < Role.EDITOR < Role.ADMIN
    assert not Role.VIEWER > Role.ADMIN


@given(some.sampled_from(Role), some.sampled_from(Role))
def test_of_two_roles_one_covers_the_other(one, other):
    assert (one < other) == (not one >= other)
    assert (one > other) == (other < one)
    assert (one == other) == (one <= other and one >= other)


def test_admins_see_personal_data_and_others_where_they_may(state):
    found = [
        person(state, f"{role}-{personal}", role, personal=personal).sees_personal
        for role in Role
        for personal in (False, True)
    ]
    assert found == [False, True, False, True, True, True]


@pytest.mark.parametrize(
    "change",
    [
        lambda state: people.set_role(state, "anna", Role.EDITOR),
        lambda state: people.set_password(state, "anna", state.passwords.hashed(WRONG, "anna")),
        lambda state: people.disable(state, "anna"),
        lambda state: people.enable(state, "anna"),
        lambda state: people.remove(state, "anna"),
    ],
    ids=["role", "password", "disable", "enable", "remove"],
)
def test_whatever_changes_who_a_person_is_ends_their_sessions_only(state, change):
    person(state, "anna")
    person(state, "ben")
    hers = [sessions.begin(state, "anna", at=AT).id for _ in range(2)]
    his = sessions.begin(state, "ben", at=AT).id
    change(state)
    assert [sessions.who(state, one, at=AT) for one in hers] == [None, None]
    assert sessions.who(state, his, at=AT).name == "ben"


def test_a_role_changes_with_and_without_the_right_to_see_personal_data(state):
    person(state, personal=True)
    assert people.set_role(state, "anna", Role.EDITOR).personal
    assert not people.set_role(state, "anna", Role.EDITOR, personal=False).personal
    assert people.set_role(state, "anna", Role.VIEWER, personal=True).personal
    assert people.find(state, "anna").role is Role.VIEWER


def test_a_change_of_teams_ends_no_session(state):
    person(state)
    session = sessions.begin(state, "anna", at=AT)
    people.set_teams(state, "anna", ["Service"])
    assert sessions.who(state, session.id, at=AT).teams == ("Service",)


def test_with_a_person_go_their_sessions_and_tokens(state):
    person(state)
    session = sessions.begin(state, "anna", at=AT)
    token = tokens.issue(state, "sheet", "anna", ["read"], at=AT)
    people.remove(state, "anna")
    person(state)
    assert sessions.who(state, session.id, at=AT) is None
    assert tokens.who(state, token.secret, at=AT + HOUR) is None
    assert tokens.listed(state) == []


def test_what_is_kept_of_a_password_is_not_shown(state):
    hashed = state.passwords.hashed(RIGHT, "anna")
    assert hashed.text not in repr(hashed)
    assert RIGHT not in hashed.text
