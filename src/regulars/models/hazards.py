"""What goes along with leaving sooner or later: Cox's proportional hazards model. Associations, not causes."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from regulars.core.estimate import Interval
from regulars.core.wording import counted
from regulars.models.tenure import Ints, Lives
from regulars.stats.contrasts import Statistic, benjamini_hochberg
from regulars.stats.intervals import z
from regulars.stats.likelihood import NotFitted

Floats = NDArray[np.float64]

METHOD = "Cox, Efron's ties, Wald"
#: Least number of ends for each coefficient.
PER_TERM = 10
#: Least share of customers of whom a number must be known.
_KNOWN = 0.9
_REST = "(rest)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A column of a Cox model.

    Attributes:
        covariate: attribute or fact that it belongs to.
        category: customers for whom it is 1; "" where it is a number.
        against: category that the ratio compares with; "" where it is a number.
    """

    covariate: str
    category: str = ""
    against: str = ""

    def __str__(self) -> str:
        return f"{self.covariate} {self.category} against {self.against}" if self.category else self.covariate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Covariates of customers.

    Attributes:
        terms: what the columns are, k of them.
        columns: shape (n, k).
        rows: which customers are told of by all of them; shape (n,).
        notes: what was left out, in words.
    """

    terms: tuple[Term, ...]
    columns: Floats
    rows: NDArray[np.bool_]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What goes along with a term.

    Attributes:
        term: which.
        ratio: of hazards.
        p_value: that it is 1 (Wald).
        q: false discovery rate at which it would be called other than 1, among all terms.
        p_steady: that it is the same at all tenures (scaled Schoenfeld residuals against the rank of time).
    """

    term: Term
    ratio: Interval
    p_value: float
    q: float
    p_steady: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cox:
    """Cox's proportional hazards model as it was found.

    Attributes:
        effects: of each term.
        n: customers that it was found from.
        ends: how many of them left.
        test: likelihood ratio against a model without covariates.
    """

    effects: tuple[Effect, ...]
    n: int
    ends: int
    test: Statistic


def design(
    lives: Lives, categories: Mapping[str, NDArray[np.object_]], numbers: Mapping[str, Floats], *, least: int = 20
) -> Design:
    """Return the covariates of `lives`, each told apart as far as there are enough customers.

    Args:
        lives: customers.
        categories: values per customer by name; None is a category of its own. Those with fewer than `least` customers,
            or none who left, are one; the largest is what the others are compared with.
        numbers: values per customer by name; nan where unknown. One that is unknown of more than a tenth is left out;
            else the customers are of whom it is.
        least: customers of a category.
    """
    notes: list[str] = []
    rows = np.ones(len(lives), dtype=bool)
    for name in [name for name, values in categories.items() if _names_each(values, least)]:
        notes.append(f"{name} is left out: most of its values have fewer than {least} customers")
        categories = {other: values for other, values in categories.items() if other != name}
    told = [pair for name, values in categories.items() for pair in _told_apart(name, values, lives.left, least)]
    for name, amounts in numbers.items():
        known = np.isfinite(amounts)
        if known.mean() < _KNOWN:
            notes.append(f"{name} is left out: it is known of {known.mean():.0%} of customers")
            continue
        rows &= known
        told.append((Term(covariate=name), amounts))
    terms, columns = [term for term, _column in told], [column for _term, column in told]
    if not rows.all():
        notes.append(f"left out: {counted(int((~rows).sum()), 'customer')} of whom not all is known")
    kept = _independent([column[rows] for column in columns])
    gone = [str(terms[index]) for index in range(len(terms)) if index not in kept]
    if gone:
        notes.append(f"left out, because others say the same: {', '.join(gone)}")
    chosen = [columns[index] for index in kept]
    shaped = np.stack(chosen, axis=1) if chosen else np.zeros((len(lives), 0))
    return Design(terms=tuple(terms[index] for index in kept), columns=shaped, rows=rows, notes=tuple(notes))


def _names_each(values: NDArray[np.object_], least: int) -> bool:
    """Whether most customers who have a value share it with few: it names them rather than tells their kind."""
    known = np.array([str(value) for value in values if value is not None], dtype=str)
    counts = np.unique(known, return_counts=True)[1]
    return bool(2 * counts[counts < least].sum() > len(known) >= least)


def _told_apart(
    name: str, values: NDArray[np.object_], left: NDArray[np.bool_], least: int
) -> Iterator[tuple[Term, Floats]]:
    """Yield a term and its column for every category but the largest."""
    written = np.array(["(none)" if value is None else str(value) for value in values], dtype=str)
    found, counts = np.unique(written, return_counts=True)
    big = [one for one, count in zip(found, counts, strict=True) if count >= least and left[written == one].any()]
    big.sort(key=lambda one: -counts[found == one].item())
    # Nobody of the rest may have left: a ratio of 0 has no interval.
    while big and (few := ~np.isin(written, big)).any() and not left[few].any():
        big.pop()
    merged = np.where(np.isin(written, big), written, _REST)
    found, counts = np.unique(merged, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    for place in order[1:]:
        yield (
            Term(covariate=name, category=str(found[place]), against=str(found[order[0]])),
            (merged == found[place]).astype(np.float64),
        )


def _independent(columns: Sequence[Floats]) -> list[int]:
    """Return which columns are no linear combination of those before."""
    kept: list[int] = []
    axes: list[Floats] = []
    for index, column in enumerate(columns):
        centred = column - column.mean()
        rest = centred
        for _pass in range(2):  # once is not exact
            rest = rest - sum((axis * (axis @ rest) for axis in axes), start=np.zeros(len(rest)))
        size = float(np.linalg.norm(rest))
        if size > 1e-6 * max(float(np.linalg.norm(centred)), 1e-12) and size > 0:
            kept.append(index)
            axes.append(rest / size)
    return kept


def cox(lives: Lives, terms: Sequence[Term], columns: Floats, *, level: float) -> Cox:
    """Fit Cox's proportional hazards model: how hazards of customers compare at equal tenure.

    Args:
        lives: customers.
        terms: what the columns are.
        columns: shape (n, k); no column may be a combination of others.
        level: of intervals.

    Raises:
        NotFitted: there are fewer than 10 ends for each term, or no maximum.

    References:
        Cox (1972), JRSS B 34, 187-220. Efron (1977), JASA 72, 557-565, for ties. Peduzzi et al. (1995), J. Clinical
        Epidemiology 48, 1503-1510, for 10 ends for each. Grambsch & Therneau (1994), Biometrika 81, 515-526.
    """
    if not terms:
        raise NotFitted("there is nothing known of customers to tell them apart by")
    if lives.ends < PER_TERM * len(terms):
        raise NotFitted(
            f"{counted(lives.ends, 'customer')} left, too few for {counted(len(terms), 'hazard ratio')}: each takes "
            f"{PER_TERM} customers who left"
        )
    scale = columns.std(axis=0)
    fitted = _fitted(lives, (columns - columns.mean(axis=0)) / scale)
    b, covariance = fitted.params_.to_numpy(), fitted.variance_matrix_.to_numpy()
    coefficients, errors = b / scale, np.sqrt(np.diag(covariance)) / scale
    steady = _steady(lives, (columns - columns.mean(axis=0)) / scale, b, covariance)
    test = fitted.log_likelihood_ratio_test()
    half = z(level)
    p_values = special.erfc(np.abs(coefficients / errors) / np.sqrt(2))
    q = benjamini_hochberg(p_values)

    def effect(index: int) -> Effect:
        at, error = coefficients[index], errors[index]
        low, value, high = (float(np.exp(at + side * half * error)) for side in (-1, 0, 1))
        return Effect(
            term=terms[index],
            ratio=Interval(value=value, low=low, high=high, level=level, method=METHOD, n=len(lives)),
            p_value=float(p_values[index]),
            q=float(q[index]),
            p_steady=float(steady[index]),
        )

    return Cox(
        effects=tuple(map(effect, range(len(terms)))),
        n=len(lives),
        ends=lives.ends,
        test=Statistic(value=float(test.test_statistic), df=len(terms), p_value=float(test.p_value)),
    )


def _fitted(lives: Lives, columns: Floats) -> Any:
    # Importing lifelines costs two seconds.
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    frame = pd.DataFrame(columns, columns=[str(index) for index in range(columns.shape[1])])
    # A day later, so that entry is never below 0: only the order of days counts.
    frame = frame.assign(_days=lives.days + 1.0, _left=lives.left.astype(int))
    entry = "_entry" if lives.late else None
    if entry:
        frame = frame.assign(_entry=lives.entry + 1.0)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            found = CoxPHFitter().fit(frame, "_days", "_left", entry_col=entry)
        except (ConvergenceError, np.linalg.LinAlgError) as cause:
            raise NotFitted("some covariate tells who left almost without fail, so no ratio can be had") from cause
    if any(issubclass(one.category, ConvergenceWarning) for one in told):
        raise NotFitted("some covariate tells who left almost without fail, so no ratio can be had")
    return found


def _steady(lives: Lives, columns: Floats, b: Floats, covariance: Floats) -> Floats:
    """Return, for each term, the p-value that its effect is the same at all tenures.

    References:
        Grambsch & Therneau (1994), eq. 3.3 for one term, with the rank of time; lifelines has it without late entry.
    """
    weight = np.exp(columns @ b)
    weighted = np.column_stack([weight, weight[:, None] * columns])
    days, late = lives.days[lives.left], lives.entry >= 0
    there = _at_least(lives.days, weighted, days) - _at_least(lives.entry[late], weighted[late], days)
    residuals = columns[lives.left] - there[:, 1:] / there[:, :1]
    scaled = len(days) * residuals @ covariance
    _times, place, counts = np.unique(days, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place] - (len(days) + 1) / 2
    spread = len(days) * np.diag(covariance) * (rank @ rank)
    return np.asarray(special.chdtrc(1, (rank @ scaled) ** 2 / np.maximum(spread, 1e-300)))


def _at_least(keys: Ints, values: Floats, at: Ints) -> Floats:
    """Return the sums of the rows of `values` whose key is at least as great, for each of `at`."""
    order = np.argsort(keys, kind="stable")
    above = np.concatenate([np.cumsum(values[order][::-1], axis=0)[::-1], np.zeros((1, values.shape[1]))])
    return np.asarray(above[np.searchsorted(keys[order], at, side="left")])
