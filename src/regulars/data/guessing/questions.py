"""What only the company knows: asked with the best guess first, and answered by changing the proposal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from regulars.data.guessing.dates import ISO
from regulars.data.guessing.filling import Dish
from regulars.data.guessing.home import guess_home
from regulars.data.guessing.matching import Candidate
from regulars.data.guessing.names import words_of
from regulars.data.guessing.phrases import quoted
from regulars.data.guessing.profile import File
from regulars.data.guessing.proposal import Guess, Mapped, Proposal, ProposedSource, Question, with_company, with_source
from regulars.data.guessing.recipes import RECIPES


def ask_company(files: Sequence[File], workspace: Path, *, money: bool) -> tuple[dict[str, Guess], list[Question]]:
    """Return the name, currency and time zone of the company, and what to ask about them."""
    currency, zone, others = guess_home(files)
    name = workspace.resolve().name.replace("_", " ").replace("-", " ").strip().title() or "Company"
    questions = []
    if not money:
        currency = Guess(value=currency.value or "EUR", reason="there are no amounts yet; correct it before there are")
    elif not currency.value or currency.reason.startswith("not in the files"):
        currency = (
            currency if currency.value else Guess(value="EUR", reason="nothing in the files says which; a mere guess")
        )
        options = tuple(dict.fromkeys([currency.value, "EUR", "USD", "GBP"]))
        questions.append(_company_question("currency", f"Which currency are amounts in? ({currency.reason})", options))
    elif others:
        question = f"Which currency should reports use? The files also have {', '.join(others)}, which need [rates]."
        questions.append(_company_question("currency", question, (currency.value, *others)))
    timed = any(column.timed for file in files for column in file.columns)
    zone = zone if zone.value else Guess(value="UTC", reason="nothing in the files says which")
    matter = "" if timed else " Dates without times do not depend on it."
    options = tuple(dict.fromkeys([zone.value, "UTC", "Europe/London", "Europe/Berlin", "America/New_York"]))
    questions.append(_company_question("time_zone", f"In which time zone are times? ({zone.reason}){matter}", options))
    return {"name": Guess(value=name, reason="the folder's name"), "currency": currency, "time_zone": zone}, questions


def _company_question(key: str, question: str, options: tuple[str, ...]) -> Question:
    return Question(
        about=f"company.{key}", question=question, options=options, change=partial(with_company, key=key), open=True
    )


def ask_dates(source: ProposedSource, file: File) -> Iterator[Question]:
    """Ask where day and month cannot be told apart."""
    for feed in source.feeds:
        for mapped in feed.columns:
            column = file.column(mapped.uses[0]) if len(mapped.uses) == 1 else None
            if (
                column is None
                or len(column.formats) < 2
                or column.formats[0] == ISO
                or "datetime(" not in mapped.expression
            ):
                continue
            question = (
                f"How is `{column.name}` (such as {column.sample[0]}) written? Day and month cannot be told apart."
            )
            change = partial(_with_format, source=source.name, name=column.name, now=column.formats[0])
            yield Question(about=source.name, question=question, options=column.formats, change=change)


def _with_format(proposal: Proposal, option: str, *, source: str, name: str, now: str) -> Proposal:
    def rewritten(mapped: Mapped) -> Mapped:
        if name not in mapped.uses:
            return mapped
        return replace(mapped, expression=mapped.expression.replace(quoted(now), quoted(option)), reason="as answered")

    for one in proposal.sources:
        if one.origin == source:
            feeds = tuple(replace(feed, columns=tuple(map(rewritten, feed.columns))) for feed in one.feeds)
            proposal = with_source(proposal, replace(one, feeds=feeds))
    return proposal


def ask_table(
    source: ProposedSource, best: Candidate, others: Sequence[Candidate], file: File, found: Mapping[str, Candidate]
) -> Question:
    """Return the question which of several tables a file is."""
    options = (best.table, *(other.table for other in others), "leave it out")
    change = partial(_as_table, source=source, file=file, found=found)
    return Question(
        about=source.name, question=f"What is a row of {', '.join(source.files)}?", options=options, change=change
    )


def _as_table(
    proposal: Proposal, option: str, *, source: ProposedSource, file: File, found: Mapping[str, Candidate]
) -> Proposal:
    made = (
        []
        if option == "leave it out"
        else sources_of(replace(source, feeds=(), notes=()), RECIPES[option](file, found))
    )
    kept = tuple(one for one in proposal.sources if one.origin != source.origin)
    left = () if made else (replace(source, feeds=(), notes=("left out as answered",)),)
    return replace(proposal, sources=(*kept, *made, *left))


def ask_duplicates(source: ProposedSource, file: File) -> Iterator[Question]:
    """Ask whether rows that repeat are records of their own, where no id of the file tells."""
    repeated = file.repeated_rows() if source.by_line or any(feed.lines for feed in source.feeds) else 0
    if repeated:
        share = f"{repeated:,} of {file.rows.num_rows:,} rows say the same as an earlier one"
        question = f"{share}: keep them (bought twice) or drop them (exported twice)?"
        change = partial(_with_duplicates, name=source.name)
        yield Question(about=source.name, question=question, options=("keep", "drop"), change=change)


def _with_duplicates(proposal: Proposal, option: str, *, name: str) -> Proposal:
    source = proposal.source(name)
    return with_source(proposal, replace(source, layout={**source.layout, "duplicates": option}))


def tells_of_leaving(file: File, events: Candidate) -> bool:
    """Return whether rows say that customers left: that is no activity of theirs."""
    return bool(_LEAVING & set(words_of(file.name))) and "name" not in events.picks


def ask_leaving(base: ProposedSource, file: File, best: Candidate) -> Question:
    """Return the question what to do with rows that say that customers left."""
    change = partial(_as_events, base=base, file=file, best=best)
    question = "Rows say that customers left. Leave them out, or take them as events (they then count as activity)?"
    return Question(about=base.name, question=question, options=("leave it out", "events"), change=change)


def _as_events(proposal: Proposal, option: str, *, base: ProposedSource, file: File, best: Candidate) -> Proposal:
    if option == "leave it out":
        return proposal
    return with_source(proposal, sources_of(base, RECIPES["events"](file, {"events": best}))[0])


def sources_of(base: ProposedSource, dish: Dish) -> list[ProposedSource]:
    """Return the sources that a dish makes of a file."""
    more = [
        replace(base, name=f"{base.name}_{end}", feeds=(feed,), rejected=(), notes=())
        for end, feed in (dish.more or {}).items()
    ]
    return [replace(base, feeds=dish.feeds, notes=(*base.notes, *dish.notes)), *more]


_LEAVING = frozenset("churn cancellation cancellations unsubscribe unsubscribes kuendigung".split())
