"""Whether the goals of settings fit the KPIs that there are: names, units, directions."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from regulars.core import goal_settings
from regulars.core.errors import FaultyDeclaration, nearest
from regulars.core.goal_settings import Target
from regulars.core.toml_text import Place
from regulars.kpis.kpi import KPI, Better, Shows

#: The largest share that anybody means: retention of revenue may be above 1.
_MOST_SHARE = 2.0
#: What can be told in points.
_IN_POINTS = (Shows.SHARE, Shows.POINTS, Shows.SCORE)
#: What is never below 0.
_NEVER_NEGATIVE = (Shows.SHARE, Shows.COUNT, Shows.DAYS, Shows.SECONDS)


def look(document: Mapping[str, Any], kpis: Callable[[], Mapping[str, KPI]]) -> Iterator[tuple[Place, str]]:
    """Yield what is wrong with the goals of settings as read from TOML, whatever else is wrong with them.

    Args:
        document: the settings.
        kpis: gives those that there are; not asked where there is no goal.
    """
    yield from goal_settings.look(document)
    goals = goal_settings.written(document)
    known = kpis() if goals else {}
    for name, one in goals.items():
        asked = one.get("kpi")
        if not isinstance(asked, str) or not asked:
            continue
        if asked not in known:
            yield ("goals", name, "kpi"), f"goal `{name}`: no KPI is called `{asked}`.{nearest(asked, known)}"
            continue
        try:
            kpi = known[asked]
        except FaultyDeclaration:  # told by whoever asks for the KPI
            continue
        if kpi.better is Better.NEITHER and one.get("at") is None:
            yield (
                ("goals", name),
                f'goal `{name}`: neither more nor less of `{asked}` is better; add `at = "least"` or `at = "most"`.',
            )
        if why := _unit(one.get("target"), kpi):
            yield ("goals", name, "target"), f"goal `{name}`: {why}"


def _unit(said: Any, kpi: KPI) -> str:
    """Return why a target is not in the KPI's unit; "" where it is, or is no target at all."""
    given = tuple(said) if isinstance(said, list) else said
    try:
        aim = goal_settings.target(given)
    except (TypeError, ValueError):  # told where settings are read
        return ""
    amounts = aim.months or (() if aim.value is None else (aim.value,))
    return _relative(aim, kpi) or next(filter(None, (_amount(one, aim, kpi) for one in amounts)), "")


def _relative(aim: Target, kpi: KPI) -> str:
    if aim.unit == "points" and kpi.shows not in _IN_POINTS:
        return f'`{kpi.name}` is not told in points ({kpi.shows}); write a change in percent, such as "+10 %".'
    if aim.unit == "share" and kpi.shows is Shows.POINTS:
        return f'`{kpi.name}` may be 0 or below, so it has no percent; write a change in points, such as "+2 points".'
    return ""


def _amount(value: Any, aim: Target, kpi: KPI) -> str:
    if type(value) not in (int, float):
        return ""
    if aim.percent and kpi.shows is not Shows.SHARE:
        return f'`{kpi.name}` is no share ({kpi.shows}); write an amount, or a change such as "+10 %".'
    return beyond(value, kpi)


def beyond(value: float, kpi: KPI) -> str:
    """Return why a KPI never comes to a value; "" where it may."""
    if kpi.shows is Shows.SHARE and value > _MOST_SHARE:
        said = f'{value / 100:g} or "{value:g} %"'
        return f"`{kpi.name}` is a share, so {value:g} would be {100 * value:,.0f} %; write {said}."
    if kpi.shows is Shows.POINTS and abs(value) > 100:
        return f"`{kpi.name}` lies from -100 to 100; {value:g} cannot be reached. Write points, such as 35."
    if kpi.shows in _NEVER_NEGATIVE and value < 0:
        return f"`{kpi.name}` is never below 0; {value:g} cannot be. Write an amount above it."
    return ""
