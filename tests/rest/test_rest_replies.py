"""What goes over the wire: tags, formats, waiting, and problems in their one form."""

import threading
from time import monotonic, sleep

import pytest
from rest_shapes import validator

from regulars.core.errors import Busy, StoreError
from regulars.door.current import Current
from regulars.door.serving import Serving
from regulars.rest import numbers
from regulars.rest.api import WAITING
from regulars.rest.endpoint import ROOT

METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


def test_what_a_visitor_has_is_not_sent_again(api):
    for path in ("", "/company", "/kpis?limit=3", "/kpis/nps", "/kpis/nps/answer", "/cohorts/retention", "/pages/data"):
        first = api.get(path)
        tag = first.headers["etag"]
        for said in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = api.get(path, headers={"If-None-Match": said})
            assert (again.status_code, again.content) == (304, b""), path
            assert again.headers["etag"] == tag
        assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        assert api.get(path).content == first.content


def test_a_tag_is_of_one_question_in_one_format(api):
    asked = ("/kpis/nps/answer", "/kpis/net_revenue/answer", "/kpis/nps/answer?grain=all", "/answers?kpi=nps")
    tags = {api.get(path).headers["etag"] for path in asked}
    tags |= {api.get(path, headers={"Accept": "text/csv"}).headers["etag"] for path in asked}
    assert len(tags) == 2 * len(asked)


def test_what_is_not_worked_out_again_is_not(api, monkeypatch):
    path = "/kpis/nps/answer?grain=week&level=0.7"
    wanted = api.read(path)
    monkeypatch.setattr(numbers, "_asked", None)
    assert api.read(path) == wanted
    assert api.read(path, "viewer") == wanted


def test_head_says_what_get_would(api):
    for path in ("/company", "/kpis/nps/answer", "/pages/data", "/kpis/none"):
        got, headed = api.get(path), api.get(path, method="HEAD")
        assert (headed.status_code, headed.content) == (got.status_code, b"")
        for name in ("content-type", "content-length", "etag", "cache-control"):
            assert headed.headers.get(name) == got.headers.get(name), (path, name)


def test_what_cannot_be_had_as_asked_is_refused(api):
    for path, accept in (("/company", "text/csv"), ("/kpis", "text/csv"), ("/kpis/nps/answer", "application/xml")):
        answer = api.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["code"]) == (406, "no-format"), path
    for accept in ("*/*", "application/*", "application/json", "text/html, */*;q=0.1", "", "nonsense, */*"):
        assert api.get("/kpis/nps/answer", headers={"Accept": accept}).headers["content-type"] == "application/json"
    for accept in ("text/csv", "text/csv, application/json;q=0.5", "text/*"):
        found = api.get("/kpis/nps/answer", headers={"Accept": accept})
        assert found.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_done_but_read(api, method):
    for path in ("", "/company", "/kpis/nps", "/customers/c003", "/openapi.json"):
        answer = api.get(path, method=method)
        assert (answer.status_code, answer.json()["code"]) == (405, "read-only"), path
        assert answer.headers["allow"] == "GET, HEAD"
    assert api.get("/nothing", method=method).status_code == 404
    assert api.get("/company", "nobody", method=method).status_code == 401


def test_whatever_is_below_the_api_is_answered_by_it(api):
    for path in (
        "/api/",
        "/api/v1/",
        "/api/v2",
        "/api/v1x",
        "/api/v1/none",
        "/api/v1//kpis",
        "/api/%0A",
        "/api/v1/a%0A",
    ):
        answer = api.client.get(path, headers=api.headers("admin"))
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "no-address"


def test_a_problem_says_what_where_and_what_to_do(api):
    checks = validator(api.read("/openapi.json"), "Problem")
    for path, who, status in (
        ("/kpis/nps/answer?grain=dya", "admin", 400),
        ("/company", "nobody", 401),
        ("/customers", "viewer", 403),
        ("/kpis/none", "admin", 404),
    ):
        answer = api.get(path, who)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        checks.validate(answer.json())
        assert answer.json()["status"] == status
        assert answer.json()["type"] == f"urn:regulars:{answer.json()['code']}"


def test_what_is_wrong_with_the_server_names_no_path_of_it(api, monkeypatch, caplog):
    for error, code in ((StoreError("`/secret/path` is damaged"), "store"), (Busy("`/secret/path` is locked"), "busy")):
        with monkeypatch.context() as patched:
            patched.setattr(Current, "_taken", _raising(error))
            answer = api.get("/company")
        assert (answer.status_code, answer.json()["code"]) == (503, code)
        assert int(answer.headers["retry-after"]) > 0
        assert "secret" not in answer.text
        assert "/secret/path" in caplog.text


def test_a_fault_is_logged_and_told_as_one(api, monkeypatch, caplog):
    monkeypatch.setattr(numbers, "_asked", _raising(ZeroDivisionError("c003 ann@example.org")))
    answer = api.get("/kpis/nps/answer?grain=week&level=0.71")
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "ann@" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def _raising(error):
    def raises(*_: object, **__: object):
        raise error

    return raises


@pytest.mark.parametrize(("path", "who"), [("/kpis/nps/answer?level=0.62", "admin"), ("/cohorts/revenue", "viewer")])
def test_who_cannot_wait_is_told_to_ask_again(api, path, who):
    with api.door.current.serving() as serving, serving.quickly:
        began = monotonic()
        answer = api.get(path, who, headers={"Prefer": "wait=0"})
        assert monotonic() - began < 5
    assert (answer.status_code, answer.json()["code"]) == (503, "calculating")
    assert answer.headers["retry-after"] == "2"
    assert api.get(path, who).status_code == 200


def test_who_waits_is_answered(api):
    path = "/kpis/nps/answer?level=0.63"
    found = []
    with api.door.current.serving() as serving:
        serving.quickly.acquire()
        waits = threading.Thread(target=lambda: found.append(api.get(path, headers={"Prefer": "wait=30"})))
        waits.start()
        serving.quickly.release()
        waits.join()
    assert [answer.status_code for answer in found] == [200]


def test_the_same_question_at_the_same_time_is_worked_out_once(api, monkeypatch):
    path, asked, found = "/kpis/nps/answer?level=0.64", [], []
    work_out = numbers._asked

    def slowly(*given):
        asked.append(given)
        sleep(0.3)
        return work_out(*given)

    monkeypatch.setattr(numbers, "_asked", slowly)
    threads = [threading.Thread(target=lambda: found.append(api.get(path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in found] == [200] * 4
    assert len({answer.content for answer in found}) == len(asked) == 1


def test_what_failed_is_worked_out_again(api, monkeypatch):
    path = "/kpis/nps/answer?level=0.65"
    with monkeypatch.context() as patched:
        patched.setattr(numbers, "_asked", _raising(ZeroDivisionError()))
        assert api.get(path).status_code == 500
    assert api.get(path).status_code == 200


def test_a_page_that_is_still_made_is_waited_for_as_long_as_is_said(api, monkeypatch):
    waited = []
    made = Serving.page

    def page(self, *asked, patience, **rest):
        waited.append(patience)
        return made(self, *asked, patience=60, **rest)

    monkeypatch.setattr(Serving, "page", page)
    for said in ("wait=5", "respond-async, wait=0", "wait=600", "wait=soon", "wait=-1", "await=7", 'wait="9"', ""):
        assert api.get("/pages/data", headers={"Prefer": said} if said else {}).status_code == 200
    assert waited == [5, 0, 60, 30, 30, 30, 9, 30]


def test_some_wait_and_the_others_come_again(api, monkeypatch):
    """Threads are few: who comes when enough wait is told at once, so that pages and look-ups go on."""
    told, begun, go = [], threading.Barrier(WAITING + 1), threading.Event()

    def held(asking, kpis):
        told.append(asking.patience)
        if asking.patience:
            begun.wait(20)
            go.wait(20)
        return {"asked": {}, "rows": []}

    def once(self, serving, question, patience, make):
        return make()

    monkeypatch.setattr(numbers, "_asked", held)
    monkeypatch.setattr("regulars.rest.held.Held.once", once)
    threads = [
        threading.Thread(target=api.get, args=(f"/kpis/nps/answer?level=0.{n}",)) for n in range(60, 60 + WAITING)
    ]
    for thread in threads:
        thread.start()
    begun.wait(20)
    try:
        assert api.get("/kpis/nps/answer?level=0.9").status_code == 200
        assert told[-1] == 0
        assert api.get("/kpis").status_code == 200
    finally:
        go.set()
        for thread in threads:
            thread.join()
    assert api.get("/kpis/nps/answer?level=0.91", headers={"Prefer": "wait=0"}).status_code == 200


def test_answers_carry_what_browsers_must_keep_to(api):
    headers = api.get("/company").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert ROOT == "/api/v1"
