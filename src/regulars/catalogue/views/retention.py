"""Whether customers stay: those who buy, those under contract, and by when they came."""

from collections.abc import Iterator

from regulars.app.survival import Of
from regulars.views import staying
from regulars.views.blocks import Block, Heading, Text
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    staying.check_split(ask)
    yield Heading(text="Customers who buy")
    yield ask.cards("repeat_purchase_rate", "customer_retention_rate", "activity_churn_rate", "winback_rate")
    yield Heading(text="Customers under contract")
    yield ask.cards("contract_retention_rate", "logo_churn_rate", "net_revenue_churn_rate", "renewal_rate")
    yield Heading(text="By when they came")
    yield Text(text="Read down a column: do later cohorts stay longer at the same age?")
    yield ask.cohorts("retention")
    if Of.CUSTOMERS.table in ask.records.covered or Of.CONTRACTS.table in ask.records.covered:
        yield Heading(text="How long they stay")
        for of in (Of.CUSTOMERS, Of.CONTRACTS):
            yield from staying.curves(ask, of)
        yield Heading(text="What goes along with leaving")
        for of in (Of.CUSTOMERS, Of.CONTRACTS):
            yield from staying.drivers(ask, of)
    yield Heading(text="By how they buy now")
    yield ask.segments()


retention = View(
    name="retention",
    title="Retention",
    question="Do customers come back, and is it getting better?",
    blocks=_blocks,
    teams=("service", "marketing"),
    takes=("period", "by", "where"),
    place=3,
)
