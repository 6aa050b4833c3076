"""Rules over a shop's records: what fires does so once, and late records fire no alert of a KPI."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest

import watched_shop
from regulars.app import alert_replay, alert_rules
from regulars.app.alert_course import without
from regulars.app.alert_data import stopped
from regulars.app.alert_life import Said, say, say_all, stamp
from regulars.app.alerting import watch
from regulars.app.learned import stated
from regulars.app.people import state_of
from regulars.app.workspace import Workspace
from regulars.core.errors import QueryError, UnknownName
from regulars.core.message import Tells
from regulars.state import alerts
from regulars.state.alerts import Check, Real, Status
from regulars.state.audit import By, entries
from regulars.views.alert_watch import look

AT = datetime(2024, 4, 10, 8, tzinfo=UTC)
BY = By(actor="cli:ada")
DAYS = 100
#: Day after the last one.
OVER = watched_shop.FIRST + timedelta(days=DAYS)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return watched_shop.write(tmp_path_factory.mktemp("watched") / "shop", DAYS, fall=2)


def looked(workspace, at=AT, put=None):
    put = put or (lambda *_: True)
    with workspace.opened() as opened, state_of(workspace) as state:
        return look(workspace, opened, state, BY, at=at, put=put)


def test_a_fall_is_told_once_to_its_channels_with_what_it_is_worth(shop):
    told = []
    found = looked(shop, put=lambda _state, channel, letter, _at: told.append((channel, letter)) or True)
    fired = {one.rule: one for one in found.new}
    assert fired.keys() == {"daily_revenue", "order_value", "dutch"}
    (channel, letter) = told[0]
    assert (len(told), channel, letter.tells, letter.bad) == (1, "sales", Tells.ALERT, True)
    assert letter.key == f"alert:dutch:{OVER - timedelta(days=2)}"
    assert letter.page.startswith("kpis/net_revenue?period=2024-04&where=")
    revenue = fired["daily_revenue"]
    assert revenue.last in (OVER, OVER - timedelta(days=1))
    assert revenue.said["money"]["value"] == pytest.approx(-120 * revenue.said["run"], rel=0.2)
    assert revenue.said["money"]["low"] < revenue.said["money"]["value"] < revenue.said["money"]["high"] < 0
    assert revenue.owner == "sales"
    assert looked(shop, AT + timedelta(hours=1)).new == ()
    with stated(shop) as state:
        assert [one.action for one in entries(state, limit=9)].count("alert.fire") == 3


def test_which_alerts_wait_is_said_beside_the_store_when_that_changes(shop):
    looked(shop)
    first = json.loads(shop.watched.read_bytes())
    assert len(first["waiting"]) == 3
    looked(shop, AT + timedelta(hours=1))
    assert json.loads(shop.watched.read_bytes()) == first
    key = first["waiting"][0]
    with state_of(shop) as state:
        seen = {key: stamp(alerts.named(state, key)) + 1}
        assert [one.key for one in say_all(shop, state, BY, seen, Said(status=Status.ACKNOWLEDGED), at=AT)] == [key]
        assert json.loads(shop.watched.read_bytes()) == first
        seen = {key: stamp(alerts.named(state, key))}
        assert say_all(shop, state, BY, seen, Said(status=Status.SNOOZED, until=date(2024, 4, 12)), at=AT) == []
    assert json.loads(shop.watched.read_bytes())["waiting"] == first["waiting"][1:]
    looked(shop, AT + timedelta(days=3))
    assert json.loads(shop.watched.read_bytes())["waiting"] == first["waiting"]


def test_an_alert_that_was_closed_is_not_opened_by_whoever_sees_it_later(tmp_path):
    shop = watched_shop.write(tmp_path / "shop", DAYS, fall=2)
    key = looked(shop).new[0].key
    with state_of(shop) as state:
        say(state, BY, key, Said(status=Status.CLOSED, real=Real.YES), zone="UTC", at=AT)
        with pytest.raises(QueryError, match="is closed: it was said to be real: yes"):
            say(state, BY, key, Said(status=Status.ACKNOWLEDGED), zone="UTC", at=AT)
        assert alerts.named(state, key).status is Status.CLOSED
        said = say(state, BY, key, Said(status=Status.CLOSED, real=Real.NO), zone="UTC", at=AT)
    assert said.outcome == "no"


def test_rules_that_are_off_or_wait_for_records_say_so(shop):
    found = looked(shop)
    states = {one.rule.name: one.why_not for one in found.watched}
    assert "returns" not in states
    assert states["visitors"] == "needs `events`"
    assert not states["daily_revenue"]


def test_a_replay_is_what_a_watch_would_have_said(shop, tmp_path):
    earlier = watched_shop.write(tmp_path / "shop", DAYS - 1, fall=1)
    with earlier.opened() as early, shop.opened() as late:
        before, after = (
            watch(alert_rules.rules(one).on, one, opened) for one, opened in ((earlier, early), (shop, late))
        )
    for one, other in zip(before, after, strict=True):
        if one.rule.grain == "day" and one.course is not None:
            n = len(one.told)
            assert one.told.tolist() == other.told[:n].tolist(), one.rule.name
            assert one.sure.tolist() == other.sure[:n].tolist(), one.rule.name


def test_replay_counts_what_could_be_told_and_what_lasted(shop):
    rule = alert_rules.asked(shop, kpi="net_revenue", when="below 235", cooldown_days=0)
    with shop.opened() as opened:
        found = alert_replay.replay(rule, (), shop, opened)
        course = watch([rule], shop, opened)[0].course
    low = [bool(value < 235) for value in course.values]
    begins = [place for place, one in enumerate(low) if one and not (place and low[place - 1])]
    assert [one.fired.period for one in found.told] == [course.periods[place] for place in begins]
    known = [place for place in begins if place + 7 < len(low)]
    assert [one.lasted for one in found.told] == [
        sum(low[place + 1 : place + 8]) > 3 if place in known else None for place in begins
    ]
    assert (found.could, found.false_alarms) == (DAYS, None)
    assert found.rate.interval.n == found.could


def test_days_without_records_are_told_as_such_and_as_nothing_else(tmp_path):
    broken = watched_shop.write(tmp_path / "shop", DAYS, without=(DAYS - 3, DAYS - 2))
    found = looked(broken)
    first, last = OVER - timedelta(days=3), OVER - timedelta(days=2)
    assert [(one.tells, one.key) for one in found.new] == [(Tells.DATA, f"data.orders:{first}")]
    assert f"from {first} to {last}" in found.new[0].text
    daily = next(one for one in found.watched if one.rule.name == "daily_revenue")
    assert not daily.sure[-3:-1].any()
    assert looked(broken).new == ()


def test_records_that_are_few_or_rest_at_weekends_are_not_late():
    weekdays = {day: 30 for day in range(201) if day % 7 < 5}
    for until, missing in ((203, ()), (204, (203,)), (212, range(203, 212))):
        assert without(weekdays, until) == frozenset(missing)
    assert without(dict.fromkeys(range(0, 200, 9), 1), 204) == frozenset()


def test_a_day_on_which_the_company_is_closed_is_not_one_whose_records_are_late(tmp_path):
    counts = {day: 40 for day in range(100) if day not in (70, 84)}
    assert without(counts, 100) == {70, 84}
    assert without(counts, 100, frozenset({70, 84})) == frozenset()
    # A closed day does not hide that the same weekday is late in the weeks after it.
    assert without(counts, 100, frozenset({70})) == {84}
    closed = ", ".join(str(OVER - timedelta(days=day)) for day in (3, 2))
    toml = f"{watched_shop.RULES}[calendar]\ndays = [{closed}]\n"
    shop = watched_shop.write(tmp_path / "shop", DAYS, without=(DAYS - 3, DAYS - 2), toml=toml)
    assert [one.key for one in looked(shop).new if one.tells is Tells.DATA] == []


def test_records_that_have_stopped_are_told_where_they_used_to_come():
    at = datetime(2024, 6, 10, 8, tzinfo=UTC)
    for moves, until, told in ((0, 1, False), (3, 1, True), (3, 9, False)):
        seen = {alerts.RECORDS: Check(until=date(2024, 6, until), moved_at=at, moves=moves)}
        assert (stopped(seen, (), zone="UTC", at=at) is not None) is told


def test_what_was_left_out_is_told_late_what_is_put_off_is_silent_and_what_is_over_says_so(shop, tmp_path):
    own = Workspace.at(shutil.copytree(shop.folder, tmp_path / "shop"))
    (own.store / "state.db").unlink(missing_ok=True)
    with state_of(own) as state:
        for name in ("daily_revenue", "dutch", "order_value"):
            alerts.checked(state, name, OVER - timedelta(days=10), {}, at=AT)
    assert "dutch" in {one.rule for one in looked(own).new}
    with state_of(own) as state:
        for one in alerts.every(state):
            alerts.change(state, one.key, status=Status.SNOOZED, by="ada", at=AT, until=AT + timedelta(days=30))
            assert one.ended is None
    watched_shop.write(own.folder, DAYS + 9)
    assert looked(own, AT + timedelta(days=9)).new == ()
    with state_of(own) as state:
        assert all(one.ended is not None for one in alerts.every(state))


@pytest.mark.parametrize(
    ("said", "error", "why"),
    [
        ({"kpi": "net_revenu"}, UnknownName, "Did you mean `net_revenue`"),
        ({"kpi": "net_revenue", "when": "belo 3"}, QueryError, "Did you mean `below`"),
        ({"kpi": "net_revenue", "grain": "year"}, QueryError, "no grain of an alert"),
        ({"kpi": "net_revenue", "when": "falls by 0 %"}, QueryError, "above 0"),
    ],
)
def test_rules_that_cannot_be_are_refused(shop, said, error, why):
    with pytest.raises(error, match=why):
        alert_rules.asked(shop, **said)


@pytest.mark.parametrize(
    ("kpi", "when", "why"),
    [
        ("return_rate", "below 40", 'write 0.4 or "40 %"'),
        ("nps", "above 400", "lies from -100 to 100"),
        ("new_customers", "below -1", "is never below 0"),
        ("net_revenue", "below 20 %", "is no share"),
    ],
)
def test_thresholds_that_are_never_passed_are_refused(shop, kpi, when, why):
    with pytest.raises(QueryError, match=why):
        alert_rules.asked(shop, kpi=kpi, when=when)


def test_a_threshold_that_was_passed_long_ago_is_told_on_the_first_check_and_on_no_other(tmp_path):
    toml = f'{watched_shop.RULES}[alerts.low]\nkpi = "net_revenue"\nwhen = "below 9000"\n'
    found = looked(watched_shop.write(tmp_path / "shop", DAYS, toml=toml))
    (told,) = [one for one in found.new if one.rule == "low"]
    assert (told.first, told.last) == (OVER - timedelta(days=1), OVER)
    (low,) = [one for one in found.watched if one.rule.name == "low"]
    assert (low.since, low.told.sum()) == (watched_shop.FIRST, 1)
    again = looked(Workspace.at(tmp_path / "shop"), AT + timedelta(hours=1))
    assert "low" not in [one.rule for one in again.new]


def test_changes_of_a_day_are_told_against_the_same_day_a_week_before(shop):
    rule = alert_rules.asked(shop, kpi="net_revenue", when="falls by 40 %")
    with shop.opened() as opened:
        (found,) = watch([rule], shop, opened)
    values = found.course.values
    want = [place for place in range(7, len(values)) if values[place] <= 0.6 * values[place - 7]]
    assert [place for place, fires in enumerate(found.fires) if fires] == want
    assert want[-2:] == [DAYS - 2, DAYS - 1]
    assert found.fired(DAYS - 1).expected.interval.value == values[DAYS - 8]


def test_a_condition_on_an_unknown_attribute_is_wrong_and_not_waiting(tmp_path):
    toml = f'{watched_shop.RULES}[alerts.typo]\nkpi = "net_revenue"\nwhere = "markt = 1"\n'
    shop = watched_shop.write(tmp_path / "shop", DAYS, toml=toml)
    assert "Did you mean `market`" in looked(shop).rules.faults["typo"]


def test_wrong_rules_stop_no_others(tmp_path):
    toml = '[alerts.one]\nkpi = "net_revenu"\n[alerts.two]\nwhen = "unusual"\n[alerts.daily_revenue]\nworth = 50\n'
    toml += '[alerts.weekly_revenue]\ngrain = "weak"\n[alerts.order_value]\nwhen = "belo 3"\n'
    shop = watched_shop.write(tmp_path / "shop", 10, toml=toml)
    found = alert_rules.rules(shop)
    assert found.faults.keys() == {"one", "two", "weekly_revenue", "order_value"}
    assert "`[alerts.weekly_revenue]` of `regulars.toml` cannot look at a `weak`" in found.faults["weekly_revenue"]
    assert "`[alerts.order_value]` of `regulars.toml`: `belo 3` says no time" in found.faults["order_value"]
    assert "Did you mean `net_revenue`" in found.faults["one"]
    assert "watches nothing" in found.faults["two"]
    assert (found.named("daily_revenue").worth, found.named("daily_revenue").owner) == (50, "sales")
    with pytest.raises(QueryError, match="no KPI is called so"):
        found.named("one")
    with pytest.raises(UnknownName, match="Did you mean `daily_revenue`"):
        found.named("daily_revenu")


def test_holidays_are_neither_judged_nor_learned_from(tmp_path):
    day = OVER - timedelta(days=1)
    toml = f"[calendar]\ndays = [{day}]\n"
    shop = watched_shop.write(tmp_path / "shop", DAYS, fall=1, toml=toml)
    found = looked(shop)
    daily = next(one for one in found.watched if one.rule.name == "daily_revenue")
    assert (found.new, bool(daily.sure[-1]), bool(daily.sure[-2])) == ((), False, True)
