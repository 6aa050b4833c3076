"""What surfaces ask of the state: each change stands in the audit log, with who did it, or did not happen."""

import pytest
from doorway import BY, DAY, RIGHT, WRONG

import workspaces
from regulars.app import people as use
from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError, Refused, StoreError, UnknownName
from regulars.state import audit, sessions


def log(state):
    return [
        (entry.action, entry.object, entry.purpose, entry.result) for entry in reversed(audit.entries(state, limit=99))
    ]


def test_each_change_is_recorded_with_who_did_it(state):
    use.add(state, BY, "Anna", "editor", personal=True, password=RIGHT)
    use.set_role(state, BY, "anna", "admin", personal=False)
    use.set_password(state, BY, "anna", WRONG)
    use.disable(state, BY, "anna")
    use.enable(state, BY, "anna")
    token = use.issue_token(state, BY, "sheet", "anna", ["read", "customers"], lasts=DAY).token
    use.revoke_token(state, BY, token.prefix)
    use.remove(state, BY, "anna")
    assert log(state) == [
        ("person.add", "anna", "editor, personal", "done"),
        ("person.role", "anna", "admin", "done"),
        ("person.password", "anna", "", "done"),
        ("person.disable", "anna", "", "done"),
        ("person.enable", "anna", "", "done"),
        ("token.new", f"{token.prefix} for anna", "customers read", "done"),
        ("token.revoke", f"{token.prefix} for anna", "", "done"),
        ("person.remove", "anna", "", "done"),
    ]
    assert {entry.by for entry in use.audit_entries(state, limit=99)} == {BY}
    assert use.audit_verdict(state).sound


def test_what_is_refused_is_neither_done_nor_recorded(state):
    for change, error in [
        (lambda: use.add(state, BY, "anna", "owner"), UnknownName),
        (lambda: use.add(state, BY, "anna", "viewer", password="short"), QueryError),
        (lambda: use.add(state, BY, "an na", "viewer"), QueryError),
        (lambda: use.set_role(state, BY, "anna", "viewer"), UnknownName),
        (lambda: use.set_password(state, BY, "anna", RIGHT), UnknownName),
        (lambda: use.remove(state, BY, "anna"), UnknownName),
        (lambda: use.issue_token(state, BY, "sheet", "anna", ["read"], lasts=None), UnknownName),
        (lambda: use.revoke_token(state, BY, "rg_none"), UnknownName),
    ]:
        with pytest.raises(error):
            change()
    assert log(state) == []
    assert use.everyone(state) == []
    assert use.all_tokens(state) == []


def test_what_cannot_be_recorded_is_not_done(state, monkeypatch):
    def fail(*_, **__):
        raise StoreError("no")

    use.add(state, BY, "anna", "viewer")
    monkeypatch.setattr(audit, "record", fail)
    for change in (
        lambda: use.add(state, BY, "ben", "viewer"),
        lambda: use.set_role(state, BY, "anna", "admin"),
        lambda: use.remove(state, BY, "anna"),
        lambda: use.issue_token(state, BY, "sheet", "anna", ["read"], lasts=None),
        lambda: use.redeem(state, use.link(state)),
    ):
        with pytest.raises(StoreError):
            change()
    assert [(one.name, one.role) for one in use.everyone(state)] == [("anna", "viewer")]
    assert use.all_tokens(state) == []


def test_coming_and_going_is_recorded(state):
    use.add(state, BY, "anna", "viewer", password=RIGHT)
    session = use.login(state, "anna", RIGHT, address="192.0.2.7")
    use.logout(state, session.id, address="192.0.2.7")
    use.logout(state, session.id)
    with pytest.raises(Refused):
        use.login(state, "anna", WRONG)
    local = use.redeem(state, use.link(state))
    use.logout(state, local.id)
    assert [action for action, *_ in log(state)] == ["person.add", "login", "logout", "login", "login", "logout"]
    came, went = reversed(audit.entries(state, limit=5)[-2:])
    assert came.by == went.by
    assert sessions.who(state, session.id, at=went.at) is None


def test_the_state_of_a_workspace_stands_beside_its_store(tmp_path, monkeypatch):
    monkeypatch.delenv("REGULARS_STATE_URL", raising=False)
    monkeypatch.delenv("REGULARS_AUDIT_KEY", raising=False)
    workspaces.write(tmp_path, workspaces.HEAD)
    workspace = Workspace.at(tmp_path)
    with use.state_of(workspace) as state:
        use.add(state, BY, "anna", "viewer")
    assert {path.name for path in workspace.store.iterdir()} >= {"state.db", "audit.key"}
    with use.state_of(workspace) as state:
        assert len(use.everyone(state)) == 1


@pytest.mark.postgres
def test_the_state_of_a_workspace_is_where_the_environment_says(tmp_path, monkeypatch, postgres_database):
    monkeypatch.setenv("REGULARS_STATE_URL", postgres_database)
    monkeypatch.setenv("REGULARS_AUDIT_KEY", "00112233445566778899aabbccddeeff" * 2)
    workspaces.write(tmp_path, workspaces.HEAD)
    workspace = Workspace.at(tmp_path)
    with use.state_of(workspace) as state:
        use.add(state, BY, "anna", "viewer")
        assert state.database.where.startswith("postgresql://127.0.0.1")
    assert {path.name for path in workspace.store.iterdir()} == {"state.lock"}
