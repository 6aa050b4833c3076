"""No secret stands where it can be read: not in what objects show, not in messages, not in logs, not in the files."""

import contextlib
import logging

from doorway import AT, CHEAP, HOUR, RIGHT, WRONG, person

from regulars.core.errors import RegularsError
from regulars.state import audit, links, logins, people, sessions, tokens
from regulars.state.secret import server_secret
from regulars.state.store import open_state

PASSWORD = "canary-password-in-the-mine"
AUDIT_KEY = "c0ffee00" * 7 + "01234567"


def test_no_secret_is_shown_said_logged_or_stored(place, caplog):
    caplog.set_level(logging.DEBUG)
    shown, secrets = [], [PASSWORD, RIGHT, WRONG, AUDIT_KEY]

    def see(*found):
        shown.extend(map(repr, found))
        shown.extend(map(str, found))

    with open_state(place.folder, place.url, audit_key=AUDIT_KEY, passwords=CHEAP) as state:
        hashed = state.passwords.hashed(PASSWORD, "anna")
        see(state, state.keys, state.database, state.passwords, hashed)
        see(people.add(state, "anna", people.Role.ADMIN, password=hashed, at=AT))
        person(state, "ben")
        session = logins.login(state, "anna", PASSWORD, at=AT, address="192.0.2.7")
        token = tokens.issue(state, "sheet", "anna", ["read"], at=AT)
        link = links.link(state, at=AT)
        local = links.redeem(state, link, at=AT)
        used = links.link(state, at=AT)
        secrets += [session.id, token.secret, link, local.id, used]
        see(session, token, local, sessions.who(state, session.id, at=AT + HOUR))
        see(tokens.who(state, token.secret, at=AT + HOUR), tokens.listed(state))
        for wrong in (
            lambda: logins.login(state, "anna", WRONG, at=AT),
            lambda: logins.login(state, PASSWORD, PASSWORD, at=AT),
            lambda: people.add(state, "carl", people.Role.VIEWER, password=CHEAP.hashed("canary", "carl"), at=AT),
            lambda: people.find(state, "nobody"),
            lambda: tokens.revoke(state, token.secret + "x") and tokens.revoke(state, token.secret),
            lambda: links.redeem(state, link, at=AT),
        ):
            with contextlib.suppress(RegularsError):
                try:
                    wrong()
                except RegularsError as error:
                    see(error, error.__cause__, error.__context__)
                    raise
        see(*audit.entries(state, limit=99), audit.verify(state))
        with state.reading() as transaction:
            see(transaction)
            see(*transaction.rows(audit.select(people.people)))
        secrets.append(server_secret(place.folder).hex())
    logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    stored = b"".join(path.read_bytes() for path in place.folder.glob("state*"))
    said = "\n".join(shown) + logged
    assert "anna" in said
    assert [secret for secret in secrets if secret in said] == []
    assert [secret for secret in secrets if secret.encode() in stored] == []
