from contextlib import suppress
from decimal import Decimal

import pytest
from expressions import BY_KIND
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.core.errors import ExpressionError
from regulars.data.language.expression import DEEPEST, LONGEST, Expression, check, parse
from regulars.data.language.functions import DIRECTIVES, FUNCTIONS, shape
from regulars.data.language.syntax import Binary, Call, Column, Literal, Unary, walk
from regulars.data.tables import Kind


def said(text: str) -> str:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    return str(caught.value)


@settings(max_examples=150, deadline=None)
@given(st.one_of(*BY_KIND.values()))
def test_what_is_printed_is_read_as_the_same_tree(root):
    assert parse(str(Expression(root=root))).root == root


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "a b `c d` 'x' 1 2.5 0.1 + - * / = != < <= > >= ( ) , and or not in is null true false if( coalesce( map( "
            "left( datetime( '%Y' `` ' ` \" # é \n 1a ..".split(" ")
        )
        | st.text(max_size=3),
        max_size=20,
    ).map(" ".join)
)
def test_any_text_is_read_or_refused(text):
    with suppress(ExpressionError):  # and nothing else
        expression = parse(text)
        assert parse(str(expression)) == expression


@pytest.mark.parametrize(
    ("text", "kind", "columns"),
    [
        ("Quantity * UnitPrice", Kind.NUMBER, {"Quantity", "UnitPrice"}),
        ("if(starts_with(InvoiceNo, 'C') or Quantity < 0, 'refund', 'sale')", Kind.TEXT, {"InvoiceNo", "Quantity"}),
        ("datetime(`Order Date`, '%d/%m/%Y %H:%M')", Kind.INSTANT, {"Order Date"}),
        ("map(x, 'Y', true, 'N', false)", Kind.BOOLEAN, {"x"}),
        ("coalesce(Amount, 0)", Kind.NUMBER, {"Amount"}),
        ("coalesce(a, b)", Kind.TEXT, {"a", "b"}),
        ("null", None, set()),
        ("date(x, '%d.%m.%Y')", Kind.DATE, {"x"}),
        ("Größe", Kind.TEXT, {"Größe"}),
    ],
)
def test_kinds_and_columns(text, kind, columns):
    expression = parse(text)
    assert (expression.kind, expression.columns) == (kind, columns)


def test_operators_bind_as_usual():
    a, b, c = (Column(name=name) for name in "abc")
    assert parse("a - b - c").root == Binary(operator="-", left=Binary(operator="-", left=a, right=b), right=c)
    assert parse("a + b * -c").root == Binary(
        operator="+", left=a, right=Binary(operator="*", left=b, right=Unary(operator="-", operand=c))
    )
    assert str(parse("NOT a AND (b OR c)")) == "not a and (b or c)"
    assert str(parse("not (a = b)")) == "not a = b"
    assert str(parse("a is not null")) == "not a is null"
    assert str(parse("a not in ('x', 'y')")) == "not a in ('x', 'y')"
    assert str(parse("(a + b) is null")) == "a + b is null"


def test_texts_and_names_are_escaped():
    assert parse("'it''s'").root == Literal(value="it's", kind=Kind.TEXT)
    assert parse("`a``b`").root == Column(name="a`b")
    assert str(parse("`plain`")) == "plain"
    assert str(parse("`null`")) == "`null`"
    assert parse("0.10").root == Literal(value=Decimal("0.1"), kind=Kind.NUMBER)


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("", 1, "is empty"),
        ("a +", 4, "ends too early"),
        ("iff(a, 1, 2)", 1, "Did you mean `if`?"),
        ("a + trimm(b)", 5, "Did you mean `trim`?"),
        ("a < b", 3, "both sides are text"),
        ("a = null", 3, "is null"),
        ("1_000", 1, "Numbers are written"),
        ("a + 'x'", 5, "here a number is needed"),
        ("if(a, 1, 'x')", 10, "here a number is needed"),
        ("if(a, datetime(b, '%Y%m%d'), 1)", 1, "do not mix"),
        ("lower(1)", 7, "here a text is needed"),
        ("left(a, b)", 9, "must be written out"),
        ("left(a, 1.5)", 9, "whole number"),
        ("split_part(a, 'x', 0)", 20, "from 1 to"),
        ("round(a, 9)", 10, "from 0 to 8"),
        ("datetime(a, '%d.%m')", 13, "does not say the year"),
        ("date(a, '%Q')", 9, "no directive"),
        ("a b", 3, "not expected"),
        ('"x"', 1, "single quotes"),
        ("a <> 1", 3, "Write `!=`"),
        ("a == 1", 3, "Write `=`"),
        ("a || b", 3, "concat(a, b)"),
        ("(a", 3, "`)` is missing"),
        ("'x", 1, "not closed"),
        ("`x", 1, "not closed"),
        ("a in (b)", 7, "written out"),
        ("a in (1, 'x')", 10, "here a number is needed"),
        ("a not b", 7, "`in` is missing"),
        ("if(a, 1)", 1, "Write if(condition, yes, no)"),
        ("a < 1 < 2", 7, "not expected"),
        ("1; drop", 2, "no statements"),
        ("123456789012345", 1, "at most 14 digits"),
        ("datetime(a, '%Y%m%d') > '2024-02-30'", 25, "an instant such as"),
        ("date(a, '%Y%m%d') > '2024-02-03 10:00'", 21, "a date such as"),
    ],
)
def test_what_is_wrong_is_pointed_at(text, place, advice):
    message = said(text)
    assert f"at character {place}:" in message
    assert advice in message
    shown, caret = message.splitlines()[-2:]
    assert caret.index("^") - 4 == place - 1
    assert shown[4:] == text


def test_long_and_deep_expressions_are_refused_without_recursion():
    assert f"at most {LONGEST:,}" in said("a" * (LONGEST + 1))
    for deep in ("(" * 900 + "a" + ")" * 900, "-" * 1900 + "a", "not " * 400 + "a", "trim(" * 390, "a" + "+a" * 900):
        assert f"{DEEPEST} deep" in said(deep)
    chains = "a" + "+a" * (DEEPEST - 1)
    assert str(parse(chains)).count("a") == DEEPEST
    assert parse("a in (" + ", ".join(map(str, range(400))) + ")").kind is Kind.BOOLEAN


@pytest.mark.parametrize(
    ("text", "kind", "advice"),
    [
        ("1", Kind.TEXT, "here a text is needed"),
        ("'x'", Kind.MONEY, "here a number is needed"),
        ("a + b", Kind.INSTANT, "an instant"),
        ("'2024-02-30'", Kind.INSTANT, "an instant"),
        ("datetime(a, '%Y%m%d')", Kind.DATE, "a date"),
        ("if(a, 'yes', b)", Kind.BOOLEAN, "true or false"),
        ("Quantty * 2", Kind.MONEY, "Did you mean `Quantity`?"),
    ],
)
def test_what_does_not_fit_the_column_is_refused(text, kind, advice):
    with pytest.raises(ExpressionError, match=advice.replace("?", r"\?")):
        check(parse(text), kind, ["a", "b", "Quantity"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a", Kind.INSTANT),
        ("'2024-02-29'", Kind.INSTANT),
        ("'2024-02-29'", Kind.DATE),
        ("null", Kind.MONEY),
        ("a * 2", Kind.INTEGER),
        ("if(a, b, null)", Kind.BOOLEAN),
    ],
)
def test_what_fits_the_column_is_taken(text, kind):
    check(parse(text), kind, ["a", "b"])


def test_every_function_says_what_it_is():
    for name, function in FUNCTIONS.items():
        assert name == function.name
        assert function.usage.startswith(f"{name}(")
        assert function.meaning
        assert (function.returns is None) == bool(function.branches(tuple("abcde")))


def test_every_directive_makes_a_shape():
    for directive in DIRECTIVES:
        assert shape(f"%Y-%m-%d{directive}")
    assert shape("%d.%m.%Y|") == r"[0-9]{1,2}\.[0-9]{1,2}\.(?:19|20)[0-9]{2}\|"


def test_walk_goes_in_the_order_of_the_text():
    root = parse("if(a > 1, b, lower(c))").root
    assert [node.name for node in walk(root) if isinstance(node, Column)] == ["a", "b", "c"]
    assert isinstance(root, Call)


def test_columns_of_a_kind_are_that_kind():
    kinds = {"worth": Kind.NUMBER, "open": Kind.BOOLEAN}
    assert parse("worth > 3 and not open or market = 'NL'", kinds).kind is Kind.BOOLEAN
    for text in (
        "worth = 'much'",
        "lower(worth) = 'x'",
        "open = 1",
        "open + 1 > 2",
        "worth and open",
        "worth in ('a')",
    ):
        with pytest.raises(ExpressionError):
            parse(text, kinds)
        parse(text)  # of a file, whose columns are texts that are read as whatever is needed
