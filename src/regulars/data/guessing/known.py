"""Files of known systems: recognised by their header, so that nothing about their columns need be guessed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from regulars.core.settings import TableMapping
from regulars.data.guessing.profile import File
from regulars.data.guessing.proposal import Feed, Mapped, Proposal, ProposedSource, Question
from regulars.data.language import expression
from regulars.data.reading.layout import LINE
from regulars.data.system import System


def systems_of(file: File, systems: Collection[System]) -> list[System]:
    """Return the systems of which `file` can be an export: those that ask for the most columns, by name."""
    header = {column.name for column in file.columns}
    fitting = [system for system in systems if system.recognises(header)]
    most = max((len(set(system.columns)) for system in fitting), default=0)
    return sorted((one for one in fitting if len(set(one.columns)) == most), key=lambda one: one.name)


def known(base: ProposedSource, system: System) -> list[ProposedSource]:
    """Return the sources that `system` makes of a file."""
    said = f"An export of {system.title}: the header has all {len(set(system.columns))} columns of one."
    notes = tuple(filter(None, (said, system.beware)))
    layout = {**base.layout, **system.layout}
    return [
        replace(
            base,
            name=f"{base.name}_{end}" if end else base.name,
            layout=layout,
            feeds=tuple(_feed(name, mapping) for name, mapping in source.tables.items()),
            confidence=1.0,
            notes=notes,
        )
        for end, source in system.sources.items()
    ]


def _feed(table: str, mapping: TableMapping) -> Feed:
    return Feed(
        table=table,
        columns=_mapped(mapping.columns),
        attributes=_mapped(mapping.attributes),
        lines=mapping.lines,
        where=mapping.where or "",
    )


def _mapped(columns: Mapping[str, str]) -> tuple[Mapped, ...]:
    return tuple(
        Mapped(column=name, expression=text, reason="", uses=tuple(sorted(expression.parse(text).columns - {LINE})))
        for name, text in columns.items()
    )


def ask_system(base: ProposedSource, fitting: Sequence[System]) -> Question:
    """Return the question of which of several systems a file is an export."""
    return Question(
        about=base.name,
        question=f"Of which system is {', '.join(base.files)} an export? The header fits several.",
        options=tuple(system.name for system in fitting),
        change=partial(_as_system, base=base, fitting=fitting),
    )


def _as_system(proposal: Proposal, option: str, *, base: ProposedSource, fitting: Sequence[System]) -> Proposal:
    chosen = next(system for system in fitting if system.name == option)
    kept = tuple(one for one in proposal.sources if one.origin != base.origin)
    return replace(proposal, sources=(*kept, *known(base, chosen)))
