"""What may be asked of a page: typed parameters, read from words and refused where they cannot be.

No parameter takes SQL; what becomes a condition goes through the mapping language. A page names those it takes, and
anything else is refused by name, so that a link never silently means something else than it says.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from regulars.app import measure
from regulars.app.foretell import AT_RISK_OF
from regulars.app.scenario import MONTHS, PER
from regulars.core.errors import QueryError, nearest
from regulars.core.periods import Grain
from regulars.decisions.clusters import MOST as MOST_CLUSTERS
from regulars.decisions.clusters import TRIED
from regulars.decisions.holdout import LEAST
from regulars.decisions.holdout import MOST as MOST_HELD
from regulars.decisions.lifecycle import State
from regulars.decisions.rfm import SEGMENTS
from regulars.kpis.query import Records
from regulars.text.characters import printable
from regulars.views.scenario_words import amount, change, cost, holdout, numbers
from regulars.views.teams import TEAMS

#: Fields of `Ask` by name.
Fields = Mapping[str, Any]
#: Rows in a list, at most.
MOST = 500
#: Customers on a page of the list where nobody says how many.
SHOWN = 50
#: Customers of a whole list.
EVERY = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One thing that may be asked.

    Attributes:
        name: in links, programs and on the command line.
        title: beside its control.
        meaning: one line, for those who write programs.
        read: from its words and the records to fields of `Ask`.
        default: what is meant where it is not said; left out of links.
        choices: all that it can be, name and title; none where it is free.
    """

    name: str
    title: str
    meaning: str
    read: Callable[[str, Records], Fields]
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()


# Digits of other scripts would make two names of one period.
_LAST = re.compile(r"([1-9]\d{0,2})(d|w|m|q|y)", re.ASCII)
_GRAINS = {"d": Grain.DAY, "w": Grain.WEEK, "m": Grain.MONTH, "q": Grain.QUARTER, "y": Grain.YEAR}
_YEAR = re.compile(r"(\d{4})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE | re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.IGNORECASE | re.ASCII)
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", re.ASCII)


def period(text: str, records: Records) -> Fields:
    """Return first day, day after the last and grain of what `text` says; courses lead up to a period that is named.

    Args:
        text: "12m" (days, weeks, months, quarters or years up to the newest), "2024", "2024-Q3", "2024-03", "2024-W09"
            (as of ISO 8601), or "2024-01-01..2024-03-31", both days in it.
        records: say what the newest is.

    Raises:
        QueryError: it is none of these.
    """
    if found := _LAST.fullmatch(text):
        grain = _GRAINS[found[2]]
        start = grain.floor(records.as_of - timedelta(days=1))
        for _ in range(int(found[1]) - 1):
            start = grain.previous(start)
        began = min((span.start for span in records.covered.values()), default=start)
        return {"start": max(start, grain.floor(began)), "course": grain.value}
    try:
        if not measure.YEARS[0] <= int(text[:4]) < measure.YEARS[1]:
            raise ValueError
        if found := _YEAR.fullmatch(text):
            return _named(date(int(found[1]), 1, 1), Grain.YEAR, text, records)
        if found := _QUARTER.fullmatch(text):
            return _named(date(int(found[1]), 3 * int(found[2]) - 2, 1), Grain.QUARTER, text, records)
        if found := _MONTH.fullmatch(text):
            return _named(date(int(found[1]), int(found[2]), 1), Grain.MONTH, text, records)
        if found := _WEEK.fullmatch(text):
            return _named(date.fromisocalendar(int(found[1]), int(found[2]), 1), Grain.WEEK, text, records)
        if found := _SPAN.fullmatch(text):
            first, last = map(date.fromisoformat, found.groups())
            _check_within(first, last + timedelta(days=1), text, records)
            return {"start": first, "end": last + timedelta(days=1), "course": measure.ALL}
    except (ValueError, OverflowError):
        pass
    raise QueryError(
        f"`{text}` is no period. Write `12m` or `8q` for the last ones, `2024`, `2024-Q3`, `2024-03`, "
        "`2024-W09`, or `2024-01-01..2024-03-31`."
    )


def _week(text: str, records: Records) -> Fields:
    if not _WEEK.fullmatch(text):
        raise QueryError(f"`{text}` is no week. Write it as `2024-W09`, as of ISO 8601.")
    return period(text, records)


def _named(first: date, grain: Grain, text: str, records: Records) -> Fields:
    _check_within(first, grain.next(first), text, records)
    return {"end": grain.next(first), "course": grain.value, "focus": first}


def _check_within(first: date, after: date, text: str, records: Records) -> None:
    """Refuse days of which there are no records: an answer about other days would pass for one about them."""
    if first >= after:
        raise QueryError(f"`{text}` ends before it begins. Write the earlier day first.")
    began = min((span.start for span in records.covered.values()), default=first)
    if first >= records.as_of or after <= began:
        raise QueryError(
            f"There are no records of `{text}`: they are of `{began}` to `{records.as_of - timedelta(days=1)}`. "
            "Choose a period among those days."
        )


def _rows(text: str, _records: Records) -> Fields:
    if text == "all":
        return {"rows_shown": EVERY}
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= 1_000:
        raise QueryError(f"`{text}` after `rows` is no whole number from 1 to 1,000, nor `all`.")
    return {"rows_shown": int(text)}


def _text(field: str) -> Callable[[str, Records], Fields]:
    return lambda text, _records: {field: text}


def _one_of(field: str, what: str, choices: tuple[tuple[str, str], ...]) -> Callable[[str, Records], Fields]:
    known = tuple(name for name, _ in choices)
    named = tuple(filter(None, known))

    def read(text: str, _records: Records) -> Fields:
        if text not in known:
            raise QueryError(f"`{text}` is no {what}.{nearest(text, named)}")
        return {field: text}

    return read


def _whole(field: str, least: int, most: int) -> Callable[[str, Records], Fields]:
    def read(text: str, _records: Records) -> Fields:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise QueryError(f"`{text}` after `{field}` is no whole number from {least} to {most:,}.")
        return {field: int(text)}

    return read


def _attribute(text: str, _records: Records) -> Fields:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise QueryError(f"`{text}` after `attribute` names no value. Write it as `market=NL`; `market=` for none.")
    return {"attribute": (name.strip(), value.strip() or None)}


def _saved(text: str, records: Records) -> Fields:
    if text not in records.segments:
        if not records.segments:
            raise QueryError(f"No saved segment is called `{text}`: there is none. `regulars segment add` makes one.")
        raise QueryError(f"No saved segment is called `{text}`.{nearest(text, records.segments)}")
    return {"saved": text}


def _clusters(text: str, _records: Records) -> Fields:
    found = re.fullmatch(r"([0-9]{1,2})(?:\.\.([0-9]{1,2}))?", text)
    least, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 2 <= least <= most <= MOST_CLUSTERS:
        raise QueryError(
            f"`{text}` after `k` is no number of clusters. Write one from 2 to {MOST_CLUSTERS}, or the first and last "
            "of those to try, as `2..8`."
        )
    return {"clusters": (least, most)}


def _choice(name: str, title: str, meaning: str, choices: tuple[tuple[str, str], ...], **rest: Any) -> Parameter:
    field, what = rest.pop("field", name), rest.pop("what", name)
    return Parameter(
        name=name, title=title, meaning=meaning, read=_one_of(field, what, choices), choices=choices, **rest
    )


def _free(name: str, title: str, meaning: str) -> Parameter:
    return Parameter(name=name, title=title, meaning=meaning, read=_text(name))


_ANY = ("", "Any")
_PER = tuple((name, name.capitalize()) for name in PER)
_EVERY = (
    Parameter(
        name="period",
        title="Period",
        meaning="`12m`, `8q`, `2024`, `2024-Q3`, `2024-03`, `2024-W09` or `2024-01-01..2024-03-31`",
        read=period,
        default="12m",
    ),
    Parameter(name="week", title="Week", meaning="such as `2024-W09`; the last that is over where empty", read=_week),
    _choice(
        "team",
        "View of",
        "whose KPIs stand first",
        tuple((one.name, one.title) for one in TEAMS.values()),
        default="executives",
    ),
    Parameter(
        name="by",
        title="Split by",
        meaning="attributes of customers, with commas between them",
        read=lambda text, _records: {
            "by": tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
        },
    ),
    _free("where", "Customers", "which customers count, such as `market = 'NL'`"),
    _choice(
        "question",
        "Question",
        "of which survey",
        (_ANY, ("nps", "NPS"), ("csat", "CSAT"), ("ces", "CES"), ("pmf", "PMF")),
    ),
    _choice(
        "touchpoint",
        "About",
        "what answers are about",
        (_ANY, ("relational", "The company"), ("transactional", "An order or a case")),
    ),
    _choice(
        "grain",
        "Newest",
        "of the periods that tell what is new",
        (("week", "Week"), ("month", "Month")),
        default="week",
    ),
    Parameter(
        name="top", title="Rows", meaning="at most so many rows in a list", read=_whole("top", 1, MOST), default="20"
    ),
    _choice(
        "of",
        "Risk of",
        "what customers are at risk of",
        (_ANY, *((name, name.capitalize()) for name in AT_RISK_OF)),
        what="choice of `of`",
    ),
    _free("kpi", "KPI", "which KPI the chart shows"),
    Parameter(
        name="budget",
        title="Budget",
        meaning="most that actions may cost together; the company's own where empty",
        read=amount,
    ),
    Parameter(
        name="retention",
        title="Retention",
        meaning="its change: `+5pp` is 5 points, `+5%` is 5 % of itself",
        read=change("retention", "`+5pp` or `+5%`"),
    ),
    Parameter(
        name="per",
        title="Retention by",
        meaning="the span that retention is told of",
        read=_one_of("per", "span of retention", _PER),
        default="year",
        choices=_PER,
    ),
    Parameter(name="price", title="Prices", meaning="their change, as `+3%`", read=change("price", "`+3%`")),
    Parameter(
        name="elasticity",
        title="Elasticity",
        meaning="percent of volume per percent of price, as limits: `-1.2,-0.4`; the company's own where empty",
        read=numbers("elasticity", "-1.2,-0.4"),
    ),
    Parameter(
        name="response_time",
        title="Time to the first response",
        meaning="its change, as `-20%`",
        read=change("response_time", "`-20%`"),
    ),
    Parameter(
        name="effect",
        title="Effect on leaving",
        meaning="share by which that changes the rate of leaving: lower limit, mean and upper limit, as `-0.1,-0.05,0`",
        read=numbers("effect", "-0.10,-0.05,0"),
    ),
    Parameter(name="cost", title="Cost", meaning="of the change, in the reporting currency", read=cost),
    Parameter(
        name="months",
        title="Months",
        meaning="ahead; `clv_months` of the settings where empty",
        read=_whole("months", 1, MONTHS),
    ),
    Parameter(
        name="holdout",
        title="Left alone",
        meaning=f"share of an audience that is left alone, from {LEAST} to {MOST_HELD}; the company's own where empty",
        read=holdout,
    ),
    _choice(
        "sort",
        "Sort by",
        "order of a list of customers",
        tuple(
            (name, name.replace("_", " ").capitalize())
            for name in ("stake", "clv", "risk", "revenue", "last_order", "first_seen", "id")
        ),
        default="stake",
    ),
    _choice(
        "dir",
        "Direction",
        "of the order",
        (("desc", "Highest first"), ("asc", "Lowest first")),
        default="desc",
        field="direction",
    ),
    _free("after", "After", "where the page of a list begins, as the page before says"),
    Parameter(
        name="rows",
        title="Rows",
        meaning=f"customers on a page of the list, up to 1,000; `all` for the first {EVERY:,}",
        read=_rows,
        default=str(SHOWN),
    ),
    _free("q", "Search", "a part of a customer's id"),
    _choice("segment", "Segment", "an RFM segment", (_ANY, *((one.name, one.title) for one in SEGMENTS))),
    _choice("state", "State", "a state of the lifecycle", (_ANY, *((one, one.capitalize()) for one in State))),
    Parameter(name="saved", title="Saved segment", meaning="a saved segment, by name", read=_saved),
    Parameter(name="attribute", title="Attribute", meaning="one that customers have, as `market=NL`", read=_attribute),
    Parameter(
        name="k",
        title="Clusters",
        meaning=f"numbers of clusters that are tried, such as `4` or `2..8`, up to {MOST_CLUSTERS}",
        read=_clusters,
        default=f"{TRIED[0]}..{TRIED[1]}",
    ),
    _free("reason", "Reason", "why rows were put aside"),
    _choice(
        "status",
        "Status",
        "what became of a task; `now` is open, or put off until a day that has come",
        (("now", "To do now"), *((name, name.capitalize()) for name in ("open", "snoozed", "done", "declined", "all"))),
        default="now",
    ),
    _free("owner", "Team", "whose work a task is"),
    _free("audience", "Audience", "of which audience a task is"),
    _free("assignee", "Assigned to", "who does a task; `-` of those that nobody does yet"),
    _free("goal", "Goal", "one goal, by name, with those that serve it"),
)

PARAMETERS: Mapping[str, Parameter] = MappingProxyType({one.name: one for one in _EVERY})


def fields(asked: Mapping[str, str], takes: tuple[str, ...], records: Records) -> dict[str, Any]:
    """Return the fields of `Ask` for what is asked of a page, parameter by parameter.

    Args:
        asked: words by parameter.
        takes: the parameters that the page takes.
        records: what is asked of.

    Raises:
        QueryError: the page takes no such parameter, or its words cannot be.
    """
    found: dict[str, Any] = {}
    for name, text in canonical(asked, takes).items():
        found |= PARAMETERS[name].read(text, records)
    return found


def canonical(asked: Mapping[str, str], takes: tuple[str, ...]) -> dict[str, str]:
    """Return what is asked without what is meant anyway, in one order: equal questions look alike.

    Raises:
        QueryError: the page takes no such parameter.
    """
    for name in asked:
        if name not in takes:
            raise QueryError(f"This page takes no `{name}`.{nearest(name, takes)}")
    for name, text in asked.items():
        if not printable(text):
            raise QueryError(f"What is asked after `{name}` holds characters that cannot be printed. Leave them out.")
    stripped = {name: asked[name].strip() for name in PARAMETERS if name in asked}
    return {name: text for name, text in stripped.items() if text not in ("", PARAMETERS[name].default)}
