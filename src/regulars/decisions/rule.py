"""Rules that say who belongs to a segment: typed conditions over attributes of customers and what is known of them.

A rule is a condition of the mapping language; no SQL comes in. What it may name has a type, so that what cannot be is
refused before anybody is counted: `clv > 'high'` compares a number with a text, and no lifecycle state is called
`lapsd`. Null is "cannot be told", as everywhere: whoever the rule cannot tell of is not in the segment, and is counted.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import Any

from regulars.core.errors import ExpressionError, QueryError, nearest
from regulars.core.toml_text import Place
from regulars.data.language import expression, syntax
from regulars.data.language.expression import Expression
from regulars.data.tables import Kind
from regulars.decisions.action import KNOWN
from regulars.decisions.candidates import OF_ANY_DAY
from regulars.decisions.lifecycle import STATES
from regulars.decisions.rfm import SEGMENTS
from regulars.kpis.query import FORETOLD, Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Something that rules may name.

    Attributes:
        meaning: what it is, in one line.
        needs: any of these tables of records; none where it is always known.
        column: of `KNOWN`; its own name where "".
        choices: all that it can be; anything of its type where empty.
    """

    meaning: str
    needs: tuple[str, ...] = ()
    column: str = ""
    choices: tuple[str, ...] = ()


_BOUGHT, _CASES = ("purchase_days",), ("ticket_courses",)
_LEAVING = (f"{FORETOLD}contract_end", f"{FORETOLD}lapse")
#: What rules may name besides attributes of customers. `state` and `segment` are names that companies use themselves.
NAMES: Mapping[str, Known] = MappingProxyType(
    {
        "lifecycle_state": Known(
            meaning="state of the lifecycle",
            needs=("purchase_days", "activity_days"),
            column="state",
            choices=tuple(one.value for one in STATES),
        ),
        "rfm_segment": Known(
            meaning="RFM segment", needs=_BOUGHT, column="segment", choices=tuple(one.name for one in SEGMENTS)
        ),
        "orders": Known(meaning="orders so far", needs=_BOUGHT),
        "days_since_order": Known(meaning="days since the last order", needs=_BOUGHT),
        "days_since_first": Known(meaning="days since they came"),
        "order_value": Known(meaning="margin of a mean order of theirs, or net revenue", needs=_BOUGHT),
        "under_contract": Known(meaning="whether a contract runs", needs=("contracts",)),
        "leaving": Known(meaning="foretold probability of leaving, or of having left", needs=_LEAVING),
        "alive": Known(meaning="foretold probability that they are a customer still", needs=(f"{FORETOLD}value",)),
        "comes": Known(meaning="foretold probability of an order in 90 days", needs=(f"{FORETOLD}orders",)),
        "clv": Known(meaning="predicted CLV", needs=(f"{FORETOLD}contract_value", f"{FORETOLD}value")),
        "open_cases": Known(meaning="service cases that are open", needs=_CASES),
        "days_since_case": Known(meaning="days since a case was closed or opened again", needs=_CASES),
        "reopened": Known(meaning="whether a case of the last 90 days was opened again", needs=_CASES),
        "late": Known(meaning="whether an order of the last 90 days came late", needs=("orders",)),
        "nps_score": Known(meaning="latest answer to the NPS question, 0 to 10", needs=("answers",)),
        "days_since_touch": Known(meaning="days since the last campaign", needs=("customer_touches",)),
    }
)


def _kind(name: str) -> Kind:
    kind = KNOWN[NAMES[name].column or name]
    return Kind.TEXT if kind.is_string() else Kind.BOOLEAN if kind.is_boolean() else Kind.NUMBER


#: Their types; attributes of customers are texts, read as whatever is needed.
KINDS: Mapping[str, Kind] = MappingProxyType({name: _kind(name) for name in NAMES})
_RFM = frozenset(one.name for one in SEGMENTS)
#: Names that companies may mean by others.
_MEANT = {"state": "lifecycle_state", "segment": "rfm_segment", "value": "clv", "risk": "leaving", "churn": "leaving"}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A condition on customers, as it was read.

    Attributes:
        said: the condition.
    """

    said: Expression

    @property
    def names(self) -> tuple[str, ...]:
        """What it names, sorted."""
        return tuple(sorted(self.said.columns))

    @cached_property
    def version(self) -> str:
        """A digest of its meaning: rules written differently but alike have the same."""
        return hashlib.sha256(str(self.said).encode()).hexdigest()[:8]

    @property
    def known(self) -> tuple[str, ...]:
        """Those of `NAMES` that it names."""
        return tuple(name for name in self.names if name in NAMES)

    @property
    def own(self) -> tuple[str, ...]:
        """The attributes of customers that it names."""
        return tuple(name for name in self.names if name not in NAMES)

    @property
    def foretold(self) -> tuple[str, ...]:
        """Those of `NAMES` that are foretold."""
        return tuple(name for name in self.known if any(one.startswith(FORETOLD) for one in NAMES[name].needs))

    @property
    def as_now(self) -> tuple[str, ...]:
        """What it names and is known as it is now only, so that nobody can say who was meant earlier."""
        return tuple(name for name in self.names if name not in NAMES or (NAMES[name].column or name) not in OF_ANY_DAY)


def read(text: str) -> Rule:
    """Return the rule that `text` says; names are checked against records later (`checked`).

    Raises:
        QueryError: it cannot be read, compares what does not compare, or says nothing of customers.
    """
    try:
        said = expression.parse(text, KINDS)
        expression.check(said, Kind.BOOLEAN)
    except ExpressionError as cause:
        raise QueryError(f"The rule cannot be read. {cause}") from cause
    for name, value in _compared(said.root):
        choices = NAMES[name].choices
        if value not in choices:
            raise QueryError(f"No `{name}` is `{value}`.{nearest(str(value), choices)}")
    if not said.columns:
        raise QueryError(f"The rule `{text}` says nothing of customers: it holds for all or for nobody.")
    return Rule(said=said)


def _compared(root: syntax.Node) -> Iterator[tuple[str, Any]]:
    """Yield every name that can only be one of a few, with each value that it is compared with."""
    for node in syntax.walk(root):
        if isinstance(node, syntax.Binary | syntax.In):
            names = [part.name for part in node.parts if isinstance(part, syntax.Column)]
            values = [part.value for part in node.parts if isinstance(part, syntax.Literal)]
            yield from ((name, value) for name in names if name in NAMES and NAMES[name].choices for value in values)


def checked(rule: Rule, records: Records) -> Rule:
    """Return the rule, whose names these records know.

    Raises:
        QueryError: they do not.
    """
    for name in rule.names:
        if name in NAMES and name in records.attributes:
            raise QueryError(
                f"`{name}` is an attribute of customers and something that Regulars knows of them, too. Give the "
                "attribute another name in `regulars.toml`."
            )
        if name not in NAMES and name not in records.attributes:
            raise QueryError(f"Nothing known of customers is called `{name}`.{_near(name, records.attributes)}")
    return rule


def _near(name: str, attributes: Collection[str]) -> str:
    if name in _MEANT:
        return f" Did you mean `{_MEANT[name]}`?"
    known = [*attributes, *NAMES]
    if get_close_matches(name, known, n=1):
        return nearest(name, known)
    return f"{nearest(name, known)}."


def lacking(rule: Rule, records: Records) -> str:
    """Return why nobody can be told by the rule, or ""."""
    for name in rule.known:
        needs = NAMES[name].needs
        if not needs or any(_there(one, records) for one in needs):
            continue
        if name in rule.foretold:
            outcomes = " ".join(one.removeprefix(FORETOLD) for one in needs)
            return f"nothing is foretold of these records yet, so `{name}` is not known: run `regulars backtest`" + (
                f" (of {' or '.join(outcomes.split())})"
            )
        return f"the records do not tell `{name}` ({NAMES[name].meaning})"
    return ""


def _there(table: str, records: Records) -> bool:
    if table == "orders":
        return "orders" in records.covered and "promised_day" in records.tables["orders"].columns
    return table in records.tables


def refused_name(name: str) -> str:
    """Return why no segment of a company's own can be called so, or ""."""
    if name in NAMES or name in _RFM:
        return f"`{name}` is something that Regulars knows of customers. Call the segment otherwise."
    return ""


def look(document: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield what is wrong with the saved segments of settings as read from TOML, whatever else is wrong with them."""
    segments = document.get("segments")
    for name, one in segments.items() if isinstance(segments, dict) else ():
        if why := refused_name(name):
            yield ("segments", name), why
        text = one.get("where") if isinstance(one, dict) else None
        if not isinstance(text, str) or not text:
            continue
        try:
            read(text)
        except QueryError as cause:
            yield ("segments", name, "where"), f"segment `{name}`: {cause}"
