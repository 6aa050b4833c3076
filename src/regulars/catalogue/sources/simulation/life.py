"""A block's customers with all that happens to them, drawn when first asked for."""

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from regulars.catalogue.sources.simulation import (
    activity,
    answers,
    asides,
    contracts,
    marketing,
    people,
    purchases,
    surveys,
    tickets,
)
from regulars.catalogue.sources.simulation.answers import Answers
from regulars.catalogue.sources.simulation.asides import Asides
from regulars.catalogue.sources.simulation.columns import instants, names
from regulars.catalogue.sources.simulation.contracts import Contracts
from regulars.catalogue.sources.simulation.people import Block, People
from regulars.catalogue.sources.simulation.purchases import Orders, Times
from regulars.catalogue.sources.simulation.surveys import Surveys
from regulars.catalogue.sources.simulation.tickets import Cases


class Life:
    """The draws that several tables share."""

    def __init__(self, block: Block) -> None:
        self.block = block

    @cached_property
    def people(self) -> People:
        """Who they are."""
        return people.draw(self.block)

    @cached_property
    def times(self) -> Times:
        """When they buy."""
        return purchases.schedule(self.block, self.people)

    @cached_property
    def sold(self) -> Orders:
        """What they buy."""
        return purchases.draw(self.block, self.people, self.times)

    @cached_property
    def contracts(self) -> Contracts:
        """What they subscribe to."""
        return contracts.draw(self.block, self.people)

    @cached_property
    def surveys(self) -> Surveys:
        """What they are asked."""
        return surveys.draw(self.block, self.people, self.times, self.sold, self.cases)

    @cached_property
    def answers(self) -> Answers:
        """What they answer."""
        return answers.draw(self.block, self.people, self.sold, self.cases, self.surveys)

    @property
    def asides(self) -> Asides:
        """What they do beside shopping."""
        return asides.draw(self.block, self.people, self.times, self.sold, self.cases, self.surveys)

    @cached_property
    def cases(self) -> Cases:
        """What they need help with."""
        return tickets.draw(self.block, self.people, self.times, self.sold)


#: How the rows of each table are had from a block.
ROWS_OF: Mapping[str, Callable[[Life], dict[str, pa.Array]]] = MappingProxyType(
    {
        "customers": lambda life: people.customers(life.block, life.people),
        "orders": lambda life: purchases.orders(life.block, life.people, life.times, life.sold),
        "order_lines": lambda life: purchases.order_lines(life.block, life.times, life.sold),
        "subscriptions": lambda life: contracts.subscriptions(life.block, life.people, life.contracts),
        "events": lambda life: activity.events(life.block, life.people, life.times, life.sold, life.asides),
        "responses": lambda life: answers.responses(life.block, life.people, life.surveys, life.answers),
        "follow_ups": lambda life: answers.follow_ups(life.block, life.surveys, life.answers),
        "invitations": lambda life: surveys.invitations(life.block, life.people, life.surveys),
        "tickets": lambda life: tickets.tickets(life.block, life.people, life.cases),
        "ticket_events": lambda life: tickets.ticket_events(life.block, life.cases),
        "touches": lambda life: marketing.touches(life.block, life.people, life.times),
        "referrals": lambda life: marketing.referrals(life.block, life.people),
    }
)


def truth_of(life: Life) -> dict[str, pa.Array]:
    """Return what no record shows of the customers."""
    who, times, start = life.people, life.times, life.block.company.start
    left = ~np.isnan(times.churned)
    never = ~np.isfinite(who.first_order)
    churn = np.full(life.block.size, np.nan)
    churn[life.contracts.owner] = life.contracts.churn
    arm = np.select([times.treated, times.held_out], [0, 1], 2)
    return {
        "customer_id": who.ids,
        "buys": pa.array(~never),
        "purchase_rate": pa.array(who.rate),
        "dropout_probability": pa.array(who.dropout),
        "alive": pa.array(~left, mask=never),
        "churned_at": instants(start, times.churned, unknown=~left),
        "mean_spend": pa.array(who.mean_spend),
        "monthly_churn": pa.array(churn, mask=np.isnan(churn)),
        "satisfaction": pa.array(who.satisfaction),
        "uplift": pa.array(who.uplift),
        "arm": names(arm, ("treatment", "holdout"), unknown=arm == 2),
        "orders_if_treated": pa.array(times.if_treated),
        "orders_if_held_out": pa.array(times.if_held_out),
    }
