"""What earlier decisions tell about new ones: effects that were measured, and customers who are being measured."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.app.workspace import Workspace
from regulars.decisions.action import Effect
from regulars.kpis.query import Records

if TYPE_CHECKING:
    from regulars.state.store import State


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What is known since.

    Attributes:
        effects: by name of action; without those of which nothing was measured.
        busy: ids of customers in experiments that run, each with its audience.
    """

    effects: Mapping[str, Effect]
    busy: Mapping[str, str]


@contextmanager
def stated(workspace: Workspace) -> Iterator["State | None"]:
    """Open the state of a workspace to read it; None where none was begun: looking begins none."""
    if not _kept(workspace):
        yield None
        return
    from regulars.app.people import state_of

    with state_of(workspace) as state:
        yield state


def learned(workspace: Workspace, records: Records) -> Learned:
    """Return what audiences of a workspace have taught; nothing where none was ever written down."""
    with stated(workspace) as state:
        if state is None:
            return Learned(effects={}, busy={})
        from regulars.app import ledger
        from regulars.state import audiences

        read = ledger.readouts(state, records)
        busy = audiences.busy(state, on=records.as_of)
    measured = {one.audience.action for one in read if one.effect is not None}
    effects = ledger.effects({name: one for name, one in workspace.actions.items() if name in measured}, read)
    return Learned(effects=effects, busy=busy)


def _kept(workspace: Workspace) -> bool:
    """Whether a state was begun."""
    from regulars.state.database import URL_VARIABLE
    from regulars.state.store import FILE

    return bool(os.environ.get(URL_VARIABLE)) or (workspace.store / FILE).exists()
