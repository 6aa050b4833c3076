"""Well-typed expressions for Hypothesis, over the columns `a`, `b` and `odd name`."""

from decimal import Decimal

from hypothesis import strategies as st

from regulars.data.language.syntax import Binary, Call, Column, In, IsNull, Literal, Unary
from regulars.data.tables import Kind

COLUMNS = ("a", "b", "odd name`s", "in")

columns = st.sampled_from(COLUMNS).map(lambda name: Column(name=name))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6).map(
    lambda value: Literal(value=value, kind=Kind.TEXT)
)
numerals = st.decimals(min_value=0, max_value=10**14 - 1, places=4).map(
    lambda value: Literal(value=Decimal(value), kind=Kind.NUMBER)
)
counts = st.integers(1, 8).map(lambda value: Literal(value=Decimal(value), kind=Kind.NUMBER))
formats = st.sampled_from(("%Y-%m-%d", "%d/%m/%y %H:%M", "%Y%j", "%d %b %Y %I:%M:%S.%f %p", "%Y-%m-%d%z")).map(
    lambda value: Literal(value=value, kind=Kind.TEXT)
)
moments = st.sampled_from(("2024-01-31", "2024-03-31 10:00", "2024-10-27T02:30:00Z")).map(
    lambda value: Literal(value=value, kind=Kind.TEXT)
)


def _call(name, *arguments):
    return st.tuples(*arguments).map(lambda made: Call(name=name, arguments=made))


def _many(name, one, least, most):
    return st.lists(one, min_size=least, max_size=most).map(lambda made: Call(name=name, arguments=tuple(made)))


def _chosen(one, condition):
    return _call("if", condition, one, one) | _many("coalesce", one, 2, 3)


def _mapped(one, text):
    pairs = st.lists(st.tuples(texts, one), min_size=1, max_size=3).map(lambda made: sum(made, ()))
    rest = st.just(()) | one.map(lambda made: (made,))
    return st.tuples(text, pairs, rest).map(lambda made: Call(name="map", arguments=(made[0], *made[1], *made[2])))


def text_expressions(depth=2):
    if not depth:
        return columns | texts
    less = text_expressions(depth - 1)
    return st.one_of(
        columns,
        texts,
        _many("concat", less, 2, 3),
        *(_call(name, less) for name in ("lower", "upper", "trim")),
        *(_call(name, less, less) for name in ("trim_prefix", "trim_suffix")),
        *(_call(name, less, counts) for name in ("left", "right")),
        _call("replace", less, less, less),
        _call("split_part", less, less, counts),
        _chosen(less, boolean_expressions(depth - 1)),
        _mapped(less, less),
    )


def number_expressions(depth=2):
    if not depth:
        return columns | numerals
    less, text = number_expressions(depth - 1), text_expressions(depth - 1)
    readable = text.filter(lambda node: not isinstance(node, Literal) and not getattr(node, "branches", ()))
    binary = st.tuples(st.sampled_from("+-*/"), less, less)
    return st.one_of(
        columns,
        numerals,
        binary.map(lambda made: Binary(operator=made[0], left=made[1], right=made[2])),
        less.map(lambda node: Unary(operator="-", operand=node)),
        _call("length", text),
        *(_call(name, readable) for name in ("number", "integer")),
        _call("round", less, counts),
        _call("abs", less),
        _chosen(less, boolean_expressions(depth - 1)),
    )


def instant_expressions(depth=2):
    readable = text_expressions(1)
    made = st.one_of(
        _call("datetime", readable, formats), _call("epoch_seconds", readable), _call("epoch_millis", readable)
    )
    if not depth:
        return made
    later = (_call(name, made | columns, number_expressions(depth - 1)) for name in ("add_days", "add_seconds"))
    return st.one_of(made, *later)


def boolean_expressions(depth=2):
    if not depth:
        return columns | st.sampled_from((True, False)).map(lambda value: Literal(value=value, kind=Kind.BOOLEAN))
    less, number, text = boolean_expressions(depth - 1), number_expressions(depth - 1), text_expressions(depth - 1)
    numeric = number.filter(lambda node: node.kind is Kind.NUMBER)
    compared = st.tuples(st.sampled_from(("=", "!=", "<", "<=", ">", ">=")), numeric, number)
    equal = st.tuples(st.sampled_from(("=", "!=")), text, text)
    since = st.tuples(st.sampled_from(("<", ">=")), instant_expressions(0), moments | columns)
    joined = st.tuples(st.sampled_from(("and", "or")), less, less)
    return st.one_of(
        columns,
        (compared | equal | since | joined).map(lambda made: Binary(operator=made[0], left=made[1], right=made[2])),
        less.map(lambda node: Unary(operator="not", operand=node)),
        (text | number).map(lambda node: IsNull(operand=node)),
        st.tuples(text, st.lists(texts, min_size=1, max_size=3)).map(
            lambda made: In(operand=made[0], choices=tuple(made[1]))
        ),
        *(_call(name, text, text) for name in ("starts_with", "ends_with", "contains")),
    )


BY_KIND = {
    Kind.TEXT: text_expressions(),
    Kind.NUMBER: number_expressions(),
    Kind.MONEY: number_expressions(),
    Kind.INTEGER: number_expressions(),
    Kind.INSTANT: instant_expressions(),
    Kind.BOOLEAN: boolean_expressions(),
}
