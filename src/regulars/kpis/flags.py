"""Quality flags that findings in the records put on answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.core.periods import Period
from regulars.data.quality.checking import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A flag, and on which answers for its KPI it belongs.

    Attributes:
        code: what it is called: the finding's code.
        divided: whether only on those that are split or filtered by attributes of customers.
        during: local days that an answer must touch; any where empty.
    """

    code: str
    divided: bool = False
    during: tuple[Period, ...] = ()

    def on(self, period: Period, *, divided: bool) -> bool:
        """Whether it belongs on an answer over `period`."""
        touched = any(days.start < period.end and period.start < days.end for days in self.during)
        return (divided or not self.divided) and (touched or not self.during)


#: Flags by name of KPI or cohort table.
Flags = Mapping[str, tuple[Flag, ...]]


def flags_of(findings: Sequence[Finding], name: str, family: str, tables: frozenset[str]) -> tuple[Flag, ...]:
    """Return the flags that findings put on what is called `name`, of `family` ("" for none) and made of `tables`."""
    return tuple(
        Flag(code=finding.code, divided=bias.divided, during=bias.during)
        for finding in findings
        for bias in finding.biases
        if bias.meets(name, family, tables)
    )


def raised(flags: Flags, name: str, period: Period, *, divided: bool) -> set[str]:
    """Return the flags on an answer for `name` over `period`, split or filtered by attributes or not."""
    return {flag.code for flag in flags.get(name, ()) if flag.on(period, divided=divided)}
