"""What `regulars new` writes: small declarations that work as they stand."""

_KPI = '''"""NAME: say here what it is for."""

from ibis import _

from regulars.catalogue.frames.purchases import purchases
from regulars.catalogue.kpis.families import COMMERCE
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.shares import Share

NAME = KPI(
    name="NAME",
    question="What share of buying customers ordered three times or more?",
    family=COMMERCE,
    frame=purchases,
    formula=Share(_.orders.sum() >= 3),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="where the definition comes from",
    caveat="Rises with the length of the period; compare equal periods only.",
    version=1,  # raise it whenever the meaning changes: it stands beside every number
)
'''

_SOURCE = '''"""NAME: how its export of orders is read. `regulars init` takes this for every file with these columns."""

from regulars.data.system import System

NAME = System(
    name="NAME",
    title="NAME orders",  # what people call it
    # The header names by which a file is recognised. Expressions may name no others.
    columns=("Order", "Customer", "Ordered", "Type", "Net", "Country"),
    # How the file is written, where that is not the usual way: decimal, thousands, null, delimiter, encoding, ...
    layout={"time_zone": "UTC"},
    # Canonical table -> its column -> an expression over the columns above; docs/tables.md and docs/expressions.md.
    tables={
        "orders": {
            "where": "Type != 'cancelled'",  # rows for which it is false make no order
            "order_id": "Order",
            "customer_id": "Customer",
            "ordered_at": "datetime(Ordered, '%d/%m/%Y %H:%M')",
            "kind": "if(Type = 'return', 'refund', 'sale')",
            "amount": "if(Type = 'return', -abs(Net), Net)",  # net of discount, tax and shipping
        },
        "customers": {
            "customer_id": "Customer",
            "market": "Country",
        },
    },
    beware="",  # what the mapping takes for granted; it is written into regulars.toml
)
'''

_VIEW = '''"""NAME: say here what it is for."""

from collections.abc import Iterator

from regulars.views.blocks import Block, Heading, Text
from regulars.views.view import Ask, View


def _blocks(ask: Ask) -> Iterator[Block]:
    yield Text(text="Say here how to read the page.")
    # KPIs at a glance: the latest month, how it moved, its course.
    yield ask.cards("net_revenue", "repeat_purchase_rate")
    yield Heading(text="By quarter")
    # A table; by=["market"] splits it, where="market = 'NL'" says which customers count.
    yield ask.answers("average_order_value", grain="quarter", compare=True)
    yield Heading(text="By when they came")
    yield ask.cohorts("retention", grain="quarter")
    yield ask.segments()


NAME = View(
    name="NAME",
    title="Our shop",
    question="How is our shop doing?",
    blocks=_blocks,
    teams=("sales",),
)
'''

_MODEL = '''"""NAME: how often customers will order, by how often they did, drawn towards what all do."""

from dataclasses import dataclass

from regulars.catalogue.models.outcomes import orders
from regulars.data import engine
from regulars.models.model import Forecast, Model
from regulars.stats.negative_binomial import gamma_poisson

# What all customers do weighs as much as so many days of a customer's own past.
WEIGHT = 30


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What was learned from the past: plain numbers."""

    n: int
    days: int
    rate: float  # days with orders per customer and day, after the first day
    method: str = "Gamma-Poisson"
    notes: tuple = ()  # what a reader should know of the fit, in words

    @property
    def learned(self):
        return {"rate": self.rate}

    def predict(self, snapshot, level):
        # Arrays with a number for each customer who is foretold, ascending by customer.
        times, exposure = seen(snapshot, self.days)
        events, exposure = times + self.rate * WEIGHT, exposure + WEIGHT
        mean = events / exposure * self.days
        low, high = gamma_poisson(events, exposure, self.days, level=level)
        return Forecast(mean=mean, low=low.clip(max=mean), high=high.clip(min=mean))


def seen(snapshot, days):
    # A snapshot holds nothing of its day or later, so nothing in here can see what it is to foretell.
    # What is older than the horizon is long says less of what comes; `purchases()` is of all time.
    rows = engine.to_arrow(snapshot.purchases(days).order_by("customer"))
    return rows["repeat_days"].to_numpy(), rows["exposure"].to_numpy()


def fit(snapshot, horizon, rng):
    times, exposure = seen(snapshot, horizon.days)
    return Learned(n=len(times), days=horizon.days, rate=float(times.sum() / max(exposure.sum(), 1)))


NAME = Model(
    name="NAME",
    question="How often will each customer order?",
    predicts=orders,
    fit=fit,
    source="where the method comes from",
    caveat="Takes nobody for lost: whoever stopped is expected to go on.",
)
'''

_FEATURE = '''"""NAME: say here what it is for. Models learn from it, and may name it as what goes along with a risk."""

from ibis import _

from regulars.data.feature import Feature, counted

NAME = Feature(
    name="NAME",
    said="{} days with orders at a weekend in the last year",  # {} stands for the number
    # purchase_days, activity_days, event_days, contracts, customer_tickets, customer_responses or customer_touches
    fact="purchase_days",
    # What a customer's rows amount to; `ago` is how many days they lie before the day of the prediction, 1 or more.
    # Days count from Thursday, 1970-01-01.
    formula=counted((_.orders > 0) & (_.ago <= 365) & ((_.day + 3) % 7 >= 5)),
    otherwise=0,  # of a customer without a row; unknown where left out
    version=1,  # raise it whenever the meaning changes: what was learned is learned again
)
'''

_DRIVER = '''"""NAME: say here what it is for. `regulars drivers` and `regulars aftermath` take it in by themselves."""

from ibis import _

from regulars.data.driver import About, Driver

# Of orders: order_ordered_day, order_day (when the customer had it), order_late_days, order_amount, order_discount,
# order_discounted (share), order_items, order_channel, order_category. Of cases, with About.CASE: case_day,
# case_reply_hours, case_solved_hours, case_reopened, case_escalated, case_handled (minutes), case_channel, case_topic,
# case_priority, case_team. Days count from Thursday, 1970-01-01.
weekend = (_.order_ordered_day + 3) % 7 >= 5

NAME = Driver(
    name="NAME",
    said="ordered at a weekend",  # what the number is, with its unit
    about=About.ORDER,
    value=weekend.cast("int8"),  # a number or a text of each order; missing where null
    bad=weekend,  # when it went wrong, and what went wrong, in words that follow "where"; leave out both or neither
    bad_said="it was ordered at a weekend",
    owner="logistics",  # the team that can do something about it
    reads=("orders.ordered_at",),  # what must be mapped for it to be known
    version=1,  # raise it whenever the meaning changes
)
'''

_ACTION = '''"""NAME: say here what it is for. `regulars actions` proposes it to whom it pays, by itself."""

from ibis import _

from regulars.decisions.action import Action, Effect, Gain

NAME = Action(
    name="NAME",
    title="Thank-you card",  # what people call it
    said="Send them a card.",  # what is done, as an order to whoever does it
    team="service",
    # KEPT: of those who would leave, the share `effect` stays and brings their CLV. BOUGHT: the share `effect` of all
    # orders who would not have, and brings a mean order of theirs.
    gain=Gain.KEPT,
    # Lower limit, mean and upper limit (95 %), and on whose word. The first experiment corrects it.
    effect=Effect(low=-0.02, mean=0.02, high=0.06, source="Assumed, wide on purpose: nobody has measured it"),
    # Of state, segment, orders, days_since_order, days_since_first, leaving, alive, comes, clv, order_value,
    # under_contract, open_cases, days_since_case, reopened, late, nps_score and days_since_touch; who it is not known
    # of is left out.
    eligible=(_.orders >= 5) & (_.days_since_order <= 30),
    for_whom="customers who have ordered five times or more, the last time within 30 days",  # the same in words
    why="has ordered five times and not long ago",  # follows "because the customer"
    cost=1.5,  # of doing it for one customer, in the reporting currency
    incentive=0.0,  # what whoever takes it is given; `rebate` is the same as a share of what they bring
    capacity=None,  # customers that it can be done for at once
    days=90,  # within which its effect shows
    version=1,  # raise it whenever the meaning changes: what another version did teaches nothing of this one
)
'''

_ALERT = '''"""NAME: say here what it is for. `regulars alerts replay NAME` shows when it would have fired."""

from regulars.core.periods import Grain
from regulars.decisions.alert_rule import AlertRule

NAME = AlertRule(
    name="NAME",
    kpi="net_revenue",  # `regulars kpis` lists them
    said="Revenue of a day is not what was to be expected.",
    where="",  # of which customers, such as "market = 'NL'"; of all where empty
    grain=Grain.DAY,  # or WEEK, MONTH: the periods that are looked at
    when="unusual",  # or "below 0.2", "above 3", "falls by 10 %", "rises by 25": the last two against the period before
    worth=0,  # least money that it must be about, in the reporting currency
    unit_worth=None,  # what one unit of the KPI is worth, where it is no sum of money itself
    cooldown_days=7,  # after an alert, within which it fires no other
    to=(),  # channels that are told, by their names in regulars.toml
    owner="",  # team that it is for; that of the KPI's family where empty
)
'''

#: Kind -> the folder of the workspace it goes to, and its text with NAME where the name stands.
TEMPLATES = {
    "action": ("actions", _ACTION),
    "alert": ("alerts", _ALERT),
    "driver": ("drivers", _DRIVER),
    "feature": ("features", _FEATURE),
    "kpi": ("kpis", _KPI),
    "model": ("models", _MODEL),
    "source": ("sources", _SOURCE),
    "view": ("views", _VIEW),
}
