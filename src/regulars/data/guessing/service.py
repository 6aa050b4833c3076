"""Surveys and tickets: which question was asked, on what scale, and what changed when."""

from collections.abc import Mapping

from regulars.data.guessing.filling import Dish, chosen, has_gaps, plain
from regulars.data.guessing.matching import Candidate, Pick, year_of
from regulars.data.guessing.names import words_of
from regulars.data.guessing.phrases import built, filled, quoted, read, ref, why
from regulars.data.guessing.profile import Column, File
from regulars.data.guessing.proposal import Feed, Mapped
from regulars.data.guessing.scale import Scale, scale_of
from regulars.data.tables import Kind


def responses(file: File, found: Mapping[str, Candidate]) -> Dish:
    """Make survey responses; question and scale from the score's name and range."""
    picks = dict(found["responses"].picks)
    score = picks["score"].column
    scale = scale_of(score, file)
    made = _question(score, scale) if not _says_question(picks) else []
    if "scale_max" in picks:
        made = [mapped for mapped in made if mapped.column != "scale_max"]
    if "response_id" not in picks:
        expression, reason = built(quoted(file.name), "__line__"), "no column identifies an answer: built of the line"
        made.append(Mapped(column="response_id", expression=expression, reason=reason, confidence=0.6))
    if "responded_at" not in picks:
        made.append(_sometime(file))
    order = picks.get("_order") or (picks["customer_id"] if _is_order(picks.get("customer_id")) else None)
    if order is not None:
        reason = f"asked about an order (`{order.column.name}`)"
        made.append(Mapped(column="touchpoint", expression="'transactional'", reason=reason, confidence=0.8))
        made.append(_as_it_is("order_id", order.column))
        made += _of_several_orders(file, picks.get("response_id"), order.column)
        picks.pop("touchpoint", None)
    if "language" in picks and not any(value.isalpha() for value in picks["language"].column.sample):
        picks.pop("language")  # a code of the survey tool's own
    where = " and ".join([*([filled(score)] if has_gaps(score) else []), *scale.condition(score)])
    feed = Feed(
        table="responses",
        columns=plain("responses", picks, made),
        where=where,
        where_reason="rows without an answer are none" if where else "",
    )
    return Dish(feeds=(feed,), notes=tuple(scale.notes(score)))


def _as_it_is(name: str, column: Column) -> Mapped:
    return Mapped(column=name, expression=read(column, Kind.TEXT), reason=why(column, Kind.TEXT), uses=(column.name,))


def _of_several_orders(file: File, answer: Pick | None, order: Column) -> list[Mapped]:
    """Return the id of an answer that speaks of several orders, a row each: answer and order together."""
    if answer is None or answer.column.distinct == answer.column.filled:
        return []
    pairs = file.rows.select([answer.column.name, order.name]).group_by([answer.column.name, order.name]).aggregate([])
    if pairs.num_rows < file.rows.num_rows:
        return []
    expression = f"concat({ref(answer.column.name)}, '-', {ref(order.name)})"
    reason = f"a `{answer.column.name}` stands beside several `{order.name}`: an answer about each"
    return [Mapped(column="response_id", expression=expression, reason=reason, uses=(answer.column.name, order.name))]


def _sometime(file: File) -> Mapped:
    """Return a day in the year that the file's name says, where no column says when."""
    year = year_of(file.paths[0].name)
    reason = f"NO COLUMN SAYS WHEN: a day of {year}, the year in the file's name; write the true one"
    return Mapped(
        column="responded_at", expression=f"datetime('{year}-07-01', '%Y-%m-%d')", reason=reason, confidence=0.1
    )


def invitations(file: File, found: Mapping[str, Candidate]) -> Dish:
    """Make invitations; NPS where the file does not say to what."""
    picks = found["invitations"].picks
    made = []
    if not _says_question(picks):
        made.append(
            Mapped(column="question", expression="'nps'", reason="the file does not say which question", confidence=0.5)
        )
    return Dish(feeds=(Feed(table="invitations", columns=plain("invitations", picks, made)),))


def tickets(file: File, found: Mapping[str, Candidate]) -> Dish:
    """Make tickets, the changes of state that their columns tell, and answers about them."""
    picks = found["tickets"].picks
    opened = _instant(picks["opened_at"].column)
    feeds = [Feed(table="tickets", columns=plain("tickets", picks)), _change(picks, opened, "open", "customer")]
    more = {}
    # Whoever solved it, a time alone does not say: an agent, a bot, or nobody, as time ran out.
    for name, state, actor in (("answered", "pending", "agent"), ("solved", "solved", "")):
        at, after = picks.get(f"_{name}_at"), picks.get(f"_{name}_after")
        if at is not None:
            more[name] = _change(picks, _instant(at.column), state, actor, at.column)
        elif after is not None and (later := _later(opened, after.column)) is not None:
            more[name] = _change(picks, later, state, actor, after.column)
    if "_score" in picks:
        feeds.append(_ticket_score(file, picks))
    return Dish(feeds=tuple(feeds), more=more)


def _is_order(pick: Pick | None) -> bool:
    return pick is not None and bool({"order", "invoice"} & set(words_of(pick.column.name)))


def _says_question(picks: Mapping[str, Pick]) -> bool:
    return "question" in picks and chosen(picks["question"].column, "responses", "question") is not None


def _question(score: Column, scale: Scale) -> list[Mapped]:
    said = {"question": quoted(scale.question), "scale_max": str(scale.most)}
    if scale.least == 0 and scale.question != "nps":
        said["scale_min"] = "0"
    reason = scale.reason(score)
    return [Mapped(column=name, expression=one, reason=reason, confidence=0.8) for name, one in said.items()]


#: Seconds of the units that stand in names of columns.
_UNITS = {
    word: seconds
    for words, seconds in (
        ("second seconds sec secs s", 1),
        ("minute minutes min mins", 60),
        ("hour hours hrs hr h", 3600),
        ("day days", 86_400),
    )
    for word in words.split()
}


def _instant(column: Column) -> Mapped:
    reason = why(column, Kind.INSTANT)
    return Mapped(column="occurred_at", expression=read(column, Kind.INSTANT), reason=reason, uses=(column.name,))


def _later(opened: Mapped, column: Column) -> Mapped | None:
    """Return when it was, from how long after opening; None where the column's name does not say its unit."""
    unit = next((word for word in words_of(column.name) if word in _UNITS), None)
    if unit is None:
        return None
    seconds = ref(column.name) if _UNITS[unit] == 1 else f"{ref(column.name)} * {_UNITS[unit]}"
    return Mapped(
        column="occurred_at",
        expression=f"add_seconds({opened.expression}, {seconds})",
        reason=f"{why(column, Kind.NUMBER)}; {unit} since `{opened.uses[0]}`, by its name",
        confidence=0.7,
        uses=(column.name, *opened.uses),
    )


def _change(picks: Mapping[str, Pick], when: Mapped, state: str, actor: str, told_by: Column | None = None) -> Feed:
    """Return changes into `state`, of the rows where `told_by` has a value."""
    told = when.uses[0]
    made = [when, Mapped(column="state", expression=quoted(state), reason=f"what `{told}` is the time of")]
    where = filled(told_by) if told_by is not None and has_gaps(told_by) else ""
    if actor:
        reason = f"who usually does it: {actor}"
        made.append(Mapped(column="actor", expression=quoted(actor), reason=reason, confidence=0.6))
    ticket = picks["ticket_id"].column
    first = Mapped(
        column="ticket_id", expression=read(ticket, Kind.TEXT), reason=why(ticket, Kind.TEXT), uses=(ticket.name,)
    )
    reason = f"only tickets with a `{told}`" if where else ""
    return Feed(table="ticket_events", columns=(first, *made), where=where, where_reason=reason)


def _ticket_score(file: File, picks: Mapping[str, Pick]) -> Feed:
    score = picks["_score"].column
    when = picks.get("_solved_at") or picks["opened_at"]
    ticket = picks["ticket_id"].column
    scale = scale_of(score, file, question="csat")
    made = [
        Mapped(
            column="response_id",
            expression=read(ticket, Kind.TEXT),
            reason="one answer per ticket",
            uses=(ticket.name,),
        ),
        Mapped(
            column="responded_at",
            expression=read(when.column, Kind.INSTANT),
            reason=f"the answer's own time is not known: `{when.column.name}`",
            confidence=0.5,
            uses=(when.column.name,),
        ),
        *_question(score, scale),
        Mapped(column="score", expression=ref(score.name), reason=why(score, Kind.NUMBER), uses=(score.name,)),
        Mapped(column="touchpoint", expression="'transactional'", reason="asked about a ticket"),
        _as_it_is("ticket_id", ticket),
    ]
    kept = {"customer_id": picks["customer_id"]} if "customer_id" in picks else {}
    columns = plain("responses", kept, made)
    conditions = [filled(column) for column in (score, when.column) if has_gaps(column)] + scale.condition(score)
    return Feed(
        table="responses",
        columns=columns,
        where=" and ".join(conditions),
        where_reason="rows without an answer are none",
    )
