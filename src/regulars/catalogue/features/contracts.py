"""What a customer's contracts say."""

import ibis
from ibis import _

from regulars.core.money import UNITS
from regulars.data.feature import Feature, counted

_FACT = "contracts"
# In a snapshot a contract that had not ended runs on for ever, so none that ended lies in `now`.
_now = (_.ended == 0) & (_.spell > 0)
# Of contracts that began on one day the cheapest is the first: which row comes first is chance.
_order = _.start_day.cast("int64") * 10**13 + _.monthly

contract_age = Feature(
    name="contract_age",
    said="under contract for {} days",
    fact=_FACT,
    formula=ibis.ifelse(_.spell > 0, _.ago, ibis.null("int32")).max(),
    actionable=False,
)
plan_age = Feature(
    name="plan_age",
    said="{} days since the contract last changed",
    fact=_FACT,
    formula=ibis.ifelse(_now, _.ago, ibis.null("int32")).min(),
)
monthly_now = Feature(
    name="monthly_now",
    said="{} paid per month",
    fact=_FACT,
    formula=ibis.ifelse(_now, _.monthly, 0).sum() / UNITS,
    otherwise=0,
)
monthly_change = Feature(
    name="monthly_change",
    said="pays {} times what the first contract cost",
    fact=_FACT,
    formula=_.monthly.sum(where=_now) / _.monthly.argmin(_order, where=_.monthly > 0).nullif(0),
    risk=-1,
)
seats_now = Feature(
    name="seats_now",
    said="{} seats",
    fact=_FACT,
    formula=_.seats.sum(where=_now),
    risk=-1,
)
contract_changes_180 = Feature(
    name="contract_changes_180",
    said="{} contracts begun in the last 180 days",
    fact=_FACT,
    formula=counted(_.ago <= 180),
    otherwise=0,
)
was_on_trial = Feature(
    name="was_on_trial",
    said="{} trials before",
    fact=_FACT,
    formula=counted(_.spell == 0),
    otherwise=0,
    actionable=False,
)
