"""The reference pages of the documentation, made of the declarations themselves.

    python -m regulars.views.reference [--check] [FOLDER]

writes `kpis.md`, `tables.md`, `expressions.md` and `settings.md` into `docs/`, or says which of them are out of date.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from regulars.app.workspace import packaged
from regulars.core.definitions import Definitions
from regulars.core.registry import discover
from regulars.core.settings import schema
from regulars.data.language.functions import DIRECTIVES, FUNCTIONS, Function
from regulars.data.tables import TABLES, Column, Table
from regulars.decisions.rule import KINDS, NAMES, Known
from regulars.kpis.cohorts import Cohort
from regulars.kpis.frame import Frame
from regulars.kpis.kpi import KPI, Family
from regulars.views import words
from regulars.views.formulas import formula_said

_MADE = "<!-- Made by `make docs` from the declarations; edit those, not this page. -->"


def kpis(modules: Sequence[ModuleType]) -> str:
    """Return the page of all KPIs and cohort tables declared in `modules`, by family."""
    found: list[KPI | Cohort] = [*discover(modules, KPI).values(), *discover(modules, Cohort).values()]
    frames = {frame.name: said for frame, said in _remarks(modules, Frame)}
    families = {entry.family.name: entry.family for entry in found}
    lines = ["# KPIs", "", _MADE, ""]
    lines += ["Every number comes with its interval, n, period, as-of instant, version and flags. What the words mean"]
    lines += ["stands in the [glossary](../GLOSSARY.md), what the flags mean [below](#flags).", ""]
    lines += ["| KPI | question | needs |", "|---|---|---|"]
    lines += [f"| [`{_title(e)}`](#{_anchor(e)}) | {e.question} | {_needs(e)} |" for e in found]
    for family in families.values():
        lines += _chapter(family, [entry for entry in found if entry.family == family], frames)
    lines += ["", "## Flags", "", "| flag | what it says |", "|---|---|"]
    lines += [f"| `{name}` | {said} |" for name, said in sorted(words.FLAGS.items())]
    lines += [
        "",
        "Other flags are the codes of findings in the records that push the KPI; `regulars check` explains them.",
    ]
    return _page(lines)


def _chapter(family: Family, entries: Iterable[KPI | Cohort], frames: Mapping[str, str]) -> Iterator[str]:
    yield from ("", f"## {family.name.capitalize()}", "", f"{family.question} Owner: {family.owner}.")
    for entry in entries:
        yield from ("", f"### {_title(entry)}", "", f"**{entry.question}**", "")
        facts = {
            "value": f"{entry.shows}; {_BETTER[entry.better]}",
            "formula": formula_said(entry.formula),
            "rows": f"`{entry.frame.name}`: {frames.get(entry.frame.name, 'see its source')}",
            "needs": _needs(entry),
            "parameters": ", ".join(f"`{name}` = {_default(name)}" for name in entry.frame.parameters),
            "splits by": ", ".join(["attributes of customers", *(f"`{name}`" for name in entry.frame.splits)]),
            "caveat": entry.caveat,
            "source": entry.source,
            "version": str(entry.version),
        }
        yield from (f"- {name}: {said}" for name, said in facts.items() if said)


_BETTER = MappingProxyType({"higher": "higher is better", "lower": "lower is better", "neither": "neither is better"})


def _title(entry: KPI | Cohort) -> str:
    return f"cohorts {entry.name}" if isinstance(entry, Cohort) else entry.name


def _anchor(entry: KPI | Cohort) -> str:
    return _title(entry).replace(" ", "-")


def _needs(entry: KPI | Cohort) -> str:
    needs = (*entry.frame.needs, *(entry.reads if isinstance(entry, KPI) else ()))
    wanted = (need if isinstance(need, tuple) else (need,) for need in needs)
    return " and ".join(" or ".join(f"`{name}`" for name in any_of) for any_of in wanted)


def _default(name: str) -> str:
    value = getattr(Definitions(), name)
    return f"`{value}`" if isinstance(value, str) else str(list(value) if isinstance(value, tuple) else value)


def _remarks(modules: Iterable[ModuleType], kind: type) -> Iterator[tuple[Any, str]]:
    """Yield each module-level `kind` with the string that stands right behind its declaration."""
    for module in modules:
        if not any(isinstance(value, kind) for value in vars(module).values()):
            continue
        body = ast.parse(inspect.getsource(module)).body
        for statement, behind in pairwise(body):
            match statement, behind:
                case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(said))):
                    if isinstance(vars(module)[name], kind):
                        yield vars(module)[name], " ".join(said.split())


def tables() -> str:
    """Return the page of the canonical tables."""
    lines = ["# Canonical tables", "", _MADE, ""]
    lines += [
        "What a mapping fills and everything else reads. Only one of `orders`, `subscriptions`, `events`, `responses`"
    ]
    lines += [
        "or `tickets` is needed to begin with; a KPI says which it needs. Instants end in `_at` and are kept in UTC,"
    ]
    lines += ["days end in `_on`; money is exact to four decimals, in the company's currency."]
    for table in TABLES.values():
        lines += _described(table)
    return _page(lines)


def _described(table: Table) -> Iterator[str]:
    key = ", ".join(f"`{name}`" for name in table.key) or "none: rows are taken as they come"
    yield from ("", f"## {table.name}", "", f"One row is {table.row}. Key: {key}.", "")
    yield from ("| column | kind | required | meaning |", "|---|---|---|---|")
    for column in table.columns:
        yield f"| `{column.name}` | {column.kind} | {'yes' if column.required else ''} | {_meaning(column)} |"
    if table.open:
        yield f"| ... | text | | the company's own, from `[source.tables.{table.name}.attributes]` |"


def _meaning(column: Column) -> str:
    limits = [column.meaning]
    if column.choices and not all(choice in column.meaning for choice in column.choices):
        limits.append(f"one of {', '.join(f'`{choice}`' for choice in column.choices)}")
    if column.references:
        limits.append(f"must be known in `{column.references}`")
    if column.least is not None:
        limits.append(f"at least {column.least}")
    return "; ".join(limits)


def expressions() -> str:
    """Return the page of the mapping language."""
    lines = ["# Expressions", "", _MADE, "", _LANGUAGE]
    lines += ["", "## Functions", "", "| function | gives | meaning |", "|---|---|---|"]
    lines += [f"| `{function.usage}` | {_gives(function)} | {function.meaning} |" for function in FUNCTIONS.values()]
    lines += ["", "## Directives of formats", "", ", ".join(f"`{name}`" for name in DIRECTIVES) + "."]
    lines += [
        "",
        "A text fits a format whole or not at all: `%d` takes one or two digits, `%Y` four, `%M` and `%S` two.",
    ]
    lines += ["", "## Rules of segments", "", _RULES, "", "| name | kind | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {KINDS[name]} | {_told(one)} |" for name, one in NAMES.items()]
    return _page(lines)


def _told(one: Known) -> str:
    choices = f": one of {', '.join(f'`{choice}`' for choice in one.choices)}" if one.choices else ""
    return f"{one.meaning}{choices}"


_RULES = """\
The rule of a [saved segment](actions.md#segments-of-your-own) is a condition of this language over attributes of
customers, which are texts, and what is known of them. `regulars segment names` lists them for a company. Whoever a rule
cannot tell of, because what it names is null, is not in the segment and is counted."""


def _gives(function: Function) -> str:
    return str(function.returns) if function.returns else "what its branches give"


_LANGUAGE = """\
A column of a canonical table is made by an expression over the columns of a file.

    amount = "Quantity * UnitPrice"
    kind = "if(starts_with(InvoiceNo, 'C') or Quantity < 0, 'refund', 'sale')"
    ordered_at = "datetime(`Order Date`, '%d/%m/%Y %H:%M')"
    market = "'NL'"

- A bare name is a column of the file; a name with blanks or signs stands in backticks: `` `Order Date` ``.
- `__line__` is the number of the record's line in the file (its row in a workbook or a Parquet file): an id for records
  that have none, as in `` concat('line ', __line__) ``. It changes when lines are put in before.
- Text stands in single quotes; a quote within it is doubled: `'it''s'`.
- A column is text until something needs more: an operand of `*` is read as a number, a side of a comparison as what the
  other side is. What cannot be read so puts the row into quarantine with the reason; it never becomes 0.
- Operators, from loose to tight: `or`; `and`; `not`; `=` `!=` `<` `<=` `>` `>=` `in (...)` `not in (...)` `is null`
  `is not null`; `+` `-`; `*` `/`; a leading `-`. Round brackets group.
- Null is "no value": null in, null out, but for `if`, `coalesce` and `is null`. Which texts mean null is said by `null`
  of the source; the empty text does unless it says otherwise.
- Numbers are exact decimals with 8 places, rounded half away from zero at each step. An amount that is mapped directly
  may have as many decimals as its currency; one that is computed is rounded to four.
- An instant without an offset is in the time zone of the source. One that its clocks skip is quarantined
  (`local_time_gap`)."""


def settings() -> str:
    """Return the page of `regulars.toml`."""
    said = schema()
    lines = ["# regulars.toml", "", _MADE, ""]
    lines += ["Unknown keys are refused, and all problems are reported at once, each with its line. `regulars settings"]
    lines += ["schema` prints the JSON Schema, which editors use to complete and check. Secrets never stand here."]
    for name, node in said["properties"].items():
        part = _definition(said, node)
        each = node.get("additionalProperties", {})
        if "$ref" in each:  # a table by each name that the company gives
            lines += ["", f"## [{name}.NAME]", "", node["description"], *_keys(_definition(said, each))]
            continue
        lines += ["", f"## {f'[[{name}]]' if 'items' in node else f'[{name}]'}", "", part["description"], *_keys(part)]
    mapping = said["$defs"]["TableMapping"]
    lines += ["", "## [source.tables.TABLE]", "", mapping["description"]]
    lines += [
        "Any other key is a column of the [canonical table](tables.md), its value an [expression](expressions.md)."
    ]
    lines += _keys(mapping)
    return _page(lines)


def _definition(said: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the table that a key of the file leads to."""
    for place in (node, node.get("items", {}), *node.get("anyOf", ())):
        if "$ref" in place:
            found: Mapping[str, Any] = said["$defs"][place["$ref"].rpartition("/")[2]]
            return found
    if isinstance(node.get("additionalProperties"), Mapping):
        return node  # its keys are the company's own
    raise KeyError(f"{node} leads to no table")


def _keys(part: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "| key | default | meaning |", "|---|---|---|")
    for name, node in part.get("properties", {}).items():
        needed = name in part.get("required", ())
        yield f"| `{name}` | {'required' if needed else _written(node.get('default'))} | {_limits(node)} |"
    if "properties" not in part:
        yield f"| any name |  | {_limits({**part['additionalProperties'], 'description': 'A number.'})} |"


def _written(default: object) -> str:
    match default:
        case None | "":
            return ""
        case bool():
            return f"`{str(default).lower()}`"
        case str():
            return f'`"{default}"`'
        case [] | {}:
            return ""
        case list() | tuple():
            return "`[" + ", ".join(f'"{one}"' if isinstance(one, str) else str(one) for one in default) + "]`"
        case _:
            return f"`{default}`"


def _limits(node: Mapping[str, Any]) -> str:
    said = node.get("description", "")
    choices = [choice for option in (node, *node.get("anyOf", ())) for choice in option.get("enum", ())]
    if choices:
        said += f" One of {', '.join(f'`{choice}`' for choice in choices if str(choice).strip())}."
    if "minimum" in node or "maximum" in node:
        said += f" From {node.get('minimum', '-')}" + (f" to {node['maximum']}." if "maximum" in node else ".")
    return said.strip()


def _page(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


#: The pages by file name.
PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "kpis.md": lambda: kpis(packaged()),
        "tables.md": tables,
        "expressions.md": expressions,
        "settings.md": settings,
    }
)


def stale(folder: Path) -> list[str]:
    """Return the names of the pages in `folder` that differ from what they would be made as now."""
    return [name for name, make in PAGES.items() if not _holds(folder / name, make())]


def _holds(path: Path, content: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == content


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with `--check` only say which are out of date; return the exit status."""
    folder = Path(next((word for word in arguments if not word.startswith("-")), "docs"))
    if "--check" in arguments:
        late = stale(folder)
        for name in late:
            print(f"`{folder / name}` is out of date. Run `make docs`.", file=sys.stderr)
        return 1 if late else 0
    for name, make in PAGES.items():
        (folder / name).write_text(make(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
