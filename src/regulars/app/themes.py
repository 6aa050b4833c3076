"""Themes of comments: who names them, what they do to the score, what is behind them, and which are rising."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ibis import _
from numpy.typing import NDArray

from regulars.app.aftermath import YEAR, Exposure
from regulars.app.comments import COMMENTS, THEMES, Heard
from regulars.app.provenance import Provenance
from regulars.app.said import Asked, Said
from regulars.core.estimate import Estimate, unknown
from regulars.core.money import UNITS
from regulars.core.periods import Grain, Period, day_number, split
from regulars.core.wording import counted
from regulars.data import engine
from regulars.kpis.query import FORETOLD, Records
from regulars.stats import impact
from regulars.stats.intervals import wilson
from regulars.stats.rising import Rise, rising
from regulars.text.named import ReadTheme

#: Raised when the method changes.
VERSION = 1
#: Periods that tell what is usual, at most.
_PERIODS = 13
#: Complaints below which a theme's impact is not asked for.
_LEAST = 5
#: Mentions in all periods together from which on a theme is tested for a rise.
_SUPPORT = 15
#: Themes whose impacts are held against each other at once.
_MOST = 40


@dataclass(frozen=True, kw_only=True)
class Themed:
    """What is behind one theme.

    Attributes:
        theme: as it was read.
        prevalence: share of the customers who commented that name it.
        praise, complaint: share of those whose sentiment is known with a positive, a negative sentence about it.
        impact: points of score that go along with complaints of it: score of all less that of those without.
        adjusted: the same, complaints of other themes held.
        q_value: of no adjusted impact, among all themes; 1 where there is none.
        customers: known customers who complained of it; None where no comment says whose it is.
        value: what these are expected to bring, or brought in the last 365 days; None where neither is known.
        rise: whether the newest period has more of it than earlier ones make one expect, praise left out.
    """

    theme: ReadTheme
    prevalence: Estimate
    praise: Estimate
    complaint: Estimate
    impact: Estimate
    adjusted: Estimate
    q_value: float
    customers: int | None
    value: float | None
    rise: Rise


@dataclass(frozen=True, kw_only=True)
class Themes:
    """Themes of the comments beside answers to one question.

    Attributes:
        asked: which answers.
        themes: the most complained of first.
        commenters: customers who commented in the period; comments, where none says whose it is.
        named: whether any comment says whose it is.
        rated: answers with a comment that impacts rest on.
        newest: the period that is held against earlier ones.
        valued: what `value` counts.
        provenance: of the numbers.
    """

    asked: Asked
    themes: tuple[Themed, ...]
    commenters: int
    named: bool
    rated: int
    newest: Period
    valued: str
    provenance: Provenance


def themes(records: Records, heard: Heard, said: Said, grain: Grain = Grain.WEEK) -> Themes:
    """Return what is behind the themes of comments.

    Args:
        records: with what was heard.
        heard: what was read.
        said: answers that scores are of; their period is that of comments, too.
        grain: of the periods that tell what rises.
    """
    provenance = Provenance(records=records, period=said.asked.period, version=str(VERSION))
    comments, mentions = _read(records, COMMENTS), _read(records, THEMES)
    start, end = day_number(said.asked.period.start), day_number(said.asked.period.end)
    comments, mentions = (_within(one, start, end) for one in (comments, mentions))
    bad = mentions["polarity"] == "negative"
    everybody = len(np.unique(comments["customer"]))
    # Of whoever wrote what no sentiment is known of it is not known either whether they complain.
    named = bool((comments["customer"] > 0).any())
    judged = np.array([one is not None for one in comments["polarity"]], dtype=bool)
    understood = len(np.unique(comments["customer"][judged]))
    names = [one.id for one in heard.themes]
    impacts, rated = _impacts(said, comments, mentions, names, provenance)
    newest, rises = _rises(records, said.asked.period, comments, mentions, names, grain)
    worth, valued = _worth(records)
    found = []
    for one in heard.themes:
        own = mentions["theme"] == one.id
        if not own.any():
            continue
        complained = np.unique(mentions["customer"][own & bad])
        complained = complained[complained > 0]
        plain, adjusted, q = impacts[one.id]
        found.append(
            Themed(
                theme=one,
                prevalence=_share(mentions["customer"][own], everybody, provenance),
                praise=_share(mentions["customer"][own & (mentions["polarity"] == "positive")], understood, provenance),
                complaint=_share(mentions["customer"][own & bad], understood, provenance),
                impact=plain,
                adjusted=adjusted,
                q_value=q,
                customers=len(complained) if named else None,
                value=None
                if worth is None or not understood
                else float(sum(worth.get(int(who), 0.0) for who in complained)),
                rise=rises[one.id],
            )
        )
    found.sort(key=lambda one: (-(one.complaint.interval.value or 0.0), -one.theme.n, one.theme.id))
    return Themes(
        asked=said.asked,
        themes=tuple(found),
        commenters=everybody,
        named=named,
        rated=rated,
        newest=newest,
        valued=valued,
        provenance=provenance,
    )


def exposures(records: Records, heard: Heard, most: int = 8) -> list[Exposure]:
    """Return complaints of the themes most complained of, as what may be followed by something.

    Whoever commented without such a complaint is whom they are held against.
    """
    mentions = records.tables[THEMES]
    bad = mentions.filter(_.polarity == "negative")
    counts = engine.run(bad.group_by("theme").aggregate(n=_.customer.nunique()))
    often = sorted(counts, key=lambda row: (-row["n"], row["theme"]))[:most]
    by_id = {one.id: one for one in heard.themes}
    found = []
    for row in often:
        theme = by_id.get(row["theme"])
        if theme is None:
            continue
        complaints = bad.filter(bad.theme == theme.id).select(complained="response_id").distinct()
        spoke = records.tables[COMMENTS].filter(_.customer > 0)
        both = spoke.left_join(complaints, spoke.response_id == complaints.complained)
        rows = both.select(
            "customer",
            "day",
            group=both.complained.notnull().ifelse("complained", "others"),
        )
        found.append(
            Exposure(
                name=f"theme_{theme.id}",
                said=f"where customers complained of {theme.name}",
                rows=rows,
                reference="others",
                owner=theme.owner,
            )
        )
    return found


Columns = Mapping[str, NDArray[Any]]


def _read(records: Records, name: str) -> Columns:
    table = engine.to_arrow(records.tables[name].order_by("response_id"))
    return {column: table[column].to_numpy() for column in table.column_names}


def _within(columns: Columns, start: int, end: int) -> Columns:
    inside = (columns["day"] >= start) & (columns["day"] < end)
    return {name: values[inside] for name, values in columns.items()}


def _share(customers: NDArray[Any], everybody: int, provenance: Provenance) -> Estimate:
    if not everybody:
        return provenance.estimate(unknown("no comment's sentiment is known", level=provenance.level))
    return provenance.estimate(wilson(len(np.unique(customers)), everybody, level=provenance.level))


def _impacts(
    said: Said, comments: Columns, mentions: Columns, names: Sequence[str], provenance: Provenance
) -> tuple[dict[str, tuple[Estimate, Estimate, float]], int]:
    """Return the plain and the adjusted impact of complaints of each theme with its q-value, and how many answers."""
    rows = np.isin(said.response, comments["response_id"])
    net, ids = said.asked.question == "nps", said.response[rows]
    scores, times = (said.net[rows], 100.0) if net else (said.score[rows], 1.0)
    bad = mentions["polarity"] == "negative"
    mentioned = {
        name: np.isin(ids, mentions["response_id"][bad & (mentions["theme"] == name)]).astype(np.float64)
        for name in names
    }
    often = sorted((name for name in names if mentioned[name].sum() >= _LEAST), key=lambda name: -mentioned[name].sum())
    level = provenance.level
    held = {one.name: one for one in impact.adjusted(scores, {n: mentioned[n] for n in often[:_MOST]}, level=level)}
    few = unknown(f"fewer than {_LEAST} rated answers complain of it", level=level, n=len(ids))
    found = {}
    for name in names:
        plain = impact.leave_out(scores, mentioned[name], net=net, level=level).value if name in often else few
        other = held[name].value if name in held else few
        q = held[name].q_value if name in held else 1.0
        found[name] = (provenance.estimate(plain, times=times), provenance.estimate(other, times=times), q)
    return found, len(ids)


def _rises(
    records: Records, period: Period, comments: Columns, mentions: Columns, names: Sequence[str], grain: Grain
) -> tuple[Period, dict[str, Rise]]:
    """Return the newest whole period before the end, and whether each theme rises in it.

    Mentions count that are no praise: in a short comment, "it came too late" of a content customer is as much a sign as
    of an angry one. Themes of which there are few in all periods together are not tested: each test costs the others.
    """
    d, last = records.definitions, min(period.end, records.as_of)
    whole = [one for one in split(Period(period.start, last), grain) if one.end <= last] or [period]
    shown = whole[-_PERIODS:]
    bounds = [day_number(one.start) for one in shown] + [day_number(shown[-1].end)]
    totals = np.histogram(comments["day"], bounds)[0]
    counts = {name: _per_period(mentions, name, bounds) for name in names}
    often = [name for name in names if counts[name].sum() >= _SUPPORT]
    table = np.array([counts[name] for name in often]).reshape(len(often), len(totals))
    found = dict(zip(often, rising(table, totals, rate=d.false_discovery, level=d.level), strict=True))
    few = unknown(f"fewer than {_SUPPORT} mentions in {counted(len(shown), 'period')}", level=d.level)
    untested = Rise(share=few, expected=few, p_value=1.0, q_value=1.0, rising=False)
    return shown[-1], {name: found.get(name, untested) for name in names}


def _per_period(mentions: Columns, name: str, bounds: Sequence[int]) -> NDArray[np.int_]:
    """Return in how many comments of each period a theme is named without praise."""
    own = (mentions["theme"] == name) & (mentions["polarity"] != "positive")
    # A comment that names it twice names it.
    _ids, first = np.unique(mentions["response_id"][own], return_index=True)
    return np.histogram(mentions["day"][own][first], bounds)[0]


def _worth(records: Records) -> tuple[dict[int, float] | None, str]:
    """Return what each customer is worth, and what that means."""
    if f"{FORETOLD}value" in records.tables:
        rows = engine.to_arrow(records.tables[f"{FORETOLD}value"].select("customer", "mean"))
        pairs = zip(rows["customer"].to_pylist(), rows["mean"].to_pylist(), strict=True)
        return {int(who): float(mean) for who, mean in pairs}, "their predicted CLV (`regulars clv` has its score)"
    if "purchase_days" in records.tables:
        end = day_number(records.as_of)
        days = records.tables["purchase_days"]
        recent = days.filter((days.customer > 0) & (days.day < end) & (days.day >= end - YEAR))
        rows = engine.run(recent.group_by("customer").aggregate(value=recent.value.sum()))
        return {row["customer"]: (row["value"] or 0) / UNITS for row in rows}, "what they brought in the last 365 days"
    return None, ""
