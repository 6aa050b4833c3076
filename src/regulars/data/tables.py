"""The canonical tables: the only names that the rest of the system may read.

Instants end in `_at` (UTC), local dates in `_on`; money is decimal(18,4) in the company's currency. Every stored row
also carries `recorded_at` (when we came to know it), `source` (whose file it came in) and, for each instant `x_at`, the
whole number `x_day`: the local day in the company's zone, days since 1970-01-01.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"  # decimal(18,4), no currency
    MONEY = "money"  # decimal(18,4), in the company's currency once stored
    INSTANT = "instant"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a canonical table.

    Attributes:
        name: snake_case, singular.
        kind: what it holds.
        meaning: one line for the reference and the mapping's doubts.
        required: a row without it is quarantined.
        choices: the only values allowed, or empty.
        references: `table.column` that must know the value, or empty.
        least: smallest allowed number, or None.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    references: str = ""
    least: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One canonical table.

    Attributes:
        name: plural snake_case.
        row: what one row is.
        key: the columns that identify a row; empty where rows have no identity.
        columns: in order, key first.
        instant: the column that says when the row happened, or None.
        open: whether further attributes of the company's own may be mapped.
    """

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    instant: str | None
    open: bool = False

    def column(self, name: str) -> Column:
        """Return the column called `name` (KeyError where there is none)."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that a mapping must fill."""
        return tuple(column.name for column in self.columns if column.required)


def _text(name: str, meaning: str, **rest: object) -> Column:
    return Column(name=name, kind=Kind.TEXT, meaning=meaning, **rest)  # type: ignore[arg-type]


def _instant(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name=name, kind=Kind.INSTANT, meaning=meaning, required=required)


def _money(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name=name, kind=Kind.MONEY, meaning=meaning, required=required)


def _customer(*, required: bool) -> Column:
    return _text("customer_id", "who; any id the identity table knows", required=required)


_CURRENCY = _text("currency", "ISO 4217 code the row came in; the source's or company's where not mapped")

CUSTOMERS = Table(
    name="customers",
    row="a customer",
    key=("customer_id",),
    instant="first_seen_at",
    open=True,
    columns=(
        _customer(required=True),
        _instant("first_seen_at", "sign-up or first contact"),
        _text("account_id", "company or household the customer belongs to"),
        _text("market", "country or region"),
        _text("segment", "the company's own segment"),
        _text("acquisition_channel", "what first brought the customer"),
    ),
)
ORDERS = Table(
    name="orders",
    row="an order, refund or cancellation",
    key=("order_id",),
    instant="ordered_at",
    columns=(
        _text("order_id", "the order", required=True),
        _customer(required=False),
        _instant("ordered_at", "when it was placed", required=True),
        _text("kind", "sale, or refund (a cancellation is one)", required=True, choices=("sale", "refund")),
        _money("amount", "net of discount, tax and shipping; negative for a refund; from its lines where not mapped"),
        _CURRENCY,
        _money("cost", "cost of the goods"),
        _money("discount", "what was taken off, positive"),
        _text("channel", "where it was placed"),
        _instant("promised_at", "promised delivery"),
        _instant("delivered_at", "delivery"),
    ),
)
ORDER_LINES = Table(
    name="order_lines",
    row="a product in an order",
    key=("order_id", "line"),
    instant=None,
    columns=(
        _text("order_id", "the order", required=True, references="orders.order_id"),
        Column(name="line", kind=Kind.INTEGER, meaning="position in the order; the file's order where not mapped"),
        _text("product_id", "the product", required=True),
        _text("category", "the product's category"),
        Column(name="quantity", kind=Kind.INTEGER, meaning="pieces; negative when returned", required=True),
        _money("amount", "net amount of the line; negative when returned", required=True),
        _CURRENCY,
    ),
)
SUBSCRIPTIONS = Table(
    name="subscriptions",
    row="a priced interval of a contract",
    key=("subscription_id", "started_at"),
    instant="started_at",
    columns=(
        _text("subscription_id", "the contract", required=True),
        _customer(required=True),
        _instant("started_at", "when this price began", required=True),
        _instant("ended_at", "when it ended; empty while it runs"),
        _money("monthly_amount", "price normalised to a month; 0 for a trial", required=True),
        _CURRENCY,
        _text("plan", "the plan"),
        Column(name="seats", kind=Kind.INTEGER, meaning="paid seats", least=0),
        _text("end_reason", "voluntary, payment_failed, expired, upgraded, downgraded, ..."),
    ),
)
EVENTS = Table(
    name="events",
    row="something a customer did",
    key=("event_id",),
    instant="occurred_at",
    columns=(
        _text("event_id", "the event; rows without one are taken as they come"),
        _customer(required=True),
        _instant("occurred_at", "when", required=True),
        _text("name", "what: sign_up, login, a feature's name, ...", required=True),
        _text("session_id", "the session; by a pause of 30 minutes where not mapped"),
    ),
)
RESPONSES = Table(
    name="responses",
    row="an answer to a survey",
    key=("response_id",),
    instant="responded_at",
    columns=(
        _text("response_id", "the answer", required=True),
        _customer(required=False),
        _instant("responded_at", "when", required=True),
        _text("question", "which question", required=True, choices=("nps", "csat", "ces", "pmf")),
        Column(name="score", kind=Kind.NUMBER, meaning="the answer", required=True),
        Column(
            name="scale_max",
            kind=Kind.NUMBER,
            meaning="highest possible answer",
            required=True,
        ),
        Column(name="scale_min", kind=Kind.NUMBER, meaning="lowest possible answer; 1 up to 7 points, else 0"),
        _text("comment", "free text"),
        _text("touchpoint", "whether about all or about one thing", choices=("relational", "transactional")),
        _text("order_id", "the order it is about"),
        _text("ticket_id", "the service case it is about"),
        Column(name="weight", kind=Kind.NUMBER, meaning="survey weight", least=0),
        _text("language", "ISO 639 code of the comment"),
    ),
)
FOLLOW_UPS = Table(
    name="follow_ups",
    row="somebody of ours who got back to a respondent",
    key=(),
    instant="contacted_at",
    columns=(
        _text("response_id", "the answer", required=True, references="responses.response_id"),
        _instant("contacted_at", "when the respondent was contacted", required=True),
        _instant("resolved_at", "when the matter was settled with the respondent; empty while it is not"),
        _text("team", "who did"),
    ),
)
INVITATIONS = Table(
    name="invitations",
    row="a survey that was sent",
    key=("invitation_id",),
    instant="sent_at",
    columns=(
        _text("invitation_id", "the invitation", required=True),
        _customer(required=True),
        _instant("sent_at", "when", required=True),
        Column(name="delivered", kind=Kind.BOOLEAN, meaning="whether it arrived"),
        _text("question", "which question", required=True, choices=("nps", "csat", "ces", "pmf")),
    ),
)
TICKETS = Table(
    name="tickets",
    row="a service case",
    key=("ticket_id",),
    instant="opened_at",
    columns=(
        _text("ticket_id", "the case", required=True),
        _customer(required=False),
        _instant("opened_at", "when", required=True),
        _text("channel", "how it came in"),
        _text("topic", "what it is about"),
        _text("priority", "how urgent"),
        _instant("sla_due_at", "when it must be answered"),
        Column(name="escalated", kind=Kind.BOOLEAN, meaning="whether it was handed to a higher level"),
        Column(name="handle_minutes", kind=Kind.NUMBER, meaning="minutes that people worked on it", least=0),
        _text("team", "who handles it"),
    ),
)
TICKET_EVENTS = Table(
    name="ticket_events",
    row="a change of a ticket's state",
    key=(),
    instant="occurred_at",
    columns=(
        _text("ticket_id", "the case", required=True, references="tickets.ticket_id"),
        _instant("occurred_at", "when", required=True),
        _text(
            "state",
            "the new state",
            required=True,
            choices=("open", "pending", "hold", "solved", "reopened", "closed"),
        ),
        _text("actor", "who changed it; empty where that is not known", choices=("customer", "agent", "bot")),
        Column(name="public", kind=Kind.BOOLEAN, meaning="whether the customer saw it"),
    ),
)
SPEND = Table(
    name="spend",
    row="money spent to win or keep customers",
    key=(),
    instant=None,
    columns=(
        Column(name="spent_on", kind=Kind.DATE, meaning="the day it counts for", required=True),
        _money("amount", "how much", required=True),
        _CURRENCY,
        _text("purpose", "what for", required=True, choices=("acquisition", "retention", "service")),
        _text("channel", "where"),
    ),
)
CAMPAIGNS = Table(
    name="campaigns",
    row="a campaign",
    key=("campaign_id",),
    instant="started_at",
    columns=(
        _text("campaign_id", "the campaign", required=True),
        _text("name", "its name", required=True),
        _instant("started_at", "when it began", required=True),
        _instant("ended_at", "when it ended"),
        _money("cost_per_contact", "what one contact costs"),
        Column(name="randomised", kind=Kind.BOOLEAN, meaning="whether arms were drawn by chance", required=True),
    ),
)
TOUCHES = Table(
    name="touches",
    row="a customer in a campaign",
    key=("campaign_id", "customer_id"),
    instant="assigned_at",
    columns=(
        _text("campaign_id", "the campaign", required=True, references="campaigns.campaign_id"),
        _customer(required=True),
        _text("arm", "treatment's name, or holdout", required=True),
        _instant("assigned_at", "when the arm was drawn", required=True),
        _instant("delivered_at", "delivery"),
        _instant("opened_at", "opening"),
        _instant("clicked_at", "click"),
        _instant("redeemed_at", "redemption"),
    ),
)
REFERRALS = Table(
    name="referrals",
    row="a customer who brought another",
    key=("referrer_id", "referred_id"),
    instant="referred_at",
    columns=(
        _text("referrer_id", "who brought", required=True),
        _text("referred_id", "who came", required=True),
        _instant("referred_at", "when", required=True),
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            CUSTOMERS,
            ORDERS,
            ORDER_LINES,
            SUBSCRIPTIONS,
            EVENTS,
            RESPONSES,
            FOLLOW_UPS,
            INVITATIONS,
            TICKETS,
            TICKET_EVENTS,
            SPEND,
            CAMPAIGNS,
            TOUCHES,
            REFERRALS,
        )
    }
)
