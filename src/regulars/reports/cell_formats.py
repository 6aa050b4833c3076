"""How spreadsheets show numbers: with as many digits as `views/words.py` would, and their unit."""

from regulars.kpis.kpi import Shows
from regulars.reports import written


def number_format(number: float, unit: str | None, *, change: bool = False) -> str:
    """Return the format in which a number of a unit is shown; a difference with its sign.

    >>> number_format(0.123, "share"), number_format(1234.5, "EUR"), number_format(0.02, "share", change=True)
    ('0.0 %', '"EUR" #,##0', '+0.0 %" points";-0.0 %" points";0.0 %" points"')
    """
    kind, currency = written.shows(unit)
    plain = _plain(abs(number), kind, currency)
    if not change:
        return plain
    ending = {Shows.SHARE: '" points"', Shows.POINTS: ' "points"'}.get(kind, "")
    return f"+{plain}{ending};-{plain}{ending};{plain}{ending}"


def _plain(size: float, kind: Shows, currency: str) -> str:
    match kind:
        case Shows.SHARE:
            return "0.0 %"
        case Shows.POINTS:
            return "0.0"
        case Shows.SECONDS:
            return '#,##0 "s"'
        case Shows.DAYS:
            return f'{_digits(size)} "d"'
        case Shows.MONEY:
            return f'"{currency}" {_digits(size)}' if currency.isalpha() else _digits(size)
        case _:
            return _digits(size)


def _digits(size: float) -> str:
    digits = 0 if size >= 1000 or size == int(size) else 1 if size >= 100 else 2 if size >= 1 else 3
    return "#,##0" + (f".{'0' * digits}" if digits else "")
