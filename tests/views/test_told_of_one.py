"""What the command line says of one customer's happenings."""

from datetime import date
from decimal import Decimal

import pytest

from regulars.app.customer import Happening
from regulars.views.one_customer import how_much


@pytest.mark.parametrize(
    ("kind", "amount", "said"),
    [
        ("response", Decimal(6), "score 6"),
        ("response", Decimal(0), "score 0"),
        ("response", None, ""),
        ("order", Decimal("46.66"), "EUR 46.66"),
        ("contract_start", Decimal(20), "EUR 20 a month"),
        ("event", None, ""),
    ],
)
def test_a_score_is_no_money(kind, amount, said):
    assert how_much(Happening(on=date(2024, 6, 1), kind=kind, what="nps", amount=amount), "EUR") == said
