"""A page's record as the parts of a document, in order: words, tables, pictures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from regulars.reports import tables, written
from regulars.reports.table import Table
from regulars.reports.written import Number
from regulars.views import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A heading, a text or a notice.

    Attributes:
        kind: which of them.
        text: what it says.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A table, and the chart whose marks it holds where it is one.

    Attributes:
        section: the heading that it stands under; "" above the first.
        kind: of its block.
        table: the table.
        block: the block's record.
    """

    section: str
    kind: str
    table: Table
    block: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What it is called where no heading stands before it."""
        return self.table.title or self.section or "At a glance"


Part = Words | Shown


def parts(record: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the parts of a page's record."""
    section = ""
    for block in record["blocks"]:
        kind = block["block"]
        if kind in ("heading", "text", "notice"):
            section = block["text"] if kind == "heading" else section
            yield Words(kind=kind, text=block["text"])
        else:
            yield Shown(section=section, kind=kind, table=tables.table(block), block=block)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above a document.

    Attributes:
        title: of the page.
        question: that it answers.
        company: whose numbers they are, "" where not said.
        period: in words, "" of a page without numbers.
        as_of: up to when records were known, in words.
        instant: the same, ISO; "" of a page without numbers.
        generation: of the records, "" where not said.
        asked: what was asked but for the period, "" where nothing was.
    """

    title: str
    question: str
    company: str
    period: str
    as_of: str
    instant: str
    generation: str
    asked: str


def head(record: Mapping[str, Any]) -> Head:
    """Return what stands above a document: as the record says, or as its numbers do."""
    numbers = list(_numbers(record))
    instant = str(record.get("as_of") or max((one["as_of"] for one in numbers), default=""))
    period = str(record.get("period") or _span(numbers))
    return Head(
        title=_title(record),
        question=record["question"],
        company=str(record.get("company") or ""),
        period=written.period(period),
        as_of=written.instant(instant) if instant else "",
        instant=instant,
        generation=str(record.get("generation") or ""),
        asked="; ".join(f"{name} {said}" for name, said in (record.get("asked") or {}).items() if name != "period"),
    )


def _title(record: Mapping[str, Any]) -> str:
    """Return the title, with the KPI that the page is about; of people it says nothing that may have been masked."""
    kpis = {card["kpi"] for block in record["blocks"] for card in block.get("cards", ())}
    about = record.get("about")
    return f"{record['title']}: {words.title(str(about))}" if about in kpis else str(record["title"])


def _numbers(record: Mapping[str, Any]) -> Iterator[Number]:
    for part in parts(record):
        if isinstance(part, Shown):
            yield from (number for _about, number in part.table.to_read().numbers())


def _span(numbers: list[Number]) -> str:
    spans = [one["period"].split("..") for one in numbers]
    return f"{min(one[0] for one in spans)}..{max(one[1] for one in spans)}" if spans else ""
