"""What may be wrong with an experiment: who was reached that should not have been, and what else was done meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from regulars.app.came_of import CameOf
from regulars.core.periods import day_number
from regulars.core.wording import counted
from regulars.kpis.query import Records
from regulars.state.audiences import Arm, Audience, Member
from regulars.stats.contrasts import Statistic, holm
from regulars.stats.effects import Effect
from regulars.stats.two_shares import newcombe, pooled_test

#: What the arm is called that gets nothing (`touches.arm`).
HOLDOUT = "holdout"
#: Below this p-value, after Holm over campaigns, arms were not contacted alike.
UNEQUAL = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something that is wrong with an experiment.

    Attributes:
        name: stable key, such as "contaminated".
        said: what, of how many, and what it means.
    """

    name: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Meanwhile:
    """Another campaign that reached members while the experiment ran.

    Attributes:
        campaign: which.
        treated, held: customers of each arm whom it reached.
        effect: share of the treated less that of those held out.
        test: whether it reached both arms alike; None where it cannot be told.
        unequal: whether it did not, after Holm over campaigns.
    """

    campaign: str
    treated: int
    held: int
    effect: Effect
    test: Statistic | None
    unequal: bool


@dataclass(frozen=True, kw_only=True)
class Flaws:
    """All that may be wrong.

    Attributes:
        each: by name.
        meanwhile: other campaigns.
    """

    each: tuple[Flaw, ...] = ()
    meanwhile: tuple[Meanwhile, ...] = ()

    @property
    def contaminated(self) -> bool:
        """Whether customers who were to be left alone were reached."""
        return any(one.name == "contaminated" for one in self.each)


def flaws(
    audience: Audience, members: Sequence[Member], came: CameOf, records: Records, *, own: str | None, seen: int
) -> Flaws:
    """Return what may be wrong.

    Args:
        audience: the experiment.
        members: all of them.
        came: those whom records know.
        records: what is known by now.
        own: id of the campaign that it is; None where it has none, or one of the audience's name.
        seen: days of it on record.
    """
    found = list(_of_arms(came))
    if "touches" not in records.covered or "touches" not in records.tables:
        return Flaws(each=tuple(found))
    campaign = own or _named(audience.name, records)
    if campaign is not None:
        begin = day_number(audience.as_of) if own is None else None
        found += _of_touches(campaign, members, records, listed_on=begin)
    others = _meanwhile(audience, came, records, campaign, seen)
    return Flaws(each=(*found, *_of_others(others)), meanwhile=others)


def _of_arms(came: CameOf) -> Iterator[Flaw]:
    if came.both:
        who = counted(came.both, "customer")
        yield Flaw(name="both_arms", said=f"{who} stood in both arms under several ids, and count in neither")


def _named(name: str, records: Records) -> str | None:
    """Return the campaign that has the name of an audience, or its id; None where there is none."""
    if "campaigns" not in records.tables:
        return None
    rows = records.tables["campaigns"]
    mine = rows.filter((rows.campaign_id == name) | (rows.name.lower() == name.lower()))
    found = records.run(mine.select("campaign_id").order_by("campaign_id").limit(1))
    return str(found[0]["campaign_id"]) if found else None


def _of_touches(campaign: str, members: Sequence[Member], records: Records, *, listed_on: int | None) -> Iterator[Flaw]:
    """Yield who was reached in the campaign itself though they were held out or never drawn, or before they were.

    Args:
        campaign: its id.
        members: of the experiment.
        records: what is known by now.
        listed_on: day on which its list was drawn here: an older campaign may have the same name. None of a campaign
            whose arms are on record.
    """
    listed = listed_on is not None
    touches = records.tables["touches"]
    asked = pa.table({"id": [one.customer_id for one in members], "drawn": [one.arm.value for one in members]})
    mine = touches.filter(touches.campaign_id == campaign)
    if listed_on is not None:
        mine = mine.filter(mine.assigned_day >= listed_on)
    drawn = ibis.memtable(asked)
    rows = mine.left_join(drawn, mine.customer_id == drawn.id)
    delivered = rows.delivered_day.notnull()
    # In a list that was drawn here whoever is touched was to be treated; a campaign on record says so by delivery.
    reached = (rows.arm != HOLDOUT) if listed else delivered
    held, treated = rows.drawn == Arm.HOLDOUT.value, rows.drawn == Arm.TREATED.value
    sums = records.run(
        rows.aggregate(
            held=(held & (reached | delivered)).sum().fill_null(0),
            delivered=(treated & delivered).sum().fill_null(0),
            treated=treated.sum().fill_null(0),
            strangers=(rows.drawn.isnull() & reached).sum().fill_null(0),
            early=(rows.delivered_day < rows.assigned_day).sum().fill_null(0),
        )
    )[0]
    whole = sum(one.arm is Arm.HOLDOUT for one in members)
    if sums["held"]:
        yield Flaw(
            name="contaminated",
            said=f"{sums['held']:,} of {whole:,} held out were contacted all the same. Everybody counts in the arm "
            "that was drawn for them, so what is read out lies nearer to no effect than the truth",
        )
    if listed and sums["strangers"]:
        who = counted(sums["strangers"], "customer")
        yield Flaw(name="never_assigned", said=f"{who} were treated who were never drawn into an arm, and do not count")
    if sums["delivered"] and sums["delivered"] < sums["treated"]:
        gone = sums["treated"] - sums["delivered"]
        said = f"{gone:,} of {sums['treated']:,} treated were never reached, and count as treated all the same"
        yield Flaw(name="undelivered", said=said)
    if sums["early"]:
        yield Flaw(
            name="reached_before", said=f"{counted(sums['early'], 'customer')} were reached before arms were drawn"
        )


def _meanwhile(audience: Audience, came: CameOf, records: Records, own: str | None, seen: int) -> tuple[Meanwhile, ...]:
    begin = day_number(audience.as_of)
    touches = records.tables["customer_touches"]
    during = touches.filter((touches.day >= begin) & (touches.day < begin + max(seen, 1)) & (touches.arm != HOLDOUT))
    other = during if own is None else during.filter(during.campaign_id != own)
    whose = ibis.memtable(pa.table({"who": came.customers, "held": came.held}))
    rows = other.join(whose, other.customer == whose.who)
    each = rows.group_by("campaign_id").aggregate(
        treated=rows.customer.nunique(where=~rows.held), held=rows.customer.nunique(where=rows.held)
    )
    found = records.run(each.order_by("campaign_id"))
    sizes = int((~came.held).sum()), int(came.held.sum())
    pairs = [((one["treated"], sizes[0]), (one["held"], sizes[1])) for one in found]
    tests = [pooled_test(*pair) for pair in pairs]
    chances = holm(np.array([1.0 if one is None else one.p_value for one in tests]))
    names = _names(records)
    level = records.definitions.level
    return tuple(
        Meanwhile(
            campaign=names.get(str(one["campaign_id"]), str(one["campaign_id"])),
            treated=one["treated"],
            held=one["held"],
            effect=newcombe(*pair, level=level),
            test=test,
            unequal=bool(chance < UNEQUAL),
        )
        for one, pair, test, chance in zip(found, pairs, tests, chances, strict=True)
    )


def _names(records: Records) -> dict[str, str]:
    if "campaigns" not in records.tables:
        return {}
    rows: ir.Table = records.tables["campaigns"]
    found = records.run(rows.select("campaign_id", "name"))
    return {str(one["campaign_id"]): str(one["name"] or one["campaign_id"]) for one in found}


def _of_others(found: Sequence[Meanwhile]) -> Iterator[Flaw]:
    for one in found:
        if one.unequal:
            said = (
                f"{one.treated:,} of the treated but {one.held:,} held out were in `{one.campaign}` meanwhile: "
                "arms were not contacted alike, so what is read out may be the work of that campaign"
            )
            yield Flaw(name="unequal_contact", said=said)
        elif one.held:
            said = (
                f"{one.held:,} of those held out were in `{one.campaign}` meanwhile, and {one.treated:,} of the treated"
            )
            yield Flaw(name="overlapping", said=said)
