"""What comes of questions: the audit log, faults that nobody foresaw, and records that change."""

import logging
import shutil
from contextlib import ExitStack

import pytest
from mcp_asking import ALL, MASKED, asked, visitor

import heard_shop
from regulars.core.errors import Busy, StoreError
from regulars.mcp import desk as desks
from regulars.mcp.desk import Unanswered
from regulars.mcp.tools import TOOLS
from regulars.state import audit


@pytest.fixture
def copied(mcp_folder, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(mcp_folder, folder)
    return folder


@pytest.fixture
def desk(mcp_folder, tmp_path):
    with ExitStack() as stack:
        yield asked(stack, mcp_folder, tmp_path / "state")


def test_every_call_is_written_down_with_its_rows(desk):
    desk.answer("answer_kpi", MASKED, kpi=["nps", "csat"], start="2025-06-01")
    (entry,) = desk.written()
    assert (entry.by.actor, entry.action, entry.object, entry.rows, entry.result) == (
        "cli:test", "mcp.answer_kpi", "nps csat", 4, "done",
    )  # fmt: skip
    desk.answer("show_page", page="follow_up", top=3)
    assert (desk.written()[0].object, desk.written()[0].rows) == ("follow_up", 3)
    desk.answer("show_page", page="kpi", about="nps")
    assert desk.written()[0].object == "kpi nps"
    desk.answer("list_kpis", team="sales")
    assert (desk.written()[0].action, desk.written()[0].object) == ("mcp.list_kpis", "sales")


def test_of_a_customer_a_pseudonym_is_written_down(desk):
    for scopes in (ALL, MASKED):
        desk.answer("customer_profile", scopes, customer_id="c002")
    desk.answer("show_page", page="customer", about="c002")
    entries = desk.written(3)
    assert {entry.object for entry in entries} == {f"customer {audit.pseudonym(desk.state, 'c002')}"}
    assert all("c002" not in entry.object for entry in entries)


def test_what_is_refused_is_written_down_too(desk):
    desk.refusal("answer_kpi", kpi="npz")
    assert (desk.written()[0].object, desk.written()[0].result, desk.written()[0].rows) == ("npz", "unknown-name", None)
    desk.refusal("answer_kpi", kpi="nps", where="x")
    assert desk.written()[0].result == "query"
    desk.refusal("at_risk", frozenset(list(ALL)[:0]))
    assert desk.written()[0].result == "refused"


def test_nothing_is_shown_that_cannot_be_written_down(desk, monkeypatch):
    def full(*_, **__):
        raise Busy("The disk is full.")

    monkeypatch.setattr(desks.audit, "record", full)
    assert desk.refusal("list_kpis") == "The disk is full."


def test_a_fault_is_told_plainly_and_logged(desk, monkeypatch, caplog):
    def broken(call, name):
        raise ZeroDivisionError(f"secret of c002: {name}")

    monkeypatch.setattr("regulars.mcp.explaining.explained", broken)
    with caplog.at_level(logging.ERROR):
        said = desk.refusal("explain_kpi", kpi="nps")
    assert said == "A fault in Regulars. Whoever runs this finds it in the log."
    assert "ZeroDivisionError" in caplog.text
    assert "c002: nps" not in caplog.text
    assert desk.written()[0].result == "fault"


def test_newer_records_are_seen(copied, tmp_path):
    with ExitStack() as stack:
        found = asked(stack, copied, tmp_path / "state")
        _, before = found.answer("answer_kpi", kpi="net_revenue", grain="all")
        with (copied / "orders2.csv").open("w") as file:
            file.write("order_id,customer_id,ordered_at,kind,amount,channel,discount,promised_at,delivered_at\n")
            file.write("new,c003,2025-07-01,sale,5000,web,0,,\n")
        heard_shop.loaded(copied)
        _, after = found.answer("answer_kpi", kpi="net_revenue", grain="all")
        assert after["generation"] == before["generation"] + 1
        assert after["rows"][0]["value"] == pytest.approx(before["rows"][0]["value"] + 5000)


def test_without_records_tools_are_listed_and_say_what_to_do(tmp_path):
    (tmp_path / "regulars.toml").write_text(heard_shop.HEAD)
    with ExitStack() as stack:
        found = asked(stack, tmp_path, tmp_path / "state")
        assert "holds no records yet. Run `regulars run` there first." in found.refusal("list_kpis")
        (tmp_path / "regulars.toml").write_text("nonsense")
        assert "regulars.toml" in found.refusal("list_kpis")
        assert found.by(ALL, lambda client: client.list_tools()).tools


def test_errors_over_http_name_no_path(desk, monkeypatch, caplog):
    def broken(*_):
        raise StoreError("`/somewhere/secret` is damaged.")

    monkeypatch.setattr("regulars.mcp.explaining.explained", broken)
    served = desks.Desk(source=desk.desk.source, state=desk.state)
    with caplog.at_level(logging.ERROR), pytest.raises(Unanswered, match="cannot be read just now") as refused:
        served.call(visitor(ALL), TOOLS["explain_kpi"], {"kpi": "nps"})
    assert "somewhere" not in str(refused.value)
    assert "somewhere" in caplog.text
