"""Negative binomial quantiles the slow way: beside what is fast."""


def quantile(p, events, exposure, ahead):
    """Return the least count that holds probability p, by adding up the negative binomial's terms."""
    share = exposure / (exposure + ahead)
    term = share**events
    total, count = term, 0
    while total < p:
        count += 1
        term *= (events + count - 1) / count * (1 - share)
        total += term
    return count
