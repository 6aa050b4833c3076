"""Who gets what: the whole table, made of the description, so that an address without an entry fails."""

from datetime import timedelta

import pytest
from rest_door import BY, PASSWORD, TOKENS, UNKNOWN
from rest_shapes import filled

from regulars.app import people
from regulars.core.periods import now
from regulars.state import tokens

WHO = (*TOKENS, "nobody", "forged")
#: Pages that take seconds are asked for without waiting: whether they may be seen is known before.
GOES_ON = "calculating"


@pytest.mark.parametrize("who", WHO)
def test_everybody_gets_what_their_token_is_good_for_and_nothing_else(api, who):
    document = api.read("/openapi.json")
    for path, one in document["paths"].items():
        (wanted,) = (scheme["bearer"] for scheme in one["get"]["security"] if "bearer" in scheme)
        assert wanted[-1] == "read", "whatever is not for reading is a new thing to decide"
        answer = api.get(filled(path), who, headers={"Prefer": "wait=0"})
        if who in UNKNOWN:
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == "Bearer"
        elif set(wanted) - set(TOKENS[who][1]):
            assert (answer.status_code, answer.json()["code"]) == (403, "refused"), path
            assert all(f"`{one}`" in answer.json()["detail"] for one in set(wanted) - set(TOKENS[who][1]))
        else:
            assert answer.status_code == 200 or answer.json()["code"] == GOES_ON, (path, answer.text[:200])
        assert str(answer.status_code) in one["get"]["responses"]


@pytest.mark.parametrize("who", ["viewer", "blind", *UNKNOWN])
def test_whatever_is_refused_says_nothing_of_customers(api, who):
    for path in ("/customers", "/customers/c003", "/customers/c999", "/pages/follow_up", "/pages/behind/net_revenue"):
        for form in ("application/json", "text/csv"):
            text = api.get(path, who, headers={"Accept": form}).text
            assert "c0" not in text, path
    assert api.get("/customers/c003", who).content == api.get("/customers/c999", who).content


@pytest.fixture
def session(api):
    """The cookie of a viewer who has logged in."""
    people.set_password(api.state, BY, "vera", PASSWORD)
    found = people.login(api.state, "vera", PASSWORD)
    yield {"Cookie": f"regulars={found.id}"}
    people.logout(api.state, found.id)


def test_a_session_reads_figures_and_takes_no_rows_along(api, session):
    assert api.get("/company", "nobody", headers=session).status_code == 200
    refused = api.get("/customers", "nobody", headers=session)
    assert refused.status_code == 403
    assert "taken along by editors and admins only" in refused.json()["detail"]


def test_a_wrong_token_counts_before_a_cookie(api, session):
    assert api.get("/company", "forged", headers=session).status_code == 401


def test_a_token_ends_with_its_time_its_owner_and_its_scopes(api):
    issued = tokens.issue(api.state, "brief", "vera", ["read"], at=now(), lasts=timedelta(days=1))
    api.secrets["brief"] = issued.secret
    tag = api.get("/company", "brief").headers["etag"]
    known = {"If-None-Match": tag}
    assert api.get("/company", "brief", headers=known).status_code == 304
    people.disable(api.state, BY, "vera")
    assert api.get("/company", "brief", headers=known).status_code == 401
    people.enable(api.state, BY, "vera")
    assert api.get("/company", "brief", headers=known).status_code == 304
    people.revoke_token(api.state, BY, issued.token.prefix)
    assert api.get("/company", "brief", headers=known).status_code == 401


def test_what_one_may_see_is_never_given_to_another(api):
    seen = {who: api.get("/customers?sort=id&q=ann", who) for who in ("admin", "editor", "service")}
    assert len({answer.headers["etag"] for answer in seen.values()}) == 3
    for who, answer in seen.items():
        for other in seen:
            again = api.get("/customers?sort=id&q=ann", other, headers={"If-None-Match": answer.headers["etag"]})
            assert again.status_code == (304 if other == who else 200)
        assert answer.headers["cache-control"] == "private, no-cache"
        assert {"Authorization", "Cookie"} <= set(answer.headers["vary"].split(", "))
