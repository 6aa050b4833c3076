"""A proposal as the text of a commented `regulars.toml`."""

from regulars.core.toml_text import Noted, comment, dumps
from regulars.data.guessing.proposal import Feed, Guess, Proposal, ProposedSource


def to_toml(proposal: Proposal) -> str:
    """Return the proposal as a commented `regulars.toml`."""
    document: dict[str, object] = {"company": _company(proposal)}
    if any(proposal.rules.values()):
        document["rules"] = {key: _rule(guesses) for key, guesses in proposal.rules.items() if guesses}
    if used := [source for source in proposal.sources if source.feeds]:
        document["source"] = [_source(source, proposal) for source in used]
    return dumps(document) + _unused(proposal)


def _company(proposal: Proposal) -> Noted:
    values = {key: Noted(value=guess.value, beside=guess.reason) for key, guess in proposal.company.items()}
    head = ["Proposed by `regulars init`: read it, correct what is wrong, then `regulars run`."]
    return Noted(value=values, above=[*head, *_asked(proposal, "company")])


def _rule(guesses: tuple[Guess, ...]) -> Noted:
    return Noted(
        value=[guess.value for guess in guesses], above=[f"`{guess.value}`: {guess.reason}" for guess in guesses]
    )


def _source(source: ProposedSource, proposal: Proposal) -> Noted:
    table: dict[str, object] = {"name": source.name, "files": list(source.files), **source.layout}
    table["tables"] = {feed.table: _feed(feed) for feed in source.feeds}
    above = [f"Confidence {source.confidence:.2f}.", *source.notes, *_asked(proposal, source.name)]
    above += [f"Not `{other.table}`: {other.reason}" for other in source.rejected[:2]]
    return Noted(value=table, above=above)


def _asked(proposal: Proposal, about: str) -> list[str]:
    return [
        f"DOUBT: {question.question} Assumed: {question.options[0]}."
        + (f" Else: {', '.join(question.options[1:])}." if question.options[1:] else "")
        for question in proposal.questions
        if question.about.partition(".")[0] == about
    ]


def _feed(feed: Feed) -> dict[str, object]:
    table: dict[str, object] = {}
    if feed.lines:
        table["lines"] = Noted(value=True, beside="each row is a line of an order")
    if feed.where:
        table["where"] = Noted(value=feed.where, beside=feed.where_reason)
    for mapped in feed.columns:
        table[mapped.column] = Noted(value=mapped.expression, beside=mapped.reason)
    if feed.attributes:
        table["attributes"] = {m.column: Noted(value=m.expression, beside=m.reason) for m in feed.attributes}
    return table


def _unused(proposal: Proposal) -> str:
    lines: list[str] = []
    for source in proposal.sources:
        if not source.feeds:
            lines += [f"{', '.join(source.files)}: {'; '.join(source.notes)}", *_asked(proposal, source.name)]
    lines += [f"{path}: cannot be read: {error}" for path, error in proposal.unreadable]
    return "\n" + comment(["Not used:", *lines]) if lines else ""
