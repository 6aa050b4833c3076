"""Survey weights: whether respondents look like the population, and how to make them. `weighted` has the estimates.

References:
    Deville & Särndal (1992), JASA 87, 376-382; Deville, Särndal & Sautory (1993), JASA 88, 1013-1020 (raking).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.stats import contrasts
from regulars.stats.contrasts import Statistic

Floats: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = Sequence[str] | NDArray[np.str_]

#: Respondents below which a cell is weighted together with others (METHODS 1).
LEAST = 20
#: Name of what thin cells are weighted as.
REST = "(rest)"
_CLOSE, _PASSES = 1e-10, 1000
_TRIMS = 50
#: Standardised difference from which on a category is flagged.
DIFFERENT = 0.1
#: Respondents to be expected in a category for the chi-squared law to serve.
_EXPECTED = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """How many members of the population each respondent stands for.

    Attributes:
        values: > 0, shape (n,); they add up to the population.
        margins: shape (fields, n): the cell of each respondent in each field weighted by, from 0.
        targets: per field, the population of each cell.
        notes: what was collapsed, did not converge or was trimmed.
    """

    values: Floats
    margins: NDArray[np.intp]
    targets: tuple[Floats, ...]
    notes: tuple[str, ...] = ()

    @property
    def effective_n(self) -> float:
        """Answers of equal weight that would say as much: (Σw)²/Σw² (Kish, 1965, Survey Sampling, section 11.2)."""
        return float(self.values.sum() ** 2 / (self.values @ self.values))

    @property
    def design_effect(self) -> float:
        """What unequal weights multiply the variance by, as far as they have nothing to do with the answers."""
        return len(self.values) / self.effective_n

    @property
    def even(self) -> bool:
        """Whether every respondent counts the same, and nothing of the population is known."""
        return not self.targets and bool(np.ptp(self.values) == 0)

    @property
    def told(self) -> int:
        """Independent facts of the population that the weights hold to: 1 where only its size is known."""
        return 1 + sum(len(cells) - 1 for cells in self.targets)


def equal(n: int) -> Weights:
    """Return weights of 1 for n respondents."""
    return Weights(values=np.ones(n), margins=np.empty((0, n), dtype=np.intp), targets=())


def post_stratified(cells: Labels, population: Mapping[str, float], *, least: int = LEAST) -> Weights:
    """Return weights population/respondents by cell.

    Cells with fewer respondents than `least`, or of no population, are weighted as one, to which the next smallest is
    added as long as it is itself too small; a note names them.

    Args:
        cells: of each respondent, shape (n,).
        population: members by cell; what is not there has none.
        least: respondents that a cell needs.

    Raises:
        ValueError: nobody responded, or the population is empty.
    """
    return raked({"cell": cells}, {"cell": population}, least=least)


def raked(
    margins: Mapping[str, Labels], populations: Mapping[str, Mapping[str, float]], *, least: int = LEAST
) -> Weights:
    """Return weights that meet the population of each field on its own, as even as may be.

    Args:
        margins: category of each respondent by field, each of shape (n,).
        populations: members by category, by field; totals of other fields are brought to that of the first.
        least: respondents that a category needs; fewer are collapsed as in `post_stratified`.

    Raises:
        ValueError: nobody responded, or a population is empty.

    References:
        Deming & Stephan (1940), Annals of Mathematical Statistics 11, 427-444 (iterative proportional fitting).
    """
    coded: list[NDArray[np.intp]] = []
    targets: list[Floats] = []
    notes: list[str] = []
    for field, labels in margins.items():
        codes, target, note = _collapsed(field, np.asarray(labels), populations[field], least)
        total = target.sum()
        if targets and abs(total / targets[0].sum() - 1) > 1e-9:
            notes.append(f"{field}: its population is {total:g}, that of the first field {targets[0].sum():g}")
            target = target * (targets[0].sum() / total)
        coded.append(codes)
        targets.append(target)
        notes += note
    start = np.full(len(coded[0]), targets[0].sum() / len(coded[0]))
    values, gap = _fitted(start, coded, targets)
    if gap > _CLOSE:
        notes.append(f"raking does not converge: a category is still off by {gap:.2g} of its population")
    return Weights(values=values, margins=np.stack(coded), targets=tuple(targets), notes=tuple(notes))


def trimmed(weights: Weights, *, low: float = 0.3, high: float = 3.0) -> Weights:
    """Return the weights held within `low` and `high` times their mean, and raked again.

    Where both cannot be had, the limits are kept, and a note says by how much a category is missed.

    References:
        Potter (1990), ASA Proceedings of the Survey Research Methods Section, 225-230.
    """
    mean = weights.values.mean()
    floor, roof = low * mean, high * mean
    beyond = int(np.count_nonzero((weights.values < floor) | (weights.values > roof)))
    if not beyond:
        return weights
    values = weights.values
    for _ in range(_TRIMS):
        values, _ = _fitted(np.clip(values, floor, roof), weights.margins, weights.targets)
        if values.min() >= floor * (1 - 1e-6) and values.max() <= roof * (1 + 1e-6):
            return replace(weights, values=values, notes=(*weights.notes, f"{beyond} weights trimmed, raked again"))
    values = np.clip(values, floor, roof)
    gap = _gap(values, weights.margins, weights.targets)
    note = f"{beyond} weights trimmed: a category is off by {gap:.2g} of its population"
    # The fields are no longer met: nothing of the answers is known from them.
    return replace(equal(len(values)), values=values, notes=(*weights.notes, note))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How far respondents differ from the population in one category of a field.

    Attributes:
        field: such as "country"; `category`: one of its values.
        responded: share of respondents in it; `population`: share of the population.
        smd: their difference over the population's standard deviation of being in it.
        flagged: |smd| is above 0.1.
    """

    field: str
    category: str
    responded: float
    population: float
    smd: float
    flagged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How respondents differ from the population in one field.

    Attributes:
        field: its name.
        gaps: by category, the furthest off first.
        test: chi-squared test that respondents are drawn at random from the population; None where nothing can differ.
        q_value: its p-value among those of all fields (Benjamini & Hochberg); 1 without a test.
        differs: a category is flagged, and chance does not explain it at the stated rate.
    """

    field: str
    gaps: tuple[Gap, ...]
    test: Statistic | None
    q_value: float
    differs: bool


def balance(
    respondents: Mapping[str, Mapping[str, float]],
    population: Mapping[str, Mapping[str, float]],
    *,
    rate: float = 0.1,
) -> tuple[Balance, ...]:
    """Return in which fields respondents differ from the population that they are part of; the surest first.

    Args:
        respondents: counts by category, by field.
        population: counts by category, by field, respondents among them.
        rate: false discovery rate of `differs` over the fields.

    Raises:
        ValueError: a category has more respondents than members, or nobody is there.

    References:
        Austin (2009), Statistics in Medicine 28, 3083-3107: standardised differences, 0.1. The statistic is Pearson's
        against the population, times (N - 1)/(N - n) as respondents are drawn from N without replacement.
    """
    rows = [_balance(field, respondents[field], population[field]) for field in respondents]
    q = contrasts.benjamini_hochberg([1.0 if one.test is None else one.test.p_value for one in rows])
    found = [
        replace(one, q_value=float(value), differs=bool(value <= rate and any(gap.flagged for gap in one.gaps)))
        for one, value in zip(rows, q, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (one.q_value, one.field)))


def _balance(field: str, responded: Mapping[str, float], members: Mapping[str, float]) -> Balance:
    n, total = sum(responded.values()), sum(members.values())
    if n <= 0 or any(responded[name] > members.get(name, 0) for name in responded):
        raise ValueError(f"{field}: respondents must be some of the population, in every category")
    gaps = []
    for name, there in members.items():
        p, r = there / total, responded.get(name, 0) / n
        smd = (r - p) / math.sqrt(p * (1 - p)) if 0 < p < 1 else 0.0
        gaps.append(Gap(field=field, category=name, responded=r, population=p, smd=smd, flagged=abs(smd) > DIFFERENT))
    gaps.sort(key=lambda gap: (-abs(gap.smd), gap.category))
    return Balance(field=field, gaps=tuple(gaps), test=_drawn(responded, members), q_value=1.0, differs=False)


def _drawn(responded: Mapping[str, float], members: Mapping[str, float]) -> Statistic | None:
    """Test whether respondents are drawn at random; categories of which too few are expected count as one."""
    n, total = sum(responded.values()), sum(members.values())
    cells, rest = [], [0.0, 0.0]
    for name in sorted(members, key=lambda name: (-members[name], name)):
        here = (responded.get(name, 0), n * members[name] / total)
        if here[1] >= _EXPECTED:
            cells.append(here)
        else:
            rest = [rest[0] + here[0], rest[1] + here[1]]
    if rest[1] >= _EXPECTED or not cells:
        cells.append((rest[0], rest[1]))
    elif rest[1]:
        cells[-1] = (cells[-1][0] + rest[0], cells[-1][1] + rest[1])
    if len(cells) < 2 or n >= total:
        return None
    value = sum((seen - due) ** 2 / due for seen, due in cells) * (total - 1) / (total - n)
    df = len(cells) - 1
    return Statistic(value=value, df=df, p_value=float(special.chdtrc(df, value)))


def _collapsed(
    field: str, labels: NDArray[np.str_], population: Mapping[str, float], least: int
) -> tuple[NDArray[np.intp], Floats, list[str]]:
    """Return each respondent's cell, the cells' population and a note of what was weighted as one."""
    if not len(labels):
        raise ValueError("nobody responded")
    seen, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    size = {str(name): int(count) for name, count in zip(seen, counts, strict=True)}
    known = {str(name): float(members) for name, members in population.items()}
    if not sum(known.values()) > 0 or min(known.values()) < 0:
        raise ValueError(f"{field}: nobody is in the population, or fewer than nobody")
    thin = {name for name in {*size, *known} if size.get(name, 0) < least or known.get(name, 0.0) <= 0}
    # What has neither respondents nor population needs nobody to stand for it.
    thin = {name for name in thin if size.get(name, 0) or known.get(name, 0.0)}
    whole = sorted(set(size) - thin, key=lambda name: (-size[name], name))
    while thin and whole and (sum(size.get(n, 0) for n in thin) < least or not sum(known.get(n, 0.0) for n in thin)):
        thin.add(whole.pop())
    cells = sorted(whole) + ([REST] if thin else [])
    place = {name: cells.index(name if name not in thin else REST) for name in size}
    target = np.zeros(len(cells))
    for name, members in known.items():
        if members:
            target[cells.index(REST if name in thin else name)] += members
    notes = [f"{field}: weighted as one for want of respondents: {', '.join(sorted(thin))}"] if len(thin) > 1 else []
    return np.array([place[str(name)] for name in seen], dtype=np.intp)[codes], target, notes


def _fitted(
    start: Floats, margins: Sequence[NDArray[np.intp]] | NDArray[np.intp], targets: Sequence[Floats]
) -> tuple[Floats, float]:
    """Return the weights raked from `start`, and by what share of its population a category is still off."""
    values, gap = start.copy(), math.inf
    for _ in range(_PASSES):
        for codes, target in zip(margins, targets, strict=True):
            values *= (target / np.bincount(codes, values, len(target)))[codes]
        gap = _gap(values, margins, targets)
        if gap <= _CLOSE:
            break
    return values, gap


def _gap(values: Floats, margins: Sequence[NDArray[np.intp]] | NDArray[np.intp], targets: Sequence[Floats]) -> float:
    off = (np.abs(np.bincount(c, values, len(t)) / t - 1).max() for c, t in zip(margins, targets, strict=True))
    return float(max(off, default=0.0))
