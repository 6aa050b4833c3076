"""What an experiment brought, in a sentence."""

from regulars.app.readout import Outcome, Readout
from regulars.core.estimate import Interval
from regulars.kpis.kpi import Shows
from regulars.views import words

#: What more of an outcome is called, and less.
_DID = {"ordered": ("more ordered again", "fewer ordered again"), "left": ("more left", "fewer left")}


def verdict(one: Readout, currency: str) -> str:
    """Return what came of it in customers and in money, and whether it was worth it; "" where nothing is read out."""
    main = one.outcome(one.main)
    if one.why_not or main is None:
        return ""
    return " ".join(part for part in (_customers(main), _money(one, currency)) if part)


def _customers(main: Outcome) -> str:
    found = main.change.interval
    more, fewer = _DID[main.name]
    if found.value is None or found.low is None or found.high is None:
        return f"How many {more} cannot be told: {found.why_not}."
    if not main.told:
        least = main.detectable
        unseen = "" if least is None else f" A change below {least * 100:.1f} of 100 would not have been seen."
        span = f"{found.low * 100:+.1f} to {found.high * 100:+.1f}"
        return f"Whether {more} cannot be told from chance: {found.value * 100:+.1f} of 100 treated ({span}).{unseen}"
    what, sign = (more, 1) if found.value > 0 else (fewer, -1)
    low, high = sorted((sign * found.low, sign * found.high))
    return f"Of 100 treated, {abs(found.value) * 100:.1f} {what} ({low * 100:.1f} to {high * 100:.1f})."


def _money(one: Readout, currency: str) -> str:
    if one.profit is None:
        return ""
    found = one.profit.interval
    if found.value is None or found.low is None or found.high is None:
        return f"Whether it was worth it cannot be told: {found.why_not}."
    whole = f"{_in_words(found, currency)} of profit a treated customer"
    far = "" if one.finished else "so far "
    if found.low > 0:
        return f"It brought {whole}: {far}worth it."
    if found.high < 0:
        return f"It cost more than it brought, {whole}: {far}not worth it."
    brought = one.outcome("brought")
    least = None if brought is None else brought.detectable
    seen = f" Less than {words.value(least, Shows.MONEY, currency)} would not have been seen." if least else ""
    return f"Whether it was worth it is {far}not known: {whole}.{seen}"


def _in_words(found: Interval, currency: str) -> str:
    value, low, high = (words.value(end, Shows.MONEY, currency) for end in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"
