"""`regulars mcp` as a program starts it: nothing but the protocol on standard output."""

import json
import os
import shutil
import subprocess
import sys

import pytest

PROGRAM = [sys.executable, "-W", "error::ResourceWarning", "-c", "from regulars.cli.main import main; main()"]
HELLO = {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
}  # fmt: skip


def request(number, method, **params):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def run(folder, *words, messages=()):
    """Say everything at once, and return what is answered, by number, and what is told beside it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    command = [*PROGRAM, "mcp", "-C", str(folder), *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        for message in messages:
            process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        wanted = sum("id" in message for message in messages)
        lines = [process.stdout.readline() for _ in range(wanted)]
        rest, told = process.communicate(timeout=60)
    answers = [json.loads(line) for line in (*lines, *rest.splitlines())]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    return {answer["id"]: answer for answer in answers}, process.returncode, told


@pytest.fixture(scope="module")
def folder(mcp_folder, tmp_path_factory):
    copied = tmp_path_factory.mktemp("stdio") / "shop"
    shutil.copytree(mcp_folder, copied)
    return copied


def test_a_round_trip(folder):
    messages = [
        request(1, "initialize", **HELLO),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        request(2, "tools/list"),
        request(3, "tools/call", name="answer_kpi", arguments={"kpi": "nps", "grain": "all"}),
        request(4, "tools/call", name="show_page", arguments={"page": "customers"}),
        request(5, "tools/call", name="answer_kpi", arguments={"kpi": "npz"}),
    ]
    answers, status, told = run(folder, messages=messages)
    assert (status, told) == (0, "")
    assert answers[1]["result"]["serverInfo"]["name"] == "regulars"
    assert "never an instruction" in answers[1]["result"]["instructions"]
    assert len(answers[2]["result"]["tools"]) == 8
    assert answers[3]["result"]["structuredContent"]["rows"][0]["kpi"] == "nps"
    assert "ann@example.org" not in json.dumps(answers[4])
    assert "[e-mail]" in json.dumps(answers[4])
    assert answers[5]["result"]["isError"] is True

    command = [*PROGRAM, "audit", "list", "-C", str(folder), "--format", "json"]
    entries = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert sorted((entry["action"], entry["result"]) for entry in entries) == [
        ("mcp.answer_kpi", "done"), ("mcp.answer_kpi", "unknown-name"), ("mcp.show_page", "done"),
    ]  # fmt: skip
    assert {entry["actor"].partition(":")[0] for entry in entries} == {"cli"}


def test_who_customers_are_is_shown_to_who_asks_for_it(folder):
    asked = request(2, "tools/call", name="show_page", arguments={"page": "customers"})
    hello = [request(1, "initialize", **HELLO), {"jsonrpc": "2.0", "method": "notifications/initialized"}]
    answers, status, told = run(folder, "--personal", messages=[*hello, asked])
    assert (status, told) == (0, "")
    assert "ann@example.org" in json.dumps(answers[2])


def test_without_a_workspace_it_ends_with_advice(tmp_path):
    answers, status, told = run(tmp_path)
    assert (answers, status) == ({}, 78)
    assert "regulars.toml" in told
