"""Page Watch says what is done by itself and whether messages arrive."""

from datetime import UTC, datetime, timedelta

import workspaces
from regulars.app.workspace import Workspace
from regulars.core.message import Message, Tells
from regulars.core.periods import now
from regulars.state import outbox, slots
from regulars.state.slots import Ran
from regulars.state.store import open_state
from regulars.views import scheduled
from regulars.views.blocks import Grid, Notice
from regulars.views.view import Ask
from small import company

TOML = (
    workspaces.HEAD
    + """
[[schedule]]
job = "refresh"
at = "daily 05:00"
[channels.sales]
url_env = "SALES"
team = "sales"
quiet = ["sat-sun"]
digest = "daily 08:00"
"""
)
SLOT = datetime(2026, 3, 2, 4, tzinfo=UTC)


def shown(folder):
    workspace = Workspace.at(folder)
    return list(
        scheduled.blocks(
            Ask(records=company(1, customers=[{"customer_id": "a"}]), kpis={}, tables={}, workspace=workspace)
        )
    )


def test_where_there_is_nothing_yet_it_says_what_to_write(tmp_path):
    workspaces.write(tmp_path, workspaces.HEAD)
    assert [block.text for block in shown(tmp_path) if isinstance(block, Notice)] == [
        "Nothing is done by itself yet: write `[[schedule]]` in `regulars.toml`.",
        "Nobody is told anything yet: write `[channels.NAME]` in `regulars.toml`.",
    ]
    assert not (tmp_path / ".regulars").exists()  # looking begins nothing


def test_what_ran_what_was_missed_and_what_waits_is_shown(tmp_path):
    workspaces.write(tmp_path, TOML)
    grids = {block.name: block for block in shown(tmp_path) if isinstance(block, Grid)}
    assert grids["schedule"].rows[0][5] == "not run yet"
    with open_state(tmp_path / ".regulars") as state:
        missed = now() - timedelta(days=2)
        run = slots.take(state, "refresh", [missed, SLOT + timedelta(days=9000)], late=[], host="h", at=SLOT)
        slots.ended(state, run, Ran.FAILED, "`orders.csv` was refused.", at=SLOT)
        for key in "ab":
            said = Message(tells=Tells.ALERT, key=key, title=f"About {key}", text="x")
            outbox.put(state, "sales", said, at=SLOT)
        outbox.failed(state, outbox.take(state, "sales", at=SLOT), "says 404", at=SLOT, final=True)
    grids = {block.name: block for block in shown(tmp_path) if isinstance(block, Grid)}
    (row,) = grids["schedule"].rows
    assert (row[0], row[1], row[4], row[5], row[6]) == (
        "refresh",
        "daily 05:00",
        "failed",
        "`orders.csv` was refused.",
        1,
    )
    assert row[2][:4] == "2050"  # a clock that was set ahead has run what would come
    (row,) = grids["channels"].rows
    assert row[:2] == ("sales", "sales")
    assert row[2].startswith("digest daily 08:00; quiet sat-sun")
    assert row[4:6] == (1, 1)
    assert [(one[1], one[2], one[4], one[6]) for one in grids["outbox"].rows] == [
        ("sales", "About a", "dead", "says 404"),
        ("sales", "About b", "waiting", ""),
    ]
    assert not any(grid.customers for grid in grids.values())
