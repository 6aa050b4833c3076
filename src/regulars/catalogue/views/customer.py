"""What happened with one customer, and what is to be expected."""

from collections.abc import Iterator

from regulars.views.blocks import Block
from regulars.views.one_customer import one_customer
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield from one_customer(ask)


customer = View(
    name="customer",
    title="Customer",
    question="What happened with this customer, and what is to be expected?",
    blocks=_blocks,
    teams=("sales", "service"),
    takes=(),
    under="customers",
    about="customer",
    kept=False,
    rows=True,
)
