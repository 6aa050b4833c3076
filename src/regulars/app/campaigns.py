"""What campaigns on record brought: read out where chance drew their arms, and refused with the reason where not."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ibis import _

from regulars.app.flaws import HOLDOUT
from regulars.app.readout import Readout, readout
from regulars.core.periods import day_of
from regulars.decisions.action import Gain
from regulars.kpis.query import Records
from regulars.state.audiences import Arm, Audience, Member

#: Who drew the arms of campaigns on record.
RECORDS = "the records"
#: Days in which effects are looked for where a campaign does not say when it ended.
_DAYS = 28
CHOSEN = (
    "somebody chose who was in it, and whoever is chosen for buying much buys more than others with or without it: "
    "no effect can be told"
)
NOBODY = "nobody was left alone, so there is nothing to set it beside"


def campaigns(records: Records, *, only: str | None = None) -> tuple[Readout, ...]:
    """Return each campaign that began before the records end, one per arm that was treated; the newest first.

    Args:
        records: what is known.
        only: id of the one campaign that is asked about; all where None.
    """
    if not {"campaigns", "touches"} <= set(records.covered):
        return ()
    known = records.tables["campaigns"].filter(_.started_day.notnull())
    asked = known if only is None else known.filter(_.campaign_id == only)
    ordered = asked.order_by(_.started_day.desc(), _.campaign_id)
    columns = ("campaign_id", "name", "started_day", "ended_day", "cost_per_contact", "randomised")
    rows = records.run(ordered.select(*columns))
    return tuple(one for row in rows if day_of(row["started_day"]) <= records.as_of for one in _of(row, records))


def _of(row: Mapping[str, Any], records: Records) -> Iterator[Readout]:
    touches = records.tables["touches"]
    mine = touches.filter(touches.campaign_id == row["campaign_id"])
    counts = {one["arm"]: one["n"] for one in records.run(mine.group_by("arm").aggregate(n=_.count()).order_by("arm"))}
    treated = [arm for arm in counts if arm != HOLDOUT]
    why = CHOSEN if not row["randomised"] else "" if HOLDOUT in counts else NOBODY
    if why:
        whole = sum(n for arm, n in counts.items() if arm != HOLDOUT)
        audience = replace(_audience(row, row["campaign_id"], records), treated=whole, held=counts.get(HOLDOUT, 0))
        yield Readout(audience=audience, split=None, seen=0, missing=0, why_not=why)
        return
    for arm in treated:
        name = row["campaign_id"] if len(treated) == 1 else f"{row['campaign_id']}: {arm}"
        members = members_of(records, row["campaign_id"], arm)
        audience = replace(_audience(row, name, records), treated=counts[arm], held=counts[HOLDOUT])
        # In which shares arms were to be drawn stands nowhere in records, so it is not tested whether they were.
        drawn = replace(audience, holdout=counts[HOLDOUT] / len(members))
        yield readout(drawn, members, records, own=row["campaign_id"])


def members_of(records: Records, campaign: str, arm: str = "") -> list[Member]:
    """Return whom a campaign on record was drawn of: who was left alone, and one arm, or all others where ""."""
    touches = records.tables["touches"]
    mine = touches.filter(touches.campaign_id == campaign)
    both = mine.filter(mine.arm.isin([arm, HOLDOUT])) if arm else mine
    rows = records.run(both.select("customer_id", "arm").order_by("customer_id"))
    return [_member(place, one) for place, one in enumerate(rows, start=1)]


def _audience(row: Mapping[str, Any], name: str, records: Records) -> Audience:
    began = day_of(row["started_day"])
    days = row["ended_day"] - row["started_day"] + 1 if row["ended_day"] is not None else _DAYS
    return Audience(
        name=name,
        action=row["name"],
        version=1,
        team="marketing",
        as_of=began,
        days=max(int(days), 1),
        holdout=0.0,
        said={"gain": Gain.BOUGHT.value, "cost_per_customer": _cost(row["cost_per_contact"])},
        created_at=records.known_at - timedelta(days=(records.as_of - began).days),
        created_by=RECORDS,
    )


def _cost(per_contact: Any) -> float | None:
    """Return what a contact costs; None where nobody says: nothing is not the same as for nothing."""
    return None if per_contact is None else float(per_contact)


def _member(place: int, row: Mapping[str, Any]) -> Member:
    arm = Arm.HOLDOUT if row["arm"] == HOLDOUT else Arm.TREATED
    return Member(customer_id=row["customer_id"], arm=arm, place=place, profit=0.0, error=0.0)
