"""A simulated company of any size, with the truth beside it."""

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import orjson

from regulars.catalogue.sources.simulation import answers
from regulars.catalogue.sources.simulation.company import Company
from regulars.catalogue.sources.simulation.files import Files, settings
from regulars.catalogue.sources.simulation.life import ROWS_OF, Life, truth_of
from regulars.catalogue.sources.simulation.marketing import Tally, campaigns
from regulars.catalogue.sources.simulation.people import BLOCK, Block
from regulars.core.errors import UnknownName
from regulars.data.source import Progress, Source, Writer
from regulars.data.tables import TABLES as CANONICAL

#: The tables that can be written: all canonical ones.
TABLES = tuple(CANONICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What was simulated.

    Attributes:
        company: the planted parameters.
        customers: how many customers.
        seed: of the random streams.
        rows: rows written, by table.
        per_customer: glob of the Parquet files of the hidden state of every customer, relative to the folder.
        per_answer: the same of every answer: satisfaction, and mood and themes of its comment.
    """

    company: Company
    customers: int
    seed: int
    rows: Mapping[str, int]
    per_customer: str = "truth/customers-*.parquet"
    per_answer: str = "truth/answers-*.parquet"


def simulate(
    folder: Path,
    *,
    customers: int,
    seed: int,
    company: Company | None = None,
    tables: Collection[str] = TABLES,
    progress: Progress = lambda done: None,
) -> Truth:
    """Write a company's records to `folder/data`, their truth to `folder/truth` and `regulars.toml`.

    Blocks of 65,536 customers are drawn and written one after the other, so memory does not grow with `customers`.
    The same customers are drawn whatever their number and whichever tables are written.

    Args:
        folder: the workspace; made if need be.
        customers: how many sign up within the history, 1 to 100,000,000.
        seed: of all random streams.
        company: what to plant; the defaults of `Company` where not given.
        tables: which canonical tables to write.
        progress: told the share that is done after every block.

    Raises:
        UnknownName: `tables` names one that does not exist.
        ValueError: `customers` is out of range.
    """
    company = company or Company()
    if not 1 <= customers <= 100_000_000:
        raise ValueError(f"`customers` is {customers}; it must lie between 1 and 100,000,000.")
    for name in tables:
        if name not in TABLES:
            raise UnknownName("table", name, TABLES)
    chosen = tuple(name for name in TABLES if name in tables)
    tally = Tally(company)
    with Files(folder / "data") as data, Files(folder / "truth") as hidden:
        for number, first in enumerate(range(0, customers, BLOCK)):
            life = Life(Block(company=company, seed=seed, number=number, size=min(BLOCK, customers - first)))
            for name in chosen:
                if name in ROWS_OF:
                    data.write(name, ROWS_OF[name](life), number)
            tally.add(life.block, life.people, life.times)
            hidden.write("customers", truth_of(life), number)
            if "responses" in chosen:
                hidden.write("answers", answers.truth_of(life.surveys, life.answers), number)
            progress(min(1.0, (first + BLOCK) / customers))
        if "spend" in chosen:
            data.write("spend", tally.spend(seed))
        if "campaigns" in chosen:
            data.write("campaigns", campaigns(company))
        written = Truth(company=company, customers=customers, seed=seed, rows=MappingProxyType(dict(data.rows)))
    _describe(folder, written, chosen)
    return written


def _describe(folder: Path, truth: Truth, chosen: tuple[str, ...]) -> None:
    (folder / "regulars.toml").write_text(settings(truth.company, chosen), encoding="utf-8")
    parameters = {
        "seed": truth.seed,
        "customers": truth.customers,
        "rows": dict(truth.rows),
        "company": dataclasses.asdict(truth.company),
    }
    (folder / "truth" / "parameters.json").write_bytes(orjson.dumps(parameters, option=orjson.OPT_INDENT_2))


def _draw(customers: int, seed: int) -> Writer:
    def write(folder: Path, progress: Progress) -> None:
        simulate(folder, customers=customers, seed=seed, progress=progress)

    return write


simulated = Source(
    name="simulated",
    title="Simulated company",
    what=(
        "Two years of a shop with subscriptions, made up: customers with known purchase rates, churn, campaign uplift"
        " and a delivery incident. The truth stands in truth/, so every number can be checked against it."
    ),
    licence="CC0-1.0: no one's data",
    write=_draw(5_000, 1),
    draw=_draw,
)
