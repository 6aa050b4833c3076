"""Audiences: who is treated is told to whoever may know, and written down; who is held out is told to nobody."""

import pytest
from rest_shapes import lawful, schema_of, validator

from regulars.state import audiences, audit
from regulars.state.audiences import Status

HELD = {f"c{n:03}" for n in range(0, 300, 5)}


def test_audiences_look_as_described_and_their_money_keeps_the_first_law(api):
    document = api.read("/openapi.json")
    for path in ("/audiences", "/audiences/spring/members?with=market&limit=3"):
        address = "/api/v1" + path.partition("?")[0].replace("spring", "{name}")
        validator(document, schema_of(document, address)).validate(api.read(path))
    (spring,) = api.read("/audiences", "viewer")["audiences"]
    assert lawful(spring) == 2
    assert (spring["treated"], spring["held_out"], spring["read_out_on"]) == (240, 60, "2025-10-30")
    assert "c0" not in api.get("/audiences", "viewer").text


def test_pages_hold_every_treated_once_and_nobody_who_is_held_out(api):
    seen, following = [], "/audiences/spring/members?limit=100&with=market"
    while following:
        page = api.read(following.removeprefix("/api/v1"))
        seen += [one["customer_id"] for one in page["members"]]
        assert {one["market"] for one in page["members"]} == {"NL", "DE"}
        entry = audit.entries(api.state, limit=1)[0]
        assert (entry.action, entry.object, entry.rows) == ("audience.export", "spring", len(page["members"]))
        assert (entry.by.actor, "market keep" in entry.purpose) == ("anna", True)
        following = page["next"]
    assert len(seen) == len(set(seen)) == 240
    assert not set(seen) & HELD


def test_what_changed_is_told_to_those_who_have_it_already(api):
    first = api.get("/audiences/spring/members?limit=1")
    who = first.json()["members"][0]["customer_id"]
    audiences.change(api.state, "spring", who, assignee="bea", at=api.door.now())
    again = api.get("/audiences/spring/members?limit=1", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.json()["members"][0]["assignee"]) == (200, "bea")
    audiences.change(api.state, "spring", who, status=Status.DONE, at=api.door.now())
    after = api.get("/audiences/spring/members?limit=1", headers={"If-None-Match": again.headers["etag"]})
    assert (after.status_code, after.json()["members"][0]["customer_id"] == who) == (200, False)


@pytest.mark.parametrize("who", ["editor", "service", "viewer", "blind", "nobody"])
def test_who_may_not_know_who_customers_are_is_told_nobody(api, who):
    answer = api.get("/audiences/spring/members", who)
    assert answer.status_code == (401 if who == "nobody" else 403)
    assert "c0" not in answer.text


def test_what_cannot_be_is_told_with_what_can(api):
    unknown = api.get("/audiences/sprng/members")
    assert (unknown.status_code, "Did you mean `spring`" in unknown.json()["detail"]) == (404, True)
    column = api.get("/audiences/spring/members?with=markt")
    assert (column.status_code, "Did you mean `market`" in column.json()["detail"]) == (400, True)
    assert api.get("/audiences/spring/members?limit=0").status_code == 400
    assert api.get("/audiences/spring/members", method="POST").status_code == 405
