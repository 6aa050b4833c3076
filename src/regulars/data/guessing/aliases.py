"""Ids that stand for a customer: of a contract, an order or a visit, with the evidence."""

from collections.abc import Sequence
from dataclasses import replace

from regulars.data.guessing.names import words_of
from regulars.data.guessing.phrases import quoted, read, why
from regulars.data.guessing.profile import Column, File
from regulars.data.guessing.proposal import Feed, Mapped, ProposedSource
from regulars.data.guessing.relations import Link, depends
from regulars.data.guessing.seen import Seen, customer_column
from regulars.data.tables import Kind


def with_identity(
    sources: Sequence[ProposedSource], seen: Sequence[Seen], links: Sequence[Link]
) -> list[ProposedSource]:
    """Add identity feeds: ids that stand for a customer elsewhere, and ids of a visit beside ids of a person."""
    made = list(sources)
    used = {source.name: source for source in made if source.feeds}
    for one in seen:
        source = used.get(one.file.name)
        pick = source and _customer_pick(source)
        if source is None or not pick:
            continue
        for link in links:
            if link.file == one.file.name and [link.column] == list(pick.uses) and link.to in used:
                other = next(two for two in seen if two.file.name == link.to)
                customer = customer_column(other)
                if customer is not None and customer != link.to_column:
                    made = [_aliased(two, link.to_column, customer, other.file) for two in made]
                break
    files = {one.file.name: one.file for one in seen}
    return [_as_person(source, files[source.origin]) for source in made]


def _customer_pick(source: ProposedSource) -> Mapped | None:
    return next((found for feed in source.feeds if (found := feed.column("customer_id")) is not None), None)


def _aliased(source: ProposedSource, alias: str, customer: str, file: File) -> ProposedSource:
    if source.name != file.name or any(feed.table == "identity" for feed in source.feeds):
        return source
    return replace(source, feeds=(*source.feeds, _identity(file, alias, customer)))


def _identity(file: File, alias: str, customer: str) -> Feed:
    first, second = file.column(alias), file.column(customer)
    columns = (
        Mapped(column="alias", expression=read(first, Kind.TEXT), reason=why(first, Kind.TEXT), uses=(alias,)),
        Mapped(
            column="customer_id", expression=read(second, Kind.TEXT), reason=why(second, Kind.TEXT), uses=(customer,)
        ),
        Mapped(column="evidence", expression=quoted(f"same row of {file.name}"), reason="why the two are one"),
    )
    return Feed(table="identity", columns=columns)


def _as_person(source: ProposedSource, file: File) -> ProposedSource:
    """Where a customers file has an id per visit and one per person, count persons and keep the other as an alias."""
    feed = next((feed for feed in source.feeds if feed.table == "customers"), None)
    mapped = feed.column("customer_id") if feed else None
    if feed is None or mapped is None or len(mapped.uses) != 1:
        return source
    alias = file.column(mapped.uses[0])
    person = next((column for column in file.columns if _is_person(column, alias, file)), None)
    if person is None:
        return source
    swapped = replace(
        mapped,
        expression=read(person, Kind.TEXT),
        uses=(person.name,),
        reason=f"{why(person, Kind.TEXT)}: a person has several `{alias.name}`",
    )
    columns = tuple(swapped if one is mapped else one for one in feed.columns)
    attributes = tuple(one for one in feed.attributes if person.name not in one.uses)
    feeds = tuple(replace(one, columns=columns, attributes=attributes) if one is feed else one for one in source.feeds)
    return replace(source, feeds=(*feeds, _identity(file, alias.name, person.name)))


def _is_person(column: Column, alias: Column, file: File) -> bool:
    words = set(words_of(column.name))
    return (
        bool(words & {"unique", "person", "master", "golden", "global"})
        and column.name != alias.name
        and 0.2 < column.unique < 1
        and depends(file, alias.name, column.name) > 0.999
    )
