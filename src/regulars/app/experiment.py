"""One experiment by name: an audience that was written down, or a campaign on record."""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.app.campaigns import campaigns, members_of
from regulars.app.learned import stated
from regulars.app.readout import Readout, readout
from regulars.app.workspace import Workspace
from regulars.core.errors import UnknownName
from regulars.kpis.query import Records
from regulars.state import audiences
from regulars.state.audiences import Member


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One experiment.

    Attributes:
        readout: what it brought.
        members: whom it was drawn of; nobody where it is not read out.
    """

    readout: Readout
    members: Sequence[Member] = ()


def experiment(workspace: Workspace, records: Records, name: str) -> Experiment:
    """Return an experiment, read out.

    Raises:
        UnknownName: no audience and no campaign has the name.
        QueryError: records end before it began.
    """
    with stated(workspace) as state:
        listed = [] if state is None else audiences.every(state)
        for one in listed:
            if one.name == name and state is not None:
                members = audiences.of(state, name)
                return Experiment(readout=readout(one, members, records), members=members)
    campaign, _, arm = name.partition(": ")
    for found in campaigns(records, only=campaign):
        if found.audience.name == name:
            return Experiment(readout=found, members=() if found.why_not else members_of(records, campaign, arm))
    raise UnknownName("experiment", name, names(workspace, records))


def names(workspace: Workspace, records: Records) -> list[str]:
    """Return the names of all experiments, and of the campaigns on record."""
    with stated(workspace) as state:
        listed = [] if state is None else [one.name for one in audiences.every(state)]
    return [*listed, *(one.audience.name for one in campaigns(records))]
