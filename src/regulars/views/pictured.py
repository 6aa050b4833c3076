"""Charts of answers: how a KPI moved, how groups compare."""

from collections.abc import Iterable, Sequence

from regulars.kpis.answer import Row
from regulars.views import words
from regulars.views.blocks import Card, Chart, ChartKind, Mark, Series


def course(card: Card, currency: str) -> Chart:
    """Return how a KPI moved, with its band."""
    kpi, latest = card.latest.kpi, card.latest
    told = words.verdict(kpi, latest.change, currency) if latest.change else "compared with nothing"
    found = latest.estimate.interval
    now = found.why_not or (
        f"{words.value(found.value, kpi.shows, currency)} ({words.interval(found, kpi.shows, currency)})"
    )
    return Chart(
        name=f"course_{kpi.name}",
        title=words.title(kpi.name),
        kind=ChartKind.LINE,
        says=f"{words.span(latest.estimate.period)}: {now}; against the period before: {told}.",
        shows=kpi.shows,
        series=(Series(marks=tuple(_mark(row) for row in card.course)),),
    )


def _mark(row: Row) -> Mark:
    return Mark(label=words.span(row.estimate.period), estimate=row.estimate, open="unfinished" in row.estimate.flags)


def groups(rows: Sequence[Row], by: str, currency: str, *, most: int = 12) -> Chart:
    """Return how the groups of one KPI compare, those with most customers first."""
    kpi = rows[0].kpi
    largest = sorted(rows, key=lambda row: -row.estimate.interval.n)[:most]
    differ = [words.group(row.group[by]) for row in rows if row.contrast is not None and row.contrast.found]
    return Chart(
        name=f"{kpi.name}_by_{by}",
        title=f"{words.title(kpi.name)} by {by.replace('_', ' ')}",
        kind=ChartKind.DOTS,
        says=_differing(differ, len(rows)),
        shows=kpi.shows,
        series=(
            Series(
                marks=tuple(Mark(label=words.group(row.group[by]), estimate=row.estimate) for row in largest),
            ),
        ),
    )


def _differing(names: Iterable[str], of: int) -> str:
    listed = list(names)
    if not listed:
        return f"None of {of} groups can be told from the others."
    return f"Of {of} groups, {', '.join(listed)} can be told from the others."
