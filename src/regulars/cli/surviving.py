"""`regulars survival` and `regulars ltv`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.table import Table

from regulars.app.cohort_ltv import Cell
from regulars.app.survival import Stay
from regulars.cli import terminal
from regulars.cli.terminal import Fitted
from regulars.cli.trials import capital
from regulars.core.estimate import Estimate
from regulars.core.wording import counted
from regulars.kpis.kpi import Shows
from regulars.models.model import Kind
from regulars.views import words
from regulars.views.cohort_ltv import CAVEAT, Ltv
from regulars.views.scored import decisive, number
from regulars.views.survived import Hazards, Stays


def survival(
    directory: Path, *, of: str, by: Sequence[str], cox: bool, output_format: str, output: Path | None
) -> None:
    """Show how long customers stay, or what goes along with leaving sooner or later."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company:
        if cox:
            compared = company.hazards(of=of, by=by)
            terminal.show(compared.records, lambda: _ratios(compared), output_format, output, flat=compared.flat)
        else:
            stays = company.survival(of=of, by=by)
            terminal.show(stays.records, lambda: _curves(stays), output_format, output, flat=stays.flat)


def _curves(stays: Stays) -> Fitted:
    asked = stays.found.asked
    head = f"{asked.level * 100:g} % interval"
    lapse_days = asked.records.definitions.lapse_days
    lines = [(stay.group, *line) for stay in stays.found.stays for line in _lines(stay, lapse_days)]
    codes, legend = terminal.legend(estimate.flags for _group, _said, estimate, *_rest in lines)
    noted = any(note for *_rest, note in lines)
    also = [name for name, there in (("Note", noted), ("Flags", codes)) if there]
    table = Table(*asked.by, "Tenure", "Stay", head, "At risk", *also, box=None, pad_edge=False)
    for group, said, estimate, shows, there, note in lines:
        names = [words.group(value) for value in group.values()]
        marks = [" ".join(codes[flag] for flag in estimate.flags)] if codes else []
        table.add_row(*names, said, *_cells(estimate, shows), there, *([note] if noted else []), *marks)
    table.title, table.title_justify = f"How long {_WHOM[str(asked.of)]} stay, {asked.period}", "left"
    told = [stays.caveat, _test(stays), *(f"{capital(note)}." for note in stays.found.notes), legend]
    table.caption = " ".join(part for part in (*told, _travels(stays)) if part)
    table.caption_justify = "left"
    return Fitted(table, wraps=("Note",), folds=(head,))


_WHOM = {"contracts": "customers under contract", "customers": "customers who order"}


def _lines(stay: Stay, lapse_days: int) -> Iterator[tuple[str, Estimate, Shows, str, str]]:
    """Yield each number of a group: what it is, itself, its unit, how many it is of, and what to know of it."""
    for said, estimate, shows in _halves(stay, lapse_days):
        yield said, estimate, shows, "", _why(estimate)
    for point in stay.points:
        yield counted(point.months, "month"), point.stays, Shows.SHARE, f"{point.at_risk:,}", _why(point.stays)
    said = f"mean within {stay.within:,} d" if stay.within else "mean"
    gone = f"{stay.left:,} of {stay.customers:,} left"
    yield said, stay.mean, Shows.DAYS, gone, _why(stay.mean) or _since(stay)


def _halves(stay: Stay, lapse_days: int) -> Iterator[tuple[str, Estimate, Shows]]:
    """Yield when half have left; of who orders, where many do once, who comes back at all and half of those."""
    if stay.again is None or stay.again_median is None:
        yield "half have left by", stay.median, Shows.DAYS
        return
    yield f"come back within {lapse_days} d", stay.again, Shows.SHARE
    yield "half of those have left by", stay.again_median, Shows.DAYS


def _cells(estimate: Estimate, shows: Shows) -> tuple[str, str]:
    found = estimate.interval
    return words.value(found.value, shows, ""), words.interval(found, shows, "")


def _why(estimate: Estimate) -> str:
    return estimate.interval.why_not


def _since(stay: Stay) -> str:
    return f"of those who stayed {stay.readable_from} d" if stay.readable_from else ""


def _test(stays: Stays) -> str:
    found = stays.found
    if found.test is None:
        return f"No log-rank test: {found.why_not}." if found.why_not else ""
    verdict = (
        "groups stay differently long" if found.test.p_value < 1 - found.asked.level else "no detectable difference"
    )
    test = f"chi-squared {found.test.value:.2f} with {found.test.df} df, p = {found.test.p_value:.2g}"
    return f"Log-rank test of {found.tested} groups: {test}: {verdict}."


def _travels(shown: Stays | Hazards) -> str:
    asked = shown.found.asked
    return f"Version {asked.version}; records before {asked.records.known_at:%Y-%m-%d %H:%M} UTC."


def _ratios(compared: Hazards) -> Fitted:
    asked, found = compared.found.asked, compared.found.found
    head = f"{asked.level * 100:g} % interval"
    table = Table(
        "Covariate", "", "Against", "Hazard ratio", head, "p", "Same at all tenures", box=None, pad_edge=False
    )
    for effect in found.effects:
        ratio = effect.ratio
        steady = "yes" if effect.p_steady * len(found.effects) >= 1 - asked.level else f"no (p = {effect.p_steady:.2g})"
        table.add_row(
            effect.term.covariate,
            effect.term.category,
            effect.term.against,
            words.value(ratio.value, Shows.NUMBER, ""),
            words.interval(ratio, Shows.NUMBER, ""),
            f"{effect.p_value:.2g}",
            f"{effect.q:.2g}",
            steady,
        )
    table.title = f"What goes along with leaving: {found.ends:,} of {found.n:,} left, {asked.period}"
    table.title_justify = table.caption_justify = "left"
    flags = "".join(f"Beware: {words.flag(flag)}. " for flag in asked.flags)
    notes = " ".join(f"{capital(note)}." for note in compared.found.notes)
    table.caption = f"{compared.caveat} {notes} {flags}{_travels(compared)}"
    return Fitted(table, folds=(head,))


def ltv(
    directory: Path,
    *,
    grain: str,
    months: int,
    start: str | None,
    end: str | None,
    output_format: str,
    output: Path | None,
) -> None:
    """Show what customers have brought and will, by age and cohort."""
    terminal.chosen(output_format)
    with terminal.company(directory) as company, terminal.progress() as told:
        found = company.ltv(
            grain=grain,
            months=months,
            start=start,
            end=end,
            progress=lambda model, day: told(f"{model}, as of {day}", 0, 1),
        )
    terminal.show(found.records, lambda: _ltv(found), output_format, output, flat=found.flat)


def _ltv(shown: Ltv) -> Fitted:
    found = shown.found
    ages = range(len(found.pooled.cells))
    table = Table("Cohort", "Size", *map(str, ages), "", box=None, pad_edge=False)
    rows = (*found.rows, found.pooled)
    codes, legend = terminal.legend(cell.estimate.flags for row in rows for cell in row.cells)
    whys = [cell.estimate.interval.why_not for row in found.rows for cell in row.cells]
    for row in rows:
        start = "pooled" if row.cohort is None else f"{row.cohort.start}"
        raised = sorted({codes[flag] for cell in row.cells for flag in cell.estimate.flags})
        cells = [_money(cell, shown.currency) for cell in row.cells]
        table.add_row(start, f"{row.size:,}", *cells, "".join(raised), style="bold" if row.cohort is None else "")
    table.title = f"What has an acquired customer brought by each age, and what is still to come? ({shown.currency})"
    table.title_justify = table.caption_justify = "left"
    blank = f"Blank: no value, because {next(filter(None, whys))}." if any(whys) else ""
    version = found.pooled.cells[0].estimate
    known = f"Version {version.version}; records before {version.as_of:%Y-%m-%d %H:%M} UTC."
    ages_said = f"Columns: age in months; below each value its {version.interval.level * 100:g} % interval."
    table.caption = "\n".join(
        part
        for part in (f"{CAVEAT} {ages_said}", _scored(shown), " ".join(one for one in (blank, legend, known) if one))
        if part
    )
    return Fitted(table, drops=_early(ages), all_of_it=_ALL)


#: Where every age is.
_ALL = "--format json or csv, with every n"


def _early(ages: range) -> list[str]:
    """Return the ages that may be left out, those that matter least first: the early ones, but the first two."""
    return [str(age) for age in (*ages[2:-1], *ages[1:2])]


def _money(cell: Cell, currency: str) -> str:
    found = cell.estimate.interval
    if found.why_not:
        return ""
    written = words.value(found.value, Shows.MONEY, currency).removeprefix(f"{currency} ")
    limits = [words.value(one, Shows.MONEY, "").strip() for one in (found.low, found.high)]
    text = f"{written}\n{limits[0]}..{limits[1]}"
    return f"[dim]~{text}[/dim]" if cell.forecast else text


def _scored(shown: Ltv) -> str:
    """Say how well forecasts went on the past (the second law)."""
    score = shown.found.score
    if score is None:
        return f"No forecast: {shown.found.why_not}." if shown.found.why_not else ""
    told = [(measure, score.tried.score[measure.name]) for measure in decisive(Kind.AMOUNT)]
    said = [
        f"{measure.said} {number(measure, value.value)} ({number(measure, value.low)} to {number(measure, value.high)})"
        for measure, value in told
        if not value.why_not
    ]
    notes = "".join(f" {capital(note)}." for note in score.notes)
    made = f"Forecast by `{score.model}`, learned from {counted(score.n, 'customer')}"
    tried = f"{capital(score.trial.tried_on)}: {'; '.join(said) or 'no score'}"
    return f"{made}: {score.tried.verdict(score.trial.naive)}. {tried}.{notes}"
