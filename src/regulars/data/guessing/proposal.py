"""What `regulars init` proposes: what was guessed, why, and what is in doubt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from regulars.core.errors import QueryError, nearest
from regulars.data.reading.layout import LINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One canonical column (or attribute) and what fills it.

    Attributes:
        column: the canonical column.
        expression: over the file's columns.
        reason: why, in words.
        confidence: in [0, 1].
        uses: the file's columns in the expression.
    """

    column: str
    expression: str
    reason: str
    confidence: float = 1.0
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a file gives to one canonical table.

    Attributes:
        table: the canonical table, or "identity".
        columns: in the table's order.
        attributes: the company's own attributes.
        lines: whether rows are order lines.
        where: which rows count; "" for all.
        where_reason: why only those.
    """

    table: str
    columns: tuple[Mapped, ...]
    attributes: tuple[Mapped, ...] = ()
    lines: bool = False
    where: str = ""
    where_reason: str = ""

    def column(self, name: str) -> Mapped | None:
        """Return what fills the canonical column `name`, if anything."""
        return next((mapped for mapped in self.columns if mapped.column == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A table that a file was not taken for."""

    table: str
    reason: str
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedSource:
    """Files of one shape with their mapping.

    Attributes:
        name: of the source.
        origin: name of the file it is made of (profile.File); several sources may be made of one.
        files: paths or globs, relative to the workspace.
        layout: settings of how the files are read, only where they differ from what is found by looking.
        feeds: what goes where; empty where no table fits.
        confidence: in [0, 1], of the choice of tables.
        rejected: other tables, nearest first.
        notes: what else there is to know.
    """

    name: str
    origin: str
    files: tuple[str, ...]
    layout: Mapping[str, object]
    feeds: tuple[Feed, ...]
    confidence: float
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def by_line(self) -> bool:
        """Whether some id is built of the line's number, because the file has none."""
        return any(LINE in mapped.expression for feed in self.feeds for mapped in feed.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A value and why."""

    value: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that only the company knows.

    Attributes:
        about: what it is about, e.g. "company.currency" or a source's name.
        question: in words.
        options: best guess first.
        change: applies an option to a proposal.
        open: whether other answers than the options make sense.
    """

    about: str
    question: str
    options: tuple[str, ...]
    change: Callable[["Proposal", str], "Proposal"]
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A question put to a proposal."""

    asked: Question
    proposal: "Proposal"

    @property
    def about(self) -> str:
        """What it is about."""
        return self.asked.about

    @property
    def question(self) -> str:
        """The question in words."""
        return self.asked.question

    @property
    def options(self) -> tuple[str, ...]:
        """Possible answers, best guess first."""
        return self.asked.options

    @property
    def best(self) -> str:
        """The answer that the proposal assumes."""
        return self.asked.options[0]

    @property
    def open(self) -> bool:
        """Whether other answers than the options make sense."""
        return self.asked.open

    def answer(self, option: str) -> "Proposal":
        """Return the proposal with this doubt settled; its other doubts stay.

        Raises:
            QueryError: the option is none.
        """
        if option not in self.options and not self.asked.open:
            raise QueryError(f"`{option}` is no answer to: {self.question}{nearest(option, self.options)}")
        rest = tuple(question for question in self.proposal.questions if question is not self.asked)
        return replace(self.asked.change(self.proposal, option), questions=rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """All that `regulars init` proposes.

    Attributes:
        company: name, currency, time_zone, each with its reason.
        rules: not_product and discount: product ids, each with its reason.
        sources: what is used, and (without feeds) what is not.
        unreadable: files that cannot be read, with the error.
        questions: what is in doubt.
    """

    company: Mapping[str, Guess]
    rules: Mapping[str, tuple[Guess, ...]]
    sources: tuple[ProposedSource, ...]
    unreadable: tuple[tuple[Path, str], ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """The questions, ready to be answered."""
        return tuple(Doubt(asked=question, proposal=self) for question in self.questions)

    def source(self, name: str) -> ProposedSource:
        """Return the source `name` (KeyError where there is none)."""
        for source in self.sources:
            if source.name == name:
                return source
        raise KeyError(name)


def with_company(proposal: Proposal, value: str, *, key: str) -> Proposal:
    """Return the proposal with a company setting as answered."""
    return replace(proposal, company={**proposal.company, key: Guess(value=value, reason="as answered")})


def with_source(proposal: Proposal, source: ProposedSource) -> Proposal:
    """Return the proposal with the source of that name replaced."""
    sources = tuple(source if other.name == source.name else other for other in proposal.sources)
    return replace(proposal, sources=sources)
