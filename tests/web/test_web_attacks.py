"""What is typed into an address is words: it is found, not found, or refused, and never more than that."""

import re
from urllib.parse import quote

import pytest
from canaries import SOMEONE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from visitors import words

from regulars.views.parameters import PARAMETERS

HOSTILE = {
    "or true": "' OR 1=1 --",
    "drop": "'; DROP TABLE people; --",
    "union": "x' UNION SELECT customer_id FROM people --",
    "double quotes": '" OR ""="',
    "files": "read_text('/etc/passwd')",
    "copy": "COPY (SELECT 1) TO '/tmp/x'",
    "comment": "/**/",
    "wildcards": "%",
    "one character": "_",
    "pattern": "(a+)+$",
    "nothing": "\x00",
    "nothing inside": "NL\x00' OR '1",
    "lines": "x\r\nSet-Cookie: regulars=evil",
    "long": "x" * 3_000,
    "quotes": "'" * 1_000,
    "brackets": "(" * 1_000,
    "nots": "not " * 400 + "market = 'NL'",
    "minus": "-" * 2_000 + "1",
    "and": "market = 'NL' and " * 80 + "market = 'NL'",
    "path": "../../../../etc/passwd",
    "script": "<script>alert(1)</script>",
    "template": "{{7*7}}${7*7}#{7*7}",
    "right to left": "\u202egnp.exe",
    "astral": "𝕏😀",
    "surrogate": "\ufffd",
    "number": "9" * 400,
    "infinite": "1e999999",
    "not a number": "nan",
    "negative": "-1",
    "digits of others": "١٢m",
    "spaces": "   ",
    "comma": ",,,,",
    "equals": "===",
    "dotted": "people.customer_id",
    "json": '{"a": [1, 2]}',
}
#: Pages that take a parameter, the quickest of them.
TAKES = {
    "where": "/kpis/net_revenue?where={}",
    "by": "/kpis/net_revenue?by={}",
    "period": "/kpis/net_revenue?period={}",
    "week": "/note?week={}",
    "q": "/customers?q={}",
    "segment": "/customers?segment={}",
    "state": "/customers?state={}",
    "saved": "/customers?saved={}",
    "k": "/clusters?k={}",
    "attribute": "/customers?attribute={}",
    "attribute of": "/customers?attribute=market%3D{}",
    "of": "/customers?of={}",
    "sort": "/customers?sort={}",
    "dir": "/customers?dir={}",
    "after": "/customers?after={}",
    "rows": "/customers?rows={}",
    "budget": "/actions?budget={}",
    "holdout": "/experiment-plan/win_back_offer?holdout={}",
    "owner": "/queue?owner={}",
    "audience": "/queue?audience={}",
    "assignee": "/queue?assignee={}",
    "status": "/queue?status={}",
    "owner of alerts": "/alerts?owner={}",
    "status of alerts": "/alerts?status={}",
    "rows of alerts": "/alerts?rows={}",
    "owner in watch": "/watch?owner={}",
    "goal": "/goals?goal={}",
    "owner of goals": "/goals?owner={}",
    "period of goals": "/goals?period={}",
    "retention": "/whatif?retention={}",
    "per": "/whatif?per={}",
    "price": "/whatif?price={}",
    "elasticity": "/whatif?elasticity={}",
    "response_time": "/whatif?response_time={}",
    "effect": "/whatif?effect={}",
    "cost": "/whatif?cost={}",
    "months": "/whatif?months={}",
    "after in behind": "/behind/net_revenue?after={}",
    "where in behind": "/behind/net_revenue?where={}",
    "kpi": "/?kpi={}",
    "team": "/?team={}",
    "reason": "/data?reason={}",
    "top": "/data?top={}",
    "question": "/themes?question={}",
    "touchpoint": "/themes?touchpoint={}",
    "grain": "/themes?grain={}",
    "about a KPI": "/kpis/{}",
    "about a KPI behind": "/behind/{}",
    "about a customer": "/customers/{}",
    "a page": "/{}",
    "an asset": "/static/{}",
    "a name": "/?{}=x",
    "an ending": "/kpis.{}",
}


def quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def test_every_parameter_is_attacked():
    named = {re.split(r"[?&=]", path.partition("?")[2])[0] for path in TAKES.values()}
    assert set(PARAMETERS) <= named


def answered(doorway, path):
    """Return an answer that is one, whatever was asked."""
    answer = doorway.get(path, "admin", headers={"Accept-Encoding": "identity"})
    end = 200
    while answer.status_code == 202 and end:  # it is being worked out
        answer, end = doorway.get(path, "admin"), end - 1
    assert answer.status_code in (200, 302, 400, 404), (path[:200], answer.status_code, answer.text[:500])
    assert "root:x:0" not in answer.text
    assert "Traceback" not in answer.text
    assert "set-cookie" not in answer.headers
    return answer


#: Pages that work for a while before they find out that something cannot be, and words for them.
SLOW = ("where", "by", "reason", "budget")
FEW = ("or true", "script", "astral")


@pytest.mark.parametrize("parameter", TAKES)
def test_hostile_words_are_words(doorway, parameter):
    """Half of them of each parameter, so that each word meets half of those."""
    first = list(TAKES).index(parameter) % 2
    hostile(doorway, parameter, {name: HOSTILE[name] for name in [*list(HOSTILE)[first::2], *FEW]})


@pytest.mark.long
@pytest.mark.parametrize("parameter", TAKES)
def test_all_hostile_words_are_words(doorway, parameter):
    hostile(doorway, parameter, HOSTILE)


def hostile(doorway, parameter, words):
    for name, text in words.items():
        if parameter in SLOW and name not in FEW:
            continue
        answer = answered(doorway, TAKES[parameter].format(quoted(text)))
        if answer.status_code == 200 and parameter in ("q", "segment", "attribute of"):
            assert "kd-" not in answer.text or text.strip() in ("", "-1", "_"), (parameter, name)
        assert "<script>alert" not in answer.text
    assert doorway.get("/healthz").json()["status"] == "ok"


def test_no_search_is_a_pattern(doorway):
    assert "kd-" in answered(doorway, "/customers?sort=id").text
    for text in ("%", "_d-", "k_-00", "kd-%", ".*", "kd-0.3", "KD\\-", "k%"):
        assert "No customer" in words(answered(doorway, f"/customers?q={quoted(text)}")), text
    assert SOMEONE in answered(doorway, "/customers?q=KD-003").text


def numbers(doorway, asked):
    answer = answered(doorway, f"/kpis/net_revenue.json?{asked}")
    assert answer.status_code == 200, answer.text[:300]
    return [row["n"] for block in answer.json()["blocks"] if block["block"] == "answers" for row in block["rows"]]


def test_a_condition_never_finds_more_than_there_is(doorway):
    every, dutch = numbers(doorway, "period=2025-02"), numbers(doorway, "period=2025-02&where=market%20%3D%20'NL'")
    assert 0 < sum(dutch) < sum(every)
    nobody = numbers(doorway, "period=2025-02&where=market%20%3D%20'NL''%20or%20''1''%3D''1'")
    assert sum(nobody) == 0


TRAVERSALS = [
    "/static/../../../../etc/passwd",
    "/static/..%2f..%2f..%2fetc%2fpasswd",
    "/static/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%5c..%5cetc%5cpasswd",
    "/static/%252e%252e%252fetc%252fpasswd",
    "/static//etc/passwd",
    "/static/app.css%00.svg",
    "/static/app.css",
    "/static/",
    "/static",
    "//etc/passwd",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/kpis/..%2f..%2f..%2fetc%2fpasswd",
    "/kpis/../../regulars.toml",
    "/customers/..%2f..%2fregulars.toml",
    "/customers/%2fetc%2fpasswd.json",
    "/behind/%2e%2e%2f.regulars%2fstate.db",
    "/.regulars/state.db",
    "/regulars.toml",
    "/kpis.json/../../etc/passwd",
    "/kpis/net_revenue/../../etc/passwd",
    "/file:///etc/passwd",
    "/%00",
    "/%ff%fe",
    "/kpis/%ff",
    "/customers/%C0%AE%C0%AE%2F",
    "/a%0Ab",
    "/kpis/a%0Ab",
    "/" + "a/" * 500,
    "/" + "%2e%2e%2f" * 100,
    "/kpis/" + "x" * 3_000,
]


@pytest.mark.parametrize("path", TRAVERSALS, ids=range(len(TRAVERSALS)))
@pytest.mark.parametrize("who", ["admin", "nobody"])
def test_paths_lead_nowhere_but_to_pages(doorway, path, who):
    answer = doorway.get(f"http://localhost{path}", who)
    assert answer.status_code in (200, 303, 400, 401, 404), answer.text[:300]
    assert "root:x:0" not in answer.text
    assert "[company]" not in answer.text
    assert b"SQLite format" not in answer.content
    if answer.status_code == 200:
        assert path.startswith(("/../", "/kpis/../", "/static/../", "/customers/..", "/kpis.json/../"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), parameter=st.sampled_from(["q", "after", "attribute", "about a customer", "a page"]))
def test_whatever_is_typed_is_answered(doorway, text, parameter):
    answered(doorway, TAKES[parameter].format(quoted(text)))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="market='NL() andorti<>,.%\"\\0", max_size=40))
def test_whatever_is_typed_as_a_condition_is_answered(doorway, text):
    answered(doorway, TAKES["where in behind"].format(quoted(text)))


def test_asking_for_the_same_twice_counts_by_the_last_and_for_too_much_is_refused(doorway):
    assert SOMEONE in answered(doorway, "/customers?q=kd-003").text
    assert doorway.get("/customers?q=nobody&q=kd-003").status_code in (200, 302)
    assert doorway.get("/customers?" + "&".join(["q=x"] * 200)).status_code == 431
    assert doorway.get("/customers?q=" + "x" * 5_000).status_code == 431
    assert doorway.get("/customers", headers={"X-Much": "x" * 20_000}).status_code == 431
