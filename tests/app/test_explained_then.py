"""Records that came late, and another definition, are parts of a change by themselves."""

from datetime import date, timedelta

import numpy as np
import pytest

from regulars.app import defined_then
from regulars.app.explaining import explain
from regulars.app.measure import ask
from regulars.app.refresh import refresh
from regulars.app.workspace import Workspace
from regulars.core.definitions import Definitions
from regulars.core.periods import Period
from workspaces import HEAD, ORDERS, ORDERS_HEADER, write

MAY, JUNE = Period(date(2024, 5, 1), date(2024, 6, 1)), Period(date(2024, 6, 1), date(2024, 7, 1))


def orders(late: int) -> str:
    """100 customers who order in May and June; what `late` of them ordered in May came three weeks after its end."""
    rows = []
    for number in range(100):
        for month in (5, 6):
            day = date(2024, month, 1 + number % 28)
            known = date(2024, 6, 21) if month == 5 and number < late else day
            market = "NL" if number % 2 else "DE"
            rows.append(f"o{number}-{month},c{number},{day},sale,{10 + number % 7},{known},{market}")
    return ORDERS_HEADER + "\n".join(rows) + "\n"


def company(folder, *, late=0, as_of="2024-07-02"):
    toml = HEAD + f"as_of = {as_of}\n" + ORDERS
    write(folder, toml, orders_csv=orders(late))
    workspace = Workspace.at(folder)
    refresh(workspace)
    return workspace


def why(workspace, name="net_revenue", period=JUNE, against=MAY):
    with workspace.opened() as opened:
        return explain(name, workspace, opened, period=period, against=against)


def adds(found, name):
    part = found.part(name)
    return 0.0 if part is None else part.estimate.interval.value


@pytest.mark.parametrize(("late", "parts"), [(99, {"noise", "new_existing", "rate_existing", "data"}), (100, set())])
def test_a_ratio_of_which_nearly_all_came_late_has_numbers(tmp_path, late, parts):
    found = why(company(tmp_path, late=late), "average_order_value")
    told = {one.name: one.estimate.interval for one in found.parts}
    assert {name for name, one in told.items() if one.value or one.high > one.low} == parts
    assert np.isfinite([[one.value, one.low, one.high] for one in told.values()]).all()


def test_what_came_late_of_the_earlier_period_is_no_fall(tmp_path):
    found = why(company(tmp_path, late=20))
    late = sum(10 + number % 7 for number in range(20))
    change = found.change.interval.value
    assert change == pytest.approx(0.0, abs=1e-9)  # all of both months is known by now
    raw = -late
    # What is told is less its share of the noise, which is 0 as nothing changed.
    assert adds(found, "data") == pytest.approx(raw)
    assert sum(one.estimate.interval.value for one in found.parts) == pytest.approx(change, abs=1e-9)
    assert adds(found, "customers") > 0
    assert any("20 records of the earlier period came later" in note for note in found.notes)


def gaps() -> str:
    """60 customers who order every 13 to 42 days."""
    rows = []
    for number in range(60):
        for at in range(12):
            day = date(2024, 2, 1) + timedelta(days=number + at * (13 + number // 2))
            if day < date(2024, 7, 1):
                rows.append(f"g{number}-{at},g{number},{day},sale,10,{day},NL")
    return ORDERS_HEADER + "\n".join(rows) + "\n"


def test_a_period_told_by_another_definition(tmp_path):
    for days, as_of in ((20, "2024-06-03"), (35, "2024-07-02")):
        toml = HEAD + f"as_of = {as_of}\n[definitions]\nlapse_days = {days}\n" + ORDERS
        write(tmp_path, toml, orders_csv=gaps())
        workspace = Workspace.at(tmp_path)
        refresh(workspace)
    assert [one.definitions["lapse_days"] for one in defined_then.noted(workspace.store)] == [20, 35]
    found = why(workspace, "customer_retention_rate")
    assert any("lapse_days = 20 rather than 35" in note for note in found.notes)
    assert "lapse_days=20" in found.before.version
    assert "lapse_days=35" in found.after.version
    with workspace.opened() as opened:
        asked = {"start": MAY.start, "end": MAY.end}
        (now,) = ask(["customer_retention_rate"], workspace.kpis, opened.records, **asked)
    values = [one.estimate.interval.value for one in found.parts]
    assert sum(values) == pytest.approx(found.after.interval.value - found.before.interval.value, abs=1e-9)
    raw = now.estimate.interval.value - found.before.interval.value
    assert raw > 0.1
    assert adds(found, "definition") == pytest.approx(raw, abs=abs(adds(found, "noise")) + 1e-9)


def test_what_was_published_with_the_same_is_written_down_once(tmp_path):
    for day in (date(2024, 7, 2), date(2024, 7, 5), date(2024, 7, 4)):
        defined_then.note(tmp_path, day, Definitions(), {})
    (one,) = defined_then.noted(tmp_path)
    assert (one.first, one.last) == ("2024-07-02", "2024-07-05")
    defined_then.note(tmp_path, date(2024, 7, 6), Definitions(lapse_days=7), {})
    assert [known.first for known in defined_then.noted(tmp_path)] == ["2024-07-02", "2024-07-06"]
    (tmp_path / "defined.json").write_bytes(b"[1")
    assert defined_then.noted(tmp_path) == []
