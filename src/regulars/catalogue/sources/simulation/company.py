"""The company that is simulated: one knob per planted effect, with its unit."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """One value of a market, segment or acquisition channel, and what it does to the customers who have it.

    Attributes:
        name: the value in the tables.
        share: share of new customers, in [0, 1]; the shares of one attribute sum to 1.
        purchase: factor on the purchase rate.
        dropout: factor on `dropout_a`: above 1, customers leave sooner.
        spend: factor on the mean order amount.
        uplift: relative change of the purchase rate while the randomised campaign runs (0.4 = 40 % more).
        cost: acquisition spend per new customer, in money.
    """

    name: str
    share: float
    purchase: float = 1.0
    dropout: float = 1.0
    spend: float = 1.0
    uplift: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Everything that is planted. Rates are per week, money is in `currency`, shares lie in [0, 1].

    Purchases follow BG/NBD: a customer's rate is Gamma(`purchase_r`, `purchase_alpha`) times the factors of their
    traits; after every repeat purchase they leave for good with a probability drawn from
    Beta(`dropout_a` x factors, `dropout_b`). Amounts follow gamma-gamma: Gamma(`spend_p`, v) with
    v ~ Gamma(`spend_q`, `spend_gamma` x factors), so the mean amount is p x gamma / (q - 1). Purchases live on
    a clock that runs fast in season and slow out of it (mean speed 1): the formulas are exact in seasonal weeks.

    Attributes:
        start: first day of the history (UTC).
        end: the day after the last; what lies beyond has not happened.
        growth: yearly log growth of sign-ups.
        season: yearly amplitude of demand: peak (1 December) is 1 + season, trough 1 - season.
        weekdays: relative demand, Monday to Sunday.
        conversion: share of sign-ups that ever buy.
        first_order_weeks: mean seasonal weeks from sign-up to the first order.
        margin: mean share of the amount that is left after the cost of the goods.
        discounted: share of orders with a discount, of 10 to 20 % of the price.
        refunds: share of orders that are returned in full, on average ten days later.
        delay_mean, delay_sd, delay_tail: days late = Normal(mean, sd) + Exponential(tail); negative is early.
        incident_market: name of the market where deliveries broke down; empty for none.
        incident_start, incident_days, incident_delay: orders placed in the incident arrive `incident_delay` days later
            on average.
        survey_orders: share of orders after which a survey is sent.
        survey_customers: share of customers who get one relational NPS survey.
        survey_standing: share of customers who are asked once whether they are satisfied with us or would miss us.
        survey_tickets: share of solved cases after which satisfaction is asked, a day after they were solved for good.
        response_rate: share of delivered surveys that are answered.
        abandoned: share of the surveys begun that are not completed; below 1.
        english: share of customers who write in English, whatever their market.
        content_stay: correlation of a customer's satisfaction with how seldom they leave (the normal score of 1 - their
            dropout probability), in [-1, 1]. An association: a bad answer foretells leaving, a late order causes none.
        comments, late_comments: share of answers with a comment, and of those about an order that came late.
        delay_hurts: satisfaction lost per day late, in standard deviations of its noise (at most ten days count).
        discount_pleases, app_pleases: satisfaction gained by a discount, and by ordering in the app, in the same unit.
            The amount of an order, its products and the customer's market change nothing.
        answer_hurts, solution_hurts: satisfaction lost per day from opening a case to the first answer, and to the
            last solution (at most ten days count each), in the same unit.
        reopening_hurts: satisfaction lost when a case had to be opened again, in the same unit.
        followed_up, follow_up_days: share of NPS detractors whom somebody gets back to, and after how many days (the
            median).
        settled, settling_days: share of those whose matter is settled, and after how many further days (the median).
        ticket_share, ticket_per_late_day: chance of a ticket per order, and what each day late adds.
        reopened: share of solved tickets that are opened again.
        bot_solves: share of the cases first answered by a bot (a fifth) that need nobody else; unless opened again.
        escalated, escalated_urgent, escalated_late: chance of handing a case to a higher level; what it adds that the
            case is urgent, and that it was answered after it was due.
        handle_minutes, handle_reopened: median minutes of work on a case, and the factor on them when it was reopened.
        help_orders: share of orders after which the customer looks at the help pages.
        help_first: share of cases whose customer looked at the help pages in the 36 hours before.
        subscribers: share of customers who ever subscribe.
        trials, trial_converts: share of contracts that begin with a free trial, and of trials that become paid.
        churn_alpha, churn_beta: monthly churn is Beta(alpha x exp(-`churn_trend` x months since `start`), beta): sBG.
        churn_trend: how much better each monthly cohort keeps than the one before.
        payment_failed: share of contract ends that are failed payments.
        upgrades, downgrades: share of contracts that ever change plan, up and down.
        returns: share of ended contracts that come back, two to six months later.
        activation: share of sign-ups that get activated, two days later on average.
        visits: sessions without a purchase per week, at sign-up; the mean of a Gamma of shape 1.
        visits_fade: weeks in which the visits fall to 1/e.
        visits_after: factor on the visits of customers who have left.
        campaign_start, campaign_days: when the randomised campaign runs.
        campaign_reach: share of the customers with an order before it that are in it.
        campaign_holdout: share of those that is held out.
        mailing_start: when the second, not randomised, mailing goes out: to frequent buyers, without any effect.
    """

    currency: str = "EUR"
    start: date = date(2023, 1, 1)
    end: date = date(2025, 1, 1)
    growth: float = 0.3
    season: float = 0.25
    weekdays: tuple[float, ...] = (0.9, 0.9, 0.95, 1.0, 1.1, 1.25, 0.9)

    markets: tuple[Trait, ...] = (
        Trait(name="NL", share=0.35),
        Trait(name="DE", share=0.25, purchase=1.1),
        Trait(name="BE", share=0.15, purchase=0.9),
        Trait(name="FR", share=0.15, dropout=1.2),
        Trait(name="AT", share=0.10, purchase=0.8, spend=1.1),
    )
    segments: tuple[Trait, ...] = (
        Trait(name="consumer", share=0.7, spend=0.9, uplift=0.5),
        Trait(name="small_business", share=0.2, spend=1.2, uplift=0.25),
        Trait(name="enterprise", share=0.1, spend=2.0),
    )
    channels: tuple[Trait, ...] = (
        Trait(name="organic", share=0.30),
        Trait(name="search", share=0.25, cost=18.0),
        Trait(name="social", share=0.20, purchase=0.8, dropout=1.6, cost=9.0),
        Trait(name="referral", share=0.10, purchase=1.2, dropout=0.6, cost=10.0),
        Trait(name="affiliate", share=0.15, purchase=0.9, dropout=1.3, cost=25.0),
    )

    conversion: float = 0.85
    first_order_weeks: float = 0.7
    purchase_r: float = 1.4
    purchase_alpha: float = 3.0
    dropout_a: float = 0.8
    dropout_b: float = 12.0
    spend_p: float = 6.0
    spend_q: float = 4.0
    spend_gamma: float = 22.0
    margin: float = 0.4
    discounted: float = 0.2
    refunds: float = 0.03

    delay_mean: float = -1.0
    delay_sd: float = 0.6
    delay_tail: float = 0.7
    incident_market: str = "DE"
    incident_start: date = date(2024, 6, 3)
    incident_days: int = 14
    incident_delay: float = 6.0

    survey_orders: float = 0.08
    survey_customers: float = 0.3
    survey_standing: float = 0.2
    survey_tickets: float = 0.5
    response_rate: float = 0.3
    abandoned: float = 0.15
    english: float = 0.1
    content_stay: float = 0.5
    comments: float = 0.4
    late_comments: float = 0.8
    delay_hurts: float = 0.35
    discount_pleases: float = 0.2
    app_pleases: float = 0.15
    answer_hurts: float = 0.3
    solution_hurts: float = 0.15
    reopening_hurts: float = 0.8
    followed_up: float = 0.6
    follow_up_days: float = 3.0
    settled: float = 0.75
    settling_days: float = 4.0
    ticket_share: float = 0.02
    ticket_per_late_day: float = 0.05
    reopened: float = 0.12
    bot_solves: float = 0.3
    escalated: float = 0.05
    escalated_urgent: float = 0.15
    escalated_late: float = 0.15
    handle_minutes: float = 12.0
    handle_reopened: float = 1.8
    help_orders: float = 0.05
    help_first: float = 0.4

    subscribers: float = 0.3
    trials: float = 0.5
    trial_converts: float = 0.6
    churn_alpha: float = 1.0
    churn_beta: float = 10.0
    churn_trend: float = 0.02
    payment_failed: float = 0.25
    upgrades: float = 0.15
    downgrades: float = 0.05
    returns: float = 0.1

    activation: float = 0.7
    visits: float = 0.2
    visits_fade: float = 20.0
    visits_after: float = 0.15

    campaign_start: date = date(2024, 9, 2)
    campaign_days: int = 28
    campaign_reach: float = 0.6
    campaign_holdout: float = 0.3
    mailing_start: date = date(2024, 3, 4)

    @property
    def days(self) -> int:
        """Length of the history in days."""
        return (self.end - self.start).days

    def seconds_to(self, day: date) -> int:
        """Return the seconds from the start of the history to the beginning of `day`."""
        return (day - self.start).days * 86_400
