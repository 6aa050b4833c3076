"""What is foretold says what of it differs from company to company."""

from regulars.app.foretell import snapshot_of
from regulars.app.trying import foretell
from regulars.catalogue.models.outcomes import value
from regulars.catalogue.models.recent_orders import recent_value
from regulars.models.model import Horizon
from small import company, on, sale


def known(**rest):
    rows = [sale(f"c{who}", day, 10, **rest) for who in range(12) for day in range(who, 100, 9)]
    return snapshot_of(company(100, orders=rows, since=on(0)))


def test_clv_says_which_money_it_is():
    assert value.says(known(cost=4.0)).startswith("CLV is contribution margin here")
    assert value.says(known()).startswith("CLV is net revenue here")


def test_it_travels_with_the_predictions_of_the_simple_rule_too():
    made = foretell([recent_value], known(), Horizon(20), level=0.9)
    assert made.said.notes[0].startswith("CLV is net revenue here")
