"""Why a KPI moved, in plain words: one sentence that stands before all numbers."""

from collections.abc import Iterator, Sequence

from regulars.app.explanation import DATA, DEFINITION, NOISE, UNKNOWN, WHO, Explanation, Named, Part
from regulars.core.estimate import Interval
from regulars.kpis.kpi import KPI, Shows
from regulars.kpis.writing import difference, span, title, value

#: What moved, where it rose and where it fell.
_MOVED = {
    "new": ("new customers brought more", "new customers brought less"),
    "nameless": ("orders without a customer brought more", "orders without a customer brought less"),
    "customers": ("more of the existing customers came", "fewer of the existing customers came"),
    "frequency": ("existing customers ordered more often", "existing customers ordered less often"),
    "order_value": ("orders of existing customers were larger", "orders of existing customers were smaller"),
    "kept": ("more was left of each sale", "less was left of each sale"),
    "rate": ("each existing customer brought more", "each existing customer brought less"),
    "mix": ("the mix of customers moved up", "the mix of customers moved down"),
    "new_existing": ("the share of new customers moved it up", "the share of new customers moved it down"),
    "rate_existing": ("it rose among existing customers", "it fell among existing customers"),
    "rate_new": ("it rose among new customers", "it fell among new customers"),
    "rate_nameless": ("it rose where no customer is known", "it fell where no customer is known"),
    "promoters": ("promoters became more", "promoters became fewer"),
    "detractors": ("detractors became fewer", "detractors became more"),
    "named_mix": ("their share of all moved it up", "their share of all moved it down"),
    "named_rate": ("it rose", "it fell"),
    "all_existing": ("it rose by existing customers", "it fell by existing customers"),
    "all_new": ("new customers moved it up", "new customers moved it down"),
    "all_nameless": ("it rose where no customer is known", "it fell where no customer is known"),
    "expansion": ("customers expanded", "customers expanded"),
    "contraction": ("customers contracted", "customers contracted"),
    "churn": ("customers left", "customers left"),
    "reactivation": ("customers came back", "customers came back"),
    "other": ("all else moved it up", "all else moved it down"),
    DATA: ("late records moved it up", "late records moved it down"),
    DEFINITION: ("another definition moved it up", "another definition moved it down"),
}
#: Of totals that are no money, "brought" is the wrong word.
_COUNTED = {
    "new": ("more new customers counted", "fewer new customers counted"),
    "nameless": ("more counts where no customer is known", "less counts where no customer is known"),
    "customers": ("more of the existing customers were there", "fewer of the existing customers were there"),
    "rate": ("more of them counted", "fewer of them counted"),
}
#: Parts that are told at most.
_TOLD = 2
#: A part smaller than this share of the largest is not told.
_LEAST = 0.25


def moved(name: str, kpi: KPI, *, up: bool) -> str:
    """Return what a part says, by which way it went."""
    words = {**_MOVED, **({} if kpi.shows is Shows.MONEY else _COUNTED)}.get(name)
    if words is None:
        return f"{name.replace('_', ' ')} moved it {'up' if up else 'down'}"
    return words[0 if up else 1]


def sentence(found: Explanation) -> str:
    """Return the sentence."""
    change, kpi = found.change.interval, found.kpi
    name = title(kpi.name)
    if change.value is None or change.low is None or change.high is None:
        return f"{name} of {span(found.period)} cannot be set against {span(found.against)}: {change.why_not}."
    if not any(digit in "123456789" for digit in _signed(change.value, found)):
        both = f"{span(found.before.period)} and {span(found.after.period)}"
        least = f"{_signed(change.low, found)} to {_signed(change.high, found)}"
        return f"{name} did not move: {_written(found.after.interval, found)} in {both} ({least})."
    begin = f"{name} {_went(found)}"
    if change.low <= 0 <= change.high:
        return f"{begin}: that may be chance alone{_although(found)}."
    parts = [*_noise(found), *_parts(found), *_where(found)]
    return f"{begin}: {'; '.join(parts)}." if parts else f"{begin}."


def _written(one: Interval, found: Explanation) -> str:
    return value(one.value, found.kpi.shows, found.currency)


def _went(found: Explanation) -> str:
    change, before = found.change.interval, found.before.interval
    assert change.value is not None
    went = "rose" if change.value > 0 else "fell"
    # A share of a number near 0, or of points, says nothing.
    if found.kpi.shows not in (Shows.SHARE, Shows.POINTS, Shows.SCORE) and _far_from_zero(before):
        assert before.value is not None
        went = f"{went} {value(abs(change.value / before.value), Shows.SHARE, '')}"
    ends = f"from {_written(before, found)} to {_written(found.after.interval, found)}"
    limits = f"{_signed(change.value, found)}, {_signed(change.low, found)} to {_signed(change.high, found)}"
    when = f"{span(found.after.period)} against {span(found.before.period)}"
    return f"{went} {ends} ({limits}; {when}{_worth(found)})"


def _worth(found: Explanation) -> str:
    """Say what the change of a mean or a share of money comes to over all that it is of."""
    worth = None if found.money is None else found.money.interval.value
    if worth is None or worth == found.change.interval.value:
        return ""
    return f"; worth {difference(worth, Shows.MONEY, found.currency)} in all"


def _far_from_zero(one: Interval) -> bool:
    return one.value is not None and one.low is not None and one.low > 0


def _signed(amount: float | None, found: Explanation) -> str:
    return difference(amount, found.kpi.shows, found.currency)


def chance(noise: Part, kpi: KPI, currency: str) -> str:
    """Say how much chance alone is expected to bring of a change whose parts keep theirs."""
    one = noise.estimate.interval
    amount, low, high = (difference(each, kpi.shows, currency) for each in (one.value, one.low, one.high))
    return f"Chance alone is expected to bring {amount} of the change ({low} to {high}); movements have theirs in them."


def _noise(found: Explanation) -> Iterator[str]:
    part = found.part(NOISE)
    if part is None or not part.estimate.interval.value:
        return
    amount = _signed(abs(part.estimate.interval.value), found).lstrip("+")
    # What is too little to be written with a digit would look like nothing at all.
    little = amount == _signed(0.0, found).lstrip("+")
    yield "hardly any of it is noise" if little else f"about {amount} of it is noise"


def _parts(found: Explanation) -> Iterator[str]:
    known = [one for one in found.parts if one.name != NOISE and one.estimate.interval.value]
    sure = sorted((one for one in known if _sure(one)), key=lambda one: -abs(_size(one)))
    if not sure:
        if known:
            yield "which of its parts moved it cannot be told from chance"
        return
    largest = abs(_size(sure[0]))
    for one in [one for one in sure if abs(_size(one)) >= _LEAST * largest][:_TOLD]:
        yield f"{moved(one.name, found.kpi, up=_size(one) > 0)} ({_signed(_size(one), found)})"


def _sure(part: Part) -> bool:
    one = part.estimate.interval
    return one.low is not None and one.high is not None and not one.low <= 0 <= one.high


def _size(part: Part) -> float:
    return part.estimate.interval.value or 0.0


def _where(found: Explanation) -> Iterator[str]:
    named, change = _standing(found), found.change.interval.value or 0.0
    if named is None:
        if found.ranked:
            yield "no group of customers stands out beyond chance"
        return
    adds = named.contribution.interval.value or 0.0
    inside = f", where {named.moved}" if named.moved else ""
    if adds * change < 0:
        yield f"{whose(named)} went the other way{inside} ({_signed(adds, found)})"
    elif abs(adds) < _TELLS * abs(change):
        beyond = _signed(named.excess.interval.value, found)
        yield f"{whose(named)} hardly took part in it ({_signed(adds, found)}; {beyond} against all others)"
    else:
        yield f"{whose(named)} stands out{inside}, worth {_signed(adds, found)} of the {_signed(change, found)}"


#: Share of the change that customers who are told of bring, at least.
_TELLS = 0.1


def _standing(found: Explanation) -> Named | None:
    """Return the first dimension beyond chance; that customers are new is told among the parts."""
    return next((one for one in found.ranked if one.found and one.by != (WHO,)), None)


def _although(found: Explanation) -> str:
    named = _standing(found)
    if named is None:
        return ""
    return f", though {whose(named)} stands out ({_signed(named.contribution.interval.value, found)})"


def whose(named: Named) -> str:
    """Write which customers a named value is of."""
    return _any_of([_one(named.by, values) for values in named.values])


def _one(by: Sequence[str], values: Sequence[str | None]) -> str:
    if tuple(by) == (WHO,):
        return f"{values[0]} customers" if values[0] != UNKNOWN else "orders without a customer"
    each = (
        f"{name.replace('_', ' ')} {'(none)' if one is None else one}" for name, one in zip(by, values, strict=True)
    )
    return " and ".join(each)


def _any_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
