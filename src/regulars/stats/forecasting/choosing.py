"""Which model foretells a course: the one that did best at rolling origins, or the simple rule."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from regulars.stats.change_points import Break, breaks
from regulars.stats.forecasting.calendars import Calendar, Plain
from regulars.stats.forecasting.damped import damped
from regulars.stats.forecasting.naive import naive
from regulars.stats.forecasting.rolling import Candidate, Floats, Whole, origins_of
from regulars.stats.forecasting.theta import parted, theta

#: Most origins that are tried, and fewest at which two models are compared.
WINDOWS, _COMPARED = 100, 6
#: Values that a model needs: without a season, and in seasons, with some to spare.
_THETA, _DAMPED, _SEASONS, _SPARE = 6, 10, 2, 2
#: Values before the first origin: a share of all, and at least.
_BEFORE, _LEAST = 3, 4
#: Values after a break without which nothing is learned from them alone.
_AFTER = 12

#: A calendar is adjusted for where that takes away more than this share leaves of the error: less is luck.
_BETTER = 0.97

PLAIN = Plain()


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A model at rolling origins.

    Attributes:
        candidate: the model.
        calendar: what is adjusted for.
        since: place in the course from which on it learns.
        origins: how many values were known, shape (o,).
        foretold: shape (o, ahead).
        came: what came, NaN where nothing is known; likewise.
        course: all values, NaN where there is none, shape (n,).
    """

    candidate: Candidate
    calendar: Calendar
    since: int
    origins: Whole
    foretold: Floats
    came: Floats
    course: Floats

    @cached_property
    def errors(self) -> Floats:
        """What came less what was foretold, shape (o, ahead)."""
        return self.came - self.foretold

    @property
    def said(self) -> str:
        """The model in words."""
        parts = [self.candidate.name, *([f"adjusted for {self.calendar.name}"] if self.calendar.name else [])]
        return ", ".join([*parts, *(["since the last shift of the level"] if self.since else [])])

    @property
    def whole(self) -> int:
        """Origins at which every step had come."""
        return int(np.sum(self.origins + self.came.shape[1] <= len(self.course)))

    def mean_error(self, since: int) -> float:
        """Return the mean absolute error at origins from `since` on; NaN where there are too few."""
        found = np.abs(self.errors[self.origins >= since])
        return float(np.nanmean(found)) if len(found) >= _COMPARED and np.isfinite(found).any() else math.nan

    def against(self, other: "Tried") -> float:
        """Return its mean absolute error over that of `other`, at the origins of both; infinite where too few."""
        since = int(max(self.origins[0], other.origins[0])) if len(self.origins) and len(other.origins) else 0
        own, theirs = self.mean_error(since), other.mean_error(since)
        if math.isnan(own) or math.isnan(theirs):
            return math.inf
        return own / theirs if theirs > 0 else (1.0 if own == 0 else math.inf)


@dataclass(frozen=True, kw_only=True, eq=False)
class Matter:
    """What is foretold, in units of its mean size.

    Attributes:
        seen: NaN where there is no value, shape (n,).
        values: with the value before in each gap.
        ahead: steps.
    """

    seen: Floats
    values: Floats
    ahead: int

    def at(self, candidate: Candidate, calendar: Calendar, since: int, origins: Whole) -> Floats:
        """Return what a model foretells at each origin, shape (origins, ahead)."""
        course = calendar.without(self.values)[since:]
        rows = candidate.roll(course, origins - since, self.ahead, candidate.season)
        return calendar.put_on(rows, origins, self.values)

    def tried(self, candidate: Candidate, origins: Whole, *, calendar: Calendar = PLAIN, since: int = 0) -> Tried:
        """Return what a model foretold at those of the origins for which it knew enough."""
        able = origins[origins >= since + candidate.least]
        rows = self.at(candidate, calendar, since, able) if len(able) else np.empty((0, self.ahead))
        longer = np.concatenate([self.seen, np.full(self.ahead, np.nan)])
        came = longer[able[:, None] + np.arange(self.ahead)[None, :]]
        return Tried(
            candidate=candidate,
            calendar=calendar,
            since=since,
            origins=able,
            foretold=rows,
            came=came,
            course=self.seen,
        )

    def last(self, found: Tried) -> Floats:
        """Return what follows the course, shape (ahead,)."""
        end = np.array([len(self.values)])
        return self.at(found.candidate, found.calendar, found.since, end)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which model foretells.

    Attributes:
        best: the model.
        rule: the simple one.
        in_time: errors of what would have been chosen at each origin of the rule, shape (o, ahead).
        breaks: where the level shifted.
    """

    best: Tried
    rule: Tried
    in_time: Floats
    breaks: tuple[Break, ...]


def filled(seen: Floats) -> Floats:
    """Return a course with the value before in each gap: nothing later is known there."""
    places = np.where(np.isfinite(seen), np.arange(len(seen)), 0)
    return seen[np.maximum.accumulate(places)]


def candidates(n: int, season: int) -> Iterator[Candidate]:
    """Yield the models that so many values allow, the simple rule first."""
    seasonal = season > 1 and n >= season + _LEAST + _COMPARED
    if seasonal:
        yield Candidate(name="seasonal naive", roll=naive, season=season, least=season)
    yield Candidate(name="naive", roll=naive, season=1, least=1)
    yield Candidate(name="Theta", roll=theta, season=1, least=_THETA)
    yield Candidate(name="damped exponential smoothing", roll=damped, season=1, least=_DAMPED)
    least = max(_SEASONS * season + _SPARE, _DAMPED)
    if seasonal and n >= least + _COMPARED:
        yield Candidate(name="seasonal Theta", roll=theta, season=season, least=least)
        yield Candidate(name="seasonal damped exponential smoothing", roll=damped, season=season, least=least)


def chosen(matter: Matter, season: int, calendars: Sequence[Calendar]) -> Chosen:
    """Return the model whose mean absolute error was least beside the rule's, or the rule where none was less.

    The rule is taken, too, where choosing so at each origin would have done worse than it.

    Calendars are adjusted for, and what came before the last shift of the level is forgotten, where that was better.
    """
    n = len(matter.values)
    origins = origins_of(max(n // _BEFORE, _LEAST), n, season, WINDOWS)
    rule, *others = [matter.tried(one, origins) for one in candidates(n, season)]
    best, every = _least([rule, *others], rule), [rule, *others]
    for calendar in calendars:
        adjusted = matter.tried(best.candidate, origins, calendar=calendar)
        every.append(adjusted)
        if adjusted.against(best) < _BETTER:
            best = adjusted
    seasons = n // season
    # Within two seasons nobody can tell what comes and goes with them from a level that shifted and shifted back.
    told = {} if seasons >= _SEASONS else {"most": 1}
    shifts = breaks(parted(matter.values, season if seasons >= _SEASONS else 1).rest, **told)
    if shifts and n - shifts[-1].at >= _AFTER:
        # Nobody knew of the shift before enough came after it.
        late = origins[origins >= shifts[-1].at + _AFTER]
        every += (since := _since(matter, best, season, late, shifts[-1].at))
        best = _least([best, *since], best, _BETTER)
    found = in_time(every, rule)
    # A choice that did worse than the rule is none to trust.
    best = rule if against(found, rule.errors) > 1 else best
    return Chosen(best=best, rule=rule, in_time=found, breaks=shifts)


def against(errors: Floats, others: Floats) -> float:
    """Return the sum of absolute errors over that of others of the same shape; 1 where there is none."""
    theirs = float(np.nansum(np.abs(others)))
    return float(np.nansum(np.abs(errors))) / theirs if theirs else 1.0


def _least(found: Sequence[Tried], rule: Tried, enough: float = 1) -> Tried:
    """Return the best of those whose limits rest on enough windows, or the rule where none beats it by enough."""
    able = [one for one in found if one.whole >= min(_COMPARED, rule.whole)]
    best = min(able, key=lambda one: one.against(rule))
    return best if best.against(rule) < enough else rule


def _since(matter: Matter, best: Tried, season: int, origins: Whole, since: int) -> list[Tried]:
    """Return what learns since a shift alone, tried at some origins."""
    return [
        matter.tried(one, origins, calendar=best.calendar, since=since)
        for one in candidates(len(matter.values) - since, season)
    ]


def in_time(every: Sequence[Tried], rule: Tried) -> Floats:
    """Return the errors of what would have been chosen at each origin by what had come until then.

    The best of several models at the origins by which it was chosen looks better than it will be; this one was chosen
    before each of them (Cawley & Talbot, 2010, Journal of Machine Learning Research 11, 2079-2107).

    Args:
        every: models, the rule among them.
        rule: the simple one, taken where too little had come to compare or nothing was better.
    """
    known_from = rule.origins[:, None] + np.arange(rule.came.shape[1])
    errors = [_at(one, rule) for one in every]
    found = rule.errors.copy()
    for row, origin in enumerate(rule.origins):
        seen = (known_from < origin) & np.isfinite(rule.errors)
        least = 1.0
        for one in errors:
            both = seen & np.isfinite(one)
            if both.any(axis=1).sum() < _COMPARED or not np.isfinite(one[row]).any():
                continue
            if (ratio := against(one[both], rule.errors[both])) < least:
                found[row], least = one[row], ratio
    return found


def _at(one: Tried, rule: Tried) -> Floats:
    """Return a model's errors at the origins of the rule; NaN where it was not tried."""
    found = np.full(rule.errors.shape, np.nan)
    _, own, theirs = np.intersect1d(one.origins, rule.origins, return_indices=True)
    found[theirs] = one.errors[own]
    return found
