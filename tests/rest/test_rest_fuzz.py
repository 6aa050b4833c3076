"""Whatever is asked as it is described, or not as it is: no fault, and an answer as it is described (schemathesis)."""

from contextlib import ExitStack

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_door import TOKENS, UNKNOWN, Doorway, opened
from rest_shapes import lawful
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

load_all_checks()


@pytest.fixture(scope="module")
def asked(rest_folder, tmp_path_factory):
    """A server of its own: whatever pages were asked for and not waited for end with it."""
    with ExitStack() as stack:
        yield opened(stack, rest_folder, tmp_path_factory.mktemp("fuzz_state"))


#: Not every text is a condition or a period, and no schema says which: that one is refused is no fault.
EXCLUDED = [positive_data_acceptance]


def running(api: Doorway):
    """Return the server as it runs: each of schemathesis' calls would begin and end it."""

    async def app(scope, receive, send):
        if scope["type"] != "lifespan":
            await api.client.app(scope, receive, send)
            return
        for _ in range(2):
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})

    return app


def fuzzed(api: Doorway, who: str, *, most: int, pages: int, wait: int) -> int:
    """Ask every address, whatever may be asked of it and whatever may not; return how often there was an answer.

    Args:
        api: the server.
        who: asks.
        most: questions of each address, of each kind.
        pages: the same of pages over all records, which take seconds each.
        wait: seconds to wait for those.
    """
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", running(api), headers=api.headers("admin"))
    answered = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        raw = operation.definition.raw
        many = pages if raw["tags"] == ["Pages"] else most
        answered += one(api, who, operation, GenerationMode.POSITIVE, many, wait)
        if raw["parameters"]:
            answered += one(api, who, operation, GenerationMode.NEGATIVE, many, wait)
    return answered


def one(api: Doorway, who: str, operation, mode, many: int, wait: int) -> int:
    answered, needed = 0, set(operation.definition.raw["security"][0]["bearer"])

    @settings(
        max_examples=many,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case):
        nonlocal answered
        response = case.call(headers={**api.headers(who), "Prefer": f"wait={wait}"})
        status, code = response.status_code, response.json()["code"] if response.status_code >= 400 else ""
        later = status == 503 and code in ("calculating", "busy") and not wait
        case.validate_response(response, excluded_checks=[*EXCLUDED, *([not_a_server_error] if later else [])])
        if code == "too-much":
            return  # refused before anybody asks who it is
        if who in UNKNOWN:
            assert status == 401
        elif needed - set(TOKENS[who][1]):
            assert (status, code) in ((403, "refused"), (400, "query"), (404, "no-address"))
        else:
            assert status not in (401, 403)
        answered += status == 200

    run()
    return answered


@pytest.mark.parametrize("who", ["admin", "viewer", "blind", "expired"])
def test_nothing_that_can_be_asked_is_a_fault(asked, who):
    known = who == "admin"
    answered = fuzzed(asked, who, most=5 if known else 2, pages=1, wait=0)
    assert answered > (30 if known else -1)
    if who in UNKNOWN:
        assert answered == 0


@pytest.mark.long
@pytest.mark.parametrize("who", [*TOKENS, "nobody", "forged"])
def test_nothing_that_can_be_asked_for_long_is_a_fault(asked, who):
    known = who == "admin"
    fuzzed(asked, who, most=300 if known else 50, pages=20 if known else 3, wait=60 if known else 0)


DAYS = st.sampled_from(
    ["", "2024-06-30", "2024-07-01", "2024-12-31", "2025-01-01", "2025-06-15", "2025-07-31", "2025-08-01"]
)
WORDS = st.fixed_dictionaries(
    {},
    optional={
        "grain": st.sampled_from(["day", "week", "month", "quarter", "year", "all"]),
        "from": DAYS,
        "to": DAYS,
        "by": st.sampled_from(["market", "channel", "market,channel", "segment", "touchpoint", ""]),
        "where": st.sampled_from(
            ["market = 'NL'", "market is null", "market != 'NL' and segment is null", "false", ""]
        ),
        "compare": st.sampled_from(["true", "false"]),
        "level": st.sampled_from(["0.5", "0.8", "0.999"]),
    },
)
NAMES = ["net_revenue", "nps", "repeat_purchase_rate", "average_order_value", "gini_coefficient", "time_to_close_loop"]


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(kpi=st.lists(st.sampled_from(NAMES), min_size=1, max_size=2), words=WORDS)
def test_whatever_is_asked_together_is_lawful_or_refused(api, kpi, words):
    answer = api.get("/answers", params=[*(("kpi", name) for name in kpi), *words.items()])
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 200:
        found = answer.json()
        assert lawful(found) >= len(found["rows"])
        named = list(dict.fromkeys(row["kpi"] for row in found["rows"]))
        assert named == [name for name in dict.fromkeys(kpi) if name in named]
