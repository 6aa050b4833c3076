"""Every address that there is, of one generation: its KPIs, cohort tables and pages are those that are declared."""

from collections.abc import Iterator, Mapping
from functools import partial

from regulars.app.forecasting import GRAINS as FORETOLD
from regulars.app.measure import ALL
from regulars.core.periods import Grain
from regulars.door.serving import Serving
from regulars.rest import alerts, audiences, foretold, listed, numbers, pages
from regulars.rest.asked import Query, day, one_of, share, text, whether, whole
from regulars.rest.asked import listed as names
from regulars.rest.endpoint import Endpoint, as_block
from regulars.rest.held import Held
from regulars.views.teams import TEAMS
from regulars.views.view import View

_GRAINS = tuple(grain.value for grain in Grain)


def endpoints(serving: Serving, held: Held) -> tuple[Endpoint, ...]:
    """Return the addresses; the description of them is made elsewhere."""
    return (
        *_catalogue(serving, held),
        *_declared(serving),
        *_answers(serving, held),
        *audiences.endpoints(),
        *alerts.endpoints(),
        *_pages(serving.views, tuple(serving.workspace.kpis), tuple(serving.workspace.actions)),
    )


def _catalogue(serving: Serving, held: Held) -> Iterator[Endpoint]:
    yield Endpoint(
        name="index", path="", title="Where to begin", schema="Index", answer=listed.index, group="Catalogue"
    )
    yield Endpoint(
        name="company",
        path="/company",
        title="The company whose records they are",
        meaning="As of when they are known, and how many findings push numbers; those numbers carry flags.",
        schema="Company",
        answer=partial(listed.company, held=held),
        group="Catalogue",
    )


def _declared(serving: Serving) -> Iterator[Endpoint]:
    yield Endpoint(
        name="kpis",
        path="/kpis",
        title="KPIs by name, with what they ask and need",
        meaning="`next` is the address of the following ones, null where there are none.",
        schema="KPIs",
        answer=listed.kpis,
        group="Catalogue",
        queries=_of_list(serving),
    )
    yield Endpoint(
        name="kpi",
        path="/kpis/{name}",
        title="What a KPI means",
        meaning="`counts` is what n counts; `splits` is what it may be split by; `parameters` are the company's.",
        schema="Definition",
        answer=listed.definition,
        group="Catalogue",
        about={"name": _kpi(serving)},
    )
    yield Endpoint(
        name="cohort_tables",
        path="/cohorts",
        title="Cohort tables",
        schema="CohortTables",
        answer=listed.cohorts,
        group="Catalogue",
    )
    yield Endpoint(
        name="pages", path="/pages", title="Pages, with what may be asked of each", schema="Pages",
        answer=listed.pages, group="Catalogue",
    )  # fmt: skip


def _of_list(serving: Serving) -> tuple[Query, ...]:
    families = sorted({kpi.family.name for kpi in serving.workspace.kpis.values()})
    return (
        one_of("family", "only those of a chapter", families),
        one_of("team", "only those that a team looks at first", tuple(TEAMS)),
        whether("available", "only those that can, or cannot, be answered of these records"),
        text("after", "only those whose names come after this one"),
        whole("limit", "how many at once", least=1, most=listed.MOST, otherwise=listed.SHOWN),
    )


def _answers(serving: Serving, held: Held) -> Iterator[Endpoint]:
    told = f"At most {numbers.ROWS:,} rows. A row without a value says why in `why_not`; it is never 0."
    yield Endpoint(
        name="answer",
        path="/kpis/{name}/answer",
        title="What a KPI says, by period and group",
        meaning=told,
        schema="Answers",
        answer=partial(numbers.kpi, held=held),
        group="Answers",
        about={"name": _kpi(serving)},
        queries=_of_answers(serving),
        flat=as_block("answers"),
    )
    several = one_of(
        "kpi", f"a KPI; up to {numbers.KPIS} of them", tuple(serving.workspace.kpis), several=True, required=True
    )
    yield Endpoint(
        name="answers",
        path="/answers",
        title="What several KPIs say, by period and group",
        meaning=told,
        schema="Answers",
        answer=partial(numbers.kpis, held=held),
        group="Answers",
        queries=(several, *_of_answers(serving)),
        flat=as_block("answers"),
    )
    yield _why(serving, held)
    yield Endpoint(
        name="forecast",
        path="/kpis/{name}/forecast",
        title="What a KPI will say, beside how well such forecasts went",
        meaning="`periods` are those seen, the running one so far and completed, and later ones; `why_not` says why "
        "nothing is foretold.",
        schema="Forecast",
        answer=partial(foretold.forecast, held=held),
        group="Answers",
        about={"name": _kpi(serving)},
        queries=_of_forecasts(serving),
        flat=foretold.rows,
    )
    yield Endpoint(
        name="cohorts",
        path="/cohorts/{name}",
        title="Customers by when they came, followed by age",
        meaning="A cell that is not known yet says when it will be. The row `pooled` is of all that are old enough.",
        schema="Cohorts",
        answer=partial(numbers.cohorts, held=held),
        group="Answers",
        about={"name": one_of("name", "a cohort table", tuple(serving.workspace.cohorts))},
        queries=(_grain(_GRAINS, "of cohorts and ages"), *_dates(" of the first cohort"), *_who(serving)),
        flat=as_block("cohorts"),
    )


def _why(serving: Serving, held: Held) -> Endpoint:
    return Endpoint(
        name="why",
        path="/kpis/{name}/why",
        title="Why a KPI moved",
        meaning="`parts` add up to `change`. What different dimensions of `ranked` say overlaps, and does not add up.",
        schema="Why",
        answer=partial(numbers.why, held=held),
        group="Answers",
        about={"name": _kpi(serving)},
        queries=(
            day("from", "first day; that of the last month that is over where not said"),
            day("to", "the day after the last one"),
            text("against", "`prev`, `year`, or FROM..TO such as `2024-01-01..2024-02-01`", example="prev"),
            *_who(serving),
        ),
    )


def _kpi(serving: Serving) -> Query:
    return one_of("name", "a KPI", tuple(serving.workspace.kpis))


def _of_answers(serving: Serving) -> tuple[Query, ...]:
    return (
        _grain((*_GRAINS, ALL), "how time is cut; `all` for one figure"),
        *_dates(),
        *_who(serving),
        whether("compare", "each period with the one before, over the same elapsed part"),
        share("level", "coverage of the intervals; the company's where not said", least=0.5, most=0.999),
    )


def _of_forecasts(serving: Serving) -> tuple[Query, ...]:
    _by, where = _who(serving)
    most = max(most for _season, _usual, most, _back in FORETOLD.values())
    return (
        _grain(tuple(grain.value for grain in FORETOLD), "of periods"),
        whole("ahead", "periods after the running one; as many as are usual where not said", least=1, most=most),
        where,
    )


def _grain(known: tuple[str, ...], meaning: str) -> Query:
    return one_of("grain", meaning, known, otherwise="month")


def _dates(of: str = "") -> tuple[Query, Query]:
    return (
        day("from", f"first day{of}; the last twelve periods where not said"),
        day("to", "the day after the last one; where the records end if not said"),
    )


def _who(serving: Serving) -> tuple[Query, Query]:
    known = serving.quick.records.attributes
    said = f": {', '.join(f'`{name}`' for name in known)}" if known else ""
    return (
        names(
            "by",
            f"attributes of customers to split by, with commas between them{said}",
            example=known[0] if known else "",
        ),
        text(
            "where",
            "which customers count, such as `market = 'NL'`",
            example="market = 'NL'" if "market" in known else "",
        ),
    )


def _pages(views: Mapping[str, View], kpis: tuple[str, ...], actions: tuple[str, ...]) -> Iterator[Endpoint]:
    about = {
        "action": one_of("action", "an action", actions),
        "experiment": Query(
            name="experiment", meaning="an audience or a campaign", schema={"type": "string", "minLength": 1}
        ),
        "kpi": one_of("kpi", "a KPI", kpis),
        "customer": Query(name="customer", meaning="any id of a customer", schema={"type": "string", "minLength": 1}),
    }
    for _, view in sorted(views.items()):
        if view.about in ("", *about):
            yield from pages.endpoints(view, about.get(view.about))
