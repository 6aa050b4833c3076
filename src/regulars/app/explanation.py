"""Why a KPI moved, as one shape: every surface shows this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from regulars.core.estimate import Estimate
from regulars.core.periods import Period
from regulars.kpis.answer import Scored
from regulars.kpis.kpi import KPI

#: Raised when the method changes.
VERSION = 1
#: The part of a change that chance alone is expected to bring.
NOISE = "noise"
#: The dimension of whether customers entered in the period.
WHO = "customers"
#: Its value where a row names no customer.
UNKNOWN = "not known"
#: Parts of records and definitions.
DATA, DEFINITION = "data", "definition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a change; all parts add up to it.

    Attributes:
        name: stable key.
        said: what it is, in words.
        estimate: how much of the change, in the KPI's unit.
        money: what it is worth in the company's currency; None where no money hangs on it.
    """

    name: str
    said: str
    estimate: Estimate
    money: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Customers who stand out: values of a dimension, or of two combined.

    Attributes:
        by: the dimension.
        values: of it, the one that stands out most first; several of one dimension moved alike.
        contribution: what they add to the change.
        excess: what they add beyond what they would, had they moved as all others did.
        mix, rate: of a ratio, what they add by how many they are, and by their own value.
        money: what `contribution` is worth; None where no money hangs on it.
        power: share of the change that they explain (Adtributor); None where the change is too near 0 for shares.
        surprise: by how much their shares of all changed (Jensen-Shannon, in nats).
        evidence: log likelihood ratio less the price of looking at so many values: the order of the list.
        q: of standing out so much by chance, over all dimensions looked at.
        found: whether that is less than the company's share of false findings.
        moved: what it was that moved most with them, in words; "" where that cannot be told.
    """

    by: tuple[str, ...]
    values: tuple[tuple[str | None, ...], ...]
    contribution: Estimate
    excess: Estimate
    mix: Estimate | None = None
    rate: Estimate | None = None
    money: Estimate | None = None
    power: float | None
    surprise: float
    evidence: float
    q: float
    found: bool
    moved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a KPI moved.

    Attributes:
        kpi: which.
        period: that is explained; `against`: what it is compared with.
        before, after: what the KPI says of both, over the same elapsed part.
        change: after less before.
        money: what the change is worth; None where no money hangs on it.
        parts: that add up to the change; none where it cannot be split.
        ranked: dimensions, the one that tells most first.
        sentence: all of it in plain words.
        cannot: why the change cannot be split, or not by customers; "" where it is.
        notes: what to beware of.
        currency: of money.
        where: which customers count; "" where all do.
        scored: of predictions that the KPI is made of.
    """

    kpi: KPI
    period: Period
    against: Period
    before: Estimate
    after: Estimate
    change: Estimate
    money: Estimate | None = None
    parts: tuple[Part, ...] = ()
    ranked: tuple[Named, ...] = ()
    sentence: str = ""
    cannot: str = ""
    notes: tuple[str, ...] = ()
    currency: str = ""
    where: str = ""
    scored: tuple[Scored, ...] = ()

    def part(self, name: str) -> Part | None:
        """Return the part called `name`; None where there is none."""
        return self.by_name.get(name)

    @property
    def by_name(self) -> Mapping[str, Part]:
        """The parts by name."""
        return {one.name: one for one in self.parts}
