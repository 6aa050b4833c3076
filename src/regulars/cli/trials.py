"""How well models foretold the past, as the terminal shows it: beside predictions, and all models side by side."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from regulars.app.foretell import Foretold
from regulars.cli import terminal
from regulars.cli.terminal import Fitted
from regulars.core.estimate import Interval
from regulars.core.wording import counted
from regulars.models.model import Kind
from regulars.models.scores import Measure, measures
from regulars.models.trial import Trial
from regulars.views import words
from regulars.views.scored import made, number

#: What measures are called where there is little room.
_HEADS = {
    "bias": "Foretold\n/ came",
    "rmse": "RMSE",
    "mae": "MAE",
    "spearman": "Rank\ncorr.",
    "gini": "Gini",
    "decile_error": "Decile\nerror",
    "coverage": "Within\nlimits",
    "top_tenth": "Top tenth\nbrings",
    "auc": "AUC",
    "average_precision": "Avg.\nprecision",
    "brier": "Brier",
    "calibration_error": "Calibration\nerror",
    "lift": "Lift of\ntop tenth",
    "hit_rate": "Hit\nrate",
}
_GAIN = "Squared error\nbeside the rule"
#: What goes first where there is not room for all.
_DROPS = {
    Kind.COUNT: ("mae", "spearman", "top_tenth", "coverage"),
    Kind.AMOUNT: ("mae", "spearman", "top_tenth", "coverage"),
    Kind.PROBABILITY: ("average_precision", "hit_rate", "lift"),
}


def page(*parts: RenderableType) -> Group:
    """Return parts of a page below each other, a line apart; words are taken as they are, none are left out."""
    told = [Text(part) if isinstance(part, str) else part for part in parts if part]
    return Group(*[one for part in told for one in (part, Text(""))][:-1])


def trial(found: Foretold) -> RenderableType:
    """Draw all models of an outcome that were tried, the best first; below, those that could not be, and why."""
    tried, kind = found.said.trial, found.outcome.kind
    scored = [one for one in tried.tried if not one.why_not]
    marks, whys = terminal.reasons(one.score[m.name].why_not for one in scored for m in measures(kind))
    table = Table("Model", box=None, pad_edge=False)
    for measure in measures(kind):
        table.add_column(_HEADS[measure.name], justify="right")
    table.add_column(_GAIN)
    for one in scored:
        name = f"{one.model} (chosen)" if one.model == tried.chosen else one.model
        values = [(measure, one.score[measure.name]) for measure in measures(kind)]
        cells = [marks[value.why_not] or number(measure, value.value) for measure, value in values]
        table.add_row(name, *cells, _gain(one.gain, one.model == tried.naive))
    head = f"{tried.outcome}: {found.outcome.said}, {tried.asked_days} days ahead"
    chosen = f"Chosen: {tried.why}. {_on(tried, tried.chosen)}"
    below = " ".join(part for part in (chosen, whys, *_untried(tried), _instead(found)) if part)
    drops = [_HEADS[name] for name in _DROPS[kind]]
    shown = Fitted(
        table,
        folds=(_GAIN,),
        drops=drops,
        folds_last=True,
        all_of_it="--format json or csv, with the interval of each score",
    )
    return Group(Text(head), shown, Text(f"{below}\n"))


def _gain(gain: Interval, rule: bool) -> str:
    if rule:
        return "the simple rule"
    if gain.value is None or gain.low is None or gain.high is None:
        return gain.why_not
    value, low, high = (f"{-100 * part:+.1f}".replace("-0.0", "0.0") for part in (gain.value, gain.high, gain.low))
    return f"{value} % ({low} to {high})"


def _on(tried: Trial, model: str) -> str:
    """Say on which days `model` was tried, and on how many customers."""
    n = max(value.n for value in tried.of(model).score.values())
    return f"{capital(tried.tried_on)}. n = {counted(n, 'customer')} on {counted(len(tried.cutoffs), 'day')}."


def _untried(tried: Trial) -> Iterator[str]:
    """Yield why models have no score, each reason once."""
    whys = dict.fromkeys(one.why_not for one in tried.tried if one.why_not)
    for why in whys:
        names = [f"`{one.model}`" for one in tried.tried if one.why_not == why]
        yield f"Not tried: {' and '.join(names)}, because {why}."


def score(found: Foretold) -> RenderableType:
    """Draw the score of a model beside the simple rule's."""
    tried, own = found.said.trial, found.tried
    naive, rule = tried.of(tried.naive), own.model == tried.naive
    level = f"{found.said.level * 100:g} % interval"
    marks, whys = terminal.reasons(own.score[measure.name].why_not for measure in measures(found.outcome.kind))
    table = Table(_TRIED, own.model, level, *([] if rule else [tried.naive]), box=None, pad_edge=False)
    for measure in measures(found.outcome.kind):
        value = own.score[measure.name]
        beside = [] if rule else [number(measure, naive.score[measure.name].value)]
        span = marks[value.why_not] or _span(measure, value)
        table.add_row(measure.said, number(measure, value.value), span, *beside)
    below = [f"{capital(own.verdict(tried.naive))}. {_on(tried, own.model)}", whys]
    return Group(Fitted(table, wraps=(_TRIED,), folds=(level,)), Text(" ".join(part for part in below if part)))


_TRIED = "Tried on the past"


def _span(measure: Measure, found: Interval) -> str:
    return f"{number(measure, found.low)} to {number(measure, found.high)}"


def beneath(*every: Foretold) -> str:
    """Say beneath predictions when not to trust them and what made them, each sentence once."""
    said: list[str] = []
    for found in every:
        flags = [f"Beware: {words.flag(flag)}." for flag in found.flags]
        notes = [f"{capital(note)}." for note in found.said.notes]
        caveats = [found.outcome.caveat, *(f"{part.rstrip('.')}." for part in found.model.caveat.split(". "))]
        said += [*caveats, *flags, _instead(found), f"Model {made(found)}.", *notes]
    return " ".join(part for part in dict.fromkeys(said) if part)


def _instead(found: Foretold) -> str:
    return f"{capital(found.said.instead)}; `{found.said.model}` foretells instead." if found.said.instead else ""


def capital(said: str) -> str:
    """Begin a sentence."""
    return said[:1].upper() + said[1:]
