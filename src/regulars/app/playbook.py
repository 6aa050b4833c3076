"""The playbook: what can be done for customers, and of how many that is true today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.operations as ops
from ibis import Deferred

from regulars.app.workspace import Workspace, as_set
from regulars.decisions.action import KNOWN, Action
from regulars.decisions.candidates import candidates
from regulars.kpis.query import Records

#: Signs between two values; how tightly each holds, as in arithmetic.
_SIGNS: dict[type[ops.Node], tuple[str, int]] = {
    ops.Or: ("or", 1),
    ops.And: ("and", 2),
    ops.Equals: ("=", 4),
    ops.NotEquals: ("!=", 4),
    ops.Greater: (">", 4),
    ops.GreaterEqual: (">=", 4),
    ops.Less: ("<", 4),
    ops.LessEqual: ("<=", 4),
    ops.Add: ("+", 5),
    ops.Subtract: ("-", 5),
    ops.Multiply: ("*", 6),
    ops.Divide: ("/", 6),
}
_NOT, _WHOLE = 3, 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """An action as the playbook has it.

    Attributes:
        action: which, as the company's settings have it.
        off: whether settings switch it off.
        condition: whom it is for, as it is asked; "" where that has no words.
        eligible: customers that it can be done for as of the end of the records.
        untold: names of what it asks for and records tell of nobody.
    """

    action: Action
    off: bool
    condition: str
    eligible: int
    untold: tuple[str, ...]


def playbook(workspace: Workspace, records: Records) -> tuple[tuple[Play, ...], int]:
    """Return every action, those that are off last, and how many customers there are.

    Raises:
        QueryError: there are no records of customers.
    """
    every = sorted(_every(workspace), key=lambda one: (one[1], one[0].name))
    counts = _counts(records, [one for one, _ in every])
    plays = tuple(
        Play(
            action=one,
            off=off,
            condition=written(one.eligible),
            eligible=counts[f"for {one.name}"],
            untold=tuple(name for name in _asked(one.eligible) if not counts[f"known {name}"]),
        )
        for one, off in every
    )
    return plays, counts["all"]


def _every(workspace: Workspace) -> Iterator[tuple[Action, bool]]:
    """Yield actions as settings have them, and whether those switch them off."""
    known = workspace.actions
    for name, one in workspace.declared(Action, "actions").items():
        if name in known:
            yield known[name], False
        else:
            yield as_set(one, workspace.settings.actions[name]), True


def _counts(records: Records, every: Sequence[Action]) -> dict[str, int]:
    rows = candidates(records)
    eligible = {f"for {one.name}": one.eligible.resolve(rows).fill_null(False).sum() for one in every}
    known = {f"known {name}": rows[name].count() for name in KNOWN.names}
    (found,) = records.run(rows.aggregate(all=rows.count(), **eligible, **known))
    return {name: int(n or 0) for name, n in found.items()}


def _asked(condition: Deferred) -> tuple[str, ...]:
    """Return the names of what a condition asks for, in the order of `KNOWN`."""
    fields = condition.resolve(ibis.table(KNOWN, name="known")).op().find(ops.Field)
    named = {one.name for one in fields}
    return tuple(name for name in KNOWN.names if name in named)


def written(condition: Deferred) -> str:
    """Return a condition as it is asked, in the words of the mapping language; "" where it has none.

    >>> from ibis import _
    >>> written((_.state == "lapsed") & (_.days_since_touch.fill_null(999) > 30))
    "state = 'lapsed' and coalesce(days_since_touch, 999) > 30"
    """
    try:
        return _written(condition.resolve(ibis.table(KNOWN, name="known")).op())[0]
    except _Wordless:
        return ""


class _Wordless(Exception):
    """An expression has no words here."""


def _written(node: ops.Node) -> tuple[str, int]:
    """Return an expression in words, and how tightly its parts hold together."""
    found: str | None = None
    match node:
        case ops.Field():
            found = node.name
        case ops.Literal(value=str()):
            found = "'{}'".format(node.value.replace("'", "''"))
        case ops.Literal():
            found = "null" if node.value is None else str(node.value).lower()
        case ops.Cast():
            return _written(node.arg)
        case ops.Coalesce():
            found = f"coalesce({', '.join(_written(one)[0] for one in node.arg)})"
        case ops.InValues():
            found = f"{_held(node.value, 4)} in ({', '.join(_written(one)[0] for one in node.options)})"
            return found, 4
        case ops.IsNull():
            return f"{_held(node.arg, 4)} is null", 4
        case ops.NotNull():
            return f"{_held(node.arg, 4)} is not null", 4
        case ops.Not():
            return f"not {_held(node.arg, _NOT)}", _NOT
        case ops.Between():
            parts = (_held(one, 5) for one in (node.arg, node.lower_bound, node.upper_bound))
            return "{} between {} and {}".format(*parts), 4
    if found is not None:
        return found, _WHOLE
    if type(node) not in _SIGNS:
        raise _Wordless(type(node).__name__)
    sign, tight = _SIGNS[type(node)]
    return f"{_held(node.left, tight)} {sign} {_held(node.right, tight, right=True)}", tight


def _held(node: ops.Node, tight: int, *, right: bool = False) -> str:
    text, own = _written(node)
    # `a - (b - c)` and `(a = b) = c` are no `a - b - c` and `a = b = c`; and, or may be said one after the other.
    loose = own < tight or (own == tight and tight > _NOT and right) or (own == tight == 4)
    return f"({text})" if loose else text
